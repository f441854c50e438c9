"""The pytest plugin provides its fixtures with pytest-asyncio, with anyio, without either, and to unittest."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from carrierx.emulator import EmulatorError
from carrierx.testing import EmulatorForTests
from carrierx.testing.settings import config_from
from tests.testing.projects import run_pytest

LOOP_SCOPE = "asyncio_default_fixture_loop_scope = function"

SYNC = """
import pytest

from carrierx import ObjectValidationError
from carrierx.testing import assert_nothing_sent, assert_sent_once


def send(client, message="Hello"):
    return client.messages.send(from_="15162065575", to="15162065574", message=message)


def test_a_message_is_sent(carrierx_emulator, carrierx_client):
    send(carrierx_client)
    assert carrierx_emulator.messages.to("15162065574").last.message == "Hello"


@pytest.mark.parametrize("number", range(3))
def test_each_test_has_an_emulator_of_its_own(carrierx_emulator, carrierx_client, number):
    assert_nothing_sent(carrierx_emulator)
    send(carrierx_client, f"Number {number}")
    assert assert_sent_once(carrierx_emulator).message == f"Number {number}"


@pytest.mark.carrierx_emulator(enabled_numbers={"15162065570"}, show_total=False)
class TestMarked:
    def test_the_emulator_behaves_as_the_marker_says(self, carrierx_emulator, carrierx_client):
        with pytest.raises(ObjectValidationError):
            send(carrierx_client)
        assert carrierx_client.messages.list().total is None

    @pytest.mark.carrierx_emulator(enabled_numbers=None)
    def test_the_closest_marker_counts(self, carrierx_client):
        send(carrierx_client)
        assert carrierx_client.messages.list().total is None
"""

ASYNC = """
async def send(client, message):
    return await client.messages.send(from_="15162065575", to="15162065574", message=message)


async def test_a_message_is_sent(carrierx_emulator, carrierx_async_client):
    await send(carrierx_async_client, "Hello")
    assert carrierx_emulator.messages.to("15162065574").last.message == "Hello"


async def test_both_clients_share_the_emulator(carrierx_emulator, carrierx_async_client, carrierx_client):
    sent = await send(carrierx_async_client, "Hello")
    assert carrierx_client.messages.get(sent.message_sid) == sent
    assert len(carrierx_emulator.messages) == 1
"""

MARKED_ASYNC = f"""
import pytest

pytestmark = pytest.mark.{{}}
{ASYNC}
"""

ANYIO = f"""
import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"

{ASYNC}

@pytest.fixture
async def greeted(carrierx_async_client):
    return await send(carrierx_async_client, "Hello from a fixture")


async def test_a_users_fixture_can_use_the_plugins_fixtures(greeted, carrierx_emulator):
    assert list(carrierx_emulator.messages) == [greeted]
"""

WITHOUT_PLUGINS = f"""
import asyncio
{ASYNC.replace("async def test_", "async def check_")}

def test_coroutines_run_without_a_plugin(carrierx_emulator, carrierx_async_client):
    asyncio.run(check_a_message_is_sent(carrierx_emulator, carrierx_async_client))
    asyncio.run(send(carrierx_async_client, "From another loop"))
    assert carrierx_emulator.messages.last.message == "From another loop"
"""

UNITTEST = """
import unittest

import pytest

from carrierx.testing import assert_sent_once, emulator_for_tests


class ReminderTest(unittest.TestCase):
    def setUp(self):
        self.emulator = self.enterContext(emulator_for_tests())

    def test_a_message_is_sent(self):
        self.emulator.client().messages.send(from_="15162065575", to="15162065574", message="Hello")
        self.assertEqual(assert_sent_once(self.emulator, to="15162065574").message, "Hello")

    def test_each_test_has_an_emulator_of_its_own(self):
        self.assertFalse(self.emulator.messages)


class AsyncReminderTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.emulator = self.enterContext(emulator_for_tests())

    async def test_a_message_is_sent(self):
        client = self.emulator.async_client()
        await client.messages.send(from_="15162065575", to="15162065574", message="Hello")
        assert_sent_once(self.emulator, containing="Hello")


class FixtureTest(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def bring_emulator(self, carrierx_emulator):
        self.emulator = carrierx_emulator

    def test_pytest_brings_the_fixture(self):
        self.assertEqual(len(self.emulator.messages), 0)
"""


def test_pytest_asyncio_in_strict_mode_anyio_and_unittest(tmp_path: Path) -> None:
    run = run_pytest(
        tmp_path,
        options=(LOOP_SCOPE, "asyncio_mode = strict"),
        test_sync=SYNC,
        test_asyncio=MARKED_ASYNC.format("asyncio"),
        test_anyio=ANYIO,
        test_unittest=UNITTEST,
    )

    assert run.counts == {"passed": 6 + 2 + 3 + 4}, run.output


def test_pytest_asyncio_in_auto_mode_under_xdist(tmp_path: Path) -> None:
    run = run_pytest(
        tmp_path, "-n", "2", options=(LOOP_SCOPE, "asyncio_mode = auto"), test_sync=SYNC, test_asyncio=ASYNC
    )

    assert run.counts == {"passed": 6 + 2}, run.output


def test_without_any_plugin_for_coroutines(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, "-p", "no:asyncio", "-p", "no:anyio", "-p", "no:xdist", test_bare=WITHOUT_PLUGINS)

    assert run.counts == {"passed": 1}, run.output


@pytest.mark.parametrize(
    ("marker", "problem"),
    [
        (
            pytest.mark.carrierx_emulator(enabled_number={"15162065575"}),
            "has no setting 'enabled_number'; did you mean enabled_numbers?",
        ),
        (pytest.mark.carrierx_emulator(x=1), "has no setting 'x'; known: credentials, enabled_"),
        (pytest.mark.carrierx_emulator("15162065575"), "accepts settings only by name: enabled_numbers=..."),
        (
            pytest.mark.carrierx_emulator(enabled_numbers={"+1 516"}),
            "can't be used: enabled_numbers must be written in digits only",
        ),
    ],
)
def test_the_error_for_a_misused_marker_says_why(marker: pytest.MarkDecorator, problem: str) -> None:
    with pytest.raises(pytest.UsageError) as caught:
        config_from([marker.mark])

    assert str(caught.value).startswith(f"the marker carrierx_emulator {problem}")


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("callback_url = https://example.org/texts?a=b", "callback_url", "https://example.org/texts?a=b"),
        ("visibility_lag = 2.5", "visibility_lag", timedelta(seconds=2.5)),
        ("own_numbers_only = true", "own_numbers_only", True),
        ("legacy_callbacks=none", "legacy_callbacks", None),
        ("enabled_numbers = 15162065575 18885550142", "enabled_numbers", frozenset({"15162065575", "18885550142"})),
        ("quota_files = 5", "quota_files", 5),
        ("strict_query = off", "strict_query", False),
        ("show_total = 0", "show_total", False),
        ("own_numbers_only = YES", "own_numbers_only", True),
        ("callback_url = none", "callback_url", None),
        ("partner_sid = 5", "partner_sid", "5"),
    ],
)
def test_a_setting_of_the_project_is_read_as_its_type(line: str, name: str, value: object) -> None:
    assert getattr(config_from([], [line]), name) == value


def test_a_marker_overrides_the_project() -> None:
    marker = pytest.mark.carrierx_emulator(visibility_lag=timedelta(seconds=1))

    config = config_from([marker.mark], ["visibility_lag = 2", "over_limit = fail"])

    assert (config.visibility_lag, config.over_limit) == (timedelta(seconds=1), "fail")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("visibility_lag", "accepts lines such as 'visibility_lag = 2'"),
        ("visibility_lags = 2", "has no setting 'visibility_lags'; did you mean visibility_lag?"),
        ("visibility_lag = soon", "visibility_lag must be a number of seconds, not 'soon'"),
        ("prices = 1", "can't set prices: use the marker"),
        ("strict_query = maybe", "strict_query must be true or false, not 'maybe'"),
        ("max_body_bytes = -1", "max_body_bytes must be a whole number, 0 or more, not '-1'"),
        ("quota_files = abc", "quota_files must be a whole number"),
        ("enabling_takes = -5", "enabling_takes must be a number of seconds, not '-5'"),
        ("over_limit = ignore", "can't be used: over_limit must be one of"),
    ],
)
def test_the_error_for_a_wrong_setting_of_the_project_says_why(line: str, problem: str) -> None:
    with pytest.raises(pytest.UsageError, match="the ini option carrierx_emulator") as caught:
        config_from([], [line])

    assert problem in str(caught.value)


def test_the_settings_of_a_project_hold_for_each_of_its_tests(tmp_path: Path) -> None:
    settings = (
        LOOP_SCOPE,
        "carrierx_emulator =",
        "    callback_url = https://example.org/texts",
        "    over_limit = fail",
    )
    test = """
        def test_settings(carrierx_emulator):
            config = carrierx_emulator.emulator.config
            assert (config.callback_url, config.over_limit) == ("https://example.org/texts", "fail")
    """
    run = run_pytest(tmp_path, options=settings, test_project=dedent(test))

    assert run.counts == {"passed": 1}, run.output


def test_a_missing_url_for_callbacks_is_told(carrierx_emulator: EmulatorForTests) -> None:
    assert carrierx_emulator.deliver_callbacks(lambda callback: 204) == ()
    carrierx_emulator.receive(from_="15162065574", to="15162065575", message="STOP")

    with pytest.raises(EmulatorError, match="there is no URL for them: set the emulator's callback_url"):
        carrierx_emulator.deliver_callbacks(lambda callback: 204)


def test_a_misspelt_condition_of_a_fault_is_told(carrierx_emulator: EmulatorForTests) -> None:
    for fault in ("answer", "delay", "lose_answer", "truncate_answer", "garble_answer"):
        arguments = {"answer": (503,), "delay": (1,)}.get(fault, ())
        with pytest.raises(TypeError, match="a fault has no condition 'tmes'; did you mean times"):
            getattr(carrierx_emulator.faults, fault)(*arguments, tmes=1)
