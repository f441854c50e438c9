"""What travels between you and CarrierX: requests, answers, and the rules that they keep."""
