"""Servers, clocks and addresses that prove what a client did on the wire."""
