"""The path of a call: from `Call` through attempts and their outcomes to `Response`."""
