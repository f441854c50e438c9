"""Many sends at once: the plan, the rate, and the batches that carry it out."""
