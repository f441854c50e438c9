"""What people see in a terminal of 40 and of 80 columns. `artefacts/command-line/` keeps it, to be looked at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carrierx.emulator import RunningEmulator
from tests.cli.helpers import ADDRESSED, RECIPIENT, SENDER, TEXT, TOKEN, assert_discreet, credentials
from tests.cli.terminal import TMUX, commands_on, run_in_terminal, save
from tests.cli.test_messages import sent
from tests.cli.test_send_many import messages_file
from tests.support.behaviours import CLOSE, STAY_SILENT, Behaviour, after_whole_request, respond
from tests.support.fault_server import FaultServer
from tests.support.ports import refusing_address

pytestmark = [
    pytest.mark.skipif(TMUX is None, reason="needs tmux: apt-get install tmux"),
    pytest.mark.parametrize("width", [40, 80]),
]


def settings_for(base_url: str) -> dict[str, str]:
    return {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": base_url}


def test_the_demo(tmp_path: Path, width: int) -> None:
    with run_in_terminal(tmp_path, width, "demo") as screen:
        code, text = screen.end()
    save("demo", width, text)

    assert code == 0
    assert text.count("✓ delivered") == 3
    assert "carrierx send --from YOUR_NUMBER --to NUMBER Hello" in commands_on(text)


def test_an_accepted_message(served: RunningEmulator, tmp_path: Path, width: int) -> None:
    arguments = [*ADDRESSED, "Hello", "--wait"]
    with run_in_terminal(tmp_path, width, *arguments, settings=credentials(served)) as screen:
        code, text = screen.end()
    save("send-accepted", width, text)

    [message] = served.emulator.messages
    assert code == 0
    assert str(message["message_sid"]) in text
    assert str(message["user_data"]) in text


REFUSED = {"message": "The number is not enabled for messaging", "errors": list[str]()}


@pytest.mark.parametrize(
    ("name", "behaviour", "code"),
    [
        ("refused", respond(422, REFUSED), 1),
        ("conflict", respond(409, {"message": "busy"}), 1),
        ("unauthorized", respond(401, {"message": "Bad credentials"}), 4),
        ("forbidden", respond(403, {"message": "Forbidden"}), 1),
        ("server-error", respond(503, {"message": "Down"}), 3),
        ("lost-answer", after_whole_request(CLOSE), 3),
    ],
)
def test_a_message_that_is_not_accepted(tmp_path: Path, width: int, name: str, behaviour: Behaviour, code: int) -> None:
    with FaultServer(behaviour) as server:
        with run_in_terminal(tmp_path, width, *ADDRESSED, TEXT, settings=settings_for(server.base_url)) as screen:
            found, text = screen.end()
        reference = server.requests[0].json()["user_data"]
    save(f"send-{name}", width, text)

    assert found == code
    assert "Traceback" not in text
    assert ("UNCONFIRMED" in text) is (code == 3)
    if code == 3:
        assert f"carrierx messages reconcile {reference}" in commands_on(text)
        assert any(line.endswith(reference) for line in text.splitlines())
    if code == 4:
        assert "carrierx doctor" in commands_on(text)


def test_an_interrupted_message(tmp_path: Path, width: int) -> None:
    with FaultServer(after_whole_request(STAY_SILENT)) as server:
        with run_in_terminal(tmp_path, width, *ADDRESSED, TEXT, settings=settings_for(server.base_url)) as screen:
            screen.wait_for("Still waiting for CarrierX")
            screen.press("C-c")
            code, text = screen.end()
        reference = server.requests[0].json()["user_data"]
    save("send-interrupted", width, text)

    assert code == 3
    assert f"carrierx messages reconcile {reference}" in commands_on(text)


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("invalid", ["send", "--from", "1516", "--to", RECIPIENT[1:], "--media-url", "ftp://x", " "], 2),
        ("unknown-option", [*ADDRESSED, "--media-uri", "https://example.com", "Hello"], 2),
        ("no-token", [*ADDRESSED, "Hello"], 4),
        ("dry-run", [*ADDRESSED, "It’s on its way", "--dry-run"], 0),
        ("help", ["send", "--help"], 0),
    ],
)
def test_a_message_that_is_not_tried(tmp_path: Path, width: int, name: str, arguments: list[str], code: int) -> None:
    with run_in_terminal(tmp_path, width, *arguments) as screen:
        found, text = screen.end()
    save(f"send-{name}", width, text)

    assert found == code
    if name == "unknown-option":
        assert "carrierx send --help" in commands_on(text)


def test_no_connection(tmp_path: Path, width: int) -> None:
    with (
        refusing_address() as address,
        run_in_terminal(tmp_path, width, *ADDRESSED, "Hello", settings=settings_for(address.base_url)) as screen,
    ):
        code, text = screen.end()
    save("send-no-connection", width, text)

    assert code == 1


def test_a_wait_that_carrierx_asks_for(served: RunningEmulator, tmp_path: Path, width: int) -> None:
    served.emulator.faults.answer(429, retry_after=2, times=1)
    with run_in_terminal(tmp_path, width, *ADDRESSED, "Hello", settings=credentials(served)) as screen:
        screen.wait_for("too many")
        code, text = screen.end()
    save("send-rate-limit", width, text)

    assert code == 0


def test_a_watched_message(served: RunningEmulator, tmp_path: Path, width: int) -> None:
    message = sent(served)
    arguments = ["messages", "watch", message.message_sid, "--interval", "0.1"]
    with run_in_terminal(tmp_path, width, *arguments, settings=credentials(served)) as screen:
        code, text = screen.end()
    save("messages-watch", width, text)

    assert code == 0
    assert message.message_sid in text.splitlines()[-4:]
    assert "delivered  SMS" in text


def test_a_list_of_messages(served: RunningEmulator, tmp_path: Path, width: int) -> None:
    sids = [sent(served, f"Hello [bold]{number}[/bold] \x1b[31m").message_sid for number in range(3)]
    with run_in_terminal(tmp_path, width, "messages", "list", "--full", settings=credentials(served)) as screen:
        code, text = screen.end()
    save("messages-list", width, text)

    assert code == 0
    assert set(sids) <= set(text.splitlines())
    assert "[bold]0[/bold]" in text


def test_the_doctor(served: RunningEmulator, tmp_path: Path, width: int) -> None:
    with run_in_terminal(tmp_path, width, "doctor", settings=credentials(served)) as screen:
        code, text = screen.end()
    save("doctor", width, text)

    assert code == 0
    assert "carrierx numbers enable NUMBER" in commands_on(text)
    assert_discreet(text)


def test_a_doctor_that_finds_something(tmp_path: Path, width: int) -> None:
    with (
        FaultServer(respond(401, {"message": "Bad credentials"})) as server,
        run_in_terminal(tmp_path, width, "doctor", settings=settings_for(server.base_url)) as screen,
    ):
        code, text = screen.end()
    save("doctor-refused-token", width, text)

    assert code == 4
    assert_discreet(text)


def test_a_file_of_messages(served: RunningEmulator, tmp_path: Path, width: int) -> None:
    path = messages_file(tmp_path, 30, "m.csv")
    arguments = ["send-many", path.name, "--from", SENDER, "--rate", "20"]
    with run_in_terminal(tmp_path, width, *arguments, settings=credentials(served)) as screen:
        screen.wait_for(r"\[y/N\]")
        screen.press("y", "Enter")
        during = screen.wait_for(r"[1-9]\d*/30")
        code, text = screen.end()
    save("send-many-progress", width, during)
    save("send-many", width, text)

    assert code == 0
    assert "30 of 30 messages accepted." in text


def test_a_file_that_is_interrupted(served: RunningEmulator, tmp_path: Path, width: int) -> None:
    served.emulator.faults.lose_answer(times=1)
    served.emulator.faults.answer(422, REFUSED, times=1)
    path = messages_file(tmp_path, 60, "m.csv")
    path.write_text(re.sub(r"order-\d+", "", path.read_text()))
    arguments = ["send-many", path.name, "--from", SENDER, "--rate", "10", "--yes"]
    with run_in_terminal(tmp_path, width, *arguments, settings=credentials(served)) as screen:
        screen.wait_for(r"[3-9]/60")
        screen.press("C-c")
        code, text = screen.end()
    save("send-many-interrupted", width, text)

    assert code == 3
    commands = commands_on(text)
    assert re.fullmatch(r"carrierx messages reconcile [0-9a-f]{26}", commands[0])
    assert re.fullmatch(r"carrierx send-many m.csv --lines [\d,-]+", commands[1])
    assert_discreet(text.replace(SENDER, "", 1))


def test_an_invalid_file(tmp_path: Path, width: int) -> None:
    path = tmp_path / "m.csv"
    path.write_text(f"to,message,media_urls\n5,{TEXT},\n{RECIPIENT[1:]},,ftp://x\n")
    with run_in_terminal(tmp_path, width, "send-many", path.name, "--from", SENDER) as screen:
        code, text = screen.end()
    save("send-many-invalid", width, text)

    assert code == 2


def test_a_question_that_is_answered_with_no(served: RunningEmulator, tmp_path: Path, width: int) -> None:
    path = messages_file(tmp_path, 2, "m.csv")
    arguments = ["send-many", path.name, "--from", SENDER]
    with run_in_terminal(tmp_path, width, *arguments, settings=credentials(served)) as screen:
        screen.wait_for(r"\[y/N\]")
        screen.press("n", "Enter")
        code, text = screen.end()
    save("send-many-no", width, text)

    assert code == 1
    assert text.count("Nothing was sent.") == 1
    assert served.emulator.requests_seen == ()


def test_an_upload_shows_its_progress(served: RunningEmulator, tmp_path: Path, width: int) -> None:
    (tmp_path / "large.png").write_bytes(bytes(2_000_000))
    served.emulator.faults.delay(1.5, method="POST")
    with run_in_terminal(tmp_path, width, "files", "upload", "large.png", settings=credentials(served)) as screen:
        during = screen.wait_for(r"2\.0/2\.0 MB")
        code, text = screen.end()
    save("files-upload-progress", width, during)
    save("files-upload", width, text)

    assert code == 0
    assert re.search(r"^(file_sid: )?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", text, re.MULTILINE)


def test_a_wait_that_runs_out_of_time(served: RunningEmulator, tmp_path: Path, width: int) -> None:
    arguments = ["send", "--from", SENDER, "--to", "12025550103", "--wait", "--within", "0.1", "Hello"]
    with run_in_terminal(tmp_path, width, *arguments, settings=credentials(served)) as screen:
        code, text = screen.end()
    save("send-wait-timed-out", width, text)

    assert code == 5
