"""Sends of many messages: the plan, the rate, and the batches of threads or tasks."""
