"""Callbacks in FastAPI: `callback_app`, mounted. It answers CarrierX at once and replies later.

    CARRIERX_TOKEN=... CALLBACK_SECRET=... uvicorn --factory fastapi_app:create_app --no-access-log

The URL to give to CarrierX is then https://your.host/carrierx/<CALLBACK_SECRET>; `new_secret()` makes one. Access logs
would show it. CALLBACK_FOLDER says where the databases are kept, and CARRIERX_BASE_URL where texts are sent to.
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
                    except UnconfirmedSendError as error:  # it may be out there: never just send again
                        logger.warning("hold the reply %s", error.reference)
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
            await callbacks.stop()  # a mounted application is not told that the server stops

    app = FastAPI(lifespan=lifespan)
    app.mount("/carrierx", callbacks)
    return app
