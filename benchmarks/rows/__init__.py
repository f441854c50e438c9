"""The rows: each a way to send one message, to be measured in a process of its own."""
