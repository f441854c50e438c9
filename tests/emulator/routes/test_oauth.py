"""OAuth tokens, which work as credentials."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest

from carrierx.emulator import DEMO_TOKEN, EVERY_SCOPE, Credential, Emulator, EmulatorConfig, EmulatorResponse
from tests.emulator.helpers import (
    CLIENT,
    LOGIN,
    PARTNER_SID,
    START,
    blamed,
    call,
    content,
    generated_token,
    get,
    make_emulator,
    post_form,
    read,
    refused_fields,
)
from tests.support.clocks import SteppingClock
from tests.support.rows import check_rows

TOKENS = "/oauth/tokens"
GENERATE = "/oauth/token"
REVOKE = "/oauth/revoke"
FOR_PARTNER = f"{GENERATE}/{PARTNER_SID}"


def status_with(emulator: Emulator, token: str, path: str = "/sms/messages") -> int:
    return call(emulator, "GET", f"/core/v2{path}", headers={"authorization": f"Bearer {token}"}).status


def revoke(emulator: Emulator, **fields: object) -> EmulatorResponse:
    return post_form(emulator, REVOKE, {**CLIENT, **fields})


class TestGenerating:
    """`POST /oauth/token` and `POST /oauth/token/{partner_sid}`."""

    def test_gives_a_token_that_works(self, emulator: Emulator) -> None:
        token = generated_token(emulator)

        assert status_with(emulator, token["access_token"]) == 200
        assert len({token["access_token"], token["refresh_token"], token["token_sid"], DEMO_TOKEN}) == 4
        assert status_with(emulator, token["refresh_token"]) == status_with(emulator, token["token_sid"]) == 401
        assert (token["client_id"], token["token_type"]) == (CLIENT["client_id"], "bearer")
        assert token["date_created"] == "2026-03-15T12:00:00.084Z"

    def test_gives_it_the_scopes_of_its_maker_and_no_more(self) -> None:
        maker = Credential.bearer(DEMO_TOKEN, scopes=["oauth.create", "sms.read"])
        with make_emulator(EmulatorConfig(credentials=(maker,))) as emulator:
            token = generated_token(emulator)

            assert token["scopes"] == ["oauth.create", "sms.read"]
            assert status_with(emulator, token["access_token"]) == 200
            assert status_with(emulator, token["access_token"], "/phonenumber/dids") == 403
            again = post_form(emulator, GENERATE, LOGIN, token=token["access_token"])
            assert content(again)["scopes"] == ["oauth.create", "sms.read"]

    def test_gives_a_full_token_to_who_has_every_scope(self, emulator: Emulator) -> None:
        assert generated_token(emulator)["scopes"] == sorted(EVERY_SCOPE)

    def test_for_a_sub_partner_needs_no_password(self, emulator: Emulator) -> None:
        made = content(post_form(emulator, FOR_PARTNER, CLIENT))

        assert made["partner_sid"] == PARTNER_SID
        assert status_with(emulator, made["access_token"]) == 200
        assert post_form(emulator, f"{GENERATE}/ed437757", CLIENT).status == 404

    def test_sets_the_end_that_was_wanted(self, emulator: Emulator) -> None:
        short = generated_token(emulator, access_token_expires_in=3600)
        longest = generated_token(emulator)

        assert short["date_expiration_access_token"] == "2026-03-15T13:00:00.084Z"
        assert longest["date_expiration_access_token"] == "2126-02-19T12:00:00.084Z"

    def test_takes_what_carrierx_s_ruby_client_sends(self, emulator: Emulator) -> None:
        assert generated_token(emulator, refresh_token="", scope="trust")["token_type"] == "bearer"

    def test_needs_every_field_of_the_sample(self, emulator: Emulator) -> None:
        def check(field: str) -> None:
            for rest in ({name: LOGIN[name] for name in LOGIN if name != field}, {**LOGIN, field: ""}):
                assert refused_fields(post_form(emulator, GENERATE, rest)) == [field]

        check_rows(LOGIN, check)
        assert refused_fields(post_form(emulator, FOR_PARTNER, {})) == ["client_id", "client_secret"]
        assert read(emulator, TOKENS)["items"] == []

    def test_refuses_what_the_form_does_not_have(self, emulator: Emulator) -> None:
        def check(row: tuple[str, Mapping[str, object]]) -> None:
            path, form = row
            assert refused_fields(post_form(emulator, path, form)) == [None]

        check_rows([(GENERATE, {**LOGIN, "name": "x"}), (FOR_PARTNER, LOGIN), (REVOKE, {**CLIENT, "sid": "x"})], check)

    def test_refuses_other_grants_and_ends(self, emulator: Emulator) -> None:
        assert refused_fields(post_form(emulator, GENERATE, {**LOGIN, "grant_type": "refresh_token"})) == ["grant_type"]

        def check(seconds: object) -> None:
            for path, form in ((GENERATE, LOGIN), (FOR_PARTNER, CLIENT)):
                refused = post_form(emulator, path, {**form, "access_token_expires_in": seconds})
                assert refused_fields(refused) == ["access_token_expires_in"]

        check_rows([0, -1, "1.5", "soon", "٣", 3_153_600_001, 10**30], check)
        assert read(emulator, TOKENS)["items"] == []


class TestForms:
    """What holds for every form."""

    @pytest.mark.parametrize("path", [GENERATE, FOR_PARTNER, REVOKE])
    def test_are_declared_and_readable(self, emulator: Emulator, path: str) -> None:
        def check(row: tuple[str, bytes, int]) -> None:
            content_type, body, status = row
            answer = call(emulator, "POST", f"/core/v2{path}", body=body, headers={"content-type": content_type})
            assert answer.status == status

        form = "application/x-www-form-urlencoded"
        check_rows(
            [
                ("application/json", b"{}", 415),
                ("multipart/form-data", b"", 415),
                (form, b"client_id=%ff", 400),
                (form, b"client_id=\xff", 400),
                (form, b"client_id=a&client_id=b", 400),
                (f"{form}; charset=utf-8", b"", 422),
            ],
            check,
        )


class TestTokens:
    """`GET /oauth/tokens` and `GET /oauth/tokens/{token_sid}`."""

    def test_are_listed_without_a_total(self, emulator: Emulator) -> None:
        first, second = generated_token(emulator), generated_token(emulator)

        answer = read(emulator, TOKENS, with_related="true")
        assert answer["items"] == [first, second]
        assert (answer["count"], answer["limit"], answer["total"]) == (2, 10, None)
        assert read(emulator, f"{TOKENS}/{second['token_sid']}") == second

    def test_can_be_filtered_and_ordered_but_not_by_their_secrets(self, emulator: Emulator) -> None:
        token = generated_token(emulator)

        assert read(emulator, TOKENS, filter=f"token_sid eq {token['token_sid']}", order="date_created desc")["count"]
        assert read(emulator, TOKENS, filter="date_created gt 2027-01-01")["count"] == 0
        for secret in ("access_token", "refresh_token"):
            assert blamed(get(emulator, TOKENS, filter=f"{secret} eq {token[secret]}"), 400) == "filter"

    def test_of_the_settings_are_not_among_them(self, emulator: Emulator) -> None:
        assert read(emulator, TOKENS)["items"] == []
        assert get(emulator, f"{TOKENS}/{DEMO_TOKEN}").status == 404

    def test_end_when_their_time_is_over(self) -> None:
        clock = SteppingClock(START)
        with make_emulator(clock=clock) as emulator:
            token = generated_token(emulator, access_token_expires_in=60)
            path = f"{TOKENS}/{token['token_sid']}"
            clock.advance(59)
            assert status_with(emulator, token["access_token"]) == 200
            assert read(emulator, path) == token

            clock.advance(1)
            assert status_with(emulator, token["access_token"]) == 401
            assert get(emulator, path).status == 404
            assert read(emulator, TOKENS)["items"] == []
            assert revoke(emulator, token=token["access_token"]).status == 404

    def test_survive_in_a_file(self, tmp_path: Path) -> None:
        with Emulator(database=tmp_path / "tokens.db") as emulator:
            token, revoked = generated_token(emulator), generated_token(emulator)
            revoke(emulator, token=revoked["access_token"])
        with Emulator(database=tmp_path / "tokens.db") as emulator:
            assert status_with(emulator, token["access_token"]) == 200
            assert status_with(emulator, revoked["access_token"]) == 401
            assert read(emulator, TOKENS)["items"] == [token]


class TestRevoking:
    """`POST /oauth/revoke`."""

    def test_ends_a_token(self, emulator: Emulator) -> None:
        kept, token = generated_token(emulator), generated_token(emulator)

        answer = revoke(emulator, token=token["access_token"], token_type="bearer")

        assert (answer.status, answer.body) == (204, b"")
        assert status_with(emulator, token["access_token"]) == 401
        assert read(emulator, TOKENS)["items"] == [kept]
        assert revoke(emulator, token=token["access_token"]).status == 404

    def test_without_a_token_ends_that_of_the_request(self, emulator: Emulator) -> None:
        kept, token = generated_token(emulator), generated_token(emulator)

        assert post_form(emulator, REVOKE, CLIENT, token=token["access_token"]).status == 204
        assert post_form(emulator, REVOKE, CLIENT, token=token["access_token"]).status == 401
        assert read(emulator, TOKENS)["items"] == [kept]

    def test_does_not_end_a_credential_of_the_settings(self, emulator: Emulator) -> None:
        assert blamed(revoke(emulator), 409) == blamed(revoke(emulator, token=DEMO_TOKEN), 409) == "token"
        assert status_with(emulator, DEMO_TOKEN) == 200

    def test_takes_the_token_and_not_its_sid(self, emulator: Emulator) -> None:
        token = generated_token(emulator)

        assert revoke(emulator, token=token["token_sid"]).status == 404
        assert revoke(emulator, token=token["refresh_token"]).status == 404
        assert status_with(emulator, token["access_token"]) == 200

    def test_needs_the_client(self, emulator: Emulator) -> None:
        token = generated_token(emulator)

        for field in CLIENT:
            rest = {name: CLIENT[name] for name in CLIENT if name != field}
            refused = post_form(emulator, REVOKE, {**rest, "token": token["access_token"]})
            assert refused_fields(refused) == [field]
        assert status_with(emulator, token["access_token"]) == 200

    def test_with_a_password_needs_a_token(self) -> None:
        joe = Credential.basic("joe", "qwerty123")
        with make_emulator(EmulatorConfig(credentials=(joe,))) as emulator:
            headers = {
                "authorization": f"Basic {base64.b64encode(b'joe:qwerty123').decode()}",
                "content-type": "application/x-www-form-urlencoded",
            }
            body = b"client_id=5c7965f2&client_secret=50339091"
            answer = call(emulator, "POST", f"/core/v2{REVOKE}", body=body, headers=headers)

            assert refused_fields(answer) == ["token"]
