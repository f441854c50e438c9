"""The Celery application of the tests' workers: `celery -A tests.outbox.celery_processes.app worker`.

Its settings are in the environment variable `CARRIERX_TEST_CELERY`, as JSON.
"""

import json
import os
from dataclasses import asdict, dataclass

from celery import Celery

from carrierx import CarrierXClient
from carrierx.emulator import DEMO_TOKEN
from carrierx.outbox import Outbox, OutboxSettings, postgres_store, sqlite_store
from carrierx.outbox.celery import OutboxTasks, register
from tests.outbox.processes.settings import scaled

__all__ = ["VARIABLE", "AppSettings", "make"]

VARIABLE = "CARRIERX_TEST_CELERY"


@dataclass(frozen=True)
class AppSettings:
    """What a worker has to know.

    Attributes:
        broker: The URL of the broker.
        queue: The queue, which belongs to one test.
        database: The URL of the outbox's database.
        base_url: The URL of the emulator.
        schema: The PostgreSQL schema of the outbox.
        scale: What the default times are multiplied by.
        sweep: The seconds between two sweeps.
        concurrency: The number of sends at the same time of one task.
        rate: The most messages per second.
        visibility_timeout: The seconds after which Redis delivers a task again that nobody has confirmed.
    """

    broker: str
    queue: str
    database: str
    base_url: str
    schema: str | None = None
    scale: float = 0.05
    sweep: float = 0.5
    concurrency: int = 4
    rate: float | None = None
    visibility_timeout: float = 3600.0

    def to_json(self) -> str:
        """The value of the environment variable."""
        return json.dumps(asdict(self))

    @property
    def outbox_settings(self) -> OutboxSettings:
        """The settings of the outbox."""
        return scaled(self.scale)

    def outbox(self) -> Outbox:
        """Make the outbox."""
        # Of a worker that was killed while it looked messages up.
        for store in (sqlite_store, postgres_store):
            vars(store)["_LOOKUP_LEASE"] = 60 * self.scale
        return Outbox(self.database, schema=self.schema, settings=self.outbox_settings)

    def client(self) -> CarrierXClient:
        """Make the client."""
        return CarrierXClient(DEMO_TOKEN, base_url=self.base_url)


def make(settings: AppSettings) -> tuple[Celery, OutboxTasks]:
    """Make the application."""
    app = Celery("carrierx-tests", broker=settings.broker)
    options: dict[str, object] = {}
    if settings.broker.startswith("redis"):
        options = {
            "visibility_timeout": settings.visibility_timeout,
            "global_keyprefix": f"{settings.queue}:",
            "socket_timeout": 5,
            "socket_connect_timeout": 5,
        }
    app.conf.update(
        task_default_queue=settings.queue,
        broker_transport_options=options,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=3,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=True,
    )
    tasks = register(
        app,
        outbox=settings.outbox,
        client=settings.client,
        sweep=settings.sweep,
        concurrency=settings.concurrency,
        rate=settings.rate,
    )
    return app, tasks


if VARIABLE in os.environ:
    app, tasks = make(AppSettings(**json.loads(os.environ[VARIABLE])))
