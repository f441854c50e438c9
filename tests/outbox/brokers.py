"""Redis and RabbitMQ for tests: servers that are there, or our own, which tests can kill together with their queues.

`CARRIERX_TEST_REDIS` and `CARRIERX_TEST_RABBITMQ` are the URLs of servers for tests. Otherwise, tests use a server at
the usual local port if there is one, and else start one from Debian's packages.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest
from kombu import Connection

__all__ = ["BROKERS", "Broker", "RabbitMQBroker", "RedisBroker", "broker_url", "missing", "own_broker"]

_PATIENCE = 90
_RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_FOLDERS = ("data", "log", "home")


def _free_ports(count: int) -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports


class Broker:
    """A broker of our own, in a temporary folder, on free ports of this machine only.

    Attributes:
        url: Its URL, which stays the same when it is started again.
    """

    url: str

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="carrierx-broker-"))
        for name in _FOLDERS:
            (self.folder / name).mkdir()
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._as_user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, "nobody", "nogroup")
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """The command that starts it."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """Settings in its environment."""
        return {}

    def start(self) -> None:
        """Start it, and wait until it answers."""
        popen: Any = subprocess.Popen  # its types don't know what is in `_as_user`
        with (self.folder / "output").open("ab") as output:
            process: subprocess.Popen[bytes] = popen(
                self.command(),
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"), **self.environment()},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._as_user,
            )
        self._process = process
        end = time.monotonic() + _PATIENCE
        while not answers(self.url):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / "output").read_text(errors="replace")[-2000:])
            time.sleep(0.1)

    def kill(self, *, with_queue: bool = True) -> None:
        """Kill it with -9, and delete everything that it has stored."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        if with_queue:
            for path in (self.folder / "data").iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def __enter__(self) -> "Broker":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class RedisBroker(Broker):
    """A Redis server, which keeps nothing on the disk."""

    def __init__(self) -> None:
        super().__init__()
        (self.port,) = _free_ports(1)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """The command that starts it."""
        data = str(self.folder / "data")
        own = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", data, "--save", "", "--appendonly", "no"]
        return ["redis-server", *own]


class RabbitMQBroker(Broker):
    """A RabbitMQ server with its own Erlang port mapper."""

    def __init__(self) -> None:
        super().__init__()
        self.port, self._distribution, self._mapper = _free_ports(3)
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def command(self) -> list[str]:
        """The command that starts it."""
        return [str(_RABBITMQ)]

    def environment(self) -> dict[str, str]:
        """Settings in its environment."""
        folder = self.folder
        return {
            "RABBITMQ_NODENAME": f"carrierx{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT": str(self._mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_RELAXED_COMMAND_CHECK": "1",  # it ends even if it believes in a node
        }

    def kill(self, *, with_queue: bool = True) -> None:
        """Kill it with -9, and delete everything that it has stored."""
        super().kill(with_queue=with_queue)
        # The port mapper is a process of its own, which Erlang starts if there is none.
        environment = {"PATH": os.environ["PATH"], **self.environment()}
        stop = ["epmd", "-port", str(self._mapper), "-kill"]
        subprocess.run(stop, env=environment, capture_output=True, check=False)


def answers(url: str) -> bool:
    """Return whether a broker takes connections."""
    try:
        with Connection(url, connect_timeout=2, transport_options={"max_retries": 1}) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_max=0, timeout=2)
            return True
    except Exception:  # noqa: BLE001 - each transport has its own errors
        return False


BROKERS: dict[str, tuple[type[Broker], str, str, str]] = {
    "redis": (RedisBroker, "CARRIERX_TEST_REDIS", "redis://127.0.0.1:6379/0", "redis-server"),
    "rabbitmq": (RabbitMQBroker, "CARRIERX_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//", "rabbitmq-server"),
}


def missing(name: str) -> str:
    """Return why there can be no broker of our own of a kind; an empty string if there can be one."""
    package = BROKERS[name][3]
    is_there = _RABBITMQ.exists() if name == "rabbitmq" else shutil.which(package) is not None
    return "" if is_there else f"{package} is missing: install Debian's package {package}"


def _leave_out(reason: str) -> NoReturn:
    """Skip a test; with `CARRIERX_TEST_SERVERS=required`, as CI sets it, let it fail."""
    if os.environ.get("CARRIERX_TEST_SERVERS") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def own_broker(name: str) -> Broker:
    """Return a broker that a test can kill. Without its programs, the test is skipped."""
    reason = missing(name)
    if reason:
        _leave_out(reason)
    return BROKERS[name][0]()


@contextmanager
def broker_url(name: str) -> Generator[str]:
    """The URL of a broker: the given one, the usual one, or one of our own."""
    kind, variable, usual, _ = BROKERS[name]
    given = os.environ.get(variable)
    if given or answers(usual):
        yield given or usual
        return
    if missing(name):
        _leave_out(f"{missing(name)}, or set {variable} to the URL of a server")
    with kind() as broker:
        yield broker.url
