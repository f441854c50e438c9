"""What importing the package and making a client cost: nothing that could wait."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.client_factory import ClientFactory
from tests.client.scripts import SMS
from tests.support.fault_server import FaultServer


def run(script: str) -> str:
    """Run a script in a process of its own, where nothing has been imported yet."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_package_loads_no_library() -> None:
    loaded = run("import carrierx, sys; print(*sys.modules)").split()
    assert "carrierx" in loaded
    assert not {"httpx", "httpcore", "pydantic", "tenacity", "ssl", "asyncio"} & set(loaded)


def test_every_public_name_is_there_and_loads_what_it_needs() -> None:
    shown = run(
        """
import carrierx
missing = [name for name in carrierx.__all__ if getattr(carrierx, name, None) is None]
print(missing, sorted(carrierx.__all__) == dir(carrierx), hasattr(carrierx, "CarrierxClient"))
"""
    )
    assert shown.split("\n")[0] == "[] True False"


def test_making_a_client_opens_no_socket_and_builds_no_tls_context() -> None:
    shown = run(
        """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(event) if event.startswith("socket.") else None)
import carrierx
from carrierx import AsyncCarrierXClient, CarrierXClient
import ssl
made = []
create = ssl.SSLContext.__new__
ssl.SSLContext.__new__ = lambda *arguments: made.append(1) or create(*arguments)
clients = [CarrierXClient("token"), AsyncCarrierXClient("token"), CarrierXClient("token", proxy="https://p.example")]
clients += [client.with_options(timeout=5) for client in clients]
print(len(clients), opened, made)
ssl.create_default_context()
print(len(made))
"""
    )
    assert shown.split("\n")[:2] == ["6 [] []", "1"]


def test_sending_loads_no_module_of_other_features() -> None:
    loaded = run(
        """
import sys
from carrierx import CarrierXClient
CarrierXClient("token").messages
print(*sys.modules)
"""
    ).split()
    assert not {"carrierx.emulator", "carrierx.cli", "carrierx.testing"} & set(loaded)
    assert not {"typer", "starlette", "uvicorn", "aiohttp", "respx"} & set(loaded)


def test_clients_share_one_tls_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, factory: ClientFactory) -> None:
    made: list[object] = []
    create = ssl.create_default_context

    def counted(*arguments: object, **keywords: object) -> ssl.SSLContext:
        made.append(arguments)
        return create(*arguments, **keywords)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(ssl, "create_default_context", counted)
    with FaultServer(use_tls=True) as server:
        assert server.ca_file is not None
        # A file of its own: contexts are kept as long as the process, and other tests have made theirs.
        authorities = shutil.copy(server.ca_file, tmp_path / f"{factory.kind}.pem")
        for _ in range(3):
            factory.at(server.base_url, ca_file=str(authorities)).send(**SMS)
        assert (server.requests_fully_read, server.connections) == (3, 3)
    assert len(made) == 1
