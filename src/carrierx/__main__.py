"""`python -m carrierx`, which does the same as the command `carrierx`."""

from __future__ import annotations

from carrierx.cli import main

if __name__ == "__main__":
    main("python -m carrierx")
