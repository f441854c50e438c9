"""Callbacks (webhooks) from CarrierX: messages that come in, and status updates of messages that you sent.

You give CarrierX a URL: one for the account (`callbacks.sms` of the partner), or one for a number (`callback_url` of
the DID), which has priority. CarrierX posts the SMS object as JSON, without an event around it. `parse` tells you which
kind it is:

    match parse(body):
        case InboundMessage(keyword=Keyword.STOP):  # somebody wants no more texts
            ...
        case InboundMessage() as message:           # somebody wrote to your number
            print(message.from_, message.message)
        case StatusUpdate(status="delivered"):      # what you sent has arrived
            ...
        case _:                                     # anything else
            ...

CarrierX does not document which response it expects, whether it tries again, whether it may send a callback twice or
keeps the order, which addresses it posts from, and what a complete inbound callback looks like. It doesn't sign
callbacks. So check them in layers:

1. A secret in the path: `https://example.com/carrierx/<new_secret()>`, checked by `SecretPath`, two during a rotation.
2. A ledger, `MemoryLedger` or `SQLiteLedger`, detects callbacks that come twice or late.
3. `confirm(callback, client.messages.get)` reads the message back from CarrierX and compares.

CarrierX leaves STOP and HELP to your application. `keyword_of(message)` finds them. After a STOP, you may send one
confirmation. After that, you must not send to that number. Reply to HELP with your name, a contact and how to opt out.

With ASGI (Starlette, FastAPI, or no framework at all), `callback_app` does all of this. It responds immediately and
processes callbacks later:

    def handle(message):
        if keyword_of(message) is Keyword.STOP:
            ...

    app = callback_app(handle, secrets=SecretPath(os.environ["CALLBACK_SECRET"]), ledger=SQLiteLedger("seen.db"))

Run that file with `uvicorn module:app --no-access-log`, since an access log would show the secret. With any other
framework, follow the same steps in this order:

    if not secrets.matches(secret_of_the_path):
        return 404
    try:
        message = parse(body)                            # bytes or text
    except CallbackError as error:
        return error.status_code                         # 400 or 413
    try:
        seen = ledger.record(message)
    except CallbackLedgerError:
        return 503
    if seen is SeenStatus.NEW:
        try:
            handle(message)
        except UnconfirmedSendError:                     # a reply that may have been sent: don't repeat it
            ...
        except Exception:
            ledger.forget(message)                       # if it comes again, it is new
            raise
    return 200

Example:
    >>> from carrierx.callbacks import InboundMessage, MemoryLedger, keyword_of, parse
    >>> body = b'{"message_sid": "5c1b3f2e", "direction": "inbound", "from_did": "15162065574", "message": "STOP"}'
    >>> message, ledger = parse(body), MemoryLedger()
    >>> isinstance(message, InboundMessage), keyword_of(message), ledger.record(message), ledger.record(message)
    (True, <Keyword.STOP: 'stop'>, <SeenStatus.NEW: 'new'>, <SeenStatus.DUPLICATE: 'duplicate'>)
"""

from __future__ import annotations

from carrierx.callbacks.app import CallbackApp, callback_app
from carrierx.callbacks.confirming import Confirmation, ConfirmationStatus, confirm, confirm_async
from carrierx.callbacks.errors import CallbackError, CallbackLedgerError
from carrierx.callbacks.kinds import DEFAULT_KEYWORDS, InboundMessage, Keyword, StatusUpdate, keyword_of
from carrierx.callbacks.ledger import CallbackLedger, MemoryLedger, SeenStatus
from carrierx.callbacks.path_secrets import MIN_SECRET_LENGTH, SecretPath, new_secret
from carrierx.callbacks.processor import CallbackHandler, MessageReader
from carrierx.callbacks.reading import MAX_BODY_BYTES, parse
from carrierx.callbacks.settings import CallbackCounts
from carrierx.callbacks.sqlite_ledger import SQLiteLedger

__all__ = [
    "DEFAULT_KEYWORDS",
    "MAX_BODY_BYTES",
    "MIN_SECRET_LENGTH",
    "CallbackApp",
    "CallbackCounts",
    "CallbackError",
    "CallbackHandler",
    "CallbackLedger",
    "CallbackLedgerError",
    "Confirmation",
    "ConfirmationStatus",
    "InboundMessage",
    "Keyword",
    "MemoryLedger",
    "MessageReader",
    "SQLiteLedger",
    "SecretPath",
    "SeenStatus",
    "StatusUpdate",
    "callback_app",
    "confirm",
    "confirm_async",
    "keyword_of",
    "new_secret",
    "parse",
]
