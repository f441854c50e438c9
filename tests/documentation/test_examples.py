"""The examples run as they stand, against the emulator."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, StatusDelays, serve
from tests.cli.helpers import TOKEN, environment
from tests.support.behaviours import CLOSE, Behaviour, after_whole_request, respond
from tests.support.fault_server import FaultServer
from tests.support.wire import ReceivedRequest, sms_object

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py"))
NOTEBOOK: dict[str, Any] = json.loads((EXAMPLES / "notebook.ipynb").read_text(encoding="utf-8"))
AT_ONCE = StatusDelays(sent_after=timedelta(0), delivered_after=timedelta(0))


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(EmulatorConfig(delays=AT_ONCE)) as made:
        yield made


def run_example(name: str, token: str, base_url: str) -> str:
    ended = subprocess.run(
        [sys.executable, str(EXAMPLES / name)],
        capture_output=True,
        encoding="utf-8",
        env=environment({"CARRIERX_TOKEN": token, "CARRIERX_BASE_URL": base_url}),
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def test_every_script_is_found() -> None:
    assert SCRIPTS == ["handle_errors.py", "send_async.py", "send_sms.py", "service_wrapper.py"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_runs(name: str, emulator: Emulator) -> None:
    with serve(emulator) as running:
        output = run_example(name, DEMO_TOKEN, running.base_url)

    assert output.count("accepted: ") == len(emulator.messages) > 0


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_can_be_imported_without_sending(name: str) -> None:
    tree = ast.parse((EXAMPLES / name).read_text(encoding="utf-8"))

    assert ast.get_docstring(tree)
    assert ast.unparse(tree.body[-1]).startswith("if __name__ == '__main__':")


def looked_up(*found: str) -> Behaviour:
    """Answer a look-up with a page of the messages that have the wanted reference."""

    def page(request: ReceivedRequest) -> dict[str, object]:
        reference = re.search(r"user_data(?:%20|\+)eq(?:%20|\+)%22([0-9a-f]+)%22", request.target)
        assert reference is not None, request.target
        items = [sms_object(message_sid=sid, user_data=reference[1]) for sid in found]
        return {"items": items, "count": len(items), "has_more": False, "limit": 10, "offset": 0, "total": len(items)}

    return respond(200, page)


def test_an_unconfirmed_send_is_looked_up() -> None:
    with FaultServer(after_whole_request(CLOSE), looked_up("097b49df")) as server:
        output = run_example("handle_errors.py", TOKEN, server.base_url)

    assert output.startswith("found: 097b49df\n")


def test_an_unconfirmed_send_that_can_not_be_looked_up_is_held() -> None:
    with FaultServer(after_whole_request(CLOSE), respond(403)) as server:
        output = run_example("handle_errors.py", TOKEN, server.base_url)

    assert re.match(r"unconfirmed, the lookup failed: don't resend [0-9a-f]{26}, check it by hand\n", output)


def test_a_refused_send_is_told() -> None:
    with FaultServer(respond(401)) as server:
        output = run_example("handle_errors.py", TOKEN, server.base_url)

    assert output.startswith("not sent, fix it first: CarrierX answered 401")


def cells(kind: str) -> list[dict[str, Any]]:
    return [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == kind]


def test_the_notebook_has_the_fourth_format() -> None:
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
    assert NOTEBOOK["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in NOTEBOOK["cells"]]
    assert len(set(ids)) == len(ids) == len(cells("code")) + len(cells("markdown"))
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", each) for each in ids)


def test_the_notebook_is_stored_without_outputs() -> None:
    for cell in cells("code"):
        assert cell.keys() == {"cell_type", "execution_count", "id", "metadata", "outputs", "source"}
        assert (cell["execution_count"], cell["outputs"]) == (None, [])
    for cell in cells("markdown"):
        assert cell.keys() == {"cell_type", "id", "metadata", "source"}


def test_the_cells_of_the_notebook_run_in_order(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CARRIERX_TOKEN", "CARRIERX_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    try:
        for cell in cells("code"):
            exec(compile("".join(cell["source"]), cell["id"], "exec"), namespace)
    finally:
        if "stack" in namespace:
            namespace["stack"].close()

    assert namespace["message"].status == "delivered"
    assert namespace["mms"].type == "mms"
    assert "it breaks 2 rules" in capsys.readouterr().out
