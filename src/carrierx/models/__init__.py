"""Requests, responses, and the rules that a message must follow."""
