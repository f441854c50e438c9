"""`CARRIERX_LOG` shows what a client does, without any code."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.behaviours import respond, respond_sms
from tests.support.fault_server import FaultServer

PROGRAM = """
import sys
from carrierx import CarrierXClient
for _ in range(2):
    with CarrierXClient("a-secret-token", base_url=sys.argv[1]) as client:
        client.messages.send(from_="15162065575", to="15162065574", message="A secret text")
"""


def stderr_of(value: str | None, before: str = "") -> str:
    environment = {name: text for name, text in os.environ.items() if name != "CARRIERX_LOG"}
    if value is not None:
        environment["CARRIERX_LOG"] = value
    with FaultServer(respond(429, {}, [("Retry-After", "0")]), *[respond_sms()] * 2) as server:
        command = [sys.executable, "-c", before + PROGRAM, server.base_url]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60).stderr


def test_debug_shows_attempts_and_retries_without_secrets() -> None:
    lines = stderr_of("debug").splitlines()
    assert sum("attempt 1" in line and "DEBUG" in line for line in lines) == 2
    assert any("got status 429" in line for line in lines)
    assert any("retrying in" in line for line in lines)
    shown = "\n".join(lines)
    assert not [secret for secret in ("secret", "5575", "5574") if secret in shown]


def test_info_shows_no_debugging() -> None:
    shown = stderr_of("INFO")
    assert "got status 200" in shown
    assert "DEBUG" not in shown


@pytest.mark.parametrize("value", [None, ""])
def test_without_it_nothing_is_shown(value: str | None) -> None:
    assert stderr_of(value) == ""


def test_another_value_is_an_error() -> None:
    assert "ConfigurationError: CARRIERX_LOG must be debug or info." in stderr_of("loud")


@pytest.mark.parametrize(
    "before",
    [
        "import logging; logging.basicConfig(level='DEBUG')",
        "import carrierx.client, logging.config; logging.config.dictConfig({'version': 1})",
        "import sys; sys.stderr.close(); sys.stderr = open(2, 'w', closefd=False)",
    ],
)
def test_each_line_is_shown_once_whatever_the_logging_of_the_program(before: str) -> None:
    lines = stderr_of("debug", before).splitlines()
    assert sum("got status 200" in line for line in lines) == 2


def test_a_closed_error_stream_does_not_disturb_a_send() -> None:
    sent_anyway = "\nprint('sent', file=sys.__stdout__)"
    with FaultServer(respond_sms()) as server:
        program = "import sys; sys.stderr.close()\n" + PROGRAM.replace("range(2)", "range(1)") + sent_anyway
        command = [sys.executable, "-c", program, server.base_url]
        ended = subprocess.run(
            command, env={**os.environ, "CARRIERX_LOG": "info"}, capture_output=True, text=True, timeout=60
        )
    assert (ended.returncode, ended.stdout) == (0, "sent\n")
