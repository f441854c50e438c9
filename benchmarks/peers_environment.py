"""The environment for other vendors' clients: a folder in the user's cache."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

__all__ = ["PEERS_FILE", "peers_python"]

PEERS_FILE = Path(__file__).with_name("peers.txt")


def peers_python(say: Callable[[str], None]) -> str:
    """Return the interpreter of the peers' environment. Create the environment if it doesn't exist.

    Args:
        say: A function that is called before something is installed.

    Raises:
        subprocess.CalledProcessError: pip could not install them.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    wanted = hashlib.sha256(PEERS_FILE.read_bytes()).hexdigest()[:12]
    folder = cache / "carrierx-benchmarks" / f"peers-{sys.version_info[0]}.{sys.version_info[1]}-{wanted}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        say(f"installing the peers of {PEERS_FILE.name} into {folder}")
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", PEERS_FILE], check=True, stdout=sys.stderr)
        ready.touch()
    return str(python)
