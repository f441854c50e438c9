"""Signals that end the command: when they interrupt it, and when they wait."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

import pytest
import typer

import carrierx.cli.session
import carrierx.cli.signals
from carrierx import Outcome, SendOutcomeUnknownError
from carrierx.cli.failures import SENDING
from carrierx.cli.options import CommonOptions
from carrierx.cli.session import Session, command
from carrierx.cli.signals import StoppedError, deferring, exit_code_of, ignoring_further_signals, raising_on_signals
from tests.support.signal_after_steps import SignalAfterSteps

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


@pytest.mark.parametrize(("name", "kind", "code"), [("SIGINT", KeyboardInterrupt, 130), ("SIGTERM", StoppedError, 143)])
def test_a_signal_interrupts(name: str, kind: type[BaseException], code: int) -> None:
    with raising_on_signals(), pytest.raises(KeyboardInterrupt) as caught:
        signal.raise_signal(getattr(signal, name))

    assert type(caught.value) is kind
    assert exit_code_of(caught.value) == code


def test_a_second_signal_interrupts_if_the_first_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python loses exceptions in `__del__` methods and callbacks."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with raising_on_signals():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)  # the first one may be on its way
        now[0] += 3
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        now[0] += 3
        ignoring_further_signals()
        signal.raise_signal(signal.SIGTERM)


def raised_while_deferring(after: Callable[[], object] = lambda: None) -> list[str]:
    done = list[str]()
    with raising_on_signals():
        try:
            with deferring():
                with deferring():
                    signal.raise_signal(signal.SIGTERM)
                    done.append("inner")
                done.append("outer")
                after()
        except KeyboardInterrupt:
            done.append("interrupted")
        except ValueError:
            done.append("failed")
            with deferring():
                pass
    return done


def test_a_signal_waits_for_the_end_of_a_block() -> None:
    assert raised_while_deferring() == ["inner", "outer", "interrupted"]


def test_an_error_of_the_block_goes_first() -> None:
    def fail() -> None:
        raise ValueError

    assert raised_while_deferring(fail) == ["inner", "outer", "failed"]


def test_the_handlers_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with raising_on_signals():
        assert signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL

    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with raising_on_signals():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@command
def ends(session: Session, run: Callable[[], None]) -> None:
    """A command that ends in some way when it may have sent a message."""
    session.effect, session.reference, session.watch.may_be_out = SENDING, "order-1", True
    run()


def end_of(run: Callable[[], None]) -> tuple[int, str]:
    """Return the exit code of a command that ends like this, and what it told."""
    code = 0
    with contextlib.redirect_stderr(io.StringIO()) as told:
        try:
            ends(run=run, **asdict(CommonOptions(json=True)))
        except typer.Exit as ended:
            code = ended.exit_code
        except KeyboardInterrupt as error:
            code = exit_code_of(error)
    return code, told.getvalue()


@pytest.mark.parametrize("by", ["a signal", "an unknown outcome"])
def test_a_signal_at_any_moment_does_not_hide_that_a_send_is_unconfirmed(by: str) -> None:
    files = (carrierx.cli.session.__file__, carrierx.cli.signals.__file__, contextlib.__file__, __file__)
    steps, came = 0, True
    while came:
        steps += 1
        signals = SignalAfterSteps(steps, lambda code: code.co_filename in files)

        def end(signals: SignalAfterSteps = signals) -> None:
            signals.start()
            if by == "a signal":
                signal.raise_signal(signal.SIGTERM)
            raise SendOutcomeUnknownError("CarrierX did not answer.", outcome=Outcome.UNKNOWN, reference="order-1")

        code, told = signals.run(partial(end_of, end))

        assert code == 3, f"with a signal after {steps} instructions"
        assert (json.loads(told)["reference"], json.loads(told)["outcome"]) == ("order-1", "unknown")
        came = signals.remaining <= 0
    assert steps > 100
    assert sys.exc_info() == (None, None, None)
