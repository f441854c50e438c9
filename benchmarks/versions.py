"""Versions of the measured software, and a description of the machine."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

from benchmarks.stub import find_compiler

__all__ = ["machine", "peer_versions", "versions_of"]

_OWN = ("carrierx", "httpx", "httpcore", "h11", "pydantic", "tenacity", "sniffio", "anyio", "aiohttp", "httpx2")
_PEERS = ("twilio", "telnyx", "vonage", "plivo", "stripe", "openai", "smsutil", "requests", "aiohttp", "httpx2")


def versions_of(names: tuple[str, ...] = _OWN) -> dict[str, str]:
    """Return the versions of distributions, leaving out those that are not installed."""
    found: dict[str, str] = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def peer_versions(python: str) -> dict[str, str]:
    """Return the versions of the peers' distributions in their environment.

    Args:
        python: The environment's interpreter.
    """
    script = (
        "import importlib.metadata as m, json, sys\n"
        "names = sys.argv[1:]\n"
        "there = {d.metadata['Name'].lower(): d.version for d in m.distributions()}\n"
        "print(json.dumps({n: there[n] for n in names if n in there}))"
    )
    finished = subprocess.run([python, "-c", script, *_PEERS], capture_output=True, text=True, check=True)
    versions: dict[str, str] = json.loads(finished.stdout)
    return versions


def machine() -> str:
    """Describe the machine in one line: interpreter, system, cores and compiler."""
    compiler = subprocess.run([find_compiler(), "--version"], capture_output=True, text=True, check=False).stdout
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    return (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.release()}, "
        f"{platform.machine()}, {cores} cores, {compiler.partition(chr(10))[0]}"
    )
