"""The page's files, and what is refused to a page."""

from __future__ import annotations

import re
from importlib.resources import files

import httpx

from carrierx.emulator import Emulator
from tests.emulator.helpers import DID, PHONE, upload
from tests.support.rows import check_rows

EXAMPLE_URL = "https://example.com/photo.jpg"
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
        assert set(re.findall(r"https?://[^\s\"']+", text)) <= {"http://www.w3.org/2000/svg", EXAMPLE_URL}
        if name.endswith(".html"):
            assert not re.search(r"<script(?![^>]* src=)|\son\w+=|\sstyle=", text)

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

    check_rows(
        [
            "/inbox/nothing",
            "/inbox/conversations",
            "/inbox/../app.py",
            "/inbox/%2e%2e/app.py",
            "/inbox/static/inbox.js",
        ],
        check,
    )


def test_other_methods_are_refused(page: httpx.Client) -> None:
    assert page.head("/").status_code == 200
    for method, path in (
        ("DELETE", "/"),
        ("POST", "/"),
        ("POST", "/inbox/inbox.js"),
        ("GET", "/control/receive"),
        ("PUT", "/control/conversations"),
    ):
        answer = page.request(method, path, json={})
        assert (answer.status_code, bool(answer.headers["allow"])) == (405, True)


def test_nonsense_is_refused_with_its_reason(emulator: Emulator, page: httpx.Client) -> None:
    def check(row: tuple[str, bytes]) -> None:
        name, body = row
        answer = page.post(f"/control/{name}", content=body, headers={"Content-Type": "application/json"})

        assert answer.status_code in {400, 413, 422}
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
            ("faults", b'{"kind":"explode"}'),
            ("faults", b'{"kind":"answer","status":7}'),
            ("clock", b'{"step":-1}'),
            ("clock", b'{"step":1e300}'),
            ("clock", b'{"held":"yes"}'),
        ],
        check,
    )


def test_a_place_is_made_of_digits(page: httpx.Client) -> None:
    def check(before: str) -> None:
        assert (
            page.get(
                "/control/conversations/messages", params={"ours": DID, "theirs": PHONE, "before": before}
            ).status_code
            == 400
        )
        assert page.get("/control/conversations", params={"before": before}).status_code == 400

    check_rows(["x", "-1", "1.5", "9" * 19, "9" * 5000, "\u0661"], check)


def test_a_published_file_can_not_act_as_the_page(emulator: Emulator, page: httpx.Client) -> None:
    file = upload(emulator, b"<script>fetch('/control/conversations')</script>", name="page.html")

    answer = page.get(f"/f/{file['file_sid']}")

    assert answer.status_code == 200
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
