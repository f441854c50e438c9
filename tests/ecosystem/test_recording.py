"""With vcrpy an exchange is recorded once and played back later without a network."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from carrierx import CarrierXError
from tests.privacy.secrets import SECRETS
from tests.privacy.senders import Senders
from tests.support.fault_server import FaultServer
from tests.support.scripts import SMS


@pytest.fixture
def vcr() -> Any:
    return importlib.import_module("vcr")  # it has no types


def test_a_recorded_send_is_played_back_without_the_network(
    vcr: Any, senders: Senders, server: FaultServer, tmp_path: Path
) -> None:
    cassette = str(tmp_path / "sent.yaml")
    client = senders.make(server.base_url)
    with vcr.use_cassette(cassette, filter_headers=["authorization"]):
        recorded = client.send(**SMS)
    with vcr.use_cassette(cassette, filter_headers=["authorization"], record_mode="none") as played:
        assert client.send(**SMS) == recorded
        assert played.all_played

    assert (server.connections, server.requests_started) == (1, 1)


def test_a_send_that_was_not_recorded_is_not_sent(
    vcr: Any, senders: Senders, server: FaultServer, tmp_path: Path
) -> None:
    client = senders.make(server.base_url)
    with vcr.use_cassette(str(tmp_path / "none.yaml"), record_mode="none"), pytest.raises(CarrierXError):
        client.send(**SMS)

    assert server.connections == 0


@pytest.mark.parametrize(("filtered", "found"), [([], True), (["authorization"], False)])
def test_a_cassette_holds_the_token_unless_it_is_filtered(
    vcr: Any, senders: Senders, server: FaultServer, tmp_path: Path, filtered: list[str], found: bool
) -> None:
    cassette = tmp_path / "sent.yaml"
    with vcr.use_cassette(str(cassette), filter_headers=filtered):
        senders.make(server.base_url).send(**SMS)

    assert (SECRETS.token in cassette.read_text(encoding="utf-8")) is found
