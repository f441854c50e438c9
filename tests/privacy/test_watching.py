"""The watch itself: what it looks at, and that it finds a secret wherever one is shown."""

from __future__ import annotations

import logging
import warnings

import pytest

from carrierx import CarrierXError
from carrierx.events import AttemptStarted
from tests.privacy.secrets import SECRETS, spellings
from tests.privacy.watching import Watch, shown_of, watching


def places(error: BaseException) -> list[str]:
    return [place for place, text in shown_of(error) if SECRETS.found_in(text)]


@pytest.mark.parametrize("number", spellings(SECRETS.sender), ids=range(len(spellings(SECRETS.sender))))
def test_a_number_is_found_however_it_is_written(number: str) -> None:
    assert SECRETS.found_in(f"from {number}.") == ["sender"]


def test_token_and_text_are_found_and_masks_are_not() -> None:
    assert SECRETS.found_in(f"<{SECRETS.token}|{SECRETS.text}>") == ["token", "text"]
    assert SECRETS.found_in(f"***{SECRETS.sender[-4:]} ***{SECRETS.recipient[-4:]}") == []


def test_a_secret_is_found_in_an_errors_words_attributes_and_chain() -> None:
    assert "traceback" in places(CarrierXError(SECRETS.token))
    assert places(CarrierXError("nothing", reference=SECRETS.token)) == ["pickle", "attributes of CarrierXError"]
    for name in ("__cause__", "__context__"):
        error = CarrierXError("nothing")
        setattr(error, name, ValueError(SECRETS.text))
        error.__suppress_context__ = True
        assert "chain: ValueError" in places(error)


def test_a_secret_is_found_in_logs_events_and_warnings() -> None:
    with watching() as watch:
        logging.getLogger("httpx.deeper").debug("to %s", SECRETS.recipient)
        watch.events.append(AttemptStarted("GET", f"/{SECRETS.recipient}", 1))
        warnings.warn(SECRETS.text, stacklevel=1)
    with pytest.raises(AssertionError) as caught:
        watch.assert_discreet()
    assert all(place in str(caught.value) for place in ("log of httpx.deeper", "event", "warning"))


def test_a_watch_that_saw_nothing_has_nothing_to_say(watch: Watch) -> None:
    assert list(watch.shown()) == []
