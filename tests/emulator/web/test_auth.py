"""Who may see the inbox, and who may change something by it."""

from __future__ import annotations

import re
import socket
from itertools import product

import httpx
import pytest

from carrierx.emulator import Credential, Emulator, EmulatorConfig, EmulatorError, run, serve
from tests.cli.helpers import invoke
from tests.cli.test_emulator import interrupt, interruptible, running_command
from tests.emulator.helpers import DID, PHONE
from tests.emulator.web.helpers import root_of
from tests.support.rows import check_rows

PASSWORD = "correct-horse"
REPLY = {"from": PHONE, "to": DID, "message": "Hi"}
OWN = EmulatorConfig(credentials=(Credential.bearer(PASSWORD),))


def test_this_machine_is_answered_by_its_own_names(page: httpx.Client) -> None:
    def check(host: str) -> None:
        assert page.get("/", headers={"Host": host}).status_code == 200

    check_rows(["localhost", "localhost:8025", "127.0.0.1", "127.8.9.10:1", "[::1]:80", "inbox.localhost"], check)


def test_a_name_that_leads_here_by_dns_is_refused(page: httpx.Client) -> None:
    def check(row: tuple[str, str]) -> None:
        path, host = row
        answer = page.get(path, headers={"Host": host})

        assert answer.status_code == 403
        assert "localhost" in answer.text

    check_rows(
        product(
            ["/", "/control/conversations", "/inbox/inbox.js"],
            [
                "evil.example",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "192.0.2.1:8025",
                "[::2]",
                "",
                "[",
                "0.0.0.0",
            ],
        ),
        check,
    )


def test_a_change_is_taken_from_the_own_page_alone(page: httpx.Client) -> None:
    def check(row: tuple[str, dict[str, str], int]) -> None:
        name, headers, status = row
        content = {"receive": REPLY, "changes": {"after": 0}, "faults": {"kind": "lose_answer"}, "clock": {"step": 0}}

        answer = page.post(f"/control/{name}", json=content.get(name, {}), headers=headers)

        assert answer.status_code == status

    origins: list[tuple[dict[str, str], int]] = [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ]
    names = ["receive", "changes", "faults", "clock"]
    check_rows([(name, headers, status) for name in names for headers, status in origins], check)


def test_a_change_of_a_program_says_not_whose_it_is(emulator: Emulator) -> None:
    with serve(emulator) as running:
        root = root_of(running)

        assert httpx.post(f"{root}/control/receive", json=REPLY).status_code == 200
        assert (
            httpx.post(f"{root}/control/receive", json=REPLY, headers={"Sec-Fetch-Site": "same-origin"}).status_code
            == 200
        )


def test_with_a_password_nothing_is_seen_without_it() -> None:
    def check(path: str) -> None:
        with (
            Emulator(OWN) as emulator,
            serve(emulator, password=PASSWORD) as running,
            httpx.Client(base_url=root_of(running)) as client,
        ):
            refused = [client.get(path, auth=("any", wrong)) for wrong in ("wrong", f"{PASSWORD}x", "")]
            for value in ("Basic", "Basic ~", f"Bearer {PASSWORD}", ""):
                refused.append(client.get(path, headers={"Authorization": value}))
            refused.append(client.get(path))
            passed = client.get(path, auth=("any", PASSWORD))

        assert {answer.status_code for answer in refused} == {401}
        assert all(answer.headers["www-authenticate"].startswith("Basic realm=") for answer in refused)
        assert passed.status_code in {200, 404}

    check_rows(["/", "/control/conversations", "/inbox/inbox.js", "/inbox/nothing"], check)


def test_with_a_password_any_name_of_the_machine_will_do() -> None:
    with Emulator(OWN) as emulator, serve(emulator, password=PASSWORD) as running:
        answer = httpx.get(root_of(running), auth=("", PASSWORD), headers={"Host": "laptop.example:8025"})

        assert answer.status_code == 200


def test_with_a_password_a_foreign_page_still_changes_nothing() -> None:
    with Emulator(OWN) as emulator, serve(emulator, password=PASSWORD) as running:
        url = f"{root_of(running)}/control/receive"

        answer = httpx.post(url, json=REPLY, auth=("", PASSWORD), headers={"Origin": "https://evil.example"})

        assert (answer.status_code, emulator.messages) == (403, [])


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_another_address_is_not_served_without_a_password(emulator: Emulator, host: str) -> None:
    with pytest.raises(EmulatorError, match=r"can be reached from other machines.*set a password"):
        run(emulator, host=host)


def test_another_address_is_not_served_with_the_token_that_everybody_knows(emulator: Emulator) -> None:
    with pytest.raises(EmulatorError, match="everybody knows the demo token"):
        run(emulator, host="0.0.0.0", password=PASSWORD)


def test_another_address_is_served_with_a_password_and_a_token_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(address: tuple[str, int], *, family: int) -> socket.socket:
        raise OSError(f"listening on {address[0]}")

    monkeypatch.setattr(socket, "create_server", refuse)  # this is as far as a test goes: nothing is opened to others

    with Emulator(OWN) as emulator, pytest.raises(EmulatorError, match=r"listening on 0\.0\.0\.0"):
        run(emulator, host="0.0.0.0", password=PASSWORD)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "at least 8 characters; this one has 5"),
        ("with a space", "without spaces"),
        ("ungewöhnlich", "visible ASCII"),
    ],
)
def test_a_password_has_to_protect(password: str, reason: str) -> None:
    with (
        Emulator(OWN) as emulator,
        pytest.raises(EmulatorError, match=reason) as caught,
        serve(emulator, password=password),
    ):
        pytest.fail("it was served")

    assert password not in str(caught.value)


def test_the_command_needs_a_password_for_another_address() -> None:
    result = invoke("emulator", "--port", "0", "--host", "0.0.0.0")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "--password, or CARRIERX_EMULATOR_PASSWORD" in " ".join(result.stderr.split())


def test_the_command_refuses_a_short_password() -> None:
    result = invoke("emulator", "--port", "0", "--password", "short")

    assert result.exit_code == 1
    assert "at least 8 characters" in result.stderr


@interruptible
def test_the_command_protects_the_inbox_and_the_api_by_the_password() -> None:
    with running_command("--port", "0", "--password", PASSWORD) as (process, said):
        found = re.search(r"inbox     (\S+)/\n", said)
        assert found is not None
        with httpx.Client(base_url=found[1]) as client:
            answers = [
                client.get("/"),
                client.get("/", auth=("", PASSWORD)),
                client.get("/core/v2/sms/messages", headers={"Authorization": "Bearer carrierx-emulator-demo-token"}),
                client.get("/core/v2/sms/messages", headers={"Authorization": f"Bearer {PASSWORD}"}),
            ]
        interrupt(process)

    assert [answer.status_code for answer in answers] == [401, 200, 401, 200]
    assert PASSWORD not in said
