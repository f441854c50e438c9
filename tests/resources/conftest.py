"""Fixtures of the resources' tests."""

from __future__ import annotations

from tests.support.fixtures import clean_environment, clock, emulator, factory

__all__ = ["clean_environment", "clock", "emulator", "factory"]
