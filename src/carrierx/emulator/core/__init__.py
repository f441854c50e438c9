"""The emulated account: its settings, its clock, and its messages over time."""
