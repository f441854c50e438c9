"""A typed client for CarrierX's SMS and MMS API that never turns one text into two.

Names are loaded when they are first used: `import carrierx` itself loads neither httpx, pydantic nor tenacity.
"""

from __future__ import annotations

from importlib import import_module

from carrierx.version import __version__

# Type checkers take this for true whatever it says. `typing` itself costs more than all the rest of this import.
TYPE_CHECKING = False

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
        EnablementFailedError,
        ErrorDetail,
        ExchangeFailedError,
        ExchangeTimeoutError,
        ExportError,
        InvalidArgumentError,
        InvalidMessageError,
        NetworkBlockedError,
        NotFoundError,
        ObjectValidationError,
        Outcome,
        PayloadTooLargeError,
        PermissionDeniedError,
        RateLimitError,
        ReconcileError,
        ResponseError,
        SendFencedError,
        SendOutcomeUnknownError,
        ServerError,
        TokenUnavailableError,
        TransportError,
        UnconfirmedSendError,
        UnsupportedMediaTypeError,
        WaitTimeoutError,
    )
    from carrierx.events import UploadProgress
    from carrierx.models.access_control import AccessControlList, AclAction, EffectiveAcls
    from carrierx.models.container import Container
    from carrierx.models.detail_record import DetailRecord
    from carrierx.models.did import Capability, Did, DidStatus, ExternalDid
    from carrierx.models.did_group import DidGroup
    from carrierx.models.file import File
    from carrierx.models.filters import Filter, where
    from carrierx.models.lookup import CarrierDetails, LookupDetails, NumberLookup
    from carrierx.models.message import Message
    from carrierx.models.messaging_enablement import EnablementStatus, EnablementType, MessagingEnablement
    from carrierx.models.oauth_token import GeneratedToken, OAuthToken
    from carrierx.models.page import Page, Pagination
    from carrierx.models.partner import Partner, PaymentType
    from carrierx.models.phone_number import PhoneNumber
    from carrierx.models.rate import Rate, RatePage, RatesPlan
    from carrierx.models.rating import Rating
    from carrierx.models.send_request import SendMessageRequest
    from carrierx.models.short_code import ShortCode
    from carrierx.models.tables import to_dicts, to_pandas
    from carrierx.models.types import Direction, MessageStatus, MessageType
    from carrierx.models.validation import MessageLimits
    from carrierx.models.verification import VerificationCode
    from carrierx.options import CallOptions, Clock, RetryPolicy
    from carrierx.pricing import Estimate, EstimatedMessage, Prices, estimate
    from carrierx.resources.arguments import NOT_GIVEN
    from carrierx.resources.messages import MediaTooLargeWarning
    from carrierx.resources.record_export import ExportResult
    from carrierx.segmentation import Encoding, OffendingCharacter, Segmentation, gsm_normalise, segments
    from carrierx.sending.async_batch import AsyncSendBatch
    from carrierx.sending.batch import SendBatch
    from carrierx.sending.plan import BatchCounts, SendResult, UnstartedBatchWarning
    from carrierx.sending.rate import SendRate
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
            "EnablementFailedError",
            "ErrorDetail",
            "ExchangeFailedError",
            "ExchangeTimeoutError",
            "ExportError",
            "InvalidArgumentError",
            "InvalidMessageError",
            "NetworkBlockedError",
            "NotFoundError",
            "ObjectValidationError",
            "Outcome",
            "PayloadTooLargeError",
            "PermissionDeniedError",
            "RateLimitError",
            "ReconcileError",
            "SendFencedError",
            "ResponseError",
            "SendOutcomeUnknownError",
            "ServerError",
            "TokenUnavailableError",
            "TransportError",
            "UnconfirmedSendError",
            "UnsupportedMediaTypeError",
            "WaitTimeoutError",
        ),
        "errors",
    ),
    "UploadProgress": "events",
    **dict.fromkeys(("AccessControlList", "AclAction", "EffectiveAcls"), "models.access_control"),
    "Container": "models.container",
    "DetailRecord": "models.detail_record",
    **dict.fromkeys(("Capability", "Did", "DidStatus", "ExternalDid"), "models.did"),
    "DidGroup": "models.did_group",
    "File": "models.file",
    **dict.fromkeys(("Filter", "where"), "models.filters"),
    **dict.fromkeys(("CarrierDetails", "LookupDetails", "NumberLookup"), "models.lookup"),
    "Message": "models.message",
    **dict.fromkeys(("EnablementStatus", "EnablementType", "MessagingEnablement"), "models.messaging_enablement"),
    **dict.fromkeys(("GeneratedToken", "OAuthToken"), "models.oauth_token"),
    **dict.fromkeys(("Page", "Pagination"), "models.page"),
    **dict.fromkeys(("Partner", "PaymentType"), "models.partner"),
    "PhoneNumber": "models.phone_number",
    **dict.fromkeys(("Rate", "RatePage", "RatesPlan"), "models.rate"),
    "Rating": "models.rating",
    "MessageLimits": "models.validation",
    "SendMessageRequest": "models.send_request",
    "ShortCode": "models.short_code",
    **dict.fromkeys(("to_dicts", "to_pandas"), "models.tables"),
    **dict.fromkeys(("Direction", "MessageStatus", "MessageType"), "models.types"),
    "VerificationCode": "models.verification",
    **dict.fromkeys(("CallOptions", "Clock", "RetryPolicy"), "options"),
    **dict.fromkeys(("Estimate", "EstimatedMessage", "Prices", "estimate"), "pricing"),
    "NOT_GIVEN": "resources.arguments",
    "MediaTooLargeWarning": "resources.messages",
    "ExportResult": "resources.record_export",
    "SendBatch": "sending.batch",
    "AsyncSendBatch": "sending.async_batch",
    **dict.fromkeys(("BatchCounts", "SendResult", "UnstartedBatchWarning"), "sending.plan"),
    "SendRate": "sending.rate",
    **dict.fromkeys(("Encoding", "OffendingCharacter", "Segmentation", "gsm_normalise", "segments"), "segmentation"),
    **dict.fromkeys(("Call", "Response"), "transport.call"),
}

__all__ = [
    "NOT_GIVEN",
    "APIError",
    "AcceptedWithoutReceiptError",
    "AccessControlList",
    "AclAction",
    "AsyncCarrierXClient",
    "AsyncSendBatch",
    "Attempt",
    "AuthenticationError",
    "BadRequestError",
    "BatchCounts",
    "BrokenRule",
    "Call",
    "CallOptions",
    "Capability",
    "CarrierDetails",
    "CarrierXClient",
    "CarrierXError",
    "ChangeableOptions",
    "ClientOptions",
    "Clock",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "Container",
    "DetailRecord",
    "Did",
    "DidGroup",
    "DidStatus",
    "Direction",
    "EffectiveAcls",
    "EnablementFailedError",
    "EnablementStatus",
    "EnablementType",
    "Encoding",
    "ErrorDetail",
    "Estimate",
    "EstimatedMessage",
    "ExchangeFailedError",
    "ExchangeTimeoutError",
    "ExportError",
    "ExportResult",
    "ExternalDid",
    "File",
    "Filter",
    "GeneratedToken",
    "InvalidArgumentError",
    "InvalidMessageError",
    "LookupDetails",
    "MediaTooLargeWarning",
    "Message",
    "MessageLimits",
    "MessageStatus",
    "MessageType",
    "MessagingEnablement",
    "NetworkBlockedError",
    "NotFoundError",
    "NumberLookup",
    "OAuthToken",
    "ObjectValidationError",
    "OffendingCharacter",
    "Outcome",
    "Page",
    "Pagination",
    "Partner",
    "PayloadTooLargeError",
    "PaymentType",
    "PermissionDeniedError",
    "PhoneNumber",
    "Prices",
    "Rate",
    "RateLimitError",
    "RatePage",
    "RatesPlan",
    "Rating",
    "ReconcileError",
    "Response",
    "ResponseError",
    "RetryPolicy",
    "Segmentation",
    "SendBatch",
    "SendFencedError",
    "SendMessageRequest",
    "SendOutcomeUnknownError",
    "SendRate",
    "SendResult",
    "ServerError",
    "ShortCode",
    "TokenUnavailableError",
    "TransportError",
    "UnconfirmedSendError",
    "UnstartedBatchWarning",
    "UnsupportedMediaTypeError",
    "UploadProgress",
    "VerificationCode",
    "WaitTimeoutError",
    "__version__",
    "estimate",
    "gsm_normalise",
    "segments",
    "to_dicts",
    "to_pandas",
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
