"""`carrierx demo`: sends three messages to an emulator on this machine."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import typer
from rich.table import Table

from carrierx.cli.output import ExitCode, complain, extras_explained, on_one_line, terminal

if TYPE_CHECKING:
    from rich.console import Console

    from carrierx.client import CarrierXClient
    from carrierx.models.message import Message
    from carrierx.models.send_request import SendMessageRequest

__all__ = ["demo"]

SENT_AFTER: Final = timedelta(seconds=0.4)
DELIVERED_AFTER: Final = timedelta(seconds=1)
PATIENCE: Final = 20.0
"""Seconds to wait for a status; more than enough on a slow machine."""

_SENDER, _RECIPIENT, _FRIEND = "15162065575", "15162065574", "15162065573"
_PICTURE: Final = "https://storage.carrierx.com/f/cdac0471-f144-42a2-94f8-d9838ce5e4b9"
_FAREWELL: Final = """\
Nothing left this machine: the messages went to an emulator of CarrierX. The
prices are the emulator's own.

To send real texts, set the environment variable CARRIERX_TOKEN to a token from
the CarrierX portal (Account > Security Tokens), then run:

  carrierx send --from YOUR_NUMBER --to NUMBER "Hello"
"""


@dataclass
class _TrackedMessage:
    what: str
    message: Message
    statuses: list[str]

    def update(self, message: Message) -> None:
        self.message = message
        if str(message.status) not in self.statuses:
            self.statuses.append(str(message.status))


def demo() -> None:
    """Send an SMS, an MMS and a group MMS to an emulator."""
    with extras_explained():
        from carrierx.client import CarrierXClient
        from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, StatusDelays, serve

    console = terminal()
    config = EmulatorConfig(delays=StatusDelays(SENT_AFTER, DELIVERED_AFTER))
    with _explained_errors("run the emulator"), Emulator(config) as emulator, serve(emulator) as running:
        console.print(f"An emulator of CarrierX is running at {running.base_url}")
        # Without the environment's proxy, so that nothing leaves this machine.
        with CarrierXClient(DEMO_TOKEN, base_url=running.base_url, trust_env=False) as client:
            tracked = list(_send_all(client))
            console.print("Three messages were sent. Waiting until they are delivered ...\n")
            _follow(client, tracked)
    console.print(_table(tracked, console))
    typer.echo(_FAREWELL, nl=False)


def _send_all(client: CarrierXClient) -> Iterator[_TrackedMessage]:
    for what, request in _samples():
        with _explained_errors(f"send {what}"):
            message = client.messages.send(request)
        yield _TrackedMessage(what, message, [str(message.status)])


def _samples() -> Iterator[tuple[str, SendMessageRequest]]:
    from carrierx.models.send_request import SendMessageRequest

    text = "Your order is on its way."
    yield "a text", SendMessageRequest(from_=_SENDER, to=_RECIPIENT, message=text)
    yield (
        "a text with a picture",
        SendMessageRequest(from_=_SENDER, to=_RECIPIENT, message=text, media_urls=[_PICTURE]),
    )
    yield (
        "a text to a group",
        SendMessageRequest(from_=_SENDER, to=_RECIPIENT, message=text, group_recipients=[_RECIPIENT, _FRIEND]),
    )


def _follow(client: CarrierXClient, tracked: list[_TrackedMessage]) -> None:
    # First wait until all are sent, so that every step is shown and not only the last.
    for wanted in ({"sent", "delivered"}, {"delivered"}):
        for each in tracked:
            with _explained_errors(f"follow {each.what}"):
                each.update(client.messages.wait(each.message.message_sid, until=wanted, within=PATIENCE))


@contextmanager
def _explained_errors(step: str) -> Generator[None]:
    from carrierx.emulator import EmulatorError
    from carrierx.errors import CarrierXError

    try:
        yield
    except (CarrierXError, EmulatorError) as error:
        complain(f"The demo could not {step}.", str(error))
        raise typer.Exit(ExitCode.FAILED) from error


def _table(tracked: list[_TrackedMessage], console: Console) -> Table:
    from carrierx.models.masking import mask_number

    tick = "ok" if console.options.ascii_only else "✓"
    table = Table("Sent", "From", "To", "Kind", "Segments", "Price", "Steps", show_lines=True)
    for each in tracked:
        message = each.message
        recipients = dict.fromkeys([message.to or "", *message.group_recipients])
        cells = (
            each.what,
            mask_number(message.from_ or ""),
            "\n".join(map(mask_number, recipients)),
            (message.type or "").upper(),
            str(message.message_segments),
            f"${message.price}",
        )
        steps = "\n".join(f"{tick} {on_one_line(status)}" for status in each.statuses)
        table.add_row(*cells, steps)
    return table
