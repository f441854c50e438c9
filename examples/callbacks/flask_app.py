"""Callbacks in Flask: the secret, reading, the ledger and the reply, one after the other.

    CARRIERX_TOKEN=... CALLBACK_SECRET=... gunicorn --threads 4 "flask_app:create_app()"

The URL to give to CarrierX is then https://your.host/carrierx/<CALLBACK_SECRET>; `new_secret()` makes one. Access logs
would show it. CALLBACK_FOLDER says where the databases are kept, and CARRIERX_BASE_URL where texts are sent to.

Here the reply is sent before CarrierX is answered. If that takes you long, hand `handle` to your task queue instead.
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
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES  # anything larger is answered with 413

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
            except Exception:  # Flask itself would log it with the path, and so with the secret
                logger.exception("a callback could not be handled")
                ledger.forget(message)  # should it come again, it is new
                return "try again later", 500
        return "ok", 200

    def handle(message: Message) -> None:
        reply = reply_to(message, opt_outs)
        if reply is not None:
            try:
                client.messages.send(reply)
            except UnconfirmedSendError as error:  # it may be out there: never just send again
                logger.warning("hold the reply %s", error.reference)

    return app
