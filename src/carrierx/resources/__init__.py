"""What can be called, a file for each of CarrierX's resources."""
