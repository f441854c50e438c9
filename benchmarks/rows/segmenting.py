"""Counting the segments of 160 ASCII characters: no message is sent."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from importlib import import_module

from benchmarks.measuring import SyncSend

__all__ = ["ours", "smsutil"]

_TEXT = ("The quick brown fox jumps over the lazy dog. 0123456789 times! " * 3)[:160]


@contextmanager
def ours(_port: int) -> Generator[SyncSend]:
    """Count with carrierx."""
    from carrierx import segments

    assert segments(_TEXT).count == 1
    yield partial(segments, _TEXT)


@contextmanager
def smsutil(_port: int) -> Generator[SyncSend]:
    """Count with smsutil, which splits the text to count."""
    split = import_module("smsutil").split
    assert len(split(_TEXT).parts) == 1
    yield partial(split, _TEXT)
