"""What a send costs: measured against httpx by hand, and against the clients of others."""
