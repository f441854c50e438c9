"""The search for secrets in frames: it finds one wherever a tracker would write it out."""

from __future__ import annotations

import json
from collections import UserString
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.frame_secrets import secrets_in_frames

SECRET = "-".join(["s3cr3t", "77"])


class Masked(str):
    """A text that hides itself from `repr`, which a tracker does not ask."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"


class MaskedList(list[str]):
    """A list that hides its items from `repr`."""

    def __repr__(self) -> str:
        return "***"


@dataclass
class Shown:
    value: str


@dataclass
class Hidden:
    value: str = field(repr=False)


class Broken:
    """An object whose `repr` fails, like one whose constructor raised."""

    def __repr__(self) -> str:
        raise AttributeError("not made yet")


def foreign_call(value: object) -> BaseException:
    """Give an error of the standard library, whose frame `default` holds the value in the variable `o`."""
    with pytest.raises(TypeError) as caught:
        json.JSONEncoder().default(value)
    return caught.value


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        SECRET.encode(),
        [{"token": (SECRET,)}],
        {SECRET: 1},
        {SECRET},
        Masked(f"Bearer {SECRET}"),
        MaskedList([SECRET]),
        Shown(SECRET),
        UserString(SECRET),
        ValueError(SECRET),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_secret_is_found_in_every_kind_of_variable(value: object) -> None:
    assert secrets_in_frames(foreign_call(value), [SECRET]) == ["json.encoder:default: o"]


@pytest.mark.parametrize("value", ["other", Hidden(SECRET), Broken(), None], ids=lambda value: type(value).__name__)
def test_what_shows_no_secret_is_not_reported(value: object) -> None:
    assert secrets_in_frames(foreign_call(value), [SECRET]) == []


def test_a_secret_with_a_line_end_is_found_in_a_repr() -> None:
    secret = f"{SECRET}\n"
    assert secrets_in_frames(foreign_call(Shown(secret)), [secret]) == ["json.encoder:default: o"]


@pytest.mark.parametrize("link", ["__cause__", "__context__"])
def test_the_chain_is_searched_even_where_python_would_not_print_it(link: str) -> None:
    error: Any = ValueError("nothing")
    setattr(error, link, foreign_call(SECRET))
    error.__suppress_context__ = True
    assert secrets_in_frames(error, [SECRET]) == ["json.encoder:default: o"]
    assert secrets_in_frames(ExceptionGroup("all", [error]), [SECRET]) == ["json.encoder:default: o"]


def test_a_search_can_be_narrowed_to_a_package() -> None:
    error = foreign_call(SECRET)
    assert secrets_in_frames(error, [SECRET], module="carrierx") == []
    assert secrets_in_frames(error, [SECRET], module="json") == ["json.encoder:default: o"]


def test_the_tests_own_frames_are_left_out() -> None:
    def inner(token: str) -> None:
        raise ValueError(len(token))

    with pytest.raises(ValueError, match="9") as caught:
        inner(SECRET)
    assert secrets_in_frames(caught.value, [SECRET]) == []


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        secrets_in_frames(ValueError(), [""])
