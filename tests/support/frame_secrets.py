"""Secrets in the local variables of frames, as error trackers record them.

Trackers write out the `repr` of every local variable of every frame of a traceback. Text and the built-in containers
are written out with their content, whatever the `repr` of their class says.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType

__all__ = ["secrets_in_frames"]

_TESTS = Path(__file__).resolve().parents[1]
_DEEPEST = 12


def secrets_in_frames(error: BaseException, secrets: Iterable[str], *, module: str = "") -> list[str]:
    """List the local variables that hold a secret, in every frame that an error and its chain passed.

    The tests' own frames are left out: they hold the secrets that they give. So that a secret can't be found in the
    text of a source line, put it together at run time.

    Args:
        error: The error that was caught. Its causes, contexts and grouped errors are searched too.
        secrets: The texts that must not be found. None of them may be empty.
        module: The name that the searched modules start with, such as `carrierx`; all modules by default.

    Returns:
        One line for each such variable, such as `carrierx.client:__init__: token`, without the secret.
    """
    wanted = [form for secret in secrets for form in {secret, repr(secret)[1:-1]}]
    if not all(wanted):
        raise ValueError("An empty secret would be found everywhere.")
    found: list[str] = []
    for frame in _frames(error):
        name = str(frame.f_globals.get("__name__", ""))
        if not name.startswith(module) or Path(frame.f_code.co_filename).resolve().is_relative_to(_TESTS):
            continue
        for variable, value in frame.f_locals.items():
            if any(form in text for text in _texts(value) for form in wanted):
                found.append(f"{name}:{frame.f_code.co_name}: {variable}")
    return found


def _frames(error: BaseException) -> Iterator[FrameType]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        waiting += [link.__cause__, link.__context__]
        if isinstance(link, BaseExceptionGroup):
            waiting += link.exceptions
        step = link.__traceback__
        while step is not None:
            yield step.tb_frame
            step = step.tb_next


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    """Give all that a tracker could write of a value. The classes' own methods are not asked for their content."""
    if isinstance(value, str):
        yield str.__str__(value)
    elif isinstance(value, bytes | bytearray | memoryview):
        yield bytes(value).decode("utf-8", "replace")
    elif depth > _DEEPEST:
        yield reprlib.repr(value)
    elif isinstance(value, dict):
        for key, inner in dict.items(value):
            yield from _texts(key, depth + 1)
            yield from _texts(inner, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in tuple(value):
            yield from _texts(inner, depth + 1)
    else:
        try:
            yield repr(value)
        except Exception as unreadable:  # noqa: BLE001 - an object that was never made complete shows nothing
            yield type(unreadable).__name__
