"""Load test of the emulator: `python -m benchmarks.emulator`.

A separate process serves the emulator. Threads send to it, so the server limits the rate. The script prints the sends
per second. With all these messages stored, it prints the time and size of each kind of list and page.
"""

from __future__ import annotations

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

_MESSAGES, _THREADS, _CONVERSATIONS, _REPETITIONS = 10_000, 4, 100, 7
_HEADERS = {"Authorization": f"Bearer {DEMO_TOKEN}", "Content-Type": "application/json"}
_OURS = "15162065575"
_FILTER = f'user_data eq "order-{_MESSAGES // 2}"'
_PATHS = (
    f"{BASE_PATH}/sms/messages?limit=10",
    f"{BASE_PATH}/sms/messages?limit=1000",
    f"{BASE_PATH}/sms/messages?limit=10&offset={_MESSAGES - 10}",
    f"{BASE_PATH}/sms/messages?limit=10&order={quote('date_created desc')}",
    f"{BASE_PATH}/sms/messages?limit=10&filter={quote(_FILTER)}",
    f"{BASE_PATH}/sms/message_drs?limit=10",
    f"{BASE_PATH}/sms/message_drs?limit=1000&offset={_MESSAGES // 2}",
    "/",
    "/inbox/conversations",
    f"/inbox/messages?ours={_OURS}&theirs=15162070000",
)
_SERVER = """
from carrierx.emulator import Emulator, run
with Emulator() as emulator:
    run(emulator, announce=lambda running: print(running.base_url, flush=True))
"""


@contextmanager
def _server() -> Generator[str]:
    """Serve an emulator and yield its host and port."""
    with subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield urlsplit(process.stdout.readline().strip() if process.stdout else "").netloc
        finally:
            process.terminate()


def _request(connection: http.client.HTTPConnection, method: str, path: str, body: str | None = None) -> bytes:
    connection.request(method, path, body, _HEADERS)
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise SystemExit(f"{method} {path}: the emulator answered {response.status}")
    return content


def _send(address: str, first: int) -> None:
    with closing(http.client.HTTPConnection(address)) as connection:
        for number in range(first, _MESSAGES, _THREADS):
            text = {"from": _OURS, "to": f"1516207{number % _CONVERSATIONS:04}", "message": f"Message {number}"}
            body = json.dumps({**text, "user_data": f"order-{number}"})
            _request(connection, "POST", f"{BASE_PATH}/sms/messages", body)


def _main() -> None:
    with _server() as address:
        begun = time.perf_counter()
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(partial(_send, address), range(_THREADS)))
        print(f"{_MESSAGES:,} sends by {_THREADS} threads: {_MESSAGES / (time.perf_counter() - begun):,.0f} a second")
        time.sleep(4)  # until every message is delivered and has its detail record
        with closing(http.client.HTTPConnection(address)) as connection:
            for path in _PATHS:
                times: list[float] = []
                size = 0
                for _ in range(_REPETITIONS):
                    begun = time.perf_counter()
                    size = len(_request(connection, "GET", path))
                    times.append((time.perf_counter() - begun) * 1000)
                print(f"{statistics.median(times):8.1f} ms  {size:9,} bytes  {path}")


if __name__ == "__main__":
    _main()
