"""The page about the control API and the example in shell run as they are, with curl."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from carrierx.emulator import BASE_PATH, Credential, Emulator, EmulatorConfig, serve
from carrierx.emulator.control.messages import LIST_PARAMETERS
from carrierx.emulator.control.operations import CONTROL_ROUTES
from tests.cli.test_emulator import interrupt, interruptible, running_command
from tests.documentation.markdown import ROOT, Kind, blocks
from tests.emulator.receivers import SocketReceiver

PAGE = (ROOT / "docs" / "control-api.md").read_text(encoding="utf-8")
SCRIPT = ROOT / "examples" / "any_language" / "reminders.sh"
PASSWORD = "correct-horse-battery"
SHELL = [block for block in blocks(PAGE) if block.language == "sh"]

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def shell(*command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "CURL_HOME": str(folder), **variables}
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=60, check=False)


@needs_curl
def test_every_command_of_the_page_works(tmp_path: Path) -> None:
    with (
        SocketReceiver() as receiver,
        Emulator(EmulatorConfig(callback_url=receiver.url)) as emulator,
        serve(emulator) as running,
    ):
        root = running.base_url.removesuffix(BASE_PATH)
        script = "\n".join(block.text for block in SHELL if block.kind is Kind.RUN).replace(
            "http://127.0.0.1:8025", root
        )
        with_statuses = re.sub(r"^curl ", r"curl -sSw '\\n%{http_code}\\n' ", script, flags=re.M)
        ended = shell("bash", "-euo", "pipefail", "-c", with_statuses, folder=tmp_path)

    assert ended.returncode == 0, ended.stderr
    statuses = re.findall(r"^[0-9]{3}$", ended.stdout, re.M)
    assert statuses.count("400") == 1  # the typo
    assert statuses.count("401") == 1  # the wrong token
    assert statuses.count("200") == len(statuses) - 2 > 15


@needs_curl
def test_a_callback_that_was_given_up_is_posted_again(tmp_path: Path) -> None:
    [command] = [block.text for block in SHELL if block.marker.endswith("is_posted_again")]
    with (
        SocketReceiver() as receiver,
        Emulator(EmulatorConfig(callback_url=receiver.url)) as emulator,
        serve(emulator) as running,
    ):
        emulator.receive(from_="15162065574", to="15162065575", message="Hello")
        first = receiver.next()
        ended = shell(
            *("bash", "-euc", command.replace("curl ", "curl --fail ")),
            folder=tmp_path,
            emulator=running.base_url.removesuffix(BASE_PATH),
        )
        second = receiver.next()

    assert (ended.returncode, first.message) == (0, second.message), ended.stderr


@needs_curl
def test_the_password_opens_it_under_any_name(tmp_path: Path) -> None:
    [command] = [block.text for block in SHELL if block.marker.endswith("under_any_name")]
    with (
        Emulator(EmulatorConfig(credentials=(Credential.bearer(PASSWORD),))) as emulator,
        serve(emulator, password=PASSWORD) as running,
    ):
        port = running.base_url.removesuffix(BASE_PATH).rpartition(":")[2]
        (tmp_path / ".curlrc").write_text(f'connect-to = "emulator:8025:127.0.0.1:{port}"\n')
        ended = shell("bash", "-euc", command.replace("curl ", "curl --fail "), folder=tmp_path)
        wrong = command.replace("curl ", "curl --fail ").replace(PASSWORD, "wrong")
        refused = shell("bash", "-euc", wrong, folder=tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert '"items"' in ended.stdout
    assert refused.returncode != 0


def test_every_operation_is_on_the_page() -> None:
    text = "\n".join(block.text for block in SHELL).replace("\\\n", " ")
    shown: set[tuple[str, str]] = set()
    for line in re.findall(r"curl [^\n]*", text):
        found = re.search(r"\$emulator(/control[^?\"]*)", line)
        if found is not None:
            given = re.search(r"-X ([A-Z]+)", line)
            shown.add((given[1] if given else "POST" if " -d " in line else "GET", found[1]))

    for route in CONTROL_ROUTES:
        pattern = re.compile(re.sub(r"\{\w+\}", r"[^/]+", route.path))
        assert any(method == route.method and pattern.fullmatch(path) for method, path in shown), route


def test_every_parameter_of_the_list_is_on_the_page() -> None:
    section = PAGE.split("## Check what was sent\n")[1].split("\n## ")[0]

    assert set(LIST_PARAMETERS) <= set(re.findall(r"`(\w+)`", section))


@needs_curl
@interruptible
def test_the_example_runs_against_the_command(tmp_path: Path) -> None:
    with running_command("--port", "0") as (process, said):
        ended = shell("sh", str(SCRIPT), folder=tmp_path, EMULATOR=_root_in(said))
        interrupt(process)

    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "All as expected."), ended.stdout + ended.stderr


@needs_curl
@interruptible
def test_the_example_runs_with_a_password_and_the_name_of_a_service(tmp_path: Path) -> None:
    with running_command("--port", "0", "--password", PASSWORD) as (process, said):
        port = _root_in(said).rpartition(":")[2]
        # As the name service of a container network would.
        (tmp_path / ".curlrc").write_text(f'connect-to = "emulator:8025:127.0.0.1:{port}"\n')
        variables = {"EMULATOR": "http://emulator:8025", "PASSWORD": PASSWORD}
        ended = shell("sh", str(SCRIPT), folder=tmp_path, **variables)
        wrong = shell("sh", str(SCRIPT), folder=tmp_path, **{**variables, "PASSWORD": "not-the-password"})
        interrupt(process)

    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "All as expected."), ended.stdout + ended.stderr
    assert wrong.returncode != 0
    assert "the emulator's password" in wrong.stdout


@needs_curl
def test_the_example_fails_if_something_else_was_sent(tmp_path: Path) -> None:
    changed = tmp_path / "changed.sh"
    changed.write_text(SCRIPT.read_text(encoding="utf-8").replace("contains=table", "contains=chair"))
    with Emulator() as emulator, serve(emulator) as running:
        ended = shell("sh", str(changed), folder=tmp_path, EMULATOR=running.base_url.removesuffix(BASE_PATH))

    assert ended.returncode != 0
    assert "0 messages match, not 1" in ended.stdout


def _root_in(said: str) -> str:
    found = re.search(r"inbox     (\S+)/\n", said)
    assert found is not None
    return found[1]
