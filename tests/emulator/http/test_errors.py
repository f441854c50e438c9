"""Status and texts of every error."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest

from carrierx.emulator import DEMO_TOKEN, Credential, Emulator, EmulatorConfig, Request
from tests.emulator.helpers import MESSAGES, accept, call, content, fetch, make_emulator, send
from tests.support.rows import check_rows


def basic(user_name: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user_name}:{password}".encode()).decode()}


def test_an_unknown_sid_is_answered_as_documented(emulator: Emulator) -> None:
    response = call(emulator, "GET", f"{MESSAGES}/097b49df-c54e-4eaf-97d0-89cf7d5a655b")

    assert response.status == 404
    assert content(response) == {
        "message": "no item error",
        "errors": [{"field": None, "message": "cannot find item by sid", "reference_sid": None}],
    }


def test_an_unknown_path_is_not_found(emulator: Emulator) -> None:
    def check(path: str) -> None:
        response = call(emulator, "GET", path)

        assert response.status == 404
        assert content(response)["message"] == "Not Found"

    check_rows(
        [
            "/",
            "",
            "/core/v2",
            "/sms/messages",
            "/core/v2/sms",
            f"{MESSAGES}/",
            f"{MESSAGES}/a/b",
            "/core/v1/sms/messages",
        ],
        check,
    )


def test_a_wrong_method_is_told_the_right_ones(emulator: Emulator) -> None:
    def check(row: tuple[str, str, str]) -> None:
        method, path, allowed = row
        response = call(emulator, method, path)

        assert response.status == 405
        assert ("allow", allowed) in response.headers

    check_rows(
        [
            ("PATCH", MESSAGES, "GET, POST"),
            ("DELETE", MESSAGES, "GET, POST"),
            ("HEAD", MESSAGES, "GET, POST"),
            ("POST", f"{MESSAGES}/some-sid", "GET"),
            ("DELETE", f"{MESSAGES}/some-sid", "GET"),
            ("post", MESSAGES, "GET, POST"),
        ],
        check,
    )


def test_a_body_that_is_not_declared_as_json_is_unsupported(emulator: Emulator) -> None:
    def check(content_type: str) -> None:
        response = call(emulator, body=b"{}", headers={"content-type": content_type})

        assert response.status == 415
        assert content(response)["message"] == "Unsupported media type"

    check_rows(
        [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonp",
            "application/json; charset=latin-1",
            "",
            "multipart/form-data; boundary=x",
        ],
        check,
    )


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON;charset=UTF-8", "application/json;"])
def test_json_may_be_declared_in_several_ways(emulator: Emulator, content_type: str) -> None:
    assert call(emulator, body=b"{}", headers={"content-type": content_type}).status == 422


def test_a_body_without_a_content_type_is_unsupported(emulator: Emulator) -> None:
    headers = (("Authorization", f"Bearer {DEMO_TOKEN}"),)

    assert emulator.handle(Request("POST", MESSAGES, headers=headers, body=b"{}")).status == 415


@pytest.mark.parametrize("path", [MESSAGES, f"{MESSAGES}/some-sid"])
def test_without_credentials_a_request_is_unauthorized(emulator: Emulator, path: str) -> None:
    response = emulator.handle(Request("GET", path))

    assert response.status == 401
    assert content(response)["message"] == "Unauthorized"
    assert ("www-authenticate", "Bearer") in response.headers


def test_wrong_credentials_are_bad(emulator: Emulator) -> None:
    def check(authorization: str) -> None:
        response = call(emulator, "GET", headers={"authorization": authorization})

        assert response.status == 401
        assert content(response)["message"] == "Bad credentials"

    check_rows(
        [
            "Bearer wrong",
            f"Bearer {DEMO_TOKEN}x",
            "Bearer",
            "Bearer ",
            DEMO_TOKEN,
            f"Token {DEMO_TOKEN}",
            f"Basic {DEMO_TOKEN}",
            "Basic !!!",
            "Basic é",
            "Basic " + base64.b64encode(DEMO_TOKEN.encode()).decode(),
            "",
        ],
        check,
    )


def test_two_authorizations_are_bad(emulator: Emulator) -> None:
    line = ("authorization", f"Bearer {DEMO_TOKEN}")

    assert emulator.handle(Request("GET", MESSAGES, headers=(line, line))).status == 401


def test_the_scheme_has_no_case(emulator: Emulator) -> None:
    assert call(emulator, "GET", headers={"authorization": f"bEARER   {DEMO_TOKEN}"}).status == 200


class TestUserNamesAndPasswords:
    """Basic authentication, which the 2019 documentation used."""

    config = EmulatorConfig(credentials=(Credential.bearer("token"), Credential.basic("zoë", "a:b")))

    def test_are_accepted_when_configured(self) -> None:
        with make_emulator(self.config) as emulator:
            assert call(emulator, "GET", headers=basic("zoë", "a:b")).status == 200

    def test_must_match_both(self) -> None:
        with make_emulator(self.config) as emulator:
            assert call(emulator, "GET", headers=basic("zoë", "wrong")).status == 401
            assert call(emulator, "GET", headers=basic("wrong", "a:b")).status == 401

    def test_are_no_bearer_token(self) -> None:
        with make_emulator(self.config) as emulator:
            assert call(emulator, "GET", headers={"authorization": "Bearer zoë:a:b"}).status == 401


class TestScopes:
    """What a credential may do."""

    @pytest.mark.parametrize(
        ("scopes", "sending", "reading"),
        [
            (["sms.manage"], 200, 200),
            (["sms.create"], 200, 403),
            (["sms.read"], 403, 200),
            (["sms.create", "sms.read"], 200, 200),
            (["storage.manage"], 403, 403),
            ([], 403, 403),
        ],
    )
    def test_decide_who_sends_and_who_reads(self, scopes: list[str], sending: int, reading: int) -> None:
        config = EmulatorConfig(credentials=(Credential.bearer(DEMO_TOKEN, scopes=scopes),))
        with make_emulator(config) as emulator:
            assert send(emulator).status == sending
            assert call(emulator, "GET").status == reading

    def test_missing_are_named(self) -> None:
        config = EmulatorConfig(credentials=(Credential.bearer(DEMO_TOKEN, scopes=[]),))
        with make_emulator(config) as emulator:
            body = content(send(emulator))

        assert body["message"] == "Forbidden"
        assert body["errors"][0]["message"] == "needs the scope sms.manage or sms.create"


def test_a_credential_shows_no_secret() -> None:
    assert "hunter2" not in repr(Credential.basic("user", "hunter2"))
    assert "hunter2" not in repr(Credential.bearer("hunter2"))


@pytest.mark.parametrize("token", ["", "two words", "line\n", "é"])
def test_a_token_must_fit_into_a_header(token: str) -> None:
    with pytest.raises(ValueError, match="visible ASCII"):
        Credential.bearer(token)


def test_a_user_name_has_no_colon() -> None:
    with pytest.raises(ValueError, match="colon"):
        Credential.basic("a:b", "c")


@pytest.mark.parametrize("query", ["x=1", "limit=1"])
def test_single_messages_and_sends_take_no_query_parameters(strict_emulator: Emulator, query: str) -> None:
    sid = accept(strict_emulator)["message_sid"]

    assert call(strict_emulator, "GET", f"{MESSAGES}/{sid}", query=query).status == 400
    assert call(strict_emulator, "POST", body=b"{}", query=query).status == 400


def test_a_sid_may_be_percent_encoded(emulator: Emulator) -> None:
    sid: str = accept(emulator)["message_sid"]

    assert fetch(emulator, sid.replace("-", "%2D"))["message_sid"] == sid


@pytest.mark.parametrize("headers", [{}, {"X-Anything": "at all"}])
def test_other_headers_do_not_matter(emulator: Emulator, headers: Mapping[str, str]) -> None:
    assert call(emulator, "GET", headers=headers).status == 200
