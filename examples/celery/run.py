"""Orders and texts about them in PostgreSQL, sent by two Celery workers that share one rate.

    python examples/celery/run.py

It needs PostgreSQL and Redis, or RabbitMQ, on this machine, at their usual ports or where DATABASE_URL and BROKER_URL
say. It makes the schema carrierx_example there. The texts go to an emulator in this process, so you need no account and
nobody gets them. It stops after a minute at the latest, and ends with a report. The application is in texts.py.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from texts import BROKER, DATABASE, SCHEMA, app, make_outbox, sending

from carrierx import SendMessageRequest
from carrierx.emulator import DEMO_TOKEN, Emulator, serve

ORDERS = 100
SENDER, RECIPIENT = "15162065575", "15162065574"
INSERT = f"INSERT INTO {SCHEMA}.orders VALUES (%s)"  # noqa: S608
RUN = int(time.time())  # each run has keys of its own


def main() -> None:
    with ExitStack() as stack:
        logs = Path(stack.enter_context(TemporaryDirectory()))
        emulator = stack.enter_context(Emulator())
        running = stack.enter_context(serve(emulator))
        os.environ.update(CARRIERX_TOKEN=DEMO_TOKEN, CARRIERX_BASE_URL=running.base_url)
        check_broker()
        outbox = stack.enter_context(make_outbox())
        outbox.create_schema()
        connection = stack.enter_context(psycopg.connect(DATABASE, autocommit=True))
        connection.execute(f"CREATE TABLE IF NOT EXISTS {SCHEMA}.orders (number text)")

        for number in (1, 2):
            start(stack, logs / f"worker-{number}.log", "worker", "--concurrency", "2", "-n", f"worker-{number}")
        start(stack, logs / "beat.log", "beat", "--schedule", str(logs / "schedule"), "--pidfile=")
        print(f"two workers and beat are starting, with {BROKER.partition(':')[0]}", flush=True)

        keys = [f"run-{RUN}/order-{number}" for number in range(ORDERS)]
        for key in keys:
            request = SendMessageRequest(from_=SENDER, to=RECIPIENT, message=f"We have got your order, {key}.")
            with connection.transaction():  # the order and its text are there together, or not at all
                connection.execute(INSERT, (key,))
                outbox.add(connection, request, key=key)
            sending.kick()
        print(f"{ORDERS} orders were added", flush=True)

        begun = time.monotonic()
        while waiting := [key for key in keys if not is_accepted(outbox.get(key))]:
            if time.monotonic() > begun + 60:
                break
            time.sleep(0.2)

        received = Counter(message["message"] for message in emulator.messages)
        twice = sum(1 for count in received.values() if count > 1)
        print(f"accepted: {len(received)}  twice: {twice}  still waiting: {len(waiting)}")
        print(f"seconds:  {time.monotonic() - begun:.1f}, at 40 texts a second for both workers")
        if waiting:
            print((logs / "worker-1.log").read_text(errors="replace")[-2000:])
    sys.exit(1 if waiting or twice else 0)


def check_broker() -> None:
    """Say what is missing, instead of waiting for it."""
    try:
        with app.connection_for_write(connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=1, timeout=5)
    except Exception as error:  # noqa: BLE001 - each broker has its own
        sys.exit(f"The broker doesn't answer ({type(error).__name__}): start Redis, or set BROKER_URL.")


def start(stack: ExitStack, log: Path, *arguments: str) -> None:
    """Start a process of Celery, which is terminated at the end."""
    output = stack.enter_context(log.open("wb"))
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "celery", "-A", "texts", *arguments],
        cwd=Path(__file__).parent,
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    stack.callback(stop, process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Terminate a process, and kill it if it goes on."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def is_accepted(message: object) -> bool:
    return getattr(message, "state", None) == "accepted"


if __name__ == "__main__":
    main()
