"""An injected client may carry hooks that raise. What they raise is chained without the request that they saw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from carrierx import CarrierXError, Outcome
from tests.privacy.secrets import SECRETS
from tests.privacy.senders import Senders
from tests.privacy.watching import Watch
from tests.support.behaviours import respond
from tests.support.fault_server import FaultServer

Hook = Callable[[Any], object]


class RefusedByHookError(Exception):
    """A hook's own error, which keeps what it saw."""

    def __init__(self, seen: Any) -> None:
        super().__init__("refused")
        self.request = getattr(seen, "request", seen)
        self.response = seen


def refuse(seen: Any) -> NoReturn:
    raise RefusedByHookError(seen)


class StoppedError(BaseException):
    """Stands for an interrupt."""


def stop(seen: Any) -> NoReturn:
    raise StoppedError


def raise_for_status(response: Any) -> object:
    return response.raise_for_status()


def as_hook(hook: Hook, senders: Senders) -> Hook:
    if not senders.is_async:
        return hook

    async def awaited(seen: Any) -> object:
        return hook(seen)

    return awaited


@pytest.mark.parametrize(("event", "outcome"), [("request", Outcome.NOT_SENT), ("response", Outcome.UNKNOWN)])
def test_a_hook_that_raises(injecting: Senders, watch: Watch, event: str, outcome: Outcome) -> None:
    hooks = {event: [as_hook(refuse, injecting)]}
    with FaultServer(respond(422, SECRETS.echo)) as server:
        client = injecting.make(server.base_url, hooks, on_event=watch.events.append)
        with pytest.raises(CarrierXError) as caught:
            client.send(**SECRETS.message)
    error = caught.value
    assert error.outcome is outcome
    assert isinstance(error.__cause__, RefusedByHookError)
    watch.assert_discreet(error, client.client)


@pytest.mark.parametrize("status", [302, 400, 401, 422, 429, 500])
def test_a_hook_that_raises_for_the_status(injecting: Senders, watch: Watch, status: int) -> None:
    hooks = {"response": [as_hook(raise_for_status, injecting)]}
    with FaultServer(respond(status, SECRETS.echo)) as server:
        client = injecting.make(server.base_url, hooks, on_event=watch.events.append)
        with pytest.raises(CarrierXError) as sending:
            client.send(**SECRETS.message)
        with pytest.raises(CarrierXError) as reading:
            client.get(SECRETS.recipient)
    assert getattr(sending.value, "status_code", None) == getattr(reading.value, "status_code", None) == status
    watch.assert_discreet(sending.value, reading.value)


def test_an_interrupt_within_a_hook_passes_and_is_told_without_secrets(injecting: Senders, watch: Watch) -> None:
    with FaultServer() as server:
        client = injecting.make(server.base_url, {"request": [as_hook(stop, injecting)]}, on_event=watch.events.append)
        with pytest.raises(StoppedError) as caught:
            client.send(**SECRETS.message)
    assert watch.events
    watch.assert_discreet(caught.value)
