"""Benchmark of the emulator: `python -m benchmarks.emulator`.

It shows what lists and pages cost as more messages are stored, how many sends a second a served emulator accepts, and
what a served fixture costs. Only ratios from the same run count. benchmarks/README.md explains it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlencode, urlsplit

import httpx

from carrierx.emulator import BASE_PATH, DEMO_TOKEN, Emulator, EmulatorConfig, EmulatorTransport, run, serve
from carrierx.emulator.rules.messages import Send
from carrierx.emulator.store.database import Database
from carrierx.emulator.store.message_table import MessageTable, StoredMessage
from carrierx.emulator.timestamps import to_milliseconds

_FEW: Final = 1_000
_LIST_LIMIT: Final = 5.0
_SEARCH_LIMIT: Final = 20.0
_SENDS_LIMIT: Final = 0.5
_ROUNDS: Final = 3
_TRIES: Final = 3
_FIXTURE_LIMIT: Final = 30.0

_HEADERS: Final = {"Authorization": f"Bearer {DEMO_TOKEN}", "Content-Type": "application/json"}
_OURS: Final = "15162065575"
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SPACING: Final = timedelta(milliseconds=10)
_FAILED_OF: Final = 1_000
_THREADS: Final = 4
_MEASUREMENTS: Final = 3

_COUNT: Final = "999"
"""A part of a query that is replaced with a number, so that every request asks for something new."""

_CALLBACK: Final = """
    INSERT INTO callbacks (message_sid, status, url, body, made_at_milliseconds, due_milliseconds, attempts, state)
    VALUES (?, ?, 'http://127.0.0.1:9/', '{}', ?, NULL, '[]', ?)
"""


@dataclass(frozen=True)
class Call:
    """A request whose cost is compared between few and many stored messages.

    Attributes:
        name: Its name in the table.
        path: Its path.
        query: Its parameters.
        limit: The most that it may cost with many messages, as a multiple of its cost with few.
        is_lagging: True to ask an emulator in which half of the messages can't be found yet.
    """

    name: str
    path: str
    query: Mapping[str, str | int]
    limit: float = _LIST_LIMIT
    is_lagging: bool = False


def calls(stored: int, cursor: str) -> list[Call]:
    """Return the requests to compare.

    Args:
        stored: The number of stored messages.
        cursor: The SID of the detail record in their middle.
    """
    messages, records = f"{BASE_PATH}/sms/messages", f"{BASE_PATH}/sms/message_drs"
    at = (_START + _SPACING * (stored // 2)).replace(tzinfo=None).isoformat("T", "seconds")
    middle, later = f"{at}.{_COUNT}", f"{at[:-2]}59.{_COUNT}"
    since = f'date_changed ge "{middle}"'
    newest = {"order": "date_created desc"}
    theirs = "15162070001"
    return [
        Call("the first 10", messages, {}),
        Call("the first 1,000", messages, {"limit": 1000}),
        Call("the last page", messages, {"offset": stored - 10}),
        Call("newest first", messages, newest),
        Call("newest first, the last page", messages, {**newest, "offset": stored - 10}),
        Call("last changed first", messages, {"order": "date_changed desc"}),
        Call("by change of status", messages, {"order": "date_status_changed desc"}),
        Call("a status that most have", messages, {"filter": "status eq delivered"}),
        Call("a status that few have", messages, {"filter": "status eq failed"}),
        Call("a status that none has", messages, {"filter": "status eq queued"}),
        Call("a status, newest first", messages, {"filter": "status eq failed", **newest}),
        Call("a sender", messages, {"filter": f"from eq {_OURS}"}),
        Call("a sender, newest first", messages, {"filter": f"from eq {_OURS}", **newest}),
        Call("a sender and a status", messages, {"filter": f"from eq {_OURS} and status eq delivered"}),
        Call("a recipient, newest first", messages, {"filter": f"to eq {theirs}", **newest}),
        Call("a recipient and a status", messages, {"filter": f"to eq {theirs} and status eq failed"}),
        Call("a direction that none has", messages, {"filter": "direction eq inbound"}),
        Call("a reference", messages, {"filter": f'user_data eq "order-{stored // 2}"'}),
        Call("references with a prefix", messages, {"filter": 'user_data like "order-99%"'}),
        Call("since a time", messages, {"filter": f'date_created gt "{middle}"'}),
        Call("since a time, newest first", messages, {"filter": f'date_created gt "{middle}"', **newest}),
        Call("changed since a time", messages, {"filter": f'date_changed gt "{middle}"'}),
        Call("changed before a time, newest first", messages, {"filter": f'date_changed lt "{middle}"', **newest}),
        Call("changed within a time", messages, {"filter": f'{since} and date_changed lt "{later}"'}),
        Call("a sender since a time", messages, {"filter": f'from eq {_OURS} and date_created gt "{middle}"'}),
        Call("a status, changed since a time", messages, {"filter": f"status eq failed and {since}"}),
        *(
            Call(f"by {name}{way}", messages, {"order": f"{name}{way}"})
            for name in ("direction", "from", "mcc", "message", "message_segments", "message_sid", "mnc", "partner_sid")
            for way in ("", " desc")
        ),
        *(
            Call(f"by {name}{way}", messages, {"order": f"{name}{way}"})
            for name in ("price", "status", "to", "type", "user_data")
            for way in ("", " desc")
        ),
        Call("by text, the last page", messages, {"order": "message", "offset": stored - 10}),
        Call("by text, a status that most have", messages, {"order": "message", "filter": "status eq delivered"}),
        Call("by text, a status that few have", messages, {"order": "message", "filter": "status eq failed"}),
        Call("by text, since a time", messages, {"order": "message", "filter": f'date_created gt "{middle}"'}),
        Call("in a random order", messages, {"order": "shuffle"}),
        Call("in a random order, of a status", messages, {"order": "shuffle", "filter": "status eq failed"}),
        Call("a price that most have", messages, {"filter": "price eq 0.01"}),
        Call("a price that none has", messages, {"filter": f"price eq 1.{_COUNT}"}),
        Call("a price, newest first", messages, {"filter": "price lt 0.01", **newest}),
        Call("a country that most have", messages, {"filter": "mcc eq 310"}),
        Call("a country that none has", messages, {"filter": f"mcc eq {_COUNT}"}),
        Call("a country and a status", messages, {"filter": "mcc eq 310 and status eq failed"}),
        Call("a network, which none has", messages, {"filter": "mnc eq 999"}),
        Call("an account that all have", messages, {"filter": f"partner_sid gt {_COUNT}"}),
        Call("a number of segments", messages, {"filter": "message_segments gt 1"}),
        Call("a text that most have", messages, {"filter": 'message like "%order%"'}, _SEARCH_LIMIT),
        Call("a text that none has", messages, {"filter": f'message like "%zebra{_COUNT}%"'}, _SEARCH_LIMIT),
        Call("two texts that most have", messages, {"filter": 'message like "%your%order%"'}, _SEARCH_LIMIT),
        Call("two texts in the wrong order", messages, {"filter": 'message like "%order%your%"'}, _SEARCH_LIMIT),
        Call("a text's beginning", messages, {"filter": f'message like "Message 1{_COUNT}%"'}),
        Call("half visible", messages, {}, is_lagging=True),
        Call("half visible, newest first", messages, newest, is_lagging=True),
        Call("half visible, last changed first", messages, {"order": "date_changed desc"}, is_lagging=True),
        Call("half visible, of a status", messages, {"filter": "status eq delivered"}, is_lagging=True),
        Call("half visible, of a sender", messages, {"filter": f"from eq {_OURS}"}, is_lagging=True),
        Call("half visible, detail records", records, {}, is_lagging=True),
        Call("half visible, records by their end", records, {"order": "date_stop desc"}, is_lagging=True),
        Call("detail records", records, {}),
        Call("detail records from the middle", records, {"limit": 1000, "offset": stored // 2}),
        Call("detail records after one", records, {"after": cursor}),
        Call("detail records by their end", records, {"order": "date_stop", "after": cursor}),
        *(
            Call(f"detail records by {name}{way}", records, {"order": f"{name}{way}"})
            for name in ("date_sent", "date_stop", "delay_sent", "message", "price", "number_dst", "version")
            for way in ("", " desc")
        ),
        Call("detail records before one, by date_sent", records, {"order": "date_sent", "before": cursor}),
        Call("detail records since a time", records, {"order": "date_stop", "filter": f'date_stop ge "{middle}"'}),
        Call("detail records that end since a time", records, {"filter": f'date_stop ge "{middle}"'}),
        Call("detail records sent since a time", records, {"filter": f'date_sent ge "{middle}"'}),
        Call("detail records started before a time", records, {"filter": f'date_start lt "{middle}"'}),
        Call("detail records of a status", records, {"filter": "status eq failed"}),
        Call("detail records of a sender", records, {"filter": f"number_src eq {_OURS}"}),
        Call("detail records of a price", records, {"filter": "price lt 0.01"}),
        Call("detail records of a country", records, {"filter": f"mcc eq {_COUNT}"}),
        Call("detail records with an error code", records, {"filter": f"vendor_error_code eq {_COUNT}"}),
        Call("detail records in a random order", records, {"order": "shuffle"}),
        Call("conversations", "/control/conversations", {}),
        Call("conversations of a status", "/control/conversations", {"status": "failed"}),
        Call("conversations with digits", "/control/conversations", {"q": "2070001"}, _SEARCH_LIMIT),
        Call("conversations with a text", "/control/conversations", {"q": f"zebra{_COUNT}"}, _SEARCH_LIMIT),
        Call("messages of a conversation", "/control/conversations/messages", {"ours": _OURS, "theirs": theirs}),
        Call("control: messages", "/control/messages", {}),
        Call("control: a status that most have", "/control/messages", {"status": "delivered"}),
        Call("control: a status that few have", "/control/messages", {"status": "failed"}),
        Call("control: a recipient", "/control/messages", {"to": theirs}),
        Call("control: a recipient and a status", "/control/messages", {"to": theirs, "status": "failed"}),
        Call("control: a sender and a direction", "/control/messages", {"from": _OURS, "direction": "inbound"}),
        Call("control: a sender and a status", "/control/messages", {"from": _OURS, "status": "delivered"}),
        Call("control: a text that most have", "/control/messages", {"contains": "order"}, _SEARCH_LIMIT),
        Call("control: a text that none has", "/control/messages", {"contains": f"zebra{_COUNT}"}, _SEARCH_LIMIT),
        Call("control: requests", "/control/requests", {}),
        Call("control: callbacks", "/control/callbacks", {}),
        Call("control: callbacks given up", "/control/callbacks", {"state": "given_up"}),
        Call("control: callbacks due", "/control/callbacks", {"state": "due"}),
        Call("control: callbacks from the middle", "/control/callbacks", {"before": stored // 2}),
    ]


def fill(database: Database, number: int) -> None:
    """Store delivered messages directly, to 100 numbers, each with a callback; one in a thousand has failed.

    Args:
        database: The database of an emulator.
        number: The number of messages.
    """
    table = MessageTable(database)
    with database.transaction() as connection:
        for place in range(number):
            send = Send(
                kind="sms",
                from_number=_OURS,
                to_number=f"1516207{place % 100:04}",
                message=f"Message {place} about your order",
                media_urls=(),
                group_recipients=(),
                user_data=f"order-{place}",
                legacy_names=False,
                over_limit=False,
            )
            accepted = _START + place * _SPACING
            sent, delivered = accepted + timedelta(seconds=1), accepted + timedelta(seconds=3)
            failed = place % _FAILED_OF == _FAILED_OF // 2
            status, changed = ("failed", sent) if failed else ("delivered", delivered)
            stored = StoredMessage(str(uuid.uuid4()), accepted, 1, send, "outbound", status, changed, sent)
            table.add(stored)
            connection.execute(
                _CALLBACK, (stored.message_sid, status, to_milliseconds(changed), "given_up" if failed else "accepted")
            )


def _serve_filled(number: int, *, lags: bool) -> None:
    """Serve an emulator with messages in this process, and print its base URL.

    Args:
        number: The number of messages.
        lags: True if half of them can't be found yet.
    """
    lag = datetime.now(UTC) - (_START + _SPACING * (number // 2)) if lags else timedelta(0)
    with Emulator(EmulatorConfig(visibility_lag=lag)) as emulator:
        fill(emulator.database, number)
        run(emulator, announce=lambda running: print(running.base_url, flush=True))


_BARE: Final = """
import socket, sys, uvicorn
body = b"x" * int(sys.argv[1])
headers = [(b"content-type", b"application/json"), (b"content-length", sys.argv[1].encode())]
async def app(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
listener = socket.create_server(("127.0.0.1", 0))
listener = socket.socket(listener.family, listener.type, socket.IPPROTO_TCP, fileno=listener.detach())
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
config = uvicorn.Config(app, http="h11", loop="asyncio", ws="none", lifespan="off", log_level="warning")
uvicorn.Server(config).run(sockets=[listener])
"""


@contextmanager
def _process(*arguments: str) -> Generator[str]:
    """Run a server in a process of its own, and yield its host and port."""
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield urlsplit(process.stdout.readline().strip() if process.stdout else "").netloc
        finally:
            process.terminate()


def _filled(number: int) -> list[str]:
    return ["-m", "benchmarks.emulator", "--serve", str(number)]


def _request(connection: http.client.HTTPConnection, method: str, target: str, body: str | None = None) -> bytes:
    connection.request(method, target, body, _HEADERS)
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise SystemExit(f"{method} {target}: the server answered {response.status}")
    return content


def _milliseconds(work: Callable[[int], object], repetitions: int) -> float:
    times: list[float] = []
    for number in range(repetitions):
        begun = time.perf_counter()
        work(number)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def _get(connection: http.client.HTTPConnection, target: str, number: int) -> None:
    _request(connection, "GET", target.replace(_COUNT, f"{number:03}"))


class _FilledServers:
    """Two servers with a number of messages: in one of them, half of the messages can't be found yet."""

    def __init__(self, stored: int, running: ExitStack) -> None:
        self._all = running.enter_context(_process(*_filled(stored)))
        self._half = running.enter_context(_process(*_filled(stored), "--lag"))
        with closing(http.client.HTTPConnection(self._all)) as connection:
            middle = f"{BASE_PATH}/sms/message_drs?limit=1&offset={stored // 2}"
            found = json.loads(_request(connection, "GET", middle))
        self.calls = calls(stored, found["items"][0]["dr_sid"])

    def milliseconds(self, call: Call, repetitions: int) -> float:
        target = f"{call.path}?{urlencode(call.query)}" if call.query else call.path
        # The server closes a connection that waits for long.
        with closing(http.client.HTTPConnection(self._half if call.is_lagging else self._all)) as connection:
            return _milliseconds(partial(_get, connection, target), repetitions)


def _compare_calls(sizes: list[int], repetitions: int) -> bool:
    """Print what each call costs with each number of messages; return whether all are within their limits.

    A call that is beyond its limit is measured again, since another process may have used the processor meanwhile.
    """
    print(f"\n{'milliseconds with this many stored':42}{''.join(f'{stored:>10,}' for stored in sizes)}   ratio  limit")
    within = True
    with ExitStack() as running:
        servers = [_FilledServers(stored, running) for stored in sizes]
        for row in zip(*(each.calls for each in servers), strict=True):
            limit = row[0].limit
            costs, ratio = list[float](), math.inf
            for _ in range(_MEASUREMENTS):
                pairs = zip(servers, row, strict=True)
                costs = [each.milliseconds(call, repetitions) for each, call in pairs]
                ratio = costs[-1] / costs[0]
                if ratio <= limit:
                    break
            within &= ratio <= limit
            verdict = "" if ratio <= limit else "  BEYOND"
            print(f"{row[0].name:42}{''.join(f'{cost:10.2f}' for cost in costs)}  {ratio:6.2f} {limit:6.0f}{verdict}")
    return within


def _send(address: str, number: int, first: int) -> None:
    with closing(http.client.HTTPConnection(address)) as connection:
        for place in range(first, number, _THREADS):
            text = {"from": _OURS, "to": f"1516207{place % 100:04}", "message": f"Message {place}"}
            body = json.dumps({**text, "user_data": f"order-{place}"})
            _request(connection, "POST", f"{BASE_PATH}/sms/messages", body)


def _sends_a_second(address: str, number: int) -> float:
    begun = time.perf_counter()
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(partial(_send, address, number), range(_THREADS)))
    return number / (time.perf_counter() - begun)


def _compare_sends(number: int) -> bool:
    """Print the sends a second, and those of a bare server; return whether their ratio is within its limit.

    A ratio beyond the limit is measured again, with more sends, before it counts.
    """
    size = 560  # the bytes of the SMS object that a send returns
    with _process("-c", _BARE, str(size)) as bare, _process(*_filled(0)) as ours:
        _sends_a_second(bare, 200)
        _sends_a_second(ours, 200)
        within = False
        for attempt in range(_TRIES):
            if not within:
                ratio = _ratio_of_sends(bare, ours, number * (attempt + 1))
                within = ratio >= _SENDS_LIMIT
                print(f"ratio {ratio:.2f}, limit {_SENDS_LIMIT}{'' if within else ': BEYOND'}")
        with closing(http.client.HTTPConnection(ours)) as connection:
            _request(connection, "GET", "/control/conversations?status=failed")
        ratio = _ratio_of_sends(bare, ours, number)
        print(f"ratio {ratio:.2f} with the indexes of conversations, no limit")
    return within


def _ratio_of_sends(bare: str, ours: str, number: int) -> float:
    ratios: list[float] = []
    for _ in range(_ROUNDS):
        reference, measured = _sends_a_second(bare, number), _sends_a_second(ours, number)
        ratios.append(measured / reference)
        print(f"{measured:,.0f} sends a second; uvicorn and h11 alone: {reference:,.0f}")
    return statistics.median(ratios)


def _with_served(_number: int) -> None:
    # Not httpx: its client loads certificates for a real connection, which would cost more than the server.
    with (
        Emulator() as emulator,
        serve(emulator) as running,
        closing(http.client.HTTPConnection(urlsplit(running.base_url).netloc)) as connection,
    ):
        _request(connection, "GET", f"{BASE_PATH}/sms/messages")


def _in_process(_number: int) -> None:
    with Emulator() as emulator, httpx.Client(transport=EmulatorTransport(emulator), headers=_HEADERS) as client:
        client.get(f"http://localhost{BASE_PATH}/sms/messages").raise_for_status()


def _compare_fixtures(repetitions: int) -> bool:
    """Print what a served emulator for one test costs; return whether it is within its limit."""
    _with_served(0)
    _in_process(0)
    served, in_process = _milliseconds(_with_served, repetitions), _milliseconds(_in_process, repetitions)
    within = served - in_process <= _FIXTURE_LIMIT
    print(
        f"\nan emulator for one test: {in_process:.1f} ms in process, {served:.1f} ms served;"
        f" {served - in_process:.1f} ms more, limit {_FIXTURE_LIMIT:.0f}{'' if within else '  BEYOND'}"
    )
    return within


def main(arguments: list[str] | None = None) -> int:
    """Measure and report.

    Args:
        arguments: The command line. By default, that of this process.

    Returns:
        The exit status: 0, or 1 if a figure is beyond its limit.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.emulator", description="What the emulator costs.")
    parser.add_argument("--quick", action="store_true", help="the short form: up to 10,000 stored messages")
    parser.add_argument("--serve", type=int, metavar="NUMBER", help=argparse.SUPPRESS)
    parser.add_argument("--lag", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.serve is not None:
        _serve_filled(given.serve, lags=given.lag)
        return 0
    sizes = [_FEW, 10_000] if given.quick else [_FEW, 10_000, 100_000]
    results = [
        _compare_sends(2_000 if given.quick else 10_000),
        _compare_fixtures(10 if given.quick else 30),
        _compare_calls(sizes, 7 if given.quick else 15),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
