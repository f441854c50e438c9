"""The page about troubleshooting quotes what carrierx really says: each heading is part of an error that is raised."""

from __future__ import annotations

import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Never

import pytest

import carrierx
from carrierx import (
    AcceptedWithoutReceiptError,
    APIError,
    AsyncCarrierXClient,
    AuthenticationError,
    BadRequestError,
    CarrierXClient,
    CarrierXError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    EnablementFailedError,
    ExchangeFailedError,
    ExchangeTimeoutError,
    ExportError,
    InvalidArgumentError,
    InvalidMessageError,
    NetworkBlockedError,
    NotFoundError,
    ObjectValidationError,
    PayloadTooLargeError,
    PermissionDeniedError,
    RateLimitError,
    ReconcileError,
    ResponseError,
    SendFencedError,
    SendOutcomeUnknownError,
    ServerError,
    TokenUnavailableError,
    UnsupportedMediaTypeError,
    WaitTimeoutError,
    callbacks,
    where,
)
from carrierx.callbacks import CallbackError, CallbackLedgerError, SecretPath, SQLiteLedger
from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, EmulatorError, StatusDelays, serve
from carrierx.outbox import OutboxSettings
from carrierx.outbox.clock import SystemClock
from carrierx.outbox.rules import Fence, reading
from tests.documentation.markdown import ROOT
from tests.media_check.media_server import MediaServer, file_of
from tests.support.behaviours import CLOSE, STAY_SILENT, Behaviour, after_whole_request, cut_body, redirect, respond
from tests.support.fault_server import FaultServer
from tests.support.ports import refusing_address

PAGE = (ROOT / "docs" / "how-to" / "troubleshooting.md").read_text(encoding="utf-8")
SECTIONS: Final = {
    section.partition("\n")[0]: section.partition("\n")[2] for section in re.split(r"^### ", PAGE, flags=re.M)[1:]
}
TEXT: Final[dict[str, Any]] = {"from_": "15162065575", "to": "15162065574", "message": "Your table is ready"}
WITHOUT_SENDER: Final[dict[str, Any]] = {"to": "15162065574", "message": "Your table is ready"}
NOWHERE: Final = "http://127.0.0.1:9/core/v2"
"""An address that no case connects to."""


@dataclass
class Surroundings:
    """What the cases need: servers that end with the test, and a folder."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    stack: ExitStack = field(default_factory=ExitStack)

    def client(self, base_url: str = NOWHERE, **options: Any) -> CarrierXClient:
        settings: dict[str, Any] = {"base_url": base_url, "max_retries": 0, "media_check": "off", **options}
        return self.stack.enter_context(CarrierXClient(DEMO_TOKEN, **settings))

    def answering(self, behaviour: Behaviour, **options: Any) -> CarrierXClient:
        """A client whose server does this."""
        return self.client(self.stack.enter_context(FaultServer(behaviour)).base_url, **options)

    def emulated(self, **settings: Any) -> CarrierXClient:
        """A client of an emulator."""
        emulator = self.stack.enter_context(Emulator(EmulatorConfig(**settings)))
        return self.client(self.stack.enter_context(serve(emulator)).base_url)

    def sends(self, behaviour: Behaviour, **options: Any) -> object:
        return self.answering(behaviour, **options).messages.send(**TEXT)

    def reads(self, behaviour: Behaviour, **options: Any) -> object:
        return self.answering(behaviour, **options).messages.get("097b49df")

    def refused_message(self, **fields: Any) -> object:
        return self.client().messages.send(**{**TEXT, **fields})


@pytest.fixture
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Surroundings]:
    for name in ("CARRIERX_TOKEN", "CARRIERX_BASE_URL", "CARRIERX_LOG"):
        monkeypatch.delenv(name, raising=False)
    made = Surroundings(tmp_path, monkeypatch)
    with made.stack:
        yield made


def without_pandas(here: Surroundings) -> object:
    here.monkeypatch.setitem(sys.modules, "pandas", None)
    return carrierx.to_pandas([])


def port_in_use(here: Surroundings) -> object:
    taken = here.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    emulator = here.stack.enter_context(Emulator())
    return here.stack.enter_context(serve(emulator, port=taken.getsockname()[1]))


def open_to_others(here: Surroundings) -> object:
    return here.stack.enter_context(serve(here.stack.enter_context(Emulator()), host="0.0.0.0"))


def broken_token() -> Never:
    raise OSError("the vault is closed")


def wrong_log_level(here: Surroundings) -> object:
    here.monkeypatch.setenv("CARRIERX_LOG", "verbose")
    return CarrierXClient(DEMO_TOKEN)


def fenced(here: Surroundings) -> object:
    clock = SystemClock()
    since = reading(clock)
    fence = Fence(OutboxSettings(), clock, since._replace(boot=since.boot - 16), None, None)
    return here.emulated().messages.send(**TEXT, before_body=fence)


def without_loop(_: Surroundings) -> object:
    sending = AsyncCarrierXClient(DEMO_TOKEN, base_url=NOWHERE).messages.get("097b49df")
    return sending.send(None)


def large_media(here: Surroundings) -> object:
    media = here.stack.enter_context(MediaServer(file_of(4_000_000)))
    client = here.client(media_check="error", allow_private_media=True)
    return client.messages.send(**TEXT, media_urls=[media.url()])


def connection_refused(here: Surroundings) -> object:
    return here.client(here.stack.enter_context(refusing_address()).base_url).messages.send(**TEXT)


def unknown_host(here: Surroundings) -> object:
    def no_such_name(*_: object, **__: object) -> Never:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    here.monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    return here.client("http://localhost:8025/core/v2").messages.send(**TEXT)


def untrusted_certificate(here: Surroundings) -> object:
    return here.client(here.stack.enter_context(FaultServer(use_tls=True)).base_url).messages.send(**TEXT)


def busy_connections(here: Surroundings) -> object:
    server = here.stack.enter_context(FaultServer(after_whole_request(STAY_SILENT)))
    client = here.client(server.base_url, max_connections=1, timeout=1)
    executor = here.stack.enter_context(ThreadPoolExecutor(1))
    first = executor.submit(lambda: client.messages.send(**TEXT))
    while not server.requests_fully_read and not first.done():
        time.sleep(0.01)
    return client.messages.send(**TEXT, timeout=0.05)


def unentered_batch(here: Surroundings) -> object:
    batch = here.client().messages.send_many([])
    try:
        return next(batch)
    finally:
        with batch:  # or it warns that nothing was sent
            pass


def unproven_lookup(here: Surroundings) -> object:
    return here.emulated().messages.reconcile("order-17", settle=0)


def slow_delivery(here: Surroundings) -> object:
    client = here.emulated()
    return client.messages.wait(client.messages.send(**TEXT).message_sid, within=0.1)


def slow_enablement(here: Surroundings) -> object:
    client = here.emulated()
    did = client.dids.rent(confirm=True)
    client.dids.enable_messaging(did.did_sid)
    return client.dids.wait_until_enabled(did.did_sid, within=0.1)


def failed_enablement(here: Surroundings) -> object:
    answer = {"did_sid": "097b49df", "status": "failed", "type": "a2p"}
    return here.answering(respond(200, answer)).dids.wait_until_enabled("097b49df")


def changed_export(here: Surroundings) -> object:
    client, file = here.emulated(delays=StatusDelays(timedelta(0), timedelta(0))), here.folder / "records.jsonl"
    client.messages.send(**TEXT)
    client.detail_records.export(file)
    file.write_text("")
    return client.detail_records.export(file)


def two_exports(here: Surroundings) -> object:
    client, file = here.emulated(), here.folder / "records.jsonl"
    errors: list[ExportError] = []

    def export_again(_: object) -> None:
        try:
            client.detail_records.export(file)
        except ExportError as error:
            errors.append(error)

    client.with_options(on_event=export_again).detail_records.export(file)
    raise errors[0]


def unusable_ledger(here: Surroundings) -> object:
    ledger = SQLiteLedger(here.folder / "missing" / "callbacks.db")
    return ledger.record(callbacks.parse(b'{"message_sid": "5c1b3f2e", "direction": "inbound"}'))


Case = tuple[type[Exception], Callable[[Surroundings], object]]

CASES: Final[dict[str, Case]] = {
    "needs more packages. Install them with: pip install": (ConfigurationError, without_pandas),
    "can't be served; another program may use it": (EmulatorError, port_in_use),
    "can be reached from other machines, and messages are private: set a password": (EmulatorError, open_to_others),
    "object has no attribute 'send'. Use client.messages.send": (
        AttributeError,
        lambda here: getattr(here.client(), "send"),  # noqa: B009 - type checkers know that it doesn't exist
    ),
    "There is no token": (ConfigurationError, lambda _: CarrierXClient()),
    "token contains an invalid character": (ConfigurationError, lambda _: CarrierXClient("0d7a8c3e\n")),
    "The token function raised": (
        TokenUnavailableError,
        lambda _: CarrierXClient(broken_token, base_url=NOWHERE).messages.send(**TEXT),
    ),
    "base_url must start with https://": (ConfigurationError, lambda here: here.client("http://example.com/core/v2")),
    "There is no option": (ConfigurationError, lambda here: here.client(retries=3)),
    "must be a number of seconds above 0": (ConfigurationError, lambda here: here.client(timeout="5")),
    "ca_file does not exist": (ConfigurationError, lambda here: here.client(ca_file="missing.pem")),
    "CARRIERX_LOG must be debug or info": (ConfigurationError, wrong_log_level),
    "A callback's secret must have at least 32 characters": (ConfigurationError, lambda _: SecretPath("short")),
    "AsyncCarrierXClient runs on asyncio, and no asyncio event loop is running": (ConfigurationError, without_loop),
    "a test run may not connect to": (
        NetworkBlockedError,
        lambda here: here.client("https://api.carrierx.com/core/v2").messages.send(**TEXT),
    ),
    "The message was not sent: it breaks": (InvalidMessageError, lambda here: here.refused_message(message=" ")),
    "`from` is missing. Give the sender": (
        InvalidMessageError,
        lambda here: here.client().messages.send(**WITHOUT_SENDER),
    ),
    "A text is missing": (
        InvalidMessageError,
        lambda here: here.client().messages.send(from_="15162065575", to="15162065574"),
    ),
    "It has ten digits and no +, like a US number without its leading 1": (
        InvalidMessageError,
        lambda here: here.refused_message(to="5162065574"),
    ),
    "It holds 1 character other than the digits": (
        InvalidMessageError,
        lambda here: here.refused_message(to="+1 516-206-5574x"),
    ),
    "the limit is 1600. Shorten it or send it as several messages": (
        InvalidMessageError,
        lambda here: here.refused_message(message="a" * 1601),
    ),
    "An MMS can only go to US numbers": (
        InvalidMessageError,
        lambda here: here.refused_message(to="447700900123", media_urls=["https://example.com/table.png"]),
    ),
    "It is not an absolute http or https URL": (
        InvalidMessageError,
        lambda here: here.refused_message(media_urls=["table.png"]),
    ),
    "bytes in total; the limit is": (InvalidMessageError, large_media),
    "The fields of a message are keywords": (
        InvalidArgumentError,
        lambda here: getattr(here.client().messages, "send")("15162065575", "15162065574", "Hello"),  # noqa: B009
    ),
    "Give reference or user_data, not both": (
        InvalidArgumentError,
        lambda here: here.client().messages.send(**TEXT, reference="order-17", user_data="17"),
    ),
    "reference is blank": (InvalidArgumentError, lambda here: here.client().messages.reconcile("")),
    "Enter the batch first": (
        InvalidArgumentError,
        unentered_batch,
    ),
    "must be a datetime with a time zone": (
        InvalidArgumentError,
        lambda here: here.client().messages.list(sent_after=datetime.now()),  # noqa: DTZ005
    ),
    "limit must be a whole number from 1 to 1000": (
        InvalidArgumentError,
        lambda here: here.client().messages.list(limit=1001),
    ),
    'Write where("attribute").eq(value)': (InvalidArgumentError, lambda _: where("status") == "sent"),
    "Say that you mean it": (InvalidArgumentError, lambda here: here.client().dids.rent()),
    "The token (or the user name and password) is wrong or revoked": (
        AuthenticationError,
        lambda here: here.sends(respond(401)),
    ),
    "This call needs the scope": (PermissionDeniedError, lambda here: here.sends(respond(403))),
    "CarrierX could not read the request": (BadRequestError, lambda here: here.sends(respond(400))),
    "There is no such object for this account, or no such path": (NotFoundError, lambda here: here.reads(respond(404))),
    "It conflicts with the object's current state": (ConflictError, lambda here: here.sends(respond(409))),
    "The request is larger than the server accepts": (PayloadTooLargeError, lambda here: here.sends(respond(413))),
    "does not accept JSON: check base_url": (UnsupportedMediaTypeError, lambda here: here.sends(respond(415))),
    "CarrierX found the content invalid: see errors": (ObjectValidationError, lambda here: here.sends(respond(422))),
    "Too many requests: send more slowly": (RateLimitError, lambda here: here.sends(respond(429))),
    "A proxy needs credentials: put them into proxy=": (APIError, lambda here: here.sends(respond(407))),
    "CarrierX answered 500 to GET": (ServerError, lambda here: here.reads(respond(500))),
    "connection refused": (ConnectionFailedError, connection_refused),
    "name or service not known": (ConnectionFailedError, unknown_host),
    "certificate verify failed": (ConnectionFailedError, untrusted_certificate),
    "all connections were busy: raise max_connections": (ExchangeTimeoutError, busy_connections),
    "the server did not respond within timeout=": (
        ExchangeTimeoutError,
        lambda here: here.reads(after_whole_request(STAY_SILENT), timeout=0.1),
    ),
    "the connection broke": (ExchangeFailedError, lambda here: here.reads(after_whole_request(CLOSE))),
    "a send may start within": (SendFencedError, fenced),
    "It is unknown whether CarrierX accepted": (
        SendOutcomeUnknownError,
        lambda here: here.sends(after_whole_request(CLOSE)),
    ),
    "but its response was lost": (
        AcceptedWithoutReceiptError,
        lambda here: here.sends(cut_body({"message_sid": "097b49df", "status": "queued"}, 20)),
    ),
    "The reference was not found, but that proves nothing": (ReconcileError, unproven_lookup),
    "Redirects are never followed: check base_url": (
        SendOutcomeUnknownError,
        lambda here: here.sends(redirect(302, "https://example.com/")),
    ),
    "can't be read (status 200)": (ResponseError, lambda here: here.reads(respond(200, b"<html>"))),
    "It may still get there: read it again later": (WaitTimeoutError, slow_delivery),
    "messaging is not enabled yet": (WaitTimeoutError, slow_enablement),
    "CarrierX could not enable messaging on the number": (EnablementFailedError, failed_enablement),
    "it was truncated or replaced": (ExportError, changed_export),
    "Another export is writing": (ExportError, two_exports),
    "The callback is neither JSON nor a form": (CallbackError, lambda _: callbacks.parse(b"<html>")),
    "can't be used": (CallbackLedgerError, unusable_ledger),
}


@pytest.mark.parametrize("heading", CASES)
def test_a_heading_is_part_of_the_error_that_is_raised(heading: str, surroundings: Surroundings) -> None:
    error_class, provoke = CASES[heading]

    with pytest.raises(Exception, match=re.escape(heading)) as caught:
        provoke(surroundings)

    assert type(caught.value) is error_class
    assert f"`{error_class.__name__}`" in SECTIONS[heading]


def test_each_heading_has_a_case() -> None:
    assert list(CASES) == list(SECTIONS)


def test_each_public_error_is_on_the_page() -> None:
    named = set(re.findall(r"`(\w+Error)`", PAGE))
    public = {
        value
        for package in (carrierx, callbacks)
        for value in (getattr(package, name) for name in package.__all__)
        if isinstance(value, type) and issubclass(value, CarrierXError)
    }
    raised = {error_class for error_class, _ in CASES.values()}

    assert len(public) > 25
    assert {error.__name__ for error in public} - named == set()
    assert {error for error in public if not any(issubclass(other, error) for other in raised)} == set()
