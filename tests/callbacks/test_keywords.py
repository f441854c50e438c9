"""STOP, HELP and START among the messages that come in."""

from __future__ import annotations

import json
import time

import pytest

from carrierx import Message
from carrierx.callbacks import DEFAULT_KEYWORDS, Keyword, keyword_of, parse
from tests.callbacks.carrier import inbound, status_update


def received(text: str | None, **fields: object) -> Message:
    return parse(json.dumps(inbound(text, **fields)))


@pytest.mark.parametrize(
    ("keyword", "words"),
    [
        (Keyword.STOP, "stop stopall unsubscribe cancel end quit revoke optout opt-out"),
        (Keyword.HELP, "help info"),
        (Keyword.START, "start unstop"),
    ],
)
def test_every_usual_word_is_known(keyword: Keyword, words: str) -> None:
    for word in words.split():
        for written in (word, word.upper(), word.capitalize()):
            assert keyword_of(received(written)) is keyword, written


@pytest.mark.parametrize(
    "text", ["STOP\n", "  stop ", "Stop.", '"STOP"', "stop!!", "STOP 🛑", "\u200bstop\ufeff", "Opt  out", "OPT\nOUT"]
)
def test_what_is_around_the_word_does_not_count(text: str) -> None:
    assert keyword_of(received(text)) is Keyword.STOP


@pytest.mark.parametrize(
    "text", [None, "", " ", "!", "please stop", "stop it", "stopp", "YES", "bus stop", "s t o p", "stop\x00stop"]
)
def test_anything_else_is_no_keyword(text: str | None) -> None:
    assert keyword_of(received(text)) is None


def test_what_you_sent_yourself_is_no_keyword() -> None:
    for fields in (status_update("delivered", message="STOP"), status_update("any", direction=None, message="STOP")):
        assert keyword_of(parse(json.dumps(fields))) is None


def test_a_received_message_without_a_direction_is_looked_at() -> None:
    assert keyword_of(received("STOP", direction=None)) is Keyword.STOP


def test_the_words_can_be_chosen() -> None:
    words = {Keyword.STOP: ["arrêt", "ARRET"], Keyword.HELP: {"aide"}}

    assert keyword_of(received("Arrêt."), words=words) is Keyword.STOP
    assert keyword_of(received("arret"), words=words) is Keyword.STOP
    assert keyword_of(received("AIDE"), words=words) is Keyword.HELP
    assert keyword_of(received("stop"), words=words) is None


def test_the_default_words_can_not_be_changed_by_accident() -> None:
    with pytest.raises(TypeError):
        # Type checkers refuse it, too.
        DEFAULT_KEYWORDS[Keyword.STOP] = frozenset()  # type: ignore[index]  # pyright: ignore[reportIndexIssue]


def test_a_long_text_takes_no_time() -> None:
    message = received("a" + "!" * 200_000 + "a")
    before = time.process_time()

    assert keyword_of(message) is None
    assert time.process_time() - before < 0.5
