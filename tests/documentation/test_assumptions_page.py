"""docs/assumptions.md says of each assumption how sure it is and where the code makes it, and the code agrees."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from carrierx import MessageLimits, SendMessageRequest
from carrierx.emulator.rules.numbers import is_american
from carrierx.models.area_codes import is_outside_us

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "assumptions.md").read_text(encoding="utf-8")
WORDS = re.findall(r"^- \*\*(\w+)\*\*: ", PAGE, re.MULTILINE)
PLACE = re.compile(r"`([a-z_/0-9]+)\.py: ([\w.]+)(?: = ([^`]+))?`")


class Row(NamedTuple):
    """A row of the page."""

    question: str
    assumption: str
    certainty: str
    places: str


def rows() -> list[Row]:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    return [Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines[2:]]


PLACES = sorted({place for row in rows() for place in PLACE.findall(row.places)})


def found(module: str, name: str) -> Any:
    """Return what a place names: a function, a class, a constant, or the default of a setting."""
    owner: Any = importlib.import_module(f"carrierx.{module.replace('/', '.')}")
    for part in name.split("."):
        if dataclasses.is_dataclass(owner):
            fields = {field.name: field for field in dataclasses.fields(owner)}
            owner = fields[part].default if part in fields else getattr(owner, part)
        elif part in getattr(owner, "__annotations__", {}) and not hasattr(owner, part):
            owner = owner.__annotations__[part]  # an option of a TypedDict
        else:
            owner = getattr(owner, part)
    return owner


def test_every_row_says_how_sure_it_is_and_where_the_code_is() -> None:
    assert len(rows()) > 50
    for row in rows():
        assert row.question
        assert row.assumption
        assert row.certainty in WORDS, row
        assert ", ".join(match[0] for match in PLACE.finditer(row.places)) == row.places, row


def test_every_word_for_certainty_is_explained_and_used() -> None:
    assert len(WORDS) == 4
    assert {row.certainty for row in rows()} == set(WORDS)


@pytest.mark.parametrize(("module", "name", "value"), PLACES, ids=lambda part: part or "any")
def test_a_place_exists_and_has_the_stated_value(module: str, name: str, value: str) -> None:
    there = found(module, name)

    if value:
        assert there == (frozenset() if value == "frozenset()" else ast.literal_eval(value))


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(MessageLimits) if field.type == "bool"])
def test_every_rule_that_a_client_can_turn_off_is_on_the_page(name: str) -> None:
    assert f"MessageLimits.{name}" in PAGE


def test_what_is_no_place_is_noticed() -> None:
    with pytest.raises(ModuleNotFoundError):
        found("models/no_such_module", "anything")
    for name in ("NO_SUCH_CONSTANT", "MessageLimits.no_such_limit"):
        with pytest.raises(AttributeError):
            found("models/validation", name)


US_TERRITORIES_AND_TOLL_FREE = ["17872340199", "16712340199", "13402340199", "18002340199", "18882340199"]
CANADA_AND_JAMAICA = ["15145550101", "18762340199"]
SHORT_CODE, DID, TO = "72345", "15162065575", "15162065574"


def test_territories_and_toll_free_numbers_are_us_numbers() -> None:
    assert "US territories and toll-free numbers" in PAGE
    for number in US_TERRITORIES_AND_TOLL_FREE:
        assert is_american(number)
        assert not is_outside_us(number)
    for number in CANADA_AND_JAMAICA:
        assert not is_american(number)
        assert is_outside_us(number)


def test_characters_are_code_points() -> None:
    """One emoji is two UTF-16 units and four bytes, but one code point."""
    assert "Unicode code points" in PAGE
    SendMessageRequest(from_=DID, to=TO, message="\U0001f600" * 1600)
    with pytest.raises(ValueError, match="1601 characters"):
        SendMessageRequest(from_=DID, to=TO, message="\U0001f600" * 1601)


def test_a_short_code_sends_to_us_numbers() -> None:
    assert "whether a short code can be the sender of a message | yes, to US numbers only" in PAGE
    SendMessageRequest(from_=SHORT_CODE, to=TO, message="Hello")
    with pytest.raises(ValueError, match="only go to US numbers"):
        SendMessageRequest(from_=SHORT_CODE, to=CANADA_AND_JAMAICA[0], message="Hello")
