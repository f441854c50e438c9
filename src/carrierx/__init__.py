"""A typed client for CarrierX's SMS and MMS API that never turns one text into two.

Names are loaded when they are first used: `import carrierx` itself loads neither httpx, pydantic nor tenacity.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from carrierx.version import __version__

if TYPE_CHECKING:
    from carrierx.client import AsyncCarrierXClient, CarrierXClient
    from carrierx.client_options import ChangeableOptions, ClientOptions
    from carrierx.errors import (
        AcceptedWithoutReceiptError,
        APIError,
        Attempt,
        AuthenticationError,
        BadRequestError,
        BrokenRule,
        CarrierXError,
        ConfigurationError,
        ConflictError,
        ConnectionFailedError,
        ErrorDetail,
        ExchangeFailedError,
        ExchangeTimeoutError,
        InvalidArgumentError,
        InvalidMessageError,
        NotFoundError,
        ObjectValidationError,
        Outcome,
        PayloadTooLargeError,
        PermissionDeniedError,
        RateLimitError,
        ReconcileError,
        ResponseError,
        SendOutcomeUnknownError,
        ServerError,
        TransportError,
        UnconfirmedSendError,
        UnsupportedMediaTypeError,
        WaitTimeoutError,
    )
    from carrierx.models.filters import Filter, where
    from carrierx.models.message import Message
    from carrierx.models.numbers import AmbiguousNumberWarning
    from carrierx.models.page import Page, Pagination
    from carrierx.models.rules import MessageLimits
    from carrierx.models.send_request import SendMessageRequest
    from carrierx.models.types import Direction, MessageStatus, MessageType
    from carrierx.options import CallOptions, Clock, RetryPolicy
    from carrierx.transport.call import Call, Response

_HOME_OF = {
    **dict.fromkeys(("AsyncCarrierXClient", "CarrierXClient"), "client"),
    **dict.fromkeys(("ChangeableOptions", "ClientOptions"), "client_options"),
    **dict.fromkeys(
        (
            "APIError",
            "AcceptedWithoutReceiptError",
            "Attempt",
            "AuthenticationError",
            "BadRequestError",
            "BrokenRule",
            "CarrierXError",
            "ConfigurationError",
            "ConflictError",
            "ConnectionFailedError",
            "ErrorDetail",
            "ExchangeFailedError",
            "ExchangeTimeoutError",
            "InvalidArgumentError",
            "InvalidMessageError",
            "NotFoundError",
            "ObjectValidationError",
            "Outcome",
            "PayloadTooLargeError",
            "PermissionDeniedError",
            "RateLimitError",
            "ReconcileError",
            "ResponseError",
            "SendOutcomeUnknownError",
            "ServerError",
            "TransportError",
            "UnconfirmedSendError",
            "UnsupportedMediaTypeError",
            "WaitTimeoutError",
        ),
        "errors",
    ),
    **dict.fromkeys(("Filter", "where"), "models.filters"),
    "Message": "models.message",
    "AmbiguousNumberWarning": "models.numbers",
    **dict.fromkeys(("Page", "Pagination"), "models.page"),
    "MessageLimits": "models.rules",
    "SendMessageRequest": "models.send_request",
    **dict.fromkeys(("Direction", "MessageStatus", "MessageType"), "models.types"),
    **dict.fromkeys(("CallOptions", "Clock", "RetryPolicy"), "options"),
    **dict.fromkeys(("Call", "Response"), "transport.call"),
}

__all__ = [
    "APIError",
    "AcceptedWithoutReceiptError",
    "AmbiguousNumberWarning",
    "AsyncCarrierXClient",
    "Attempt",
    "AuthenticationError",
    "BadRequestError",
    "BrokenRule",
    "Call",
    "CallOptions",
    "CarrierXClient",
    "CarrierXError",
    "ChangeableOptions",
    "ClientOptions",
    "Clock",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "Direction",
    "ErrorDetail",
    "ExchangeFailedError",
    "ExchangeTimeoutError",
    "Filter",
    "InvalidArgumentError",
    "InvalidMessageError",
    "Message",
    "MessageLimits",
    "MessageStatus",
    "MessageType",
    "NotFoundError",
    "ObjectValidationError",
    "Outcome",
    "Page",
    "Pagination",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "RateLimitError",
    "ReconcileError",
    "Response",
    "ResponseError",
    "RetryPolicy",
    "SendMessageRequest",
    "SendOutcomeUnknownError",
    "ServerError",
    "TransportError",
    "UnconfirmedSendError",
    "UnsupportedMediaTypeError",
    "WaitTimeoutError",
    "__version__",
    "where",
]

# Under `TYPE_CHECKING` this would make every misspelt name look real to a type checker.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        home = _HOME_OF.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
