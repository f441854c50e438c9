"""Other vendors' clients, each with its real create call to the stub server.

They are installed only when asked for, into an environment of their own, so they are imported by name: the type
checkers don't know them. telnyx, stripe and openai take another base URL. twilio's is an attribute of its API domain,
plivo's a constant of its module. vonage writes `https://` before the host, so an adapter of requests that is otherwise
the one it makes itself takes the `s` out. vonage uses basic authorization: signing a token for each send costs more.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from typing import Any

from benchmarks.answers import FROM, MESSAGE, TO, TOKEN
from benchmarks.measuring import AsyncSend, SyncSend

__all__ = ["async_twilio", "openai", "plivo", "stripe", "telnyx", "twilio", "vonage"]

_ACCOUNT = "AC00000000000000000000000000000000"


def _address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@contextmanager
def twilio(port: int) -> Generator[SyncSend]:
    """Send with twilio's `messages.create`, over requests."""
    client = import_module("twilio.rest").Client(_ACCOUNT, TOKEN)
    client.api.base_url = _address(port)
    yield lambda: client.messages.create(to=f"+{TO}", from_=f"+{FROM}", body=MESSAGE)


@asynccontextmanager
async def async_twilio(port: int) -> AsyncGenerator[AsyncSend]:
    """Send with twilio's `messages.create_async`, over aiohttp."""
    async with import_module("twilio.http.async_http_client").AsyncTwilioHttpClient() as http_client:
        client = import_module("twilio.rest").Client(_ACCOUNT, TOKEN, http_client=http_client)
        client.api.base_url = _address(port)

        async def send() -> object:
            return await client.messages.create_async(to=f"+{TO}", from_=f"+{FROM}", body=MESSAGE)

        yield send


@contextmanager
def telnyx(port: int) -> Generator[SyncSend]:
    """Send with telnyx's `messages.send`, over httpx."""
    with import_module("telnyx").Telnyx(api_key=TOKEN, base_url=f"{_address(port)}/v2") as client:
        yield lambda: client.messages.send(from_=f"+{FROM}", to=f"+{TO}", text=MESSAGE)


@contextmanager
def vonage(port: int) -> Generator[SyncSend]:
    """Send with vonage's `messages.send`, over requests."""
    package = import_module("vonage")
    sms = import_module("vonage_messages").Sms
    options = package.HttpClientOptions(api_host=f"127.0.0.1:{port}")
    client = package.Vonage(package.Auth(api_key="benchmark", api_secret=TOKEN), options)
    client.http_client._session.mount("https://", _without_tls(options))  # noqa: SLF001
    yield lambda: client.messages.send(sms(to=TO, from_=FROM, text=MESSAGE))


def _without_tls(options: Any) -> object:
    # The same adapter as vonage's own, with the pools and retries of its options.
    adapter: Any = import_module("requests.adapters").HTTPAdapter(
        pool_connections=options.pool_connections,
        pool_maxsize=options.pool_maxsize,
        max_retries=import_module("urllib3").Retry(total=options.max_retries, backoff_factor=0.1),
    )
    send = adapter.send

    def send_plainly(request: Any, **settings: Any) -> object:
        request.url = request.url.replace("https:", "http:", 1)
        return send(request, **settings)

    adapter.send = send_plainly
    return adapter


@contextmanager
def plivo(port: int) -> Generator[SyncSend]:
    """Send with plivo's `messages.create`, over requests."""
    module: Any = import_module("plivo.rest.client")
    module.PLIVO_API_BASE_URI = f"{_address(port)}/v1/Account"
    with module.Client("MA000000000000000000", TOKEN) as client:
        yield lambda: client.messages.create(src=f"+{FROM}", dst=f"+{TO}", text=MESSAGE)


@contextmanager
def stripe(port: int) -> Generator[SyncSend]:
    """Create a payment with stripe's `v1.payment_intents.create`, over requests."""
    client = import_module("stripe").StripeClient(TOKEN, base_addresses={"api": _address(port)})
    yield lambda: client.v1.payment_intents.create({"amount": 2000, "currency": "usd"})


@contextmanager
def openai(port: int) -> Generator[SyncSend]:
    """Ask with openai's `chat.completions.create`, over httpx2."""
    with import_module("openai").OpenAI(api_key=TOKEN, base_url=f"{_address(port)}/v1") as client:
        yield lambda: client.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": MESSAGE}])
