"""Which addresses a client talks to, and which it refuses before a token could go there."""

from __future__ import annotations

from typing import Any

import pytest

from carrierx import ConfigurationError
from tests.support.client_factory import ClientFactory
from tests.support.rows import check_rows
from tests.support.scripts import SMS, Script

PATH = "/sms/messages"


def url_of_a_send(factory: ClientFactory, **options: Any) -> str:
    script = Script()
    factory.scripted(script, **options).send(**SMS)
    return str(script.requests[0].url)


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://api.carrierx.com/core/v2", "https://api.carrierx.com/core/v2"),
        ("https://api.carrierx.com/core/v2/", "https://api.carrierx.com/core/v2"),
        ("https://api.carrierx.com/core/v2//", "https://api.carrierx.com/core/v2"),
        ("HTTPS://API.CarrierX.com/core/v2", "https://api.carrierx.com/core/v2"),
        ("https://gateway.example", "https://gateway.example"),
        ("https://gateway.example:8443/a/b", "https://gateway.example:8443/a/b"),
        ("https://[2001:db8::1]/core", "https://[2001:db8::1]/core"),
        ("http://127.0.0.1:8025/core/v2", "http://127.0.0.1:8025/core/v2"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:8025", "http://[::1]:8025"),
    ],
)
def test_https_is_taken_and_http_on_this_machine(factory: ClientFactory, base_url: str, origin: str) -> None:
    assert url_of_a_send(factory, base_url=base_url) == origin + PATH


def test_without_one_it_is_carrierx(factory: ClientFactory) -> None:
    assert url_of_a_send(factory) == "https://api.carrierx.com/core/v2" + PATH


def test_the_environment_may_give_it_and_an_argument_goes_before(
    factory: ClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARRIERX_BASE_URL", "https://staging.example/v2/")
    assert url_of_a_send(factory) == "https://staging.example/v2" + PATH
    assert url_of_a_send(factory, base_url=None) == "https://staging.example/v2" + PATH
    assert url_of_a_send(factory, base_url="https://other.example") == "https://other.example" + PATH


def test_an_empty_variable_counts_as_not_set(factory: ClientFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARRIERX_BASE_URL", "")
    assert url_of_a_send(factory).startswith("https://api.carrierx.com/")


REFUSED = {
    "http://api.carrierx.com/core/v2": "must start with https",
    "http://localhost.example": "must start with https",
    "http://10.0.0.1": "must start with https",
    "http://127.0.0.1.example": "must start with https",
    "https://joe:s3cr3t@api.carrierx.com": "no user name or password",
    "https://s3cr3t@api.carrierx.com": "no user name or password",
    "https://@api.carrierx.com": "no user name or password",
    "https://api.carrierx.com/core?key=s3cr3t": "no query",
    "https://api.carrierx.com/core#s3cr3t": "no query and no fragment",
    "ftp://api.carrierx.com": "starts with https",
    "api.carrierx.com/core/v2": "absolute URL",
    "/core/v2": "absolute URL",
    "//api.carrierx.com": "absolute URL",
    "https://": "absolute URL",
    "https:///core": "absolute URL",
    "": "absolute URL",
    "https://api.carrierx.com:s3cr3t": "host or port",
    "https://api.carrierx.com:99999": "host or port",
    "https://[::1": "host or port",
    "https://[v1.x]": "not an IPv6 address",
    "https://api carrierx.com": "holds a space",
    "https://api.carrierx.com\n": "holds a space",
    "https://äpi.carrierx.com": "non-ASCII",
    "https://api.carrierx.com\\core": "backslash",
}


def test_another_is_refused_and_not_repeated(factory: ClientFactory) -> None:
    def check(row: tuple[str, str]) -> None:
        base_url, reason = row
        with pytest.raises(ConfigurationError, match=f"base_url.*{reason}") as caught:
            factory.make(base_url=base_url)
        assert "s3cr3t" not in str(caught.value)

    check_rows(REFUSED.items(), check)


def test_another_from_the_environment_is_refused_too(factory: ClientFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(row: tuple[str, str]) -> None:
        base_url, reason = row
        monkeypatch.setenv("CARRIERX_BASE_URL", base_url)
        with pytest.raises(ConfigurationError, match=f"base_url.*{reason}") as caught:
            factory.make()
        assert "s3cr3t" not in str(caught.value)

    check_rows([row for row in REFUSED.items() if row[0]], check)  # an empty variable counts as not set


@pytest.mark.parametrize("base_url", [5, b"https://api.carrierx.com", ["https://api.carrierx.com"]], ids=repr)
def test_what_is_no_text_is_refused(factory: ClientFactory, base_url: Any) -> None:
    with pytest.raises(ConfigurationError, match="base_url must be a string"):
        factory.make(base_url=base_url)


def test_http_elsewhere_needs_a_switch(factory: ClientFactory) -> None:
    assert url_of_a_send(factory, base_url="http://gateway.example", allow_http=True) == "http://gateway.example" + PATH


@pytest.mark.parametrize("switch", ["false", "no", 1, None])
def test_the_switch_is_true_or_false_and_nothing_that_looks_like_it(factory: ClientFactory, switch: Any) -> None:
    with pytest.raises(ConfigurationError, match="allow_http must be True or False"):
        factory.make(base_url="http://gateway.example", allow_http=switch)
