"""The rows: ways to send one message, each measured in its own process."""
