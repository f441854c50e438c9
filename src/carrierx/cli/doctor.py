"""`carrierx doctor`: what keeps messages from being sent."""

from __future__ import annotations

import os
import socket
import ssl
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

import typer

from carrierx.cli.exit_codes import ExitCode
from carrierx.cli.failures import CredentialsError, Failure, report
from carrierx.cli.output import Command, Entry, Line, Prose
from carrierx.cli.session import Session, command
from carrierx.cli.tokens import Token, find_token
from carrierx.cli.wording import in_cli_words
from carrierx.errors import (
    APIError,
    AuthenticationError,
    CarrierXError,
    ConfigurationError,
    ConnectionFailedError,
    NotFoundError,
    PermissionDeniedError,
)
from carrierx.models.masking import mask_number

if TYPE_CHECKING:
    from carrierx.cli.documents import Check
    from carrierx.client import CarrierXClient
    from carrierx.models.did import Did
    from carrierx.transport.tls_and_proxy import ConnectionSettings

__all__ = ["doctor"]

Status = Literal["ok", "warning", "failed", "skipped"]

_MARKS: Final = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "-"}
_ASCII_MARKS: Final = {"ok": "ok", "warning": "!", "failed": "FAILED", "skipped": "-"}
_NUMBERS: Final = 20
"""The most numbers whose messaging is checked."""
_SKEW_WARNING: Final = timedelta(seconds=60)
_SKEW_FAILURE: Final = timedelta(minutes=5)
"""The most that the clocks may differ: `messages reconcile --sent-after` tolerates as much."""
_HANDSHAKE_SECONDS: Final = 5.0
_NEEDED: Final = {
    "send messages": ("sms.manage", "sms.create"),
    "read messages and records": ("sms.manage", "sms.read"),
    "read numbers": ("phonenumber.manage", "phonenumber.read"),
}


@command
def doctor(session: Session) -> None:
    """Find out what keeps messages from being sent.

    Checks the token, its scopes, the clock, TLS, the proxy, and whether your numbers can text. Sends nothing.
    """
    from carrierx.cli.documents import Diagnosis

    examination = _Examination(session)
    checks = list(examination.checks())
    failed = [check for check in checks if check.status == "failed"]
    document = Diagnosis(ok=not failed, checks=tuple(checks))
    session.show(document.to_json(), _lines(checks))
    if not failed:
        return
    code = ExitCode.CREDENTIALS if examination.token_failed else ExitCode.REFUSED
    names = ", ".join(check.check for check in failed)
    failure = Failure(code, "ChecksFailed", f"{len(failed)} of {len(checks)} checks failed: {names}.")
    report(failure, as_json=session.json)
    raise typer.Exit(code)


def _lines(checks: list[Check]) -> Iterator[Line]:
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower()
    marks = _MARKS if encoding.startswith("utf") else _ASCII_MARKS
    for check in checks:
        yield Entry(f"{marks[check.status]} {check.check}", (check.detail,))
        if check.advice is not None:
            yield Prose(check.advice)
        if check.command is not None:
            yield Command(*check.command.split())


def _check(name: str, status: Status, detail: str, advice: str | None = None, command: str | None = None) -> Check:
    from carrierx.cli.documents import Check

    return Check(check=name, status=status, detail=detail, advice=advice, command=command)


def _skipped(why: str, *names: str) -> Iterator[Check]:
    for name in names:
        yield _check(name, "skipped", why)


class _Examination:
    """The checks in order. Later ones use what earlier ones found out."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.token_failed: bool = False

    def checks(self) -> Iterator[Check]:
        """Make all checks."""
        from carrierx.options import ClientConfig, base_url_from
        from carrierx.transport.tls_and_proxy import connection_settings

        token: Token | None = None
        try:
            token = find_token(self._session.options)
            yield _check("token", "ok", f"from {token.source}")
        except CredentialsError as error:
            self.token_failed = True
            yield _check("token", "failed", str(error))
        try:
            config = ClientConfig(base_url=base_url_from(self._session.options.base_url))
        except ConfigurationError as error:
            yield _check("base URL", "failed", in_cli_words(str(error)))
            return
        yield _check("base URL", "ok", f"{config.base_url}, {_source_of_base_url(self._session)}")
        try:
            settings = connection_settings(config)
        except ConfigurationError as error:
            yield _check("proxy and TLS", "failed", in_cli_words(str(error)))
            return
        yield _check("proxy", "ok", "none" if settings.proxy is None else f"requests go to {_host_of(settings.proxy)}")
        yield _tls(config.base_url, settings)
        if token is None:
            yield from _skipped("without a token", "connection", "clock", "scopes", "numbers")
            return
        with self._session.client() as client:
            yield from self._with_client(client, token)

    def _with_client(self, client: CarrierXClient, token: Token) -> Iterator[Check]:
        begun = datetime.now(UTC)
        date: str | None = None
        try:
            response = client.with_raw_response.messages.list(limit=1)
            date = response.headers.get("date")
            yield _check("connection", "ok", "CarrierX accepted the token")
        except PermissionDeniedError:
            yield _check("connection", "ok", "CarrierX accepted the token, but it may not read messages")
        except AuthenticationError:
            self.token_failed = True
            yield _check(
                "connection",
                "failed",
                f"CarrierX refused the token from {token.source} (401)",
                "It is wrong, expired or revoked.",
            )
            yield from (_check(name, "skipped", "the token was refused") for name in ("clock", "scopes", "numbers"))
            return
        except CarrierXError as error:
            yield _check("connection", "failed", in_cli_words(str(error)), _advice_for(error))
            yield from _skipped("no answer", "clock", "scopes", "numbers")
            return
        yield _clock(date, begun, datetime.now(UTC))
        yield _scopes(client, token)
        yield _numbers(client)


def _source_of_base_url(session: Session) -> str:
    if session.options.base_url is not None:
        return "from --base-url"
    return "from CARRIERX_BASE_URL" if os.environ.get("CARRIERX_BASE_URL") else "CarrierX's"


def _host_of(proxy: str) -> str:
    """Return the host and port of a proxy, without its user name and password."""
    parts = urlsplit(proxy)
    return f"{parts.hostname}{f':{parts.port}' if parts.port else ''}"


def _tls(base_url: str, settings: ConnectionSettings) -> Check:
    parts = urlsplit(base_url)
    if settings.tls_context is None:
        return _check("TLS", "skipped", "the base URL is http, on this machine")
    if settings.proxy is not None:
        return _check("TLS", "skipped", "through the proxy: see connection")
    host, port = parts.hostname or "", parts.port or 443
    try:
        with (
            socket.create_connection((host, port), _HANDSHAKE_SECONDS) as plain,
            settings.tls_context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            return _check("TLS", "ok", f"{secure.version()}, and the certificate of {host} is valid")
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", None) or error.reason or "the handshake failed"
        advice = "Check the base URL and the clock. For a private authority, set SSL_CERT_FILE."
        return _check("TLS", "failed", f"{host}: {reason}", advice)
    except OSError as error:
        return _check("TLS", "skipped", f"no connection to {host}: {error.strerror or type(error).__name__}")


def _advice_for(error: CarrierXError) -> str | None:
    if isinstance(error, ConnectionFailedError):
        return "Check the network, the base URL and the proxy."
    return None


def _clock(date: str | None, begun: datetime, ended: datetime) -> Check:
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return _check("clock", "skipped", "CarrierX's answer has no date")
    ours = begun + (ended - begun) / 2
    skew = abs(ours - theirs)
    if skew < _SKEW_WARNING:
        return _check("clock", "ok", "within a minute of CarrierX's")
    detail = f"it is {skew.total_seconds():.0f} s {'ahead of' if ours > theirs else 'behind'} CarrierX's"
    status: Status = "failed" if skew > _SKEW_FAILURE else "warning"
    return _check("clock", status, detail, "Set this machine's clock: --sent-after compares times.")


def _scopes(client: CarrierXClient, token: Token) -> Check:
    secret = token.secret.get_secret_value()
    try:
        own = next(
            (
                each
                for each in client.tokens.iterate(page_size=100, max_items=1000)
                if each.access_token is not None and each.access_token.get_secret_value() == secret
            ),
            None,
        )
    except APIError as error:
        detail = (
            "the token may not read its scopes"
            if isinstance(error, PermissionDeniedError)
            else in_cli_words(str(error))
        )
        return _check("scopes", "skipped", detail)
    except CarrierXError as error:
        return _check("scopes", "skipped", in_cli_words(str(error)))
    if own is None:
        return _check("scopes", "skipped", "CarrierX doesn't list this token")
    if own.date_expiration_access_token is not None and own.date_expiration_access_token < datetime.now(UTC):
        return _check("scopes", "failed", "the token has expired", "Create another one in the CarrierX portal.")
    missing = [what for what, scopes in _NEEDED.items() if not set(scopes) & set(own.scopes)]
    if not missing:
        return _check("scopes", "ok", f"{len(own.scopes)} scopes; it can send and read messages")
    return _check(
        "scopes",
        "warning",
        f"the token can't {', '.join(missing)}",
        "CarrierX's support grants scopes, and tokens can have fewer.",
    )


def _numbers(client: CarrierXClient) -> Check:
    from carrierx.models.did import Capability

    try:
        dids = list(client.dids.iterate(page_size=_NUMBERS, max_items=_NUMBERS))
        able = [did for did in dids if did.can(Capability.SEND_SMS)]
        states = [_state(client, did) for did in dids if not did.can(Capability.SEND_SMS)]
    except CarrierXError as error:
        return _check("numbers", "skipped", in_cli_words(str(error)))
    if not dids:
        return _check("numbers", "warning", "the account has no number", "Rent one:", "carrierx numbers rent")
    of = f"{len(able)} of {len(dids)}{' or more' if len(dids) == _NUMBERS else ''} can send SMS"
    if not states:
        return _check("numbers", "ok", of)
    return _check(
        "numbers",
        "warning" if able else "failed",
        f"{of}; {', '.join(states)}",
        "Enable messaging:",
        "carrierx numbers enable NUMBER",
    )


def _state(client: CarrierXClient, did: Did) -> str:
    number = mask_number(did.phonenumber or "")
    try:
        return f"{number} {client.dids.get_messaging(did.did_sid).status or 'unknown'}"
    except NotFoundError:
        return f"{number} voice only"
