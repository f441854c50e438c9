"""The proof that one send never becomes two texts, and that a text that went out is never called failed."""
