r"""FastAPI service that sends texts and receives callbacks: the client lives as long as the application.

    python examples/run_service.py callbacks/fastapi_app.py

This runs it with an emulator. In the inbox that it prints, text HELP or STOP to 15162065575. Have it send a text:

    curl -H 'x-api-key: an-api-key-for-this-machine' -H 'content-type: application/json' \
        -d '{"to": "15162065574", "time": "7"}' http://127.0.0.1:8000/reminders

The mounted `callback_app` responds to CarrierX immediately and replies later.

In production:

    CARRIERX_TOKEN=... CALLBACK_SECRET=... API_KEY=... uvicorn --factory fastapi_app:create_app --no-access-log

Then set https://your.host/carrierx/<CALLBACK_SECRET> as the callback URL at CarrierX. `new_secret()` returns a secret.
Turn off access logs, which would show it. CALLBACK_FOLDER is the folder for the databases.
"""

import logging
import os
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Response
from pydantic import BaseModel, Field
from replies import OptOuts, reply_to

from carrierx import AsyncCarrierXClient, CarrierXError, Message, UnconfirmedSendError
from carrierx.callbacks import InboundMessage, SecretPath, SQLiteLedger, StatusUpdate, callback_app

SENDER = "15162065575"  # for real texts, use your number with messaging enabled

logger = logging.getLogger("shop.texts")


class Reminder(BaseModel):
    """Request to remind a guest."""

    to: str = Field(pattern=r"^\d{8,15}$")  # as it is in the list of opt-outs
    time: str


def check_key(x_api_key: Annotated[str, Header()]) -> None:
    if not secrets.compare_digest(x_api_key.encode(), os.environ["API_KEY"].encode()):
        raise HTTPException(401, "unknown API key")


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

    @app.post("/reminders", dependencies=[Depends(check_key)])
    async def remind(reminder: Reminder, response: Response) -> dict[str, str | None]:
        if opt_outs.has(SENDER, reminder.to):
            raise HTTPException(409, "this guest wants no texts")
        text = f"Your table is ready at {reminder.time}."
        try:
            message = await client.messages.send(from_=SENDER, to=reminder.to, message=text)
        except UnconfirmedSendError as error:  # store the reference, and look it up with client.messages.reconcile
            response.status_code = 202
            return {"unconfirmed": error.reference}
        except CarrierXError as error:  # it was not sent
            raise HTTPException(503 if error.safe_to_resend else 422, str(error)) from None
        return {"message_sid": message.message_sid}

    return app
