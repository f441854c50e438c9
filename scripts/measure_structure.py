"""Measure the structure of the package: file sizes, imports among the resources, and the files that a send enters.

    python scripts/measure_structure.py
    python scripts/measure_structure.py --root ../another-checkout

The send is the second `messages.send` of a default `CarrierXClient`, against the emulator on this machine. The first
send is left out because it also connects. Only the client's thread is watched, not the emulator's.
"""

from __future__ import annotations

import argparse
import ast
import os
import statistics
import subprocess
import sys
from pathlib import Path

# Runs with the measured checkout first on the path, so it uses only names that stay the same between versions.
WATCHED_SEND = """
import sys
from carrierx import CarrierXClient
from carrierx.emulator import DEMO_TOKEN, Emulator, serve

entered = set()


def watch(frame, event, argument):
    if event == "call":
        entered.add(frame.f_code.co_filename)


message = {"from_": "15162065575", "to": "15162065574", "message": "Hello"}
with Emulator() as emulator, serve(emulator) as running:
    with CarrierXClient(DEMO_TOKEN, base_url=running.base_url) as client:
        client.messages.send(**message)
        sys.setprofile(watch)
        client.messages.send(**message)
        sys.setprofile(None)
print("\\n".join(entered))
"""


def python_files(folder: Path) -> list[Path]:
    """Return every Python file below a folder, sorted by path."""
    return sorted(folder.rglob("*.py"))


def count_lines(path: Path) -> int:
    """Count the lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def count_resource_imports(package: Path) -> int:
    """Count the statements in `resources/` that import another part of `resources/`.

    Imports inside functions and under `TYPE_CHECKING` count too.
    """
    return sum(
        _imports_resources(node)
        for path in python_files(package / "resources")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path)))
    )


def _imports_resources(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(module=str(module), level=0):
            names = [module]
        case ast.ImportFrom():
            return True  # a relative import
        case ast.Import(names=aliases):
            names = [alias.name for alias in aliases]
        case _:
            return False
    return any(f"{name}.".startswith("carrierx.resources.") for name in names)


def files_of_a_send(source: Path) -> list[str]:
    """Return the files of the package that the second send enters, relative to the package.

    Args:
        source: The folder that holds the package `carrierx`.

    Raises:
        subprocess.CalledProcessError: The send failed.
    """
    program = [sys.executable, "-c", WATCHED_SEND]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARRIERX_")}
    environment["PYTHONPATH"] = str(source)
    finished = subprocess.run(program, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    package = source / "carrierx"
    entered = (Path(name) for name in finished.stdout.splitlines())
    return sorted(path.relative_to(package).as_posix() for path in entered if path.is_relative_to(package))


def main() -> None:
    """Print the measurements of one checkout."""
    parser = argparse.ArgumentParser(description="Measure the structure of the package.")
    here = Path(__file__).resolve().parents[1]
    parser.add_argument("--root", type=Path, default=here, help="the checkout to measure (default: this one)")
    source = parser.parse_args().root.resolve() / "src"

    lines = {path: count_lines(path) for path in python_files(source)}
    longest = max(lines, key=lambda path: lines[path])
    print(f"Python files in src: {len(lines)}")
    print(f"lines: {sum(lines.values())}")
    print(f"median file: {statistics.median(lines.values()):g} lines")
    print(f"longest file: {longest.relative_to(source).as_posix()}, {lines[longest]} lines")
    imports = count_resource_imports(source / "carrierx")
    print(f"imports among resources/: {imports} (including those in functions and under TYPE_CHECKING)")
    entered = files_of_a_send(source)
    print(f"files that the second messages.send enters: {len(entered)}")
    print("".join(f"  {name}\n" for name in entered), end="")


if __name__ == "__main__":
    main()
