"""The ways in which a send can travel: sync or async, plain or TLS, direct or proxied, by one of four carriers."""

import asyncio
import contextlib
import gc
import warnings
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

import httpx
import httpx2

from carrierx import AsyncCarrierXClient, Attempt, CarrierXClient, CarrierXError, Message, RetryPolicy
from carrierx.client_options import ClientOptions
from carrierx.events import AttemptFinished, Event
from tests.support import tls
from tests.support.clocks import SteppingClock
from tests.support.proxy_server import ProxyBehaviour, ProxyServer

TOKEN = "0d7a8c3e-token"
REFERENCE = "order-17"
FROM, TO, TEXT = "15162065575", "15162065574", "Hello"


class Carrier(Enum):
    """What carries the requests."""

    OWN = "own"
    HTTPX = "httpx"
    HTTPX2 = "httpx2"
    AIOHTTP = "aiohttp"


@dataclass(frozen=True)
class Report:
    """How a send ended: with a message or with an error of ours. Any other exception fails the test by itself."""

    message: Message | None
    error: CarrierXError | None
    events: Sequence[Event]
    waits: Sequence[float]

    @property
    def attempts(self) -> list[AttemptFinished]:
        """The attempts as the events told them; on success no error holds them."""
        return [event for event in self.events if isinstance(event, AttemptFinished)]

    @property
    def failed_attempts(self) -> tuple[Attempt, ...]:
        """The attempts as the error remembers them."""
        assert self.error is not None
        return self.error.attempts


@dataclass(frozen=True)
class Way:
    """One way in which a send can travel."""

    carrier: Carrier
    asynchronous: bool
    tls: bool
    proxied: bool

    def __str__(self) -> str:
        words = (
            self.carrier.value,
            "async" if self.asynchronous else "sync",
            "TLS" if self.tls else "plain",
            "proxied" if self.proxied else "direct",
        )
        return " ".join(words)

    @property
    def forwarded(self) -> bool:
        """Whether a proxy takes the whole request before it asks the target; with TLS it makes a tunnel instead."""
        return self.proxied and not self.tls

    @contextlib.contextmanager
    def proxy(self, behaviour: ProxyBehaviour | None = None) -> Generator[str | None]:
        """A proxy for a way that goes through one; None for one that does not."""
        if not self.proxied:
            yield None
            return
        with ProxyServer(behaviour) as proxy:
            proxy.shrink_receive_buffer()
            yield proxy.url

    def send(
        self,
        base_url: str,
        *,
        proxy: str | None = None,
        filler: int = 0,
        trusting: bool = True,
        total_timeout: float = 60.0,
        timeout: float = 10.0,
        connect_timeout: float = 5.0,
        trust_503: bool = False,
        before_body: Callable[[], None] | None = None,
    ) -> Report:
        """Send one message with two retries in reserve, and close everything.

        Args:
            base_url: Where to.
            proxy: The URL of the proxy.
            filler: Further bytes in the body.
            trusting: Whether the tests' certificate authority is trusted.
            total_timeout: As the client's option; the clock steps, so it acts on waits only.
            timeout: As the client's option.
            connect_timeout: As the client's option.
            trust_503: As the retry policy's.
            before_body: As the option of a call.
        """
        clock, events = SteppingClock(), list[Event]()
        options = ClientOptions(
            base_url=base_url,
            proxy=proxy,
            trust_env=False,
            allow_http=True,
            clock=clock,
            on_event=events.append,
            retry_policy=RetryPolicy(max_retries=2, trust_503=trust_503, random=lambda: 0.0),
            timeout=timeout,
            connect_timeout=connect_timeout,
            total_timeout=total_timeout,
        )
        if trusting:
            options["ssl_context"] = tls.client_context()
        message, error = None, None
        try:
            if self.asynchronous:
                with unclosed_ignored() if self.carrier is Carrier.AIOHTTP else contextlib.nullcontext():
                    message = asyncio.run(self._send_async(filler, options, before_body))
            else:
                message = self._send_sync(filler, options, before_body)
        except CarrierXError as raised:
            error = raised
        return Report(message, error, events, clock.sleeps)

    def _send_sync(self, filler: int, options: ClientOptions, before_body: Callable[[], None] | None) -> Message:
        with contextlib.ExitStack() as stack:
            injected = stack.enter_context(self._sync_client(options)) if self._injects else None
            client = stack.enter_context(CarrierXClient(TOKEN, http_client=injected, **options))
            return client.messages.send(
                from_=FROM,
                to=TO,
                message=TEXT,
                reference=REFERENCE,
                extra_body=_extra_body(filler),
                before_body=before_body,
            )

    async def _send_async(self, filler: int, options: ClientOptions, before_body: Callable[[], None] | None) -> Message:
        async with contextlib.AsyncExitStack() as stack:
            injected = await stack.enter_async_context(self._async_client(options)) if self._injects else None
            aiohttp = self.carrier is Carrier.AIOHTTP
            client = await stack.enter_async_context(
                AsyncCarrierXClient(
                    TOKEN, http_client=injected, async_backend="aiohttp" if aiohttp else "httpx", **options
                )
            )
            return await client.messages.send(
                from_=FROM,
                to=TO,
                message=TEXT,
                reference=REFERENCE,
                extra_body=_extra_body(filler),
                before_body=before_body,
            )

    @property
    def _injects(self) -> bool:
        return self.carrier in (Carrier.HTTPX, Carrier.HTTPX2)

    def _sync_client(self, options: ClientOptions) -> httpx.Client:
        if self.carrier is Carrier.HTTPX:
            return httpx.Client(**_http_options(options))
        return as_httpx(httpx2.Client(**_http_options(options)))

    def _async_client(self, options: ClientOptions) -> httpx.AsyncClient:
        if self.carrier is Carrier.HTTPX:
            return httpx.AsyncClient(**_http_options(options))
        return as_async_httpx(httpx2.AsyncClient(**_http_options(options)))


def as_httpx(client: httpx2.Client) -> httpx.Client:
    """httpx2 is a fork: another library with the same classes, which a type checker can't know."""
    return cast("httpx.Client", client)


def as_async_httpx(client: httpx2.AsyncClient) -> httpx.AsyncClient:
    """As `as_httpx`."""
    return cast("httpx.AsyncClient", client)


@contextlib.contextmanager
def unclosed_ignored() -> Generator[None]:
    """aiohttp goes on saying goodbye over TLS, or writing what is left, and a loop that ends does not wait for that."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "unclosed", ResourceWarning)
        try:
            yield
        finally:
            gc.collect()


def _http_options(options: ClientOptions) -> dict[str, Any]:
    return {"proxy": options.get("proxy"), "verify": options.get("ssl_context", True), "trust_env": False}


def _extra_body(filler: int) -> dict[str, Any] | None:
    return {"filler": "x" * filler} if filler else None


def _ways(carrier: Carrier, *letters: str) -> list[Way]:
    """Read ways from three letters: s(ync) or a(sync), p(lain) or t(ls), d(irect) or (pro)x(ied)."""
    return [Way(carrier, a == "a", t == "t", x == "x") for a, t, x in map(tuple, letters)]


EVERY_WAY = [
    *_ways(Carrier.OWN, "spd", "spx", "std", "stx", "apd", "apx", "atd", "atx"),
    *_ways(Carrier.HTTPX, "spd", "stx", "apx", "atd"),
    *_ways(Carrier.HTTPX2, "spx", "std", "apd", "atx"),
    *_ways(Carrier.AIOHTTP, "apd", "apx", "atd", "atx"),
]
"""Our own transports in every way; for the others every pair of properties."""

FEW_WAYS = [
    [*_ways(Carrier.OWN, "spd", "atx"), *_ways(Carrier.HTTPX, "spx", "atd"), *_ways(Carrier.AIOHTTP, "apd")],
    [*_ways(Carrier.OWN, "stx", "apd"), *_ways(Carrier.HTTPX, "std", "apx"), *_ways(Carrier.HTTPX2, "spd")],
    [*_ways(Carrier.OWN, "spx", "atd"), *_ways(Carrier.HTTPX, "spd", "atx"), *_ways(Carrier.AIOHTTP, "atx")],
    [*_ways(Carrier.OWN, "std", "apx"), *_ways(Carrier.HTTPX, "stx", "apd"), *_ways(Carrier.HTTPX2, "atx")],
]
"""By turns; each has our own transports and httpx, sync and async, plain and TLS, direct and proxied."""

PAIRS = [
    *_ways(Carrier.OWN, "spd", "stx", "apx", "atd"),
    *_ways(Carrier.HTTPX, "spx", "std", "apd", "atx"),
    *_ways(Carrier.HTTPX2, "spd", "atx"),
    *_ways(Carrier.AIOHTTP, "apd", "atx"),
]
"""Every pair of properties, for rows on which the way has little bearing."""

HEAVY_PAIRS = [
    *_ways(Carrier.OWN, "spd", "std", "apx", "atx"),
    *_ways(Carrier.HTTPX, "spx", "atd"),
    *_ways(Carrier.HTTPX2, "std", "apd"),
    *_ways(Carrier.AIOHTTP, "apd", "atx"),
]
"""Every property with every carrier that can have it, for rows with a body of many megabytes or with waiting."""
