"""The emulator's own description of itself, in OpenAPI 3.1.

What an operation takes and answers stands here a second time, apart from the code that does it: tests hold each to the
other.
"""
