"""The HTTP libraries: the only place of the client that imports httpx, httpx2 or httpcore."""
