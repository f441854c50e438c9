"""What importing the package and making a client cost: nothing that could wait."""

from __future__ import annotations

import subprocess
import sys

import pytest


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


@pytest.mark.parametrize("module", ["carrierx.segmentation", "carrierx.pricing"])
def test_counting_segments_and_estimating_a_price_load_no_library(module: str) -> None:
    loaded = run(f"import {module}, sys; print(*sys.modules)").split()
    assert module in loaded
    assert not {"httpx", "pydantic", "tenacity", "asyncio", "carrierx.models"} & set(loaded)


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
    assert not {"carrierx.emulator", "carrierx.cli", "carrierx.otel", "carrierx.testing"} & set(loaded)
    assert not {"typer", "starlette", "uvicorn", "aiohttp", "respx", "opentelemetry"} & set(loaded)
