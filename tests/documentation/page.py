"""Running the code of a page of the documentation: its blocks in order, in one folder, as a reader would.

Python runs in this process, and all blocks of a page share a namespace. Shell commands run for real in processes of
their own, with an empty home folder. Their `.venv/bin` contains `carrierx` and `python`. Only what would need the
network is replaced: `pip install` and `python -m venv` check what they are asked for, and install nothing.

The ports 8025 and 8000 of the text are replaced by free ones of this machine. Unless the page starts an emulator
itself, one is served that the environment variables of carrierx lead to.
"""

from __future__ import annotations

import ast
import asyncio
import configparser
import csv
import doctest
import inspect
import io
import json
import os
import random
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, redirect_stdout, suppress
from datetime import timedelta
from pathlib import Path
from types import CodeType, TracebackType
from typing import Final, Self

import pytest

from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, StatusDelays, serve
from tests.cli.helpers import environment
from tests.documentation import installing
from tests.documentation.markdown import ROOT, Block, Kind, blocks

READY_SECONDS: Final = 60
"""The patience for a server, on a slow machine."""
_PORTS: Final = re.compile(r"\b(8025|8000)\b")
_DIAGRAMS: Final = {"flowchart", "graph", "sequenceDiagram", "classDiagram", "stateDiagram-v2"}
_KEPT: Final = "__environment_of_the_block"


def _set_environment(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)


class Page:
    """The blocks of a page, and the folder, the processes and the names that they share.

    Attributes:
        done: How many blocks of each kind were handled.
        emulator: The emulator that the page's code uses, unless it starts its own.
    """

    def __init__(self, path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.blocks = list(blocks(self.text))
        self.done: Counter[Kind] = Counter()
        self.emulator: Emulator | None = None
        self._folder = folder / "page"
        self._home = folder / "home"
        self._monkeypatch = monkeypatch
        self._namespace: dict[str, object] = {"__name__": "__main__"}
        self._ports: dict[str, int] = {}
        self._started: set[str] = set()
        self._printed = ""
        self._exported: dict[str, str] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.callback(_set_environment, dict(os.environ))  # a page's code may change it
        self._folder.mkdir()
        self._home.mkdir()
        _add_programs(self._folder / ".venv" / "bin")
        self._monkeypatch.chdir(self._folder)
        self._monkeypatch.setenv("HOME", str(self._home))
        for name in [name for name in os.environ if name.startswith("CARRIERX_") and "TEST" not in name]:
            self._monkeypatch.delenv(name)
        if not any("carrierx emulator" in block.text for block in self.blocks if block.kind is Kind.BACKGROUND):
            self._serve()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def run(self) -> None:
        """Handle every block, each as its kind says."""
        for block in self.blocks:
            kind = block.kind
            match kind:
                case Kind.RUN if block.is_python:
                    self._run_python(block)
                case Kind.RUN:
                    self._run_shell(block)
                case Kind.BACKGROUND:
                    self._start(block)
                case Kind.FILE:
                    self._write(block)
                case Kind.OUTPUT:
                    _compare(block.text, self._printed, f"{self.path.name}, line {block.line}")
                case Kind.DATA:
                    read_data(block.language, block.text)
                case Kind.ELSEWHERE:
                    check_named_test(block.marker, self.path)
                    if block.is_python:
                        self._compile(block)
                case Kind.DIAGRAM:
                    assert block.text.split()[0] in _DIAGRAMS, block.text
                case Kind.DIRECTIVE:
                    self._check_directive(block)
            self.done[kind] += 1

    def _serve(self) -> None:
        config = EmulatorConfig(delays=StatusDelays(timedelta(0), timedelta(0)), enabling_takes=timedelta(0))
        self.emulator = self._stack.enter_context(Emulator(config))
        base_url = self._stack.enter_context(serve(self.emulator)).base_url
        self._ports["8025"] = int(base_url.split(":")[2].split("/")[0])
        self._monkeypatch.setenv("CARRIERX_BASE_URL", base_url)
        self._monkeypatch.setenv("CARRIERX_TOKEN", DEMO_TOKEN)

    # Python

    def _run_python(self, block: Block) -> None:
        printed = io.StringIO()
        with redirect_stdout(printed):
            if block.text.lstrip().startswith(">>>"):
                self._run_session(block)
            else:
                result: object = eval(self._compile(block), self._namespace)
                if inspect.iscoroutine(result):  # notebooks use top-level await
                    asyncio.run(result)
        self._printed = printed.getvalue()

    def _compile(self, block: Block) -> CodeType:
        """Compile Python so that a traceback names the page's own line."""
        source = "\n" * (block.line - 1) + self._with_ports(block.text)
        code: CodeType = compile(
            source, str(self.path), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
        )
        return code

    def _run_session(self, block: Block) -> None:
        text = self._with_ports(block.text)
        session = doctest.DocTestParser().get_doctest(
            text, self._namespace, self.path.name, str(self.path), block.line - 1
        )
        session.globs = self._namespace
        report: list[str] = []
        failed = doctest.DocTestRunner(verbose=False).run(session, out=report.append, clear_globs=False).failed
        assert failed == 0, "".join(report)

    # Shell

    def _run_shell(self, block: Block) -> None:
        self._printed = ""
        for command, shown in commands_of(block):
            kept = self._folder / _KEPT
            script = f'{self._script(command)}\nenv -0 > "{kept}"'
            given = self._environment()
            ended = subprocess.run(
                ["bash", "-aeuo", "pipefail", "-c", script],
                cwd=self._folder,
                env=given,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                timeout=120,
                check=False,
            )
            place = f"{self.path.name}, line {block.line}: {command}\n{ended.stdout}{ended.stderr}"
            assert ended.returncode == 0, place
            self._export(kept, given)
            self._printed = ended.stdout
            if shown:
                _compare(shown, self._shown(ended.stdout), place)

    def _start(self, block: Block) -> None:
        """Start a server that runs until the page's end, on a port of its own."""
        [(command, _)] = commands_of(block)
        if block.marker in self._started:
            del self._ports[block.marker]  # the second server of a page has a port of its own
        self._started.add(block.marker)
        port = self._port(block.marker)
        log = self._folder.parent / f"server-{port}.txt"
        if block.is_python:
            (self._folder.parent / f"server-{port}.py").write_text(self._local(command), encoding="utf-8")
            words = [sys.executable, str(self._folder.parent / f"server-{port}.py")]
        else:
            words = ["bash", "-aeuo", "pipefail", "-c", self._script(self._local(command))]
        with log.open("wb") as output:
            process = subprocess.Popen(
                words,
                cwd=self._folder,
                env={**self._environment(), "UVICORN_PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._stack.callback(_end, process)
        deadline = time.monotonic() + READY_SECONDS
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            said = log.read_text(encoding="utf-8")
            assert process.poll() is None, f"{self.path.name}, line {block.line} ended:\n{said}"
            assert time.monotonic() < deadline, f"{self.path.name}, line {block.line} doesn't listen:\n{said}"
            time.sleep(0.02)

    def _script(self, command: str) -> str:
        """The command with the ports of this run. A value that the reader has to fill in is already set."""
        filled = re.sub(r"^export (\w+)=\.\.\.$", r': "${\1}"', command, flags=re.M)
        return self._with_ports(re.sub(r"(carrierx emulator)(?!.*--port)", r"\1 --port 8025", filled))

    def _local(self, command: str) -> str:
        """The command without other machines: whatever it wants to serve, it serves this one."""
        return self._with_ports(command).replace("0.0.0.0", "127.0.0.1")

    def _environment(self) -> dict[str, str]:
        programs = [str(self._folder / ".venv" / "bin"), os.environ["PATH"]]
        own = {name: value for name, value in os.environ.items() if name.startswith("CARRIERX_")}
        fixed = {"PATH": os.pathsep.join(programs), "HOME": str(self._home), "CURL_HOME": str(self._home)}
        return {**environment(), **own, **self._exported, **fixed, "PWD": str(self._folder)}

    def _export(self, kept: Path, given: dict[str, str]) -> None:
        """Set the variables that a command exported for the blocks that follow, as if Python started in its shell."""
        for pair in kept.read_text(encoding="utf-8").split("\0"):
            name, equals, value = pair.partition("=")
            if equals and given.get(name) != value and name not in {"PWD", "OLDPWD", "SHLVL", "_"}:
                self._exported[name] = value
                self._monkeypatch.setenv(name, value)

    # Everything else

    def _write(self, block: Block) -> None:
        path = self._folder / block.marker
        assert path.resolve().is_relative_to(self._folder.resolve()), block.marker
        if block.is_python:
            self._compile(block)
        if block.language in {"json", "csv", "ini"}:
            read_data(block.language, block.text)
        path.write_text(self._with_ports(block.text), encoding="utf-8")

    def _check_directive(self, block: Block) -> None:
        """Sphinx builds directives; the file that one includes and the pages that it lists are there."""
        if block.language == "{include}":
            assert (self.path.parent / block.words[1]).is_file(), block.words[1]
        if block.language != "{toctree}":
            return
        for entry in block.text.split("\n"):
            if entry and not entry.startswith(":"):
                assert list(self.path.parent.glob(f"{entry}.md")), f"{self.path.name}: {entry}"

    def _with_ports(self, text: str) -> str:
        return _PORTS.sub(lambda found: str(self._port(found[0])), text)

    def _port(self, shown: str) -> int:
        if shown not in self._ports:
            self._ports[shown] = _free_port()
        return self._ports[shown]

    def _shown(self, printed: str) -> str:
        for shown, port in self._ports.items():
            printed = re.sub(rf"\b{port}\b", shown, printed)
        return printed


def commands_of(block: Block) -> list[tuple[str, str]]:
    """The commands of a block, each with the output that the block shows.

    A `sh` block is one script. In a `console` block, commands begin with `$ `, and output follows them.
    """
    if block.language != "console":
        return [(block.text, "")]
    found: list[tuple[str, str]] = []
    for line in block.text.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), ""))
        else:
            assert found, f"line {block.line}: output without a command"
            found[-1] = (found[-1][0], found[-1][1] + line)
    return found


def read_data(language: str, text: str) -> None:
    """Read JSON, CSV or an INI file.

    Raises:
        ValueError: It isn't any.
    """
    if language == "json":
        json.loads(text)
    elif language == "csv":
        rows = list(csv.reader(io.StringIO(text), strict=True))
        if len({len(row) for row in rows}) != 1:
            raise ValueError("the rows have different numbers of columns")
    else:
        try:
            configparser.ConfigParser(interpolation=None).read_string(text)
        except configparser.Error as error:
            raise ValueError(str(error)) from error


def check_named_test(name: str, page: Path) -> None:
    """Check that a test exists, and that its module is about the page."""
    file, _, function = name.partition("::")
    source = (ROOT / file).read_text(encoding="utf-8")
    functions = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    assert function.startswith("test_"), name
    assert function in functions, f"there is no test {name}"
    assert page.name in source, f"{file} doesn't read {page.name}"


def _compare(shown: str, printed: str, place: str) -> None:
    same = doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS)
    assert same, f"{place} shows:\n{shown}\nand this was printed:\n{printed}"


def _add_programs(folder: Path) -> None:
    """Create the programs that a reader has after installing, and those that stand in for an installation."""
    folder.mkdir(parents=True)
    python = shlex.quote(sys.executable)
    check = f"exec {python} {shlex.quote(str(Path(installing.__file__)))}"
    scripts = {
        "carrierx": f'exec {python} -m carrierx "$@"',
        "uvicorn": f'exec {python} -m uvicorn "$@"',
        "pip": f'{check} pip "$@"',
        "pytest": f'{check} pytest "$@"',
    }
    for name in ("python", "python3", "python3.11"):
        scripts[name] = f'if [ "${{1-}} ${{2-}}" = "-m venv" ]; then exit 0; fi; exec {python} "$@"'
    for name, script in scripts.items():
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)


def _free_port() -> int:
    """A port that nobody uses, from a range from which systems don't pick ports themselves.

    So no other test that asks for any port gets it before the page's server does.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
