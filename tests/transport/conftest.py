"""Fixtures of the tests of sending and receiving."""

from __future__ import annotations

from tests.support.fixtures import clean_environment, clock, emulator, factory

__all__ = ["clean_environment", "clock", "emulator", "factory"]
