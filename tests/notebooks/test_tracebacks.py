"""Errors in IPython: the lines of the user's own code, and what the error proves."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from carrierx import CarrierXClient, ConfigurationError, InvalidMessageError, SendOutcomeUnknownError
from carrierx.emulator import DEMO_TOKEN
from tests.support.client_factory import ClientFactory
from tests.support.scripts import SMS, broken


def short(error: Any) -> list[str]:
    """The lines that IPython shows."""
    lines: list[str] = error._render_traceback_()
    return "\n".join(lines).splitlines()


def refuse(client: CarrierXClient) -> None:
    client.messages.send(from_="15162065575", to="0516", message="Hi")  # the user's line


def test_it_has_the_users_lines_and_none_of_ours() -> None:
    with CarrierXClient(DEMO_TOKEN) as client, pytest.raises(InvalidMessageError) as caught:
        refuse(client)
    lines = short(caught.value)
    assert [line for line in lines if line.endswith("# the user's line")]
    assert not [line for line in lines if "src/carrierx" in line]
    assert "\x1b[31mInvalidMessageError\x1b[0m: The message was not sent: it breaks 1 rule." in lines
    assert lines[-1] == "outcome: not_sent, safe to resend: no"
    assert len(lines) <= 9


def test_it_names_the_reference_and_the_cause() -> None:
    factory = ClientFactory()
    with pytest.raises(SendOutcomeUnknownError) as caught:
        factory.scripted([broken()]).send(**SMS, reference="order-17")
    factory.close()
    lines = short(caught.value)
    assert lines[-2].startswith("Cause: ReadError: ")
    assert lines[-1] == "outcome: unknown, safe to resend: no, reference: order-17"


def test_an_error_that_was_not_raised_has_no_lines() -> None:
    assert short(ConfigurationError("No token.")) == [
        "",
        "\x1b[31mConfigurationError\x1b[0m: No token.",
        "outcome: not_sent, safe to resend: no",
    ]


def test_ipython_shows_it() -> None:
    code = "from carrierx import CarrierXClient; CarrierXClient('a token')"
    command = [sys.executable, "-m", "IPython", "--colors=NoColor", "--no-banner", "--quick", "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    shown = ended.stdout + ended.stderr
    assert "Cell In[1], line 1" in shown
    assert "ConfigurationError" in shown
    assert "client.py" not in shown
    assert "a token" not in shown.replace(code, "")
