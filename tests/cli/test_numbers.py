"""`carrierx numbers` and `carrierx lookup`."""

from __future__ import annotations

import json
from typing import cast

import pytest

from carrierx.emulator import RunningEmulator
from tests.cli.helpers import RECIPIENT, SENDER, TOKEN, assert_discreet, credentials, invoke
from tests.support.behaviours import CLOSE, after_whole_request
from tests.support.fault_server import FaultServer


def document(served: RunningEmulator, *arguments: str) -> dict[str, object]:
    result = invoke(*arguments, "--json", **credentials(served))
    assert (result.exit_code, result.stderr) == (0, "")
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_numbers_are_listed(served: RunningEmulator) -> None:
    result = invoke("numbers", "list", **credentials(served))
    full = invoke("numbers", "list", "--full", "--order", "phonenumber", "--limit", "1", **credentials(served))
    textable = invoke("numbers", "list", "--textable", **credentials(served))

    assert "***5575  assigned  can text  NEW YORK, NY, USA  $0.6\n" in result.stdout
    assert "***5574  assigned  texting not enabled" in result.stdout
    assert "***5337  assigned  can't text" in result.stdout
    assert_discreet(result.stdout)
    assert "***" not in full.stdout
    assert full.stdout.endswith("There are more numbers: raise --limit.\n")
    assert "not enabled" not in textable.stdout
    assert "***5575" in textable.stdout


def test_a_number_is_read_by_its_digits_or_sid(served: RunningEmulator) -> None:
    by_digits = document(served, "numbers", "get", "+1 (516) 206-5575")
    by_sid = document(served, "numbers", "get", str(by_digits["did_sid"]))

    assert by_digits == by_sid
    assert by_digits["phonenumber"] == SENDER
    assert "porting_pin" not in by_digits
    assert_discreet(invoke("numbers", "get", SENDER, **credentials(served)).output)


def test_no_secret_of_a_number_is_printed(served: RunningEmulator) -> None:
    for arguments in (("list", "--full"), ("list", "--json"), ("get", SENDER, "--full"), ("search", "--json")):
        assert "porting_pin" not in invoke("numbers", *arguments, **credentials(served)).stdout


def test_a_number_that_is_not_there_is_told(served: RunningEmulator) -> None:
    result = invoke("numbers", "get", "15162060000", **credentials(served))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "The account has no such number. Look through your numbers:\ncarrierx numbers list\n"


def test_numbers_to_rent_are_complete(served: RunningEmulator) -> None:
    result = invoke("numbers", "search", "1516", "--limit", "1", **credentials(served))
    none = invoke("numbers", "search", "1999", **credentials(served))

    assert "  1516" in result.stdout
    assert "There are more numbers to rent: raise --limit.\n" in result.stdout
    assert none.stdout == "There are no numbers to rent.\n"


def test_a_number_is_rented_and_enabled(served: RunningEmulator) -> None:
    found = document(served, "numbers", "search", "1516", "--limit", "1")
    number = cast("list[dict[str, str]]", found["items"])[0]["phonenumber"]

    rented = invoke("numbers", "rent", number, "--yes", **credentials(served))
    command = rented.stdout.splitlines()[-1].split()
    enabled = invoke(*command[1:], "--wait", "--yes", **credentials(served))
    state = document(served, "numbers", "disable", number)

    assert (rented.exit_code, enabled.exit_code) == (0, 0)
    assert f"phonenumber:          {number}\n" in rented.stdout
    assert "status:  enabled\n" in enabled.stdout
    assert state["enabled"] is False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rent",), "Not rented.\nRent the first free number? Confirm it with --yes. Nothing was rented.\n"),
        (("rent", SENDER), "Rent the number? It costs money until you give it back. Confirm it with --yes."),
        (("enable", SENDER), "Enable messaging? CarrierX charges a monthly fee for the number. Confirm it with --yes."),
        (("enable", SENDER, "--yes", "--type", "x"), "--type must be a2p or p2p."),
        (("enable", SENDER, "--yes", "--p2p-nnid", "1"), "--p2p-nnid goes with --type p2p only."),
        (
            ("enable", SENDER, "--yes", "--wait", "--within", "inf"),
            "--within must be a finite number of seconds above 0",
        ),
        (("search", "--", "-5"), "Give the first digits of the numbers, such as 1516, or --filter."),
        (("rent", "05", "--yes"), "The number"),
        (("get", "0151620655751"), "This is not a phone number."),
    ],
)
def test_what_can_not_be_done_is_refused(served: RunningEmulator, arguments: tuple[str, ...], said: str) -> None:
    result = invoke("numbers", *arguments, **credentials(served))

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert all(seen.method == "GET" for seen in served.emulator.requests_seen)
    assert_discreet(result.stderr)


def test_a_wait_that_runs_out_of_time_is_told(served: RunningEmulator) -> None:
    invoke("numbers", "disable", SENDER, **credentials(served))
    served.emulator.faults.answer(
        200, {"did_sid": "x", "enabled": True, "status": "in_progress"}, method="GET", path="*/messaging"
    )

    result = invoke("numbers", "enable", SENDER, "--yes", "--wait", "--within", "0.1", "--json", **credentials(served))

    assert result.exit_code == 5
    assert json.loads(result.stderr)["status"] == "in_progress"


def test_a_lost_answer_to_a_rent_is_unconfirmed() -> None:
    with FaultServer(after_whole_request(CLOSE)) as server:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
        result = invoke("numbers", "rent", "--yes", **settings)
        as_json = invoke("numbers", "rent", "--yes", "--json", **settings)

    lines = result.stderr.splitlines()
    assert result.exit_code == 3
    assert lines[0] == "UNCONFIRMED: the number may be rented; do not rent it again."
    assert lines[-1] == "carrierx numbers list"
    assert "reconcile" not in result.stderr
    assert json.loads(as_json.stderr)["safe_to_resend"] is False


def test_a_number_is_looked_up(served: RunningEmulator) -> None:
    result = invoke("lookup", f"+{RECIPIENT}", "--carrier", **credentials(served))
    found = document(served, "lookup", RECIPIENT)

    assert "details:              carrier name VERIZON" in result.stdout
    assert_discreet(result.stdout)
    assert found["phonenumber"] == RECIPIENT


def test_what_is_no_number_is_not_looked_up(served: RunningEmulator) -> None:
    result = invoke("lookup", "5162065574", **credentials(served))

    assert (result.exit_code, result.stdout) == (2, "")
    assert "ten digits" in result.stderr
    assert "5162065574" not in result.stderr
    assert served.emulator.requests_seen == ()
