"""What type checkers make of the package."""  # noqa: A005 - a folder of tests shadows nothing
