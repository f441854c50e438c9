"""Version of this package. The build takes it from here."""

__version__ = "0.1.0"
