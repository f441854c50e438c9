"""`carrierx doctor`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import cast

import pytest

from carrierx import CarrierXClient
from carrierx.emulator import DEMO_TOKEN, Credential, Emulator, EmulatorConfig, RunningEmulator, serve
from carrierx.emulator.http.types import JSONValue
from tests.cli.helpers import ADDRESSED, TOKEN, assert_discreet, credentials, invoke, run_command
from tests.support.behaviours import respond
from tests.support.fault_server import FaultServer
from tests.support.ports import refusing_address
from tests.support.tls import ca_file


def checks(code: int, *arguments: str, **settings: str) -> dict[str, dict[str, str]]:
    """Run the checks and return them by name."""
    result = invoke("doctor", *arguments, "--json", **settings)
    assert_discreet(result.output)
    assert result.exit_code == code, result.output
    document = json.loads(result.stdout)
    assert document["ok"] is (code == 0)
    assert bool(result.stderr) is (code != 0)
    return {check["check"]: check for check in cast("list[dict[str, str]]", document["checks"])}


def statuses(found: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: check["status"] for name, check in found.items()}


def test_a_healthy_account(served: RunningEmulator) -> None:
    found = checks(0, **credentials(served))

    assert statuses(found) == {
        "token": "ok",
        "base URL": "ok",
        "proxy": "ok",
        "TLS": "skipped",
        "connection": "ok",
        "clock": "ok",
        "scopes": "skipped",
        "numbers": "warning",
    }
    assert found["token"]["detail"] == "from CARRIERX_TOKEN"
    assert found["numbers"]["detail"].startswith("2 of 4 can send SMS; ***5574 disabled, ***5337 voice only")
    assert not any(seen.method != "GET" for seen in served.emulator.requests_seen)


def test_people_see_what_to_do(served: RunningEmulator) -> None:
    result = invoke("doctor", **credentials(served))

    assert result.exit_code == 0
    assert "✓ token  from CARRIERX_TOKEN\n" in result.stdout
    assert result.stdout.endswith("carrierx numbers enable NUMBER\n")
    assert_discreet(result.output)


def test_the_scopes_of_a_listed_token_are_known(served: RunningEmulator) -> None:
    with CarrierXClient(DEMO_TOKEN, base_url=served.base_url) as client:
        token = client.tokens.generate(
            client_id="5c7965f2", client_secret="50339091", username="joe", password="qwerty123"
        )
    secret = token.access_token.get_secret_value()

    result = invoke("doctor", "--json", CARRIERX_TOKEN=secret, CARRIERX_BASE_URL=served.base_url)

    scopes = next(check for check in json.loads(result.stdout)["checks"] if check["check"] == "scopes")
    assert scopes["status"] == "ok"
    assert secret not in result.output


def test_missing_scopes_are_told() -> None:
    few = Credential.bearer(TOKEN, scopes=("sms.create",))
    with Emulator(EmulatorConfig(credentials=(few,))) as emulator, serve(emulator) as running:
        found = checks(0, CARRIERX_TOKEN=TOKEN, CARRIERX_BASE_URL=running.base_url)

    assert found["connection"]["detail"] == "CarrierX accepted the token, but it may not read messages"
    assert found["scopes"]["detail"] == "the token may not read its scopes"
    assert found["clock"]["status"] == "skipped"
    assert found["numbers"]["status"] == "skipped"


def test_an_account_whose_numbers_can_not_text_fails(served: RunningEmulator) -> None:
    dids = json.loads(invoke("numbers", "list", "--textable", "--json", **credentials(served)).stdout)["items"]
    for did in dids:
        assert invoke("numbers", "disable", did["did_sid"], **credentials(served)).exit_code == 0

    found = checks(1, **credentials(served))

    assert found["numbers"]["status"] == "failed"
    assert found["numbers"]["command"] == "carrierx numbers enable NUMBER"


def test_without_a_token_the_rest_is_still_checked(served: RunningEmulator) -> None:
    found = checks(4, CARRIERX_BASE_URL=served.base_url)

    assert found["token"]["status"] == "failed"
    assert found["base URL"]["status"] == "ok"
    assert found["connection"]["detail"] == "without a token"


def test_a_refused_token_names_its_source() -> None:
    with FaultServer(respond(401, {"message": "Bad credentials"})) as server:
        found = checks(4, CARRIERX_TOKEN=TOKEN, CARRIERX_BASE_URL=server.base_url)

    assert found["connection"]["detail"] == "CarrierX refused the token from CARRIERX_TOKEN (401)"
    assert found["connection"]["advice"] == "It is wrong, expired or revoked."


def test_no_network_is_told() -> None:
    with refusing_address() as address:
        found = checks(1, CARRIERX_TOKEN=TOKEN, CARRIERX_BASE_URL=address.base_url)

    assert "could not connect to 127.0.0.1:" in found["connection"]["detail"]
    assert found["connection"]["advice"] == "Check the network, the base URL and the proxy."


@pytest.mark.parametrize(
    ("settings", "name", "said"),
    [
        ({"CARRIERX_BASE_URL": "http://example.com"}, "base URL", "CARRIERX_BASE_URL must start with https://"),
        ({"HTTPS_PROXY": "gopher://x"}, "proxy and TLS", "must be a URL that starts with one of http"),
        ({"SSL_CERT_FILE": "/nowhere/ca.pem"}, "proxy and TLS", "check the environment variables SSL_CERT_FILE"),
    ],
)
def test_a_setup_that_can_not_work_fails(settings: dict[str, str], name: str, said: str) -> None:
    found = run_doctor(CARRIERX_TOKEN=TOKEN, **settings)

    assert found[name]["status"] == "failed"
    assert said in found[name]["detail"]


def test_a_proxy_is_named_without_its_password() -> None:
    with refusing_address() as address:
        proxy = address.base_url.removesuffix("/core/v2").replace("://", "://joe:qwerty123@")
        found = checks(1, CARRIERX_TOKEN=TOKEN, CARRIERX_BASE_URL="https://api.example.com", HTTPS_PROXY=proxy)

    assert found["proxy"]["detail"].startswith("requests go to 127.0.0.1:")
    assert "qwerty" not in str(found)
    assert found["TLS"]["status"] == "skipped"


def date_header(skew: timedelta) -> list[tuple[str, str]]:
    return [("Date", format_datetime(datetime.now(UTC) + skew, usegmt=True))]


EMPTY = {"items": list[object](), "has_more": False}


@pytest.mark.parametrize(
    ("skew", "status", "said"),
    [
        (timedelta(0), "ok", "within a minute"),
        (timedelta(seconds=90), "warning", " s behind CarrierX's"),
        (timedelta(seconds=-90), "warning", " s ahead of CarrierX's"),
        (timedelta(hours=1), "failed", " s behind CarrierX's"),
    ],
)
def test_clocks_are_compared(skew: timedelta, status: str, said: str) -> None:
    with FaultServer(respond(200, EMPTY, headers=date_header(skew))) as server:
        found = checks(int(status == "failed"), CARRIERX_TOKEN=TOKEN, CARRIERX_BASE_URL=server.base_url)

    assert found["clock"]["status"] == status
    assert said in found["clock"]["detail"]
    assert found["numbers"]["detail"] == "the account has no number"


def test_a_trusted_certificate_is_fine() -> None:
    with FaultServer(respond(200, EMPTY), use_tls=True) as server:
        settings = {"CARRIERX_TOKEN": TOKEN, "CARRIERX_BASE_URL": server.base_url}
        trusted = run_doctor(SSL_CERT_FILE=ca_file(), **settings)
        unknown = run_doctor(**settings)

    assert trusted["TLS"]["status"] == "ok"
    assert trusted["TLS"]["detail"].startswith("TLSv1.")
    assert unknown["TLS"]["status"] == "failed"
    assert "self-signed" in unknown["TLS"]["detail"] or "unable to get local issuer" in unknown["TLS"]["detail"]
    assert unknown["connection"]["status"] == "failed"


def run_doctor(**settings: str) -> dict[str, dict[str, str]]:
    """Run the checks in a process of their own, because a process reads the certificates once."""
    ended = run_command("doctor", "--json", settings=settings)
    return {check["check"]: check for check in json.loads(ended.stdout)["checks"]}


def test_a_token_that_can_be_none_is_told(served: RunningEmulator) -> None:
    found = checks(4, CARRIERX_TOKEN=f"{TOKEN}\n", CARRIERX_BASE_URL=served.base_url)

    assert found["token"]["detail"].startswith("The token from CARRIERX_TOKEN begins or ends with a space or a line")


def test_a_refused_send_leads_to_the_doctor() -> None:
    result = invoke(*ADDRESSED, "Hello", CARRIERX_TOKEN="")

    assert result.exit_code == 4


def token_list(**changes: object) -> dict[str, object]:
    token = {
        "token_sid": "b3f45e4d",
        "access_token": DEMO_TOKEN,
        "scopes": ["sms.manage", "phonenumber.read"],
        **changes,
    }
    return {"items": [token], "count": 1, "has_more": False}


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({}, "ok", "2 scopes; it can send and read messages"),
        ({"scopes": ["sms.read"]}, "warning", "the token can't send messages, read numbers"),
        ({"date_expiration_access_token": "2020-01-01T00:00:00.000Z"}, "failed", "the token has expired"),
    ],
)
def test_the_scopes_and_the_end_of_a_token_are_judged(
    served: RunningEmulator, changes: dict[str, object], status: str, said: str
) -> None:
    served.emulator.faults.answer(200, cast("JSONValue", token_list(**changes)), path="*/oauth/tokens")

    found = checks(int(status == "failed"), **credentials(served))

    assert (found["scopes"]["status"], found["scopes"]["detail"]) == (status, said)


def test_an_error_after_the_first_answer_is_no_failure_of_the_doctor(served: RunningEmulator) -> None:
    served.emulator.faults.answer(500, path="*/oauth/tokens")
    served.emulator.faults.answer(500, path="*/phonenumber/dids")

    found = checks(0, "--timeout", "1", **credentials(served))

    assert found["scopes"]["status"] == found["numbers"]["status"] == "skipped"
    assert found["numbers"]["detail"].startswith("CarrierX answered 500 to GET /phonenumber/dids")
