"""The async resources: one module and one class for each. Write here; the sync ones are generated."""
