"""Matching requests against rules, and suggestions for names that match nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Final, cast

from carrierx.emulator.core.file_objects import PUBLIC_PATH
from carrierx.emulator.core.routing import BASE_PATH
from carrierx.emulator.routes import ROUTES
from carrierx.emulator.rules.fields import LEGACY_NAMES

_NUMBER: Final = re.compile(r"\+?[0-9]{3,15}")
_SEPARATORS: Final = str.maketrans("", "", " \u00a0-.()/\t")
_WITHOUT_COUNTRY: Final = 10
_LONGEST_PATH: Final = 200
_ARGUMENT: Final = re.compile(r"\{[^}]*\}")
_NUMBER_FIELDS: Final = ("from", "to", *LEGACY_NAMES.values())


def is_of_the_api(path: str) -> bool:
    """Return whether faults apply to a path: it is below the API's base path, or that of a published file."""
    return path.startswith((f"{BASE_PATH}/", f"{PUBLIC_PATH}/"))


def path_matches(pattern: str | None, path: str) -> bool:
    """Return whether a rule's path matches that of a request.

    Args:
        pattern: The rule's path, below the base path or with it; each `*` matches any characters. None for all.
        path: The request's raw path.
    """
    return pattern is None or _compiled(_below_base(pattern)).fullmatch(_below_base(path)) is not None


def number_matches(number: str | None, body: bytes) -> bool:
    """Return whether a rule's number is the sender or the recipient in a request's body.

    Args:
        number: The rule's number, as digits or as people write it. None for any.
        body: The request's body. A body that isn't a JSON object has no numbers.
    """
    if number is None:
        return True
    wanted = digits_of(number)
    return any(not wanted.isdisjoint(digits_of(text)) for text in _numbers_in(body))


def digits_of(text: str) -> frozenset[str]:
    """Return the digits that a number as people write it can mean; empty if it isn't a number.

    Ten digits without a plus sign can also be an American number without its 1.
    """
    bare = text.translate(_SEPARATORS)
    if not _NUMBER.fullmatch(bare):
        return frozenset()
    digits = bare.removeprefix("+")
    lacks_country = digits == bare and len(digits) == _WITHOUT_COUNTRY
    return frozenset({digits, f"1{digits}"} if lacks_country else {digits})


def names_a_path(pattern: str) -> str | None:
    """Return the problem with a rule's path that matches no path of the API; None if it matches one."""
    if len(pattern) > _LONGEST_PATH:
        return f"must have at most {_LONGEST_PATH} characters, not {len(pattern)}"
    wanted = _below_base(pattern)
    known = [_below_base(route.path) for route in ROUTES] + [f"{PUBLIC_PATH}/{{file_sid}}"]
    if any(_can_meet(wanted, _ARGUMENT.sub("*", path)) for path in known):
        return None
    return f"matches no path of the API{did_you_mean(wanted, known)}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that suggests the closest known name, or an empty string if none is close."""
    near = get_close_matches(name, list(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def _below_base(path: str) -> str:
    return path.removeprefix(BASE_PATH) if path.startswith(f"{BASE_PATH}/") else path


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in re.split(r"\*+", pattern)), re.DOTALL)


def _can_meet(one: str, other: str) -> bool:
    """Return whether there is a string that both patterns match."""

    @cache
    def meets(first: int, second: int) -> bool:
        if first == len(one) or second == len(other):
            return set(one[first:] + other[second:]) <= {"*"}
        if "*" in (one[first], other[second]):
            return meets(first + 1, second) or meets(first, second + 1)
        return one[first] == other[second] and meets(first + 1, second + 1)

    return meets(0, 0)


def _numbers_in(body: bytes) -> Iterator[str]:
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict):
        fields = cast("Mapping[str, object]", document)
        yield from (value for name in _NUMBER_FIELDS if isinstance(value := fields.get(name), str))
