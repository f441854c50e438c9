"""The page's files and endpoints."""

from __future__ import annotations

import re
from importlib.resources import files

import httpx

from carrierx.emulator import Credential, Emulator, EmulatorConfig, serve
from tests.emulator.helpers import DID, PHONE, upload
from tests.emulator.web.helpers import read, root_of, tell
from tests.support.rows import check_rows

STATIC = files("carrierx.emulator.web").joinpath("static")
FILES = sorted(file.name for file in STATIC.iterdir() if file.name != "__pycache__")


def test_the_page_loads_only_what_comes_from_here(page: httpx.Client) -> None:
    answer = page.get("/")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert set(re.findall(r'(?:src|href)="([^"#]+)"', answer.text)) <= {f"/inbox/{name}" for name in FILES}


def test_no_file_has_an_inline_script_or_an_address_elsewhere() -> None:
    def check(name: str) -> None:
        text = STATIC.joinpath(name).read_text(encoding="utf-8")

        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
        assert set(re.findall(r"https?://[^\s\"']+", text)) <= {"http://www.w3.org/2000/svg"}
        if name.endswith(".html"):
            assert not re.search(r"<script(?![^>]* src=)|\son\w+=|\sstyle=", text)
        assert len(text.splitlines()) <= 300

    check_rows(FILES, check)


def test_every_file_is_served_and_kept_by_browsers(page: httpx.Client) -> None:
    def check(name: str) -> None:
        answer = page.get(f"/inbox/{name}")

        assert answer.status_code == 200
        assert answer.content == STATIC.joinpath(name).read_bytes()
        assert page.get(f"/inbox/{name}", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304

    check_rows(FILES, check)


def test_nothing_else_is_served(page: httpx.Client) -> None:
    def check(path: str) -> None:
        assert page.get(path).status_code == 404

    check_rows(["/inbox/nothing", "/inbox/../app.py", "/inbox/%2e%2e/app.py", "/inbox/static/inbox.js"], check)


def test_other_methods_are_refused(page: httpx.Client) -> None:
    assert page.head("/").status_code == 200
    for method, path in (("DELETE", "/"), ("POST", "/"), ("GET", "/inbox/receive"), ("PUT", "/inbox/conversations")):
        answer = page.request(method, path, json={})
        assert (answer.status_code, bool(answer.headers["allow"])) == (405, True)


def test_a_newcomer_is_told_the_token_that_everybody_knows(page: httpx.Client) -> None:
    assert read(page, "about") == {"base_path": "/core/v2", "token": "carrierx-emulator-demo-token"}


def test_a_token_of_ones_own_is_not_told() -> None:
    config = EmulatorConfig(credentials=(Credential.bearer("of-my-own"),))
    with Emulator(config) as emulator, serve(emulator) as running:
        assert httpx.get(f"{root_of(running)}/inbox/about").json()["token"] is None


def test_a_reply_comes_in(emulator: Emulator, page: httpx.Client) -> None:
    told = tell(page, "receive", **{"from": PHONE, "to": DID, "message": "STOP"})

    assert (told["direction"], told["status"]) == ("inbound", "received")
    assert [(message["from"], message["message"]) for message in emulator.messages] == [(PHONE, "STOP")]


def test_nonsense_is_refused_with_its_reason(emulator: Emulator, page: httpx.Client) -> None:
    def check(row: tuple[str, bytes]) -> None:
        name, body = row
        answer = page.post(f"/inbox/{name}", content=body, headers={"Content-Type": "application/json"})

        assert answer.status_code in {400, 413}
        assert answer.json()["message"]
        assert emulator.messages == []

    check_rows(
        [
            ("receive", b"{"),
            ("receive", b"[]"),
            ("receive", b"[" * 100_000),
            ("receive", b"\xff"),
            ("receive", b"{}"),
            ("receive", b'{"from":"15162065574","to":"15162065575","message":""}'),
            ("receive", b'{"from":"15162065574","to":"15162065575","message":7}'),
            ("receive", b'{"from":"15162065574","to":"15162065575","message":"\\ud800"}'),
            ("receive", b'{"from":"15162065574","to":"15162065575","media_urls":"http://a.example/"}'),
            ("receive", b'{"from":"15162065574","to":"15162065575","media_urls":["javascript:alert(1)"]}'),
            ("changes", b'{"after":"1"}'),
            ("changes", b'{"after":-1}'),
            ("changes", b'{"after":99999999999999999999}'),
            ("changes", b'{"after":0,"watched":[]}'),
            ("changes", b'{"after":0,"watched":{"\\ud800":"queued"}}'),
            ("fault-on", b'{"kind":"explode"}'),
            ("fault-on", b'{"kind":"answer","status":7}'),
            ("clock", b'{"step":-1}'),
            ("clock", b'{"step":1e300}'),
            ("clock", b'{"held":"yes"}'),
        ],
        check,
    )


def test_a_place_is_made_of_digits(page: httpx.Client) -> None:
    def check(before: str) -> None:
        assert page.get("/inbox/messages", params={"before": before}).status_code == 400
        assert page.get("/inbox/conversations", params={"before": before}).status_code == 400

    check_rows(["x", "-1", "1.5", "9" * 19, "9" * 5000, "\u0661"], check)


def test_a_fault_is_switched_on_and_off(emulator: Emulator, page: httpx.Client) -> None:
    [rule] = tell(page, "fault-on", kind="answer", status=429, path="/sms/messages", times=1)["rules"]

    assert [found.id for found in emulator.faults.rules] == [rule["id"]]
    assert tell(page, "changes", after=0)["controls"]["faults"] == 1
    assert read(page, "faults")["rules"] == [rule]
    assert tell(page, "fault-off", id=rule["id"])["rules"] == []
    assert page.post("/inbox/fault-off", json={"id": rule["id"]}).status_code == 404
    tell(page, "fault-on", kind="lose_answer")
    assert tell(page, "fault-off")["rules"] == []


def test_what_is_wrong_with_a_fault_is_told(page: httpx.Client) -> None:
    told = page.post("/inbox/fault-on", json={"kind": "answer", "status": 7}).json()["message"]

    assert told.startswith("status must be")


def test_time_is_held_and_stepped(emulator: Emulator, page: httpx.Client) -> None:
    assert tell(page, "clock", held=True)["held"]
    before = emulator.clock.now()
    tell(page, "clock", step=60)

    assert (emulator.clock.now() - before).total_seconds() == 60
    assert not tell(page, "clock", held=False)["held"]


def test_a_published_file_can_not_act_as_the_page(emulator: Emulator, page: httpx.Client) -> None:
    file = upload(emulator, b"<script>fetch('/inbox/conversations')</script>", name="page.html")

    answer = page.get(f"/f/{file['file_sid']}")

    assert answer.status_code == 200
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
