"""Benchmarks of a send, compared with httpx by hand and with other vendors' clients."""
