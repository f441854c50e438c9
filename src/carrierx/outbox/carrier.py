"""CarrierX as the outbox sees it: send a message once with a fence, and look a reference up. By either client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from carrierx.errors import (
    AcceptedWithoutReceiptError,
    APIError,
    AuthenticationError,
    CarrierXError,
    ConfigurationError,
    InvalidArgumentError,
    InvalidMessageError,
    Outcome,
    PermissionDeniedError,
    RateLimitError,
    SendFencedError,
    TokenUnavailableError,
)
from carrierx.models.filters import where
from carrierx.models.send_request import SendMessageRequest
from carrierx.outbox.pace import LONGEST_HOLD
from carrierx.outbox.ports import FoundMessage, LookupFailedError, SendReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from carrierx.client import AsyncCarrierXClient, CarrierXClient
    from carrierx.models.message import Message
    from carrierx.options import CallOptions
    from carrierx.outbox.ports import Claimed
    from carrierx.outbox.rules import Fence
    from carrierx.outbox.settings import OutboxSettings

__all__ = ["AsyncCarrier", "Carrier", "check_client", "report_of"]

_LOOKUP_LIMIT: Final = 10
_WRONG_ADDRESS: Final = (404, 405, 421)
"""Answers to a send that are about its URL or its server, and would come for each message."""


def check_client(client: object, *, asynchronous: bool) -> None:
    """Check that the outbox can use a client.

    Raises:
        ConfigurationError: It is of the other kind, or sends through an HTTP client that the user passed in.
    """
    from carrierx.client import AsyncCarrierXClient, CarrierXClient

    wanted = AsyncCarrierXClient if asynchronous else CarrierXClient
    if not isinstance(client, wanted):
        hint = "run_async and drain_async take the async client, and run and drain the other one."
        raise ConfigurationError(f"The outbox needs a {wanted.__name__}, not {type(client).__name__}: {hint}")
    if not client.uses_own_session:
        raise ConfigurationError(
            "The outbox needs a client that makes its own connections, and this one has an http_client of yours. Its "
            "hooks and transports may read a message's body before it is sent, or send it later, so the check at the "
            "last moment would prove nothing."
        )


def _options(settings: OutboxSettings, fence: Fence) -> CallOptions:
    # One attempt only: the lease is for one. What was proven not sent is queued, and claimed again.
    return {
        "timeout": settings.send_timeout,
        "total_timeout": settings.send_timeout,
        "max_retries": 0,
        "before_body": fence,
    }


def _request_of(client: CarrierXClient | AsyncCarrierXClient, message: Claimed) -> SendMessageRequest | SendReport:
    """Read the stored message, by the limits of the client."""
    try:
        return SendMessageRequest.model_validate_json(message.request, context=client.message_limits)
    except ValueError:  # pydantic's
        return SendReport(Outcome.REJECTED, "the stored message can't be read, or breaks a rule")


def report_of(error: BaseException, fence: Fence) -> SendReport:
    """Turn whatever ended a send into a report. Without proof, its outcome is unknown.

    Args:
        error: The exception.
        fence: The send's fence. If it never let the body start, the message was not sent.
    """
    name = type(error).__name__
    if isinstance(error, SendFencedError):
        return SendReport(Outcome.NOT_SENT, str(error), fenced=True)
    if isinstance(error, AcceptedWithoutReceiptError):
        return SendReport(Outcome.ACCEPTED, name, sid=error.message_sid)
    if isinstance(error, InvalidMessageError):
        rules = ", ".join(f"{rule.field}: {rule.rule}" for rule in error.broken_rules)
        return SendReport(Outcome.REJECTED, f"breaks rules: {rules}")
    if isinstance(error, AuthenticationError | PermissionDeniedError):
        # It isn't about this message: all others would be refused, too.
        reason = f"CarrierX answered {error.status_code}: check the token, its scopes, and messaging on the number"
        return SendReport(Outcome.NOT_SENT, name, pause=reason)
    if isinstance(error, APIError) and error.status_code in _WRONG_ADDRESS:
        reason = f"CarrierX answered {error.status_code}: check the client's base_url and proxy"
        return SendReport(Outcome.NOT_SENT, name, pause=reason)
    if isinstance(error, RateLimitError):
        after = None if error.retry_after is None else min(error.retry_after, LONGEST_HOLD)
        return SendReport(Outcome.NOT_SENT, name, retry_after=after)
    if isinstance(error, APIError) and error.outcome is Outcome.REJECTED:
        return SendReport(Outcome.REJECTED, f"{name} ({error.status_code})")
    if isinstance(error, InvalidArgumentError):
        return SendReport(Outcome.REJECTED, name)
    if isinstance(error, ConfigurationError) and not isinstance(error, TokenUnavailableError):
        # Other workers have clients of their own, which may work.
        return SendReport(Outcome.NOT_SENT, name, failure=error)
    if isinstance(error, CarrierXError) and error.outcome is Outcome.NOT_SENT:
        return SendReport(Outcome.NOT_SENT, name)
    if not fence.passed:
        return SendReport(Outcome.NOT_SENT, name)
    return SendReport(Outcome.UNKNOWN, name)


def found_in(page: Iterable[Message], reference: str) -> Sequence[FoundMessage]:
    """Read the answer to a lookup.

    Raises:
        LookupFailedError: It has messages with other references, so the filter was ignored, and finding nothing would
            prove nothing.
    """
    messages = list(page)
    if any(message.user_data != reference for message in messages):
        raise LookupFailedError("CarrierX ignored the filter of the lookup")
    return [FoundMessage(message.message_sid, message.date_created) for message in messages]


def _lookup(reference: str) -> dict[str, Any]:
    return {"filter": where("user_data").eq(reference), "limit": _LOOKUP_LIMIT}


class Carrier:
    """CarrierX by the sync client."""

    def __init__(self, client: CarrierXClient, settings: OutboxSettings) -> None:
        self._client = client
        self._settings = settings

    def send(self, message: Claimed, fence: Fence) -> SendReport:
        """Send a message once. An interrupt, too, ends with a report."""
        request = _request_of(self._client, message)
        if isinstance(request, SendReport):
            return request
        try:
            sent = self._client.messages.send(request, reference=message.reference, **_options(self._settings, fence))
        except BaseException as error:  # noqa: BLE001 - any exception is a result: the text may have gone out
            return report_of(error, fence)
        return SendReport(Outcome.ACCEPTED, "accepted", sid=sent.message_sid)

    def look_up(self, reference: str) -> Sequence[FoundMessage]:
        """Ask for the messages with a reference.

        Raises:
            LookupFailedError: There was no answer, or one that proves nothing.
        """
        try:
            page = self._client.messages.list(**_lookup(reference), total_timeout=self._settings.send_timeout)
        except CarrierXError as error:
            raise LookupFailedError(type(error).__name__) from None
        return found_in(page, reference)


class AsyncCarrier:
    """CarrierX by the async client."""

    def __init__(self, client: AsyncCarrierXClient, settings: OutboxSettings) -> None:
        self._client = client
        self._settings = settings

    async def send(self, message: Claimed, fence: Fence) -> SendReport:
        """Send a message once. Cancellation, too, ends with a report."""
        request = _request_of(self._client, message)
        if isinstance(request, SendReport):
            return request
        try:
            sent = await self._client.messages.send(
                request, reference=message.reference, **_options(self._settings, fence)
            )
        except BaseException as error:  # noqa: BLE001 - any exception is a result: the text may have gone out
            return report_of(error, fence)
        return SendReport(Outcome.ACCEPTED, "accepted", sid=sent.message_sid)

    async def look_up(self, reference: str) -> Sequence[FoundMessage]:
        """Ask for the messages with a reference.

        Raises:
            LookupFailedError: There was no answer, or one that proves nothing.
        """
        try:
            page = await self._client.messages.list(**_lookup(reference), total_timeout=self._settings.send_timeout)
        except CarrierXError as error:
            raise LookupFailedError(type(error).__name__) from None
        return found_in(page, reference)
