"""Load test of the emulator: sends per second through its server, and lists and the inbox with many stored messages.

    python benchmarks/emulator.py
    python benchmarks/emulator.py --messages 10000 --threads 4 --database /tmp/messages.db

A separate process serves the emulator. Threads call it over HTTP on open connections. They need little time, so the
server limits the rate. The script prints the sends per second, and for each request of a list or of the inbox the
median time in milliseconds and the size of the response.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from urllib.parse import quote, urlsplit

from carrierx.emulator import BASE_PATH, DEMO_TOKEN

HEADERS = {"Authorization": f"Bearer {DEMO_TOKEN}", "Content-Type": "application/json"}
OURS = "15162065575"
CONVERSATIONS = 100
REPEATED = 7

SERVER = """
import sys
from carrierx.emulator import Emulator, run
with Emulator(database=sys.argv[1]) as emulator:
    run(emulator, announce=lambda running: print(running.base_url, flush=True))
"""


@contextmanager
def server(database: str) -> Generator[tuple[str, int]]:
    """Serve an emulator and yield its host and port."""
    with subprocess.Popen([sys.executable, "-c", SERVER, database], stdout=subprocess.PIPE, text=True) as process:
        try:
            parts = urlsplit((process.stdout.readline() if process.stdout else "").strip())
            if parts.hostname is None or parts.port is None:
                raise SystemExit("the emulator did not start")
            yield parts.hostname, parts.port
        finally:
            process.terminate()


def send(address: tuple[str, int], numbers: range) -> int:
    """Send a text for each number, one after the other. Return the number of accepted ones."""
    accepted = 0
    with closing(http.client.HTTPConnection(*address)) as connection:
        for number in numbers:
            text = {
                "from": OURS,
                "to": theirs(number),
                "message": f"Message {number}",
                "user_data": f"order-{number}",
            }
            connection.request("POST", f"{BASE_PATH}/sms/messages", json.dumps(text), HEADERS)
            answer = connection.getresponse()
            answer.read()
            accepted += answer.status == 200
    return accepted


def theirs(number: int) -> str:
    """Return the recipient of a message."""
    return f"1516207{number % CONVERSATIONS:04}"


def measure_sends(address: tuple[str, int], messages: int, threads: int) -> None:
    """Send from several threads and print the number of accepted texts per second."""
    shares = [range(start, messages, threads) for start in range(threads)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        accepted = sum(pool.map(partial(send, address), shares))
    seconds = time.perf_counter() - begun
    if accepted != messages:
        raise SystemExit(f"only {accepted:,} of {messages:,} were accepted")
    print(f"{messages:,} sends by {threads} threads: {messages / seconds:,.0f} a second")


def fetch(connection: http.client.HTTPConnection, path: str) -> bytes:
    """Fetch a path."""
    connection.request("GET", path, headers=HEADERS)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path} was answered with {answer.status}")
    return body


def measure_reads(address: tuple[str, int], messages: int) -> None:
    """Read lists and the inbox and print the time of each."""
    wanted = f'user_data eq "order-{messages // 2}"'
    listed, records = f"{BASE_PATH}/sms/messages", f"{BASE_PATH}/sms/message_drs"
    with closing(http.client.HTTPConnection(*address)) as connection:
        middle = json.loads(fetch(connection, f"{records}?limit=1&offset={messages // 2}"))["items"][0]["dr_sid"]
        for path in (
            f"{listed}?limit=10",
            f"{listed}?limit=1000",
            f"{listed}?limit=10&offset={messages - 10}",
            f"{listed}?limit=10&order={quote('date_created desc')}",
            f"{listed}?limit=10&filter={quote(wanted)}",
            f"{records}?limit=10",
            f"{records}?limit=1000&after={middle}",
            "/",
            "/inbox/conversations",
            f"/inbox/messages?ours={OURS}&theirs={theirs(0)}",
        ):
            times: list[float] = []
            size = 0
            for _ in range(REPEATED):
                begun = time.perf_counter()
                size = len(fetch(connection, path))
                times.append(time.perf_counter() - begun)
            print(f"{statistics.median(times) * 1000:8.1f} ms  {size:9,} bytes  {path.replace(middle, 'DR_SID')}")


def main() -> int:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000, help="how many are sent and stored")
    parser.add_argument("--threads", type=int, default=4, help="the number of threads that send")
    parser.add_argument("--database", default=":memory:", help="a new file to keep the messages in")
    given = parser.parse_args()
    with server(given.database) as address:
        measure_sends(address, given.messages, given.threads)
        time.sleep(4)  # until every message is delivered and has its detail record
        print(f"With {given.messages:,} messages stored:")
        measure_reads(address, given.messages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
