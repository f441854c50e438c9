"""What HTTP libraries log of our exchanges at DEBUG: their steps, and nothing that a server or a user wrote."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging

import httpx
import pytest

from carrierx import CarrierXError
from tests.privacy.secrets import SECRETS
from tests.privacy.senders import Senders
from tests.privacy.watching import Watch
from tests.support.behaviours import close_on_accept, respond_raw
from tests.support.fault_server import FaultServer

PASSWORD = "s3cret-of-the-" + "proxy"


def logged(watch: Watch) -> str:
    return "\n".join(logging.Formatter().format(record) for record in watch.records)


def test_a_status_line_that_repeats_the_request(senders: Senders, watch: Watch) -> None:
    reason = f"no such number as {SECRETS.recipient} for {SECRETS.token}".encode()
    with FaultServer(respond_raw(b"HTTP/1.1 404 " + reason + b"\r\nContent-Length: 0\r\n\r\n")) as server:
        client = senders.make(server.base_url)
        with pytest.raises(CarrierXError):
            client.get(SECRETS.recipient)
    watch.assert_discreet()
    if senders.library not in ("aiohttp",):
        assert "receive_response_headers.complete status=404" in logged(watch)


@pytest.mark.carrierx_allow_network("api.example")  # nothing gets further than the proxy, on this machine
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("way", ["own", "own async"])
def test_the_password_of_a_socks_proxy(watch: Watch, way: str) -> None:
    with asyncio.Runner() as runner, FaultServer(close_on_accept()) as proxy:
        senders = Senders(way, runner)
        client = senders.make(
            "http://api.example/core/v2", allow_http=True, proxy=f"socks5://user:{PASSWORD}@127.0.0.1:{proxy.port}"
        )
        with contextlib.suppress(CarrierXError):
            client.send(**SECRETS.message)
        assert proxy.connections
        senders.close()
    assert "setup_socks5_connection.started" in logged(watch)
    assert PASSWORD not in logged(watch)
    # httpcore doesn't close a connection whose negotiation failed, so here it is found, and not in another test.
    del client, senders
    gc.collect()


def test_what_others_log_of_their_own_requests_stays_as_it_is(watch: Watch) -> None:
    with FaultServer(respond_raw(b"HTTP/1.1 200 Very well\r\nContent-Length: 0\r\n\r\n")) as server:
        httpx.get(server.origin, trust_env=False)
    assert "Very well" in logged(watch)
