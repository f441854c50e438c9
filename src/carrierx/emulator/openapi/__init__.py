"""The emulator's own OpenAPI 3.1 description.

It describes the requests and responses separately from the code that handles them. Tests compare the two.
"""
