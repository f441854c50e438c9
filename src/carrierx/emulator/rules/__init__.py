"""The rules that CarrierX checks: fields, phone numbers, messages, segments, messaging enablement."""
