"""Links from page to page are followed only to where the token may go."""

from __future__ import annotations

import pytest

from carrierx import ResponseError
from tests.support.client_factory import ClientFactory
from tests.support.scripts import Script, page

LIST = "https://api.carrierx.com/core/v2/sms/messages"


def linked(sid: int, link: str | None, **changes: object) -> dict[str, object]:
    return {"items": [{"message_sid": str(sid)}], "pagination": {"next": link}, **changes}


def follow(factory: ClientFactory, *links: str | None) -> tuple[list[str], Script]:
    script = Script(*(page(**linked(number, link)) for number, link in enumerate(links)))
    found = [message.message_sid for message in factory.scripted(script, max_retries=0).iterate(page_size=1)]
    return found, script


def test_a_link_is_followed_with_the_query_that_it_has(factory: ClientFactory) -> None:
    found, script = follow(factory, f"{LIST}?limit=1&after=c%2Fd%26&offset=1", None)
    assert found == ["0", "1"]
    assert script.queries[1] == {"limit": "1", "after": "c/d&", "offset": "1"}


def test_a_link_counts_even_if_has_more_says_no(factory: ClientFactory) -> None:
    script = Script(page(**linked(0, f"{LIST}?limit=1&offset=1", has_more=False)), page(**linked(1, None)))
    assert len(list(factory.scripted(script).iterate(page_size=1))) == 2


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/core/v2/sms/messages?limit=1",
        "http://api.carrierx.com/core/v2/sms/messages?limit=1",
        "https://api.carrierx.com:8443/core/v2/sms/messages?limit=1",
        "https://someone@api.carrierx.com/core/v2/sms/messages?limit=1",
        "https://api.carrierx.com.evil.example/core/v2/sms/messages?limit=1",
        "//evil.example/core/v2/sms/messages?limit=1",
        "/core/v2/sms/messages?limit=1",
        "https://[broken/core/v2/sms/messages?limit=1",
        "https://api.carrierx.com:port/core/v2/sms/messages?limit=1",
    ],
)
def test_a_link_to_another_host_is_refused_before_the_token_goes_there(factory: ClientFactory, link: str) -> None:
    script = Script(page(**linked(0, link)))
    messages = factory.scripted(script).iterate(page_size=1)
    assert next(messages).message_sid == "0"
    with pytest.raises(ResponseError, match="another host"):
        next(messages)
    assert len(script.requests) == 1


@pytest.mark.parametrize("path", ["/core/v2/sms/rates", "/core/v2/sms/messages/", "/core/v2/sms/messages/../x", "/"])
def test_a_link_to_another_path_is_refused(factory: ClientFactory, path: str) -> None:
    script = Script(page(**linked(0, f"https://api.carrierx.com{path}?limit=1")))
    messages = factory.scripted(script).iterate(page_size=1)
    next(messages)
    with pytest.raises(ResponseError, match="another path"):
        next(messages)
    assert len(script.requests) == 1


def test_a_link_that_leads_to_its_own_page_is_refused(factory: ClientFactory) -> None:
    here = f"{LIST}?limit=1&offset=1"
    script = Script(page(**linked(0, here)), page(**linked(1, here)))
    messages = factory.scripted(script).iterate(page_size=1)
    assert [next(messages).message_sid, next(messages).message_sid] == ["0", "1"]
    with pytest.raises(ResponseError, match="the same page again"):
        next(messages)
    assert len(script.requests) == 2


def test_the_refusal_does_not_repeat_the_link(factory: ClientFactory) -> None:
    script = Script(page(**linked(0, "https://evil.example/x?filter=secret")))
    messages = factory.scripted(script).iterate(page_size=1)
    next(messages)
    with pytest.raises(ResponseError) as caught:
        next(messages)
    assert "evil" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_link_without_a_limit_keeps_the_page_size(factory: ClientFactory) -> None:
    found, script = follow(factory, f"{LIST}?after=c", None)
    assert found == ["0", "1"]
    assert [query["limit"] for query in script.queries] == ["1", "1"]
