"""Real workers in real processes, which are killed and suspended while half of their requests fail."""
