"""The command at the top of each example works as it stands, from a clone with the packages for development."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from carrierx import CarrierXClient
from tests.cli.helpers import TOKEN, environment, invoke
from tests.outbox.brokers import broker_url
from tests.outbox.postgres_server import database, server_url
from tests.support.behaviours import CLOSE, Behaviour, after_whole_request, respond
from tests.support.fault_server import FaultServer
from tests.support.wire import ReceivedRequest, sms_object

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PROGRAMS = sysconfig.get_path("scripts")
KEY = "an-api-key-for-this-machine"
OURS, PHONE = "15162065575", "15162065574"
COMMAND = re.compile(r"^(?:    |#   )(?P<command>\S.*)$", re.MULTILINE)
PATIENCE = 100
JSON = {"content-type": "application/json"}


def top_of(path: Path) -> str:
    """The text at the top of an example: its docstring, comment or first cell."""
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".py":
            return ast.get_docstring(ast.parse(text)) or ""
        case ".ipynb":
            return "".join(json.loads(text)["cells"][0]["source"])
        case _:
            return "\n".join(line for line in text.splitlines()[1:] if line.startswith("#"))


def command_of(name: str) -> str:
    """The command that starts an example: the first indented line of its top."""
    found = COMMAND.search(top_of(EXAMPLES / name))
    assert found is not None, f"{name} doesn't say how to start it"
    return found["command"]


def developers_environment(folder: Path, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a developer who has activated the virtual environment and has an empty home."""
    made = environment({"HOME": str(folder), "CURL_HOME": str(folder), **(settings or {})})
    made["PATH"] = os.pathsep.join([PROGRAMS, made["PATH"]])
    made["PYTHONPATH"] = str(ROOT / "src")
    # As in a terminal: the tests that run here are none of pytest's business there.
    return {name: value for name, value in made.items() if not name.startswith(("PYTEST_", "COV_", "COVERAGE_"))}


def run(name: str, folder: Path, code: int = 0, **settings: str) -> str:
    """Run an example to its end, and return what it prints."""
    ended = subprocess.run(
        command_of(name),
        shell=True,
        cwd=ROOT,
        env=developers_environment(folder, settings),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    return ended.stdout


@contextmanager
def started(
    name: str, folder: Path, ready: str, stop: signal.Signals = signal.SIGINT, **settings: str
) -> Generator[re.Match[str]]:
    """Start an example that runs until it is stopped, and yield what it has printed when it is ready."""
    log = folder / "printed"
    with (
        log.open("wb") as printed,
        subprocess.Popen(
            "exec " + command_of(name),
            shell=True,
            cwd=ROOT,
            env=developers_environment(folder, settings),
            stdout=printed,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            end = time.monotonic() + PATIENCE
            found = None
            while found is None:
                assert process.poll() is None, log.read_text("utf-8")
                assert time.monotonic() < end, log.read_text("utf-8")
                time.sleep(0.05)
                found = re.search(ready, log.read_text("utf-8"), re.DOTALL)
            yield found
            process.send_signal(stop)
            assert process.wait(PATIENCE) == 0, log.read_text("utf-8")
        finally:
            process.kill()


class Service:
    """A running example service, and the emulator that it uses."""

    def __init__(self, url: str, emulator: str) -> None:
        self.url = url
        self._control = f"{emulator}/control"

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        return httpx.post(self.url + path, json=body, headers=headers, trust_env=False)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, trust_env=False)

    def control(self, path: str, body: object) -> None:
        httpx.post(f"{self._control}/{path}", json=body, trust_env=False).raise_for_status()

    def wait_for(self, count: int, **where: str) -> None:
        """Wait until so many messages match; otherwise this is an error."""
        parameters = {**where, "count": str(count), "wait": "20"}
        found = httpx.get(f"{self._control}/messages", params=parameters, timeout=30, trust_env=False)
        assert found.status_code == 200, found.text


@contextmanager
def running_service(name: str, folder: Path) -> Generator[Service]:
    ready = r"service:   (?P<url>\S+)\n.*inbox:     (?P<emulator>\S+)/\n"
    with started(name, folder, ready) as printed:
        yield Service(printed["url"], printed["emulator"])


def a_script_sends(name: str, folder: Path) -> None:
    assert run(name, folder).count("accepted: ") >= 1


def errors_are_handled(name: str, folder: Path) -> None:
    printed = run(name, folder)

    assert re.match(r"accepted: \S+\nfound: \S+\nnot sent, fix it first: ", printed), printed


def callbacks_are_answered(name: str, folder: Path) -> None:
    with running_service(name, folder) as service:
        service.control("receive", {"from": PHONE, "to": OURS, "message": "STOP"})
        service.wait_for(1, direction="outbound", to=PHONE, contains="no more texts")


def fastapi_sends_and_answers(name: str, folder: Path) -> None:
    with running_service(name, folder) as service:
        sent = service.post("/reminders", {"to": PHONE, "time": "7"}, **{"x-api-key": KEY})
        assert sent.status_code == 200, sent.text
        service.wait_for(1, direction="outbound", to=PHONE, contains="ready at 7")
    callbacks_are_answered(name, folder)


def the_wrapper_sends_each_text_once(name: str, folder: Path) -> None:
    text = {"reference": "order-17", "to": PHONE, "text": "Hello"}
    key = {"authorization": f"Bearer {KEY}"}
    with running_service(name, folder) as service:
        first, repeated = service.post("/texts", text, **key), service.post("/texts", text, **key)
        assert (first.status_code, first.json()["state"]) == (200, "accepted")
        assert repeated.json() == first.json() == service.get("/texts/order-17", **key).json()
        assert service.post("/texts", {**text, "text": "Another"}, **key).status_code == 409
        assert service.post("/texts", text, authorization="Bearer another-key").status_code == 401
        assert service.post("/texts", {**text, "reference": "order-18", "text": ""}, **key).status_code == 422
        assert service.get("/texts/order-18", **key).status_code == 404
        half_a_character = json.dumps({**text, "reference": "order-18", "text": "\ud83d"})
        for body in ('{"reference": "order-18", "to": NaN, "text": "x"}', half_a_character):
            found = httpx.post(f"{service.url}/texts", content=body, headers=key | JSON, trust_env=False)
            assert found.status_code == 422, found.text

        lost = {"kind": "lose_answer", "method": "POST", "path": "/sms/messages", "times": 1}
        service.control("faults", lost)
        unknown = service.post("/texts", {**text, "reference": "order-19"}, **key)
        assert (unknown.status_code, unknown.json()["state"]) == (202, "unknown")
        looked_up = service.get(unknown.headers["location"], **key)
        assert (looked_up.status_code, looked_up.json()["state"]) == (200, "accepted")
        assert service.post("/texts", {**text, "reference": "order-19"}, **key).json() == looked_up.json()

        refused = {"kind": "answer", "method": "POST", "path": "/sms/messages", "times": 1}
        service.control("faults", {**refused, "status": 401})
        assert service.post("/texts", {**text, "reference": "order-20"}, **key).status_code == 502
        service.control("faults", {**refused, "status": 429, "retry_after": 600})
        busy = service.post("/texts", {**text, "reference": "order-20"}, **key)
        assert (busy.status_code, busy.headers["retry-after"]) == (503, "30")
        assert service.post("/texts", {**text, "reference": "order-20"}, **key).json()["state"] == "accepted"
        service.wait_for(3, direction="outbound", to=PHONE)


def pytest_passes(name: str, folder: Path) -> None:
    assert re.search(r"\d passed", run(name, folder, PYTEST_ADDOPTS="-n 0 -v -p no:cacheprovider"))


def pytest_fails(name: str, folder: Path) -> None:
    assert "1 failed" in run(name, folder, code=1, PYTEST_ADDOPTS="-n 0 -v -p no:cacheprovider")


def jupyter_shows_a_notebook(name: str, folder: Path) -> None:
    """Its cells are run by the tests in `tests/notebooks/`."""
    settings = "c.ServerApp.allow_root = True\nc.ServerApp.open_browser = False\nc.ServerApp.port = 0\n"
    (folder / "jupyter_server_config.py").write_text(settings, encoding="utf-8")
    folders = {variable: str(folder) for variable in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    # The server's packages are older than the warnings of the newest Python.
    settings_of_server = {**folders, "PYTHONWARNINGS": "ignore"}
    ready = r"http://127\.0\.0\.1:(?P<port>\d+)/lab\S*\?token=(?P<token>\w+)"
    with started(name, folder, ready, signal.SIGTERM, **settings_of_server) as printed:  # it asks after Ctrl-C
        url = f"http://127.0.0.1:{printed['port']}/api/contents/{Path(name).name}?token={printed['token']}"
        shown = httpx.get(url, trust_env=False, timeout=30).json()

    assert (shown["type"], shown["name"]) == ("notebook", Path(name).name)


def curl_tests_an_application(name: str, folder: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    assert run(name, folder).endswith("All as expected.\n")


def celery_sends_each_text_once(name: str, folder: Path) -> None:
    with broker_url("redis") as broker, server_url() as server, database(server) as own:
        # Celery warns of workers that run as root, as they do in containers.
        printed = run(name, folder, BROKER_URL=broker, DATABASE_URL=own, PYTHONWARNINGS="default")
    assert "accepted: 100  twice: 0  still waiting: 0\n" in printed


CHECKS: dict[str, Callable[[str, Path], None]] = {
    "any_language/reminders.sh": curl_tests_an_application,
    "callbacks/django_app.py": callbacks_are_answered,
    "callbacks/fastapi_app.py": fastapi_sends_and_answers,
    "callbacks/flask_app.py": callbacks_are_answered,
    "celery/run.py": celery_sends_each_text_once,
    "handle_errors.py": errors_are_handled,
    "notebooks/delivery_analysis.ipynb": jupyter_shows_a_notebook,
    "notebooks/first_message.ipynb": jupyter_shows_a_notebook,
    "notebooks/many_texts.ipynb": jupyter_shows_a_notebook,
    "run_service.py": callbacks_are_answered,
    "send_async.py": a_script_sends,
    "send_sms.py": a_script_sends,
    "service_wrapper.py": the_wrapper_sends_each_text_once,
    "testing/failing_on_purpose.py": pytest_fails,
    "testing/test_with_emulator.py": pytest_passes,
    "testing/test_with_plugin.py": pytest_passes,
    "testing/test_with_respx.py": pytest_passes,
}
PARTS = {"callbacks/replies.py", "celery/texts.py"}
"""Modules that other examples import."""
UNIT = "systemd/carrierx-outbox.service"


def test_every_example_is_run() -> None:
    files = [path for path in EXAMPLES.rglob("*") if path.is_file() and path.suffix not in {".md", ".pyc"}]

    assert {path.relative_to(EXAMPLES).as_posix() for path in files} == CHECKS.keys() | PARTS | {UNIT}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell and SIGINT")
@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", CHECKS)
def test_the_command_at_the_top_works(name: str, tmp_path: Path) -> None:
    assert re.search(rf"(?:examples/|run_service\.py ){re.escape(name)}\b", command_of(name))

    CHECKS[name](name, tmp_path)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_the_index_names_every_example(name: str) -> None:
    index = (EXAMPLES / "README.md").read_text(encoding="utf-8")

    assert f"({name})" in index
    assert f"`{command_of(name)}`" in index


def test_the_command_of_the_systemd_unit_is_one(tmp_path: Path) -> None:
    text = (EXAMPLES / UNIT).read_text(encoding="utf-8")
    found = re.search(r"^ExecStart=/opt/app/\.venv/bin/carrierx (?P<arguments>.*)$", text, re.MULTILINE)
    assert found is not None

    result = invoke(*found["arguments"].split(), CARRIERX_OUTBOX=f"sqlite:///{tmp_path / 'texts.db'}")

    assert "An outbox in an SQLite file has one worker process" in " ".join(result.stderr.split())
    assert f"({UNIT})" in (EXAMPLES / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "carrierx-outbox.service"
    text = (EXAMPLES / UNIT).read_text(encoding="utf-8")
    unit.write_text(text.replace("/opt/app/.venv/bin/carrierx", sys.executable), encoding="utf-8")

    ended = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_example_of_celery_says_that_there_is_no_broker(tmp_path: Path) -> None:
    settings = {"BROKER_URL": "redis://127.0.0.1:1/0"}
    ended = subprocess.run(
        [sys.executable, EXAMPLES / "celery" / "run.py"],
        env=developers_environment(tmp_path, settings),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("The broker doesn't answer (OperationalError): start Redis, or set BROKER_URL.")


@pytest.mark.parametrize("name", [name for name in CHECKS if name.endswith(".py") and "/" not in name])
def test_a_script_can_be_imported_without_running(name: str) -> None:
    tree = ast.parse((EXAMPLES / name).read_text(encoding="utf-8"))

    for statement in tree.body[1:-1]:  # between the docstring and the last statement
        assert not isinstance(statement, (ast.Expr, ast.With, ast.For, ast.Try)), ast.unparse(statement)
    last = tree.body[-1]
    assert isinstance(last, ast.FunctionDef) or ast.unparse(last).startswith("if __name__ == '__main__':")


@pytest.mark.parametrize("name", ["send_sms.py", "send_async.py", "handle_errors.py"])
def test_a_script_sends_nothing_to_carrierx(name: str, tmp_path: Path) -> None:
    """Even if the environment holds a real token."""
    with FaultServer() as server:
        run(name, tmp_path, CARRIERX_TOKEN=TOKEN, CARRIERX_BASE_URL=server.base_url)

    assert server.requests == []


@pytest.fixture
def handling() -> ModuleType:
    """The example that handles errors."""
    spec = spec_from_file_location("handle_errors", EXAMPLES / "handle_errors.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def handled(module: ModuleType, server: FaultServer) -> str:
    with CarrierXClient(TOKEN, base_url=server.base_url, auto_reference=True) as client:
        return str(module.send(client, "Hello"))


def looked_up(*found: str) -> Behaviour:
    """Answer a look-up with a page of the messages that have the wanted reference."""

    def page(request: ReceivedRequest) -> dict[str, object]:
        reference = re.search(r"user_data(?:%20|\+)eq(?:%20|\+)%22([0-9a-f]+)%22", request.target)
        assert reference is not None, request.target
        items = [sms_object(message_sid=sid, user_data=reference[1]) for sid in found]
        return {"items": items, "count": len(items), "has_more": False, "limit": 10, "offset": 0, "total": len(items)}

    return respond(200, page)


def test_an_unconfirmed_send_is_looked_up(handling: ModuleType) -> None:
    with FaultServer(after_whole_request(CLOSE), looked_up("097b49df")) as server:
        assert handled(handling, server) == "found: 097b49df"


def test_an_unconfirmed_send_that_can_not_be_looked_up_is_held(handling: ModuleType) -> None:
    with FaultServer(after_whole_request(CLOSE), respond(403)) as server:
        told = handled(handling, server)

    assert re.fullmatch(r"unconfirmed, the lookup failed: don't resend [0-9a-f]{26}, check it by hand", told)


def test_a_refused_send_is_told(handling: ModuleType) -> None:
    with FaultServer(respond(401)) as server:
        assert handled(handling, server).startswith("not sent, fix it first: CarrierX answered 401")
