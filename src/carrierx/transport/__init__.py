"""How a call travels: from `Call` through attempts and their outcomes to `Response`."""
