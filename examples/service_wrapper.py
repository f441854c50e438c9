r"""Put one internal HTTP API in front of CarrierX, as a platform team does for the other teams of a company.

    python examples/run_service.py service_wrapper.py

Teams have an API key each, and none of them needs CarrierX's token:

    curl -H 'authorization: Bearer an-api-key-for-this-machine' -H 'content-type: application/json' \
        -d '{"reference": "order-17", "to": "15162065574", "text": "Hello"}' http://127.0.0.1:8000/texts

A reference makes a request repeatable: whoever gets no response sends the same request again, and only one text goes
out. Two things must hold: `reconcile` sees accepted texts in time (docs/outcomes.md), and no process is suspended for
more than 30 seconds between storing a reference and sending its text. The status code says what happened to the text:

    200  accepted by CarrierX; also the response to a repeated request
    202  it might have gone out: ask again later with GET /texts/{reference}
    409  another text has this reference
    422  not sent, because something is wrong with it
    502  not sent, because of the wrapper or its account
    503  not sent: send the same request again later

In production: CARRIERX_TOKEN=... API_KEYS=shop=...,billing=... uvicorn --factory service_wrapper:create_app
"""

import hashlib
import json
import logging
import os
import secrets
import sqlite3
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from enum import StrEnum
from typing import Annotated, NamedTuple

from fastapi import Depends, FastAPI, HTTPException, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from carrierx import (
    AsyncCarrierXClient,
    BadRequestError,
    CarrierXError,
    InvalidMessageError,
    ObjectValidationError,
    UnconfirmedSendError,
)
from carrierx.events import AttemptFinished, Event

SENDER = "15162065575"  # for real texts, use your number with messaging enabled
SEND_SECONDS = 20.0
REFERENCE = r"^[A-Za-z0-9-]{1,40}$"

logger = logging.getLogger("platform.texts")


class State(StrEnum):
    """What is known about a text that was not refused."""

    ACCEPTED = "accepted"
    UNKNOWN = "unknown"


class TextIn(BaseModel):
    """Request to send a text."""

    reference: str = Field(pattern=REFERENCE)
    to: str
    text: str


class TextOut(BaseModel):
    """Response that says what happened to a text."""

    reference: str
    state: State
    message_sid: str | None = None


class Stored(NamedTuple):
    """Row of the database: a hash of the content, when the send began, whether it ended, and the SID if it is known."""

    content: str
    started: float
    ended: bool = False
    message_sid: str | None = None


class Texts:
    """What became of each reference. It stores a hash instead of the number and the text."""

    def __init__(self, path: str) -> None:
        self._path = path
        with self._database() as database:
            database.execute("CREATE TABLE IF NOT EXISTS texts (key PRIMARY KEY, content, started, ended, message_sid)")

    def start(self, key: str, row: Stored) -> bool:
        """Store a reference before its text is sent, and return whether it is new."""
        with self._database() as database:
            return database.execute("INSERT OR IGNORE INTO texts VALUES (?, ?, ?, ?, ?)", (key, *row)).rowcount == 1

    def get(self, key: str) -> Stored | None:
        """Return what is stored for a reference."""
        with self._database() as database:
            found = database.execute("SELECT content, started, ended, message_sid FROM texts WHERE key = ?", (key,))
            row = found.fetchone()
        return None if row is None else Stored(*row)

    def end(self, key: str, message_sid: str | None = None) -> None:
        """Store that the send has ended, with the SID if CarrierX accepted the text."""
        with self._database() as database:
            database.execute(
                "UPDATE texts SET ended = TRUE, message_sid = ifnull(?, message_sid) WHERE key = ?", (message_sid, key)
            )

    def forget(self, key: str, row: Stored) -> None:
        """Free a reference whose text was not sent, unless another request has used it since."""
        with self._database() as database:
            database.execute("DELETE FROM texts WHERE (key, started) = (?, ?)", (key, row.started))

    @contextmanager
    def _database(self) -> Generator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=5)) as database, database:
            yield database


def team_of(request: Request, given: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> str:
    """Return the team that an API key belongs to."""
    for team, key in request.app.state.api_keys.items():
        if secrets.compare_digest(given.credentials.encode(), key.encode()):
            return str(team)
    raise HTTPException(401, "unknown API key")


Team = Annotated[str, Depends(team_of)]


def count(event: Event) -> None:
    """Count attempts for your metrics. Events contain no token, number or text."""
    if isinstance(event, AttemptFinished):
        logger.info("attempt: %s", event.outcome)


def refusal(error: CarrierXError) -> HTTPException:
    """Return the response for a text that was not sent."""
    if error.safe_to_resend:
        return HTTPException(503, str(error), {"Retry-After": "30"})
    if isinstance(error, (InvalidMessageError, BadRequestError, ObjectValidationError)):
        return HTTPException(422, str(error))
    logger.error("CarrierX refused a text: %s", error)
    return HTTPException(502, "the wrapper can't send at the moment")


def create_app() -> FastAPI:
    texts = Texts(os.environ.get("DATABASE", "texts.db"))
    # The token comes from CARRIERX_TOKEN. For one that rotates in a vault, pass a function as the token.
    client = AsyncCarrierXClient(total_timeout=SEND_SECONDS, on_event=count)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with client:
            yield

    app = FastAPI(title="Texts", lifespan=lifespan)
    app.state.api_keys = dict(pair.split("=", 1) for pair in os.environ["API_KEYS"].split(","))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        """Respond without the input: FastAPI would repeat the text, and fail if JSON can't hold it, such as NaN."""
        return JSONResponse({"detail": [{"loc": each["loc"], "msg": each["msg"]} for each in error.errors()]}, 422)

    @app.post("/texts")
    async def send(text: TextIn, team: Team, response: Response) -> TextOut:
        key = f"{team}.{text.reference}"
        row = Stored(hashlib.sha256(json.dumps([text.to, text.text]).encode()).hexdigest(), time.time())
        if not texts.start(key, row):
            earlier = texts.get(key)
            if earlier is not None and earlier.content != row.content:
                raise HTTPException(409, "another text has this reference")
            known = await state_of(key, text.reference, response)
            if known is None:
                raise HTTPException(503, "not sent, try again", {"Retry-After": "1"})
            return known
        try:
            sent = await client.messages.send(from_=SENDER, to=text.to, message=text.text, reference=key)
        except UnconfirmedSendError:  # it may have been sent, so the reference stays taken
            texts.end(key)
            return unknown(text.reference, response)
        except CarrierXError as error:  # it was not sent, so the reference can be used again
            texts.forget(key, row)
            raise refusal(error) from None
        texts.end(key, sent.message_sid)
        return TextOut(reference=text.reference, state=State.ACCEPTED, message_sid=sent.message_sid)

    @app.get("/texts/{reference}")
    async def look_up(reference: Annotated[str, Path(pattern=REFERENCE)], team: Team, response: Response) -> TextOut:
        known = await state_of(f"{team}.{reference}", reference, response)
        if known is None:
            raise HTTPException(404, "no text with this reference was sent")
        return known

    async def state_of(key: str, reference: str, response: Response) -> TextOut | None:
        """Return what is known about a reference, or None if no text with it was sent."""
        row = texts.get(key)
        if row is None:
            return None
        message_sid = row.message_sid
        if message_sid is None:
            # A process that was killed leaves sends that never end.
            if not row.ended and time.time() < row.started + SEND_SECONDS + 10:
                return unknown(reference, response)
            try:
                found = await client.messages.reconcile(key)
            except CarrierXError:  # the lookup failed, or was inconclusive
                return unknown(reference, response)
            if found is None:
                texts.forget(key, row)
                return None
            message_sid = found.message_sid
            texts.end(key, message_sid)
        return TextOut(reference=reference, state=State.ACCEPTED, message_sid=message_sid)

    def unknown(reference: str, response: Response) -> TextOut:
        response.status_code = 202
        response.headers["Location"] = f"/texts/{reference}"
        return TextOut(reference=reference, state=State.UNKNOWN)

    return app
