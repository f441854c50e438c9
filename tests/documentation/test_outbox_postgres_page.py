"""The page about the outbox on PostgreSQL: its code and its commands, against a database of its own."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from carrierx.emulator import DEMO_TOKEN, Emulator, serve
from carrierx.outbox import Outbox
from tests.cli.helpers import TOKEN, environment
from tests.documentation.markdown import ROOT
from tests.outbox.postgres_server import database, shared_database

PAGE = (ROOT / "docs/how-to/outbox-postgres.md").read_text("utf-8")
URL = "postgresql://shop:secret@db.example.com/shop"


def blocks(language: str) -> list[str]:
    return [part.split("\n", 1)[1].split("```")[0] for part in PAGE.split(f"```{language} ")[1:]]


@pytest.fixture
def url() -> Iterator[str]:
    with database(shared_database()) as made:
        yield made


def test_the_code_of_the_page_runs(url: str) -> None:
    script = "\n".join(blocks("python"))
    assert script.count(URL) == 1
    script = script.replace(URL, url)
    there = urlsplit(url)
    parts = {"NAME": there.path[1:], "USER": there.username, "PASSWORD": there.password or ""}
    for name, value in (parts | {"HOST": there.hostname, "PORT": there.port}).items():
        script, count = re.subn(rf'"{name}": .*', f'"{name}": {value!r},', script)
        assert count == 1
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False, timeout=120
    )

    assert done.stderr == ""
    with Outbox(url) as outbox:
        assert [each.key for each in outbox.iterate()] == [f"order-{number}/shipped" for number in range(17, 25)]
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (8,)


def test_the_commands_of_the_page_run(url: str) -> None:
    """`run` would run until it is stopped, so `drain` takes its place."""
    [script] = [block for block in blocks("sh") if "carrierx outbox run" in block]
    assert URL in script
    python = f"{sys.executable} -m carrierx"
    script = script.replace(URL, url).replace("carrierx outbox run", f"{python} outbox drain")
    with Emulator() as emulator, serve(emulator) as running:
        settings = environment({"CARRIERX_TOKEN": DEMO_TOKEN, "CARRIERX_BASE_URL": running.base_url})
        prepare = (
            f"export CARRIERX_OUTBOX={url}; {python} outbox init && "
            f"{python} outbox add --key a --from 15162065575 --to 15162065574 Hello && "
        )
        done = subprocess.run(
            ["sh", "-c", prepare + script + f"{python} outbox status --json && {python} outbox list"],
            capture_output=True,
            text=True,
            check=False,
            env=settings,
        )
        assert done.returncode == 0, done.stderr
        assert len(emulator.messages) == 1, done.stdout + done.stderr
        assert '"accepted"' in done.stdout


def test_a_command_never_shows_the_password() -> None:
    url = "postgresql://shop:s3cret@127.0.0.1:1/shop"
    done = subprocess.run(
        [sys.executable, "-m", "carrierx", "outbox", "status", "--database", url],
        capture_output=True,
        text=True,
        check=False,
        env=environment({"CARRIERX_TOKEN": TOKEN}),
    )
    assert done.returncode != 0
    assert "can't be reached" in done.stderr
    assert "s3cret" not in done.stderr + done.stdout


def test_the_extra_is_installed() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]

    assert "carrierx[postgres]" in PAGE
    assert any(each.startswith("psycopg[binary]") for each in extras["postgres"])  # it needs no libpq of the system
