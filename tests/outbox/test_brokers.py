"""Brokers for tests: which one a test gets, and what happens if there is none."""

from __future__ import annotations

import re

import pytest

from tests.outbox import brokers
from tests.outbox.brokers import BROKERS, broker_url, missing, own_broker

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without brokers and their programs."""

    def is_missing(name: str) -> str:
        return f"{name} is missing"

    def never_answers(url: str) -> bool:
        return False

    monkeypatch.setattr(brokers, "answers", never_answers)
    monkeypatch.setattr(brokers, "missing", is_missing)
    for _, variable, _, _ in BROKERS.values():
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.delenv("CARRIERX_TEST_SERVERS", raising=False)


@pytest.mark.parametrize("name", BROKERS)
def test_an_address_in_the_environment_comes_first(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROKERS[name][1], NOWHERE)
    with broker_url(name) as url:
        assert url == NOWHERE


@pytest.mark.usefixtures("no_broker")
@pytest.mark.parametrize("name", BROKERS)
def test_without_its_programs_a_test_is_skipped_with_the_reason(name: str) -> None:
    with pytest.raises(pytest.skip.Exception, match=f"{name} is missing, or set {BROKERS[name][1]}"), broker_url(name):
        pass
    with pytest.raises(pytest.skip.Exception, match=f"{name} is missing"):
        own_broker(name)


@pytest.mark.usefixtures("no_broker")
@pytest.mark.parametrize("name", BROKERS)
def test_where_servers_are_required_it_fails(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARRIERX_TEST_SERVERS", "required")
    with pytest.raises(pytest.fail.Exception, match=f"{name} is missing"), broker_url(name):
        pass
    with pytest.raises(pytest.fail.Exception, match=f"{name} is missing"):
        own_broker(name)


@pytest.mark.parametrize("name", BROKERS)
def test_what_is_missing_names_the_package(name: str) -> None:
    assert re.fullmatch(rf"(|{BROKERS[name][3]} is missing: install Debian's package .*)", missing(name))
