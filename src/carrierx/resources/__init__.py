"""The resources of the API: calls and plans here, the async classes in `_async/`, the sync ones in `_sync/`."""
