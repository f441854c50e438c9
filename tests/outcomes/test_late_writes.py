"""A write that times out in an event loop, which may still send what it has taken: the last byte decides."""

import ssl
from collections.abc import Iterable
from typing import Any, cast

import httpcore
import pytest

from carrierx import AsyncCarrierXClient, CarrierXError, Outcome, RetryPolicy
from tests.outcomes.ways import FROM, TEXT, TO, TOKEN
from tests.support import tls
from tests.support.fault_server import FaultServer


class LateStream(httpcore.AsyncNetworkStream):
    """A connection on which one write times out although the event loop sends all of it after all."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, late: bytes) -> None:
        self._inner = inner
        self._late = late

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)
        if buffer.startswith(self._late):
            raise httpcore.WriteTimeout

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return LateStream(await self._inner.start_tls(ssl_context, server_hostname, timeout), self._late)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


async def send_late(
    monkeypatch: pytest.MonkeyPatch, late: bytes, filler: int, *, use_tls: bool
) -> tuple[list[Outcome], int]:
    """Send while the write that begins so is late; give the attempts' outcomes and the number of requests read."""
    # httpcore declares the name twice, once for where anyio is missing.
    backend = cast("type[httpcore.AsyncNetworkBackend]", httpcore.AnyIOBackend)
    connect = backend.connect_tcp

    async def connect_late(
        self: httpcore.AsyncNetworkBackend,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return LateStream(await connect(self, host, port, timeout, local_address, socket_options), late)

    monkeypatch.setattr(backend, "connect_tcp", connect_late)
    with FaultServer(use_tls=use_tls) as server:
        policy = RetryPolicy(max_retries=2, first_wait=0.0)
        async with AsyncCarrierXClient(
            TOKEN, base_url=server.base_url, ssl_context=tls.client_context(), retry_policy=policy
        ) as client:
            with pytest.raises(CarrierXError) as caught:
                await client.messages.send(
                    from_=FROM, to=TO, message=TEXT, extra_body={"filler": "x" * filler} if filler else None
                )
        await server.settled()
        return [attempt.outcome for attempt in caught.value.attempts], server.requests_fully_read


@pytest.mark.parametrize("use_tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize(("filler", "last_write"), [(0, b"POST "), (1_000, b"POST "), (100_000, b"}")])
async def test_a_body_whose_last_write_timed_out_may_be_out_there(
    monkeypatch: pytest.MonkeyPatch, filler: int, last_write: bytes, use_tls: bool
) -> None:
    # A small request is a single write.
    outcomes, read = await send_late(monkeypatch, last_write, filler, use_tls=use_tls)
    assert outcomes == [Outcome.UNKNOWN]
    assert read == 1 or use_tls  # closing within TLS can take back what was sent last


@pytest.mark.parametrize("use_tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("filler", [20_000, 100_000])
async def test_a_large_body_that_kept_its_last_byte_back_is_not_out_there(
    monkeypatch: pytest.MonkeyPatch, filler: int, use_tls: bool
) -> None:
    # Headers and all of the body but its last byte go out together.
    assert await send_late(monkeypatch, b"POST ", filler, use_tls=use_tls) == ([Outcome.NOT_SENT] * 3, 0)
