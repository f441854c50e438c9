"""Callbacks in FastAPI with a mounted `callback_app`. It responds to CarrierX immediately and replies later.

    CARRIERX_TOKEN=... CALLBACK_SECRET=... uvicorn --factory fastapi_app:create_app --no-access-log

Then set https://your.host/carrierx/<CALLBACK_SECRET> as the callback URL at CarrierX. `new_secret()` returns a secret.
Turn off access logs, which would show it. CALLBACK_FOLDER is the folder for the databases, and CARRIERX_BASE_URL is the
API that sends the texts.
"""

import logging
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from replies import OptOuts, reply_to

from carrierx import AsyncCarrierXClient, Message, UnconfirmedSendError
from carrierx.callbacks import InboundMessage, SecretPath, SQLiteLedger, StatusUpdate, callback_app

logger = logging.getLogger("shop.texts")


def create_app() -> FastAPI:
    folder = Path(os.environ.get("CALLBACK_FOLDER", "."))
    opt_outs = OptOuts(folder / "opt_outs.db")
    client = AsyncCarrierXClient(auto_reference=True)

    async def handle(message: Message) -> None:
        match message:
            case InboundMessage():
                reply = reply_to(message, opt_outs)
                if reply is not None:
                    try:
                        await client.messages.send(reply)
                    except UnconfirmedSendError as error:  # it may have been sent: don't resend it blindly
                        logger.warning("the reply %s is unconfirmed", error.reference)
            case StatusUpdate():
                logger.info("message %s is %s", message.message_sid, message.status)
            case _:
                pass

    callbacks = callback_app(
        handle,
        secrets=SecretPath(os.environ["CALLBACK_SECRET"]),
        ledger=SQLiteLedger(folder / "callbacks.db"),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with client:
            yield
            await callbacks.stop()  # a mounted application doesn't learn that the server stops

    app = FastAPI(lifespan=lifespan)
    app.mount("/carrierx", callbacks)
    return app
