"""Other vendors' clients, each with its real create call to the stub server, and the environment that they need.

They are installed only with `--peers`, into an environment of their own, so they are imported by name: the type
checkers don't know them. telnyx, stripe and openai accept another base URL. twilio's is an attribute of its API domain,
plivo's a constant of its module. vonage writes `https://` before the host, so an adapter of requests that is otherwise
the one it makes itself takes out the `s`. vonage uses basic authorization: signing a token for each send costs more.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.processes import run
from benchmarks.senders import SEGMENTED, AsyncSend, SyncSend
from benchmarks.stub import FROM, MESSAGE, TO, TOKEN

_PEERS_FILE = Path(__file__).with_name("peers.txt")
_ACCOUNT = "AC00000000000000000000000000000000"
_VERSIONS = """
import importlib.metadata, json, sys
installed = {found.metadata["Name"].lower(): found.version for found in importlib.metadata.distributions()}
print(json.dumps({name: installed[name] for name in sys.argv[1:] if name in installed}))
"""


def peers_python() -> str:
    """Return the interpreter of the peers' environment, in the user's cache. Create it if it doesn't exist.

    Raises:
        subprocess.CalledProcessError: pip could not install them.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    wanted = hashlib.sha256(_PEERS_FILE.read_bytes()).hexdigest()[:12]
    folder = cache / "carrierx-benchmarks" / f"peers-{sys.version_info[0]}.{sys.version_info[1]}-{wanted}"
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists():
        print(f"installing the peers of {_PEERS_FILE.name} into {folder}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", _PEERS_FILE], check=True, stdout=sys.stderr)
        ready.touch()
    return str(python)


def peer_versions(python: str, names: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of the distributions that are installed for an interpreter."""
    versions: dict[str, str] = run("versions", ["-c", _VERSIONS, *names], python=python)
    return versions


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


@contextmanager
def smsutil_segments(_port: int) -> Generator[SyncSend]:
    """Count segments with smsutil, which splits the text to count. Nothing is sent."""
    split = import_module("smsutil").split
    assert len(split(SEGMENTED).parts) == 1
    yield partial(split, SEGMENTED)
