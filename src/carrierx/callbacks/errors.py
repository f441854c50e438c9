"""Errors of callbacks."""

from __future__ import annotations

from carrierx.errors import CarrierXError

__all__ = ["CallbackError", "CallbackLedgerError"]


class CallbackError(CarrierXError):
    """The request is not a valid callback. The message says why, without any content.

    Attributes:
        reason: The reason in one word, for your metrics: `too_large`, `not_utf8`, `empty`, `not_json_or_form`,
            `nested_too_deep`, `not_an_object`, `ambiguous` or `no_message_sid`.
        status_code: HTTP status to respond with: 413 if it is too large, else 400.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.status_code: int = 413 if reason == "too_large" else 400


class CallbackLedgerError(CarrierXError):
    """The ledger's database can't be used, so it is unknown whether a callback is new.

    Respond with 503, so that CarrierX may send it again. Whether it does is not documented.
    """
