"""The Celery application: its workers send what is in the outbox.

In production, start as many workers as you need, and one beat:

    celery -A texts worker
    celery -A texts beat
"""

import os

from celery import Celery

from carrierx import CarrierXClient
from carrierx.outbox import Outbox
from carrierx.outbox.celery import register

BROKER = os.environ.get("BROKER_URL", "redis://127.0.0.1:6379/0")  # or amqp://guest:guest@127.0.0.1:5672//
DATABASE = os.environ.get("DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
SCHEMA = "carrierx_example"

app = Celery("texts", broker=BROKER)
app.conf.task_default_queue = "texts"
app.conf.broker_connection_retry_on_startup = True
app.conf.broker_connection_max_retries = None  # a worker waits for the broker, however long it is away


def make_outbox() -> Outbox:
    return Outbox(DATABASE, schema=SCHEMA)


# The client reads CARRIERX_TOKEN. The rate is for all workers together.
sending = register(app, outbox=make_outbox, client=CarrierXClient, rate=40)
