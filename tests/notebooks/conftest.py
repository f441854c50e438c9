"""Fixtures of the tests of notebooks."""

from __future__ import annotations

from tests.support.fixtures import clean_environment, clock, emulator

__all__ = ["clean_environment", "clock", "emulator"]
