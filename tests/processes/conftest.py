"""Fixtures of the tests about processes, threads and loops."""

from tests.support.fixtures import clean_environment, clock, emulator, factory

__all__ = ["clean_environment", "clock", "emulator", "factory"]
