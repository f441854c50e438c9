"""Callbacks in Flask: check the secret, parse the callback, record it in the ledger, and reply.

    python examples/run_service.py callbacks/flask_app.py

This runs it with an emulator. In the inbox that it prints, text HELP or STOP to 15162065575. In production:

    CARRIERX_TOKEN=... CALLBACK_SECRET=... gunicorn --threads 4 "flask_app:create_app()"

Then set https://your.host/carrierx/<CALLBACK_SECRET> as the callback URL at CarrierX. `new_secret()` returns a secret.
Turn off access logs, which would show it. CALLBACK_FOLDER is the folder for the databases.

The reply is sent before the response to CarrierX. If that takes too long, run `handle` in your task queue instead.
"""

import logging
import os
from pathlib import Path

from flask import Flask, abort, request
from replies import OptOuts, reply_to

from carrierx import CarrierXClient, Message, UnconfirmedSendError
from carrierx.callbacks import (
    MAX_BODY_BYTES,
    CallbackError,
    CallbackLedgerError,
    SecretPath,
    SeenStatus,
    SQLiteLedger,
    parse,
)

logger = logging.getLogger("shop.texts")


def create_app() -> Flask:
    folder = Path(os.environ.get("CALLBACK_FOLDER", "."))
    opt_outs = OptOuts(folder / "opt_outs.db")
    ledger = SQLiteLedger(folder / "callbacks.db")
    secrets = SecretPath(os.environ["CALLBACK_SECRET"])
    client = CarrierXClient(auto_reference=True)

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES  # Flask rejects larger bodies with 413

    @app.post("/carrierx/<secret>")
    def callback(secret: str) -> tuple[str, int]:
        if not secrets.matches(secret):
            abort(404)
        try:
            message = parse(request.get_data(), content_type=request.content_type)
            seen = ledger.record(message)
        except CallbackError as error:
            return str(error), error.status_code
        except CallbackLedgerError:
            return "try again later", 503
        if seen is SeenStatus.NEW:
            try:
                handle(message)
            except Exception:  # Flask would log the error with the path, which contains the secret
                logger.exception("a callback could not be handled")
                ledger.forget(message)  # if it comes again, it is new
                return "try again later", 500
        return "ok", 200

    def handle(message: Message) -> None:
        reply = reply_to(message, opt_outs)
        if reply is not None:
            try:
                client.messages.send(reply)
            except UnconfirmedSendError as error:  # it may have been sent: don't resend it blindly
                logger.warning("the reply %s is unconfirmed", error.reference)

    return app
