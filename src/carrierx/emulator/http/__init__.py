"""HTTP as the emulator reads and writes it: requests, bodies, parameters, credentials, error responses."""
