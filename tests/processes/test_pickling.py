"""Errors travel between processes whole; clients and credentials do not travel at all."""

from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import carrierx
from carrierx import (
    AsyncCarrierXClient,
    Attempt,
    BrokenRule,
    CarrierXClient,
    CarrierXError,
    ErrorDetail,
    InvalidMessageError,
    Message,
    Outcome,
    Page,
    SendMessageRequest,
)
from carrierx.credentials import Credentials
from tests.support.client_factory import ClientFactory
from tests.support.rows import check_rows
from tests.support.scripts import SMS, reply

VALUES: dict[str, Any] = {
    "outcome": Outcome.NOT_SENT,
    "safe_to_resend": True,
    "reference": "order-17",
    "attempts": (Attempt(1, Outcome.NOT_SENT, 429, "status 429", 0.25),),
    "status_code": 429,
    "errors": (ErrorDetail("to", "no such number", "sid"),),
    "request_id": "req-7f",
    "message_sid": "sid",
    "status": "queued",
    "message": "Too Many Requests",
    "required_scopes": ("sms.manage",),
    "broken_rules": (BrokenRule("message", "required", "A text is missing.", 0, 1),),
    "retry_after": 3.5,
    "may_resubmit": False,
}
"""What the attributes of errors hold, in their own types; none is a default."""


def import_everything() -> None:
    for module in pkgutil.walk_packages(carrierx.__path__, "carrierx."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def subclasses(base: type[CarrierXError]) -> Iterator[type[CarrierXError]]:
    yield base
    for derived in base.__subclasses__():
        yield from subclasses(derived)


def every_error_class() -> list[type[CarrierXError]]:
    import_everything()
    found = dict.fromkeys(subclasses(CarrierXError))
    return sorted((each for each in found if each.__module__.startswith("carrierx.")), key=lambda each: each.__name__)


def made(error_class: type[CarrierXError]) -> CarrierXError:
    """Make an error with something in every attribute that its class knows."""
    error = error_class.__new__(error_class, "what happened")
    for name in {name for each in error_class.__mro__ for name in _documented(each)}:
        setattr(error, name, VALUES.get(name, f"some {name}"))
    return error


def _documented(error_class: type) -> Iterator[str]:
    _, found, rest = (error_class.__doc__ or "").partition("Attributes:\n")
    for line in rest.splitlines() if found else ():
        name, colon, _ = line.strip().partition(":")
        if colon and name.isidentifier():
            yield name


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_arrives_with_all_its_attributes(protocol: int) -> None:
    def check(error_class: type[CarrierXError]) -> None:
        error = made(error_class)
        error.add_note("a note")
        arrived = pickle.loads(pickle.dumps(error, protocol))
        assert type(arrived) is error_class
        assert str(arrived) == "what happened"
        assert arrived.__dict__ == error.__dict__
        assert {"outcome", "safe_to_resend", "reference", "attempts"} <= arrived.__dict__.keys()

    check_rows(every_error_class(), check)


def test_every_error_can_be_copied() -> None:
    def check(error_class: type[CarrierXError]) -> None:
        error = made(error_class)
        for copied in (copy.copy(error), copy.deepcopy(error)):
            assert (type(copied), str(copied), copied.__dict__) == (error_class, str(error), error.__dict__)

    check_rows(every_error_class(), check)


def test_no_error_class_is_forgotten() -> None:
    assert {getattr(carrierx, name) for name in carrierx.__all__ if name.endswith("Error")} <= set(every_error_class())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 415, 422, 429, 500])
def test_a_raised_error_arrives_as_it_was(factory: ClientFactory, status: int) -> None:
    client = factory.scripted([reply(status, {"message": "no", "errors": [{"field": "x", "message": "y"}]})])
    with pytest.raises(CarrierXError) as caught:
        client.send(**SMS, reference="order-17", max_retries=0)
    arrived = pickle.loads(pickle.dumps(caught.value))
    assert (repr(arrived), arrived.__dict__) == (repr(caught.value), caught.value.__dict__)
    assert len(arrived.attempts) == 1


def test_a_raised_invalid_message_arrives_with_its_rules(factory: ClientFactory) -> None:
    with pytest.raises(InvalidMessageError) as caught:
        factory.scripted([reply(200)]).send(**{**SMS, "message": " "})
    arrived = pickle.loads(pickle.dumps(caught.value))
    assert arrived.broken_rules == caught.value.broken_rules
    assert [rule.rule for rule in arrived.broken_rules] == ["message_blank"]


def test_requests_messages_and_pages_travel() -> None:
    request = SendMessageRequest(**SMS)
    message = Message.model_validate({"message_sid": "sid", "price": "free", "hue": "red"})
    page = Page[Message](items=(message,))
    assert pickle.loads(pickle.dumps((request, message, page))) == (request, message, page)


HOLDERS: dict[str, Callable[[], object]] = {
    "client": lambda: CarrierXClient("token"),
    "async client": lambda: AsyncCarrierXClient("token"),
    "copy": lambda: CarrierXClient("token").with_options(timeout=5),
    "credentials": lambda: Credentials("token"),
    "resource": lambda: CarrierXClient("token").messages,
    "async resource": lambda: AsyncCarrierXClient("token").messages,
}


@pytest.mark.parametrize("make", HOLDERS.values(), ids=HOLDERS.keys())
@pytest.mark.parametrize("way", [pickle.dumps, copy.deepcopy])
def test_what_holds_a_token_does_not_travel(make: Callable[[], object], way: Callable[[object], object]) -> None:
    with pytest.raises(TypeError):
        way(make())


@pytest.mark.parametrize("holder", ["client", "async client", "copy", "credentials"])
def test_the_refusal_says_what_to_do_instead(holder: str) -> None:
    for way in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match=r"in the process that uses it"):
            way(HOLDERS[holder]())
