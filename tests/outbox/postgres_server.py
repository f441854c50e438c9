"""PostgreSQL for tests: a server that is there, or one of our own, which tests can stop, kill and promote.

`CARRIERX_TEST_POSTGRES` is the URL of a server for tests, of a role that may create databases. Otherwise, tests use a
server at the usual local port if it lets them in, and else start one from Debian's package. Where there is none, these
tests are skipped, unless `CARRIERX_TEST_SERVERS` is `required`.
"""

import atexit
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal, NoReturn
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

__all__ = [
    "PostgresServer",
    "database",
    "fill",
    "needs_own_server",
    "new_schema",
    "pooler",
    "server_url",
    "shared_database",
]

USUAL = "postgresql://postgres@127.0.0.1:5432/postgres"
_UNPRIVILEGED = "nobody"
_MISSING = (
    "PostgreSQL's programs are missing: install Debian's package postgresql, or set CARRIERX_TEST_POSTGRES to the URL "
    "of a server"
)


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None."""
    found = [Path(folder) for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    on_path = shutil.which("pg_ctl")
    if on_path is not None:
        found.append(Path(on_path).parent)
    return next((folder for folder in found if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


def needs_own_server() -> pytest.MarkDecorator:
    """Skip a test that stops its server if the programs are missing."""
    return pytest.mark.skipif(programs() is None and not _required(), reason=_MISSING)


def _required() -> bool:
    return os.environ.get("CARRIERX_TEST_SERVERS") == "required"


def _skip(reason: str) -> NoReturn:
    if _required():
        pytest.fail(reason)
    pytest.skip(reason)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


class PostgresServer:
    """A server of our own: a temporary folder, a free port, an unprivileged user, and no password on this machine.

    Args:
        settings: Settings besides its own.

    Attributes:
        port: Its port.
    """

    def __init__(self, settings: Mapping[str, str] | None = None, *, folder: Path | None = None) -> None:
        bin_folder = programs()
        if bin_folder is None:
            _skip(_MISSING)
        self._programs = bin_folder
        self.port = _free_port()
        memory = Path("/dev/shm")
        roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 * 2**30
        base = folder or (memory if roomy else None)
        self._folder = Path(tempfile.mkdtemp(prefix="carrierx-postgres-", dir=base))
        self._own(self._folder)
        self._standbys = list[PostgresServer]()
        self._wal_writer: int | None = None
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_wal_size": "256MB",
            "max_connections": "100",
        }
        self._settings |= settings or {}

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def process_id(self) -> int:
        """The number of its main process, whose children are its connections."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    @property
    def url(self) -> str:
        """The URL of its administrative database."""
        return self.url_of("postgres")

    def url_of(self, name: str) -> str:
        """Return the URL of a database of it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create(self) -> "PostgresServer":
        """Create and start it."""
        self._run(
            "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"
        )
        self._configure()
        self.start()
        return self

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._run("pg_ctl", "-w", "-t", "60", "-l", str(self._folder / "log"), "start")

    def suspend_wal_writer(self) -> None:
        """Let commits that don't wait for the disk stay in memory, so that an immediate stop loses them.

        Otherwise a process of the server writes them down within moments, and what was written outlives the server,
        though not a crash of the machine.
        """
        with psycopg.connect(self.url) as connection:
            found = connection.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'").fetchone()
        assert found is not None
        self._wal_writer = int(found[0])
        os.kill(self._wal_writer, signal.SIGSTOP)

    @contextmanager
    def suspended(self) -> Generator[None]:
        """Let it hang: its connections stay open, take what is sent, and don't answer."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
            processes = [self.process_id, *(int(process) for (process,) in found)]
        for process in processes:
            with suppress(ProcessLookupError):  # the connection that asked has ended
                os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """Stop it. `immediate` is what a crash does: what wasn't written is lost."""
        if self._wal_writer is not None:
            with suppress(ProcessLookupError):
                os.kill(self._wal_writer, signal.SIGKILL if mode == "immediate" else signal.SIGCONT)
            self._wal_writer = None
        self._run("pg_ctl", "-w", "-t", "60", "-m", mode, "stop")

    def restart(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """Stop it and start it again."""
        self.stop(mode)
        self.start()

    def standby(self) -> "PostgresServer":
        """Make a standby of it, which follows it."""
        other = PostgresServer(self._settings)
        self._standbys.append(other)
        other._run("pg_basebackup", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-R", "-X", "stream",
                   "-c", "fast", "--no-sync")  # fmt: skip
        other._configure()
        other.start()
        return other

    def wait_for(self, primary: "PostgresServer") -> None:
        """Wait until this standby has everything that its server has."""
        with psycopg.connect(primary.url) as there, psycopg.connect(self.url, autocommit=True) as here:
            written = there.execute("SELECT pg_current_wal_lsn()").fetchone()
            end = time.monotonic() + 30
            while time.monotonic() < end:
                if here.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", written).fetchone() == (True,):
                    return
                time.sleep(0.05)
        raise TimeoutError("the standby doesn't follow")

    @contextmanager
    def snapshot(self) -> Generator[Callable[[], None]]:
        """Keep a snapshot of the disk of a server that runs, as it is now. The function goes back to it."""
        self.stop("immediate")
        kept = self._folder / "snapshot"
        shutil.copytree(self._data, kept)
        self.start()

        def go_back() -> None:
            self.stop("immediate")
            shutil.rmtree(self._data)
            shutil.copytree(kept, self._data)
            for path in (self._data, *self._data.rglob("*")):
                self._own(path)
            self._data.chmod(0o700)
            self.start()

        yield go_back
        shutil.rmtree(kept)

    def promote(self) -> None:
        """Make a standby a server of its own."""
        self._run("pg_ctl", "-w", "-t", "60", "promote")

    def close(self) -> None:
        """Stop it for good, with its standbys, and delete everything."""
        for standby in self._standbys:
            standby.close()
        with suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> "PostgresServer":
        return self.create()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _configure(self) -> None:
        lines = [f"{name} = '{value}'\n" for name, value in (self._settings | {"port": str(self.port)}).items()]
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(lines)
        self._own(self._data / "postgresql.conf")

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(path, _UNPRIVILEGED)

    def _run(self, program: str, *arguments: str) -> None:
        with tempfile.TemporaryFile() as printed:  # not a pipe, which the server would keep open
            start: Any = subprocess.Popen  # its many forms depend on the arguments
            process: subprocess.Popen[bytes] = start(
                [str(self._programs / program), "-D", str(self._data), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={**os.environ, "LC_ALL": "C", "PGCONNECT_TIMEOUT": "10"},
                **_as_user(),
            )
            code = process.wait()
            if code:
                printed.seek(0)
                log = self._folder / "log"
                text = printed.read().decode(errors="replace")
                text += log.read_text(errors="replace")[-2000:] if log.exists() else ""
                raise subprocess.CalledProcessError(code, program, text)


@contextmanager
def server_url() -> Generator[str]:
    """The URL of a server: the given one, the usual one, or one of our own."""
    given = os.environ.get("CARRIERX_TEST_POSTGRES")
    if given:
        yield given
        return
    if _lets_in(USUAL):
        yield USUAL
        return
    with PostgresServer({"fsync": "off"}) as server:  # nobody stops this one
        yield server.url


def _lets_in(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


@contextmanager
def database(server: str, encoding: str | None = None) -> Generator[str]:
    """A database of its own on a server, as its URL, with the server's usual encoding or another one."""
    name = f"carrierx_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if encoding is not None:
            statement += sql.SQL(" ENCODING {} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'").format(encoding)
        connection.execute(statement)
    parts = conninfo_to_dict(server)
    user, host = parts.get("user", getpass.getuser()), parts.get("host", "127.0.0.1")
    password = f":{parts['password']}" if parts.get("password") else ""
    try:
        yield f"postgresql://{user}{password}@{host}:{parts.get('port', 5432)}/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def fill(url: str, schema: str, rows: int, senders: int) -> None:
    """Write queued messages directly, as many for each sender."""
    statement = f"""
        INSERT INTO {schema}.carrierx_outbox_message
            (namespace, key, reference, state, sender, rank, due_at, request, created_at, updated_at)
        SELECT 'default', 'key ' || n, 'reference ' || n, 'queued', 'sender ' || n % {senders}, 0, 1, %s, 1, 1
        FROM generate_series(1, {rows}) AS n
    """
    request = '{"from": "15162065575", "to": "15162065574", "message": "Your order is on its way"}'
    with psycopg.connect(url) as connection:
        connection.execute(statement.replace("n % ", "n %% ").encode(), (request,))


@contextmanager
def pooler(url: str) -> Generator[str]:
    """pgbouncer in transaction mode in front of a database, with fewer connections than a worker has."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    if not Path(program).exists():
        _skip("pgbouncer is missing: install Debian's package pgbouncer")
    parts, port = urlsplit(url), _free_port()
    folder = Path(tempfile.mkdtemp(prefix="carrierx-pgbouncer-"))
    try:
        file = folder / "pgbouncer.ini"
        password = f" password={parts.password}" if parts.password else ""
        file.write_text(
            f"[databases]\n* = host={parts.hostname} port={parts.port or 5432} user={parts.username}{password}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            "pool_mode = transaction\ndefault_pool_size = 2\nmax_client_conn = 100\n"
            "server_reset_query_always = 0\n"
        )
        for path in (folder, file):
            if os.geteuid() == 0:
                shutil.chown(path, _UNPRIVILEGED)
        process = subprocess.Popen(
            [program, "-q", str(file)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd="/", **_as_user(),
        )  # fmt: skip
        try:
            there = f"postgresql://{parts.username}@127.0.0.1:{port}{parts.path}"
            end = time.monotonic() + 20
            while not _lets_in(there):
                assert time.monotonic() < end
                time.sleep(0.05)
            yield there
        finally:
            process.terminate()
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_user() -> dict[str, Any]:
    """PostgreSQL and pgbouncer refuse to run as root."""
    return {"user": _UNPRIVILEGED, "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


_SHARED = ExitStack()
"""What the shared database needs.

Not only atexit refers to it: in Python 3.13, multiprocessing clears atexit's functions in a forked child. The
generators would end there, and stop the server of the parent.
"""


@cache
def shared_database() -> str:
    """Return the URL of a database that all tests of this process share, each with a schema of its own."""
    atexit.register(_close_shared, os.getpid())
    return _SHARED.enter_context(database(_SHARED.enter_context(server_url())))


def _close_shared(owner: int) -> None:
    if os.getpid() == owner:
        _SHARED.close()


def new_schema() -> str:
    """Return the name of a schema that nobody has used."""
    return f"test_{uuid.uuid4().hex[:12]}"
