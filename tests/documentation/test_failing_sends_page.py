"""The table of errors in the guide on failures is so: what each says about a send is what the error itself says."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

import carrierx
from carrierx import CarrierXClient, CarrierXError, NetworkBlockedError, Outcome
from tests.documentation.markdown import ROOT, blocks
from tests.support.behaviours import CLOSE, Behaviour, after_whole_request, cut_body, redirect, respond
from tests.support.fault_server import FaultServer
from tests.support.ports import refusing_address

GUIDE: Final = (ROOT / "docs" / "how-to" / "when-a-send-fails.md").read_text(encoding="utf-8")
TEXT: Final[dict[str, Any]] = {"from_": "15162065575", "to": "15162065574", "message": "Your table is ready"}
SENT: Final = {
    Outcome.NOT_SENT: "no",
    Outcome.REJECTED: "no",
    Outcome.UNKNOWN: "**perhaps**",
    Outcome.ACCEPTED: "**yes**",
}
STATUSES: Final = (302, 400, 401, 402, 403, 404, 407, 408, 409, 413, 415, 422, 429, 500, 503)


def rows() -> dict[str, tuple[str, str]]:
    """By the name of each error: whether the message was sent, and whether it's safe to send again."""
    found: dict[str, tuple[str, str]] = {}
    for line in GUIDE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            found |= dict.fromkeys(re.findall(r"`(\w+)`", cells[0]), (cells[2], cells[3]))
    return found


ROWS: Final = rows()


def error_of(behaviour: Behaviour) -> CarrierXError:
    with (
        FaultServer(behaviour) as server,
        CarrierXClient("0d7a8c3e", base_url=server.base_url, max_retries=0) as client,
        pytest.raises(CarrierXError) as caught,
    ):
        client.messages.send(**TEXT)
    return caught.value


def check(error: CarrierXError) -> None:
    sent, safe = ROWS[type(error).__name__]

    assert error.outcome is not None
    assert sent == SENT[error.outcome]
    assert safe.partition(",")[0] in ({"yes", "see the attribute"} if error.safe_to_resend else {"no", "never"})


def test_the_table_has_every_error_of_a_send() -> None:
    public = {
        name
        for name in carrierx.__all__
        if isinstance(value := getattr(carrierx, name), type) and issubclass(value, CarrierXError)
    }
    bases = {"CarrierXError", "TransportError", "UnconfirmedSendError"}
    of_other_calls = {"EnablementFailedError", "ExportError", "ReconcileError", "ResponseError", "WaitTimeoutError"}

    assert set(ROWS) | bases | of_other_calls | {"ServerError", "TokenUnavailableError"} == public
    assert not set(ROWS) & of_other_calls
    assert of_other_calls - set(re.findall(r"`(\w+Error)`", GUIDE)) == set()


@pytest.mark.parametrize("status", STATUSES)
def test_the_row_of_a_status_is_so(status: int) -> None:
    check(error_of(redirect(302, "https://example.com/") if status == 302 else respond(status)))


@pytest.mark.parametrize(
    "behaviour",
    [after_whole_request(CLOSE), cut_body({"message_sid": "097b49df", "status": "queued"}, 20)],
    ids=["no response", "response cut off"],
)
def test_the_row_of_a_lost_response_is_so(behaviour: Behaviour) -> None:
    check(error_of(behaviour))


def test_the_rows_of_sends_that_never_leave_are_so() -> None:
    failing: list[dict[str, Any]] = [TEXT, {**TEXT, "message": ""}, {**TEXT, "timeout": -1}]
    with refusing_address() as address:
        refused = CarrierXClient("0d7a8c3e", base_url=address.base_url, max_retries=0)
        for fields in failing:
            with pytest.raises(CarrierXError) as caught:
                refused.messages.send(**fields)
            check(caught.value)

    real = CarrierXClient("0d7a8c3e", base_url="https://api.carrierx.com/core/v2")
    with pytest.raises(NetworkBlockedError) as blocked:
        real.messages.send(**TEXT)
    check(blocked.value)


@pytest.mark.parametrize("page", ["README.md", "docs/how-to/when-a-send-fails.md"])
@pytest.mark.parametrize(
    ("behaviour", "printed"),
    [
        (after_whole_request(CLOSE), "look it up: "),
        (respond(429, headers=[("Retry-After", "0")]), "try again later: "),
        (respond(400), "fix it first: "),
    ],
    ids=["no response", "429", "400"],
)
def test_each_branch_of_the_code_runs(
    page: str,
    behaviour: Behaviour,
    printed: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    [code] = [block.text for block in blocks(text) if "except UnconfirmedSendError as error" in block.text]
    monkeypatch.setenv("CARRIERX_TOKEN", "0d7a8c3e")

    with FaultServer(behaviour) as server:
        monkeypatch.setenv("CARRIERX_BASE_URL", server.base_url)
        names: dict[str, Any] = {}
        exec(code, names)
        names["client"].close()

    assert capsys.readouterr().out.startswith(printed)
