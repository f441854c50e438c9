"""Options of a client that can't work are refused when it is made, with a reason and without a secret."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import httpx
import pytest

from carrierx import AsyncCarrierXClient, ConfigurationError, MessageLimits, Outcome, RetryPolicy
from carrierx.transport import tls_and_proxy
from tests.support import tls
from tests.support.client_factory import ClientFactory
from tests.support.fault_server import FaultServer
from tests.support.rows import check_rows
from tests.support.scripts import SMS

BAD_SECONDS: list[Any] = [0, -1, -0.001, float("nan"), float("inf"), 10**400, True, "5", None, b"5"]


@pytest.mark.parametrize("name", ["timeout", "connect_timeout", "total_timeout"])
def test_a_timeout_is_a_finite_number_of_seconds_above_zero(factory: ClientFactory, name: str) -> None:
    def check(seconds: Any) -> None:
        with pytest.raises(ConfigurationError, match=f"{name} must be"):
            factory.make(**{name: seconds})

    check_rows(BAD_SECONDS, check)


@pytest.mark.parametrize("name", ["timeout", "connect_timeout", "total_timeout", "max_retries", "max_connections"])
def test_a_number_with_more_digits_than_python_writes_is_refused_like_any_other(
    factory: ClientFactory, name: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"{name} must be .*; it was far outside\."):
        factory.make(**{name: -(10**5000)})


@pytest.mark.parametrize("name", ["timeout", "total_timeout"])
def test_a_copys_timeouts_are_held_to_the_same(factory: ClientFactory, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be"):
        factory.make().with_options(**{name: -1})


@pytest.mark.parametrize("seconds", [0.001, 1, 5.5, 1e6])
def test_any_other_timeout_is_taken(factory: ClientFactory, seconds: float) -> None:
    factory.make(timeout=seconds, connect_timeout=seconds, total_timeout=seconds)


@pytest.mark.parametrize("count", [-1, 1.0, True, "2", None, float("nan")])
def test_the_number_of_retries_is_a_whole_number(factory: ClientFactory, count: Any) -> None:
    with pytest.raises(ConfigurationError, match="max_retries must be"):
        factory.make(max_retries=count)
    with pytest.raises(ConfigurationError, match="max_retries must be"):
        RetryPolicy(max_retries=count)


@pytest.mark.parametrize("count", [0, -1, 2.5, True, "2"])
def test_there_is_at_least_one_connection(factory: ClientFactory, count: Any) -> None:
    with pytest.raises(ConfigurationError, match="max_connections must be"):
        factory.make(max_connections=count)


@pytest.mark.parametrize("name", ["first_wait", "max_wait", "max_retry_after"])
def test_a_policys_waits_are_finite_and_not_negative(name: str) -> None:
    def check(seconds: Any) -> None:
        with pytest.raises(ConfigurationError, match=f"{name} must be"):
            RetryPolicy(**{name: seconds})

    check_rows([-1, float("nan"), float("inf"), True, "5"], check)


def test_a_policy_may_wait_for_no_time(factory: ClientFactory) -> None:
    factory.make(retry_policy=RetryPolicy(first_wait=0, max_wait=0, max_retry_after=0))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("retry_policy", {"max_retries": 2}),
        ("retry_policy", None),
        ("message_limits", {"max_sms_characters": 5}),
        ("legacy_field_names", "yes"),
        ("auto_reference", 1),
        ("trust_env", "no"),
        ("ssl_context", True),
        ("clock", 5),
    ],
)
def test_an_option_of_another_type_is_refused(factory: ClientFactory, option: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"{option} must be"):
        factory.make(**{option: value})


@pytest.mark.parametrize(("name", "value"), [("trust_503", "yes"), ("random", 0.5)])
def test_a_policy_of_another_type_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be"):
        RetryPolicy(**{name: value})


@pytest.mark.parametrize("limits", [{"max_sms_characters": -1}, {"max_media_urls": True}, {"us_only_mms": "no"}])
def test_a_limit_that_is_none_is_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(limits))):
        MessageLimits(**limits)


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [("timeuot", "timeout"), ("base_uri", "base_url"), ("retries", "max_retries"), ("proxies", "proxy")],
)
def test_an_unknown_option_is_refused_with_the_likely_one(factory: ClientFactory, misspelt: str, meant: str) -> None:
    with pytest.raises(ConfigurationError, match=f"no option '{misspelt}'. Did you mean {meant}?"):
        factory.make(**{misspelt: 5})


def test_an_unknown_option_like_no_other_is_refused_with_all_that_there_are(factory: ClientFactory) -> None:
    with pytest.raises(ConfigurationError, match=r"Known: .*base_url.*timeout"):
        factory.make(zzz=5)


HEADERS: list[tuple[Any, str]] = [
    ({"Authorization": "Bearer s3cr3t"}, "can't set 'Authorization'"),
    ({"CONTENT-LENGTH": "5"}, "can't set 'CONTENT-LENGTH'"),
    ({"Host": "s3cr3t"}, "can't set 'Host'"),
    ({"Transfer-Encoding": "chunked"}, "can't set"),
    ({"Content-Type": "text/plain"}, "can't set"),
    ({"Accept-Encoding": "gzip"}, "can't set"),
    ({"Connection": "close"}, "can't set"),
    ({"Expect": "100-continue"}, "can't set"),
    ({"X Y": "s3cr3t"}, "not an HTTP header name"),
    ({"X-A\r\nX-B": "s3cr3t"}, "not an HTTP header name"),
    ({"": "s3cr3t"}, "not an HTTP header name"),
    ({"Größe": "s3cr3t"}, "not an HTTP header name"),
    ({5: "s3cr3t"}, "not an HTTP header name"),
    ({"X-A": "s3cr3t\r\nX-B: 1"}, "value for 'X-A'"),
    ({"X-A": "s3cr3t\n"}, "value for 'X-A'"),
    ({"X-A": " s3cr3t"}, "value for 'X-A'"),
    ({"X-A": ""}, "value for 'X-A'"),
    ({"X-A": "s3cr3tü"}, "value for 'X-A'"),
    ({"X-A": 5}, "value for 'X-A'"),
    ([("X-A", "s3cr3t")], "must map names to strings"),
    (None, "must map names to strings"),
]


def test_extra_headers_that_cannot_be_sent_or_are_the_clients_own_are_refused(factory: ClientFactory) -> None:
    def check(row: tuple[Any, str]) -> None:
        headers, reason = row
        with pytest.raises(ConfigurationError, match=f"extra_headers.*{reason}") as caught:
            factory.make(extra_headers=headers)
        assert "s3cr3t" not in str(caught.value)

    check_rows(HEADERS, check)


@pytest.mark.parametrize(
    "proxy",
    [
        "ftp://proxy.example",
        "proxy.example:8080",
        "http://",
        "http://joe:s3cr3t@",
        "http://proxy:s3cr3t",
        "",
        5,
        "http://joe:s3cr3t@proxy example",
        "//proxy.example",
    ],
    ids=repr,
)
def test_a_proxy_that_is_no_proxys_url_is_refused_and_not_repeated(factory: ClientFactory, proxy: Any) -> None:
    with pytest.raises(ConfigurationError, match="proxy") as caught:
        factory.make(proxy=proxy)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    "proxy", ["http://proxy.example", "https://joe:pass@proxy.example:3128", "socks5://[::1]:1080"]
)
def test_any_other_proxy_is_taken_and_not_shown(factory: ClientFactory, proxy: str) -> None:
    assert "proxy" not in repr(factory.make(proxy=proxy).client)


@pytest.mark.parametrize(
    "ca_file", ["/no/such/file.pem", "", "a\x00b", 0, object()], ids=lambda value: repr(value)[:20]
)
def test_a_file_of_authorities_must_exist(factory: ClientFactory, ca_file: Any) -> None:
    with pytest.raises(ConfigurationError, match="ca_file does not exist"):
        factory.make(ca_file=ca_file)


def test_a_file_without_authorities_is_found_out_at_the_first_call_and_nothing_is_sent(
    factory: ClientFactory, tmp_path: Path
) -> None:
    wrong = tmp_path / "authorities.pem"
    wrong.write_bytes(random.Random(1).randbytes(99))
    with FaultServer(use_tls=True) as server:
        with pytest.raises(ConfigurationError, match="ca_file contains no certificates in PEM format") as caught:
            factory.at(server.base_url, ca_file=str(wrong)).send(**SMS)
        assert server.connections == 0
    assert caught.value.outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_an_environments_authorities_that_cannot_be_read_are_found_out_at_the_first_call_and_nothing_is_sent(
    factory: ClientFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    wrong = tmp_path / "authorities.pem"
    if content is not None:
        wrong.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(wrong))
    tls_and_proxy._context_for.cache_clear()  # pyright: ignore[reportPrivateUsage]
    with FaultServer(use_tls=True) as server:
        with pytest.raises(ConfigurationError, match="SSL_CERT_FILE") as caught:
            factory.at(server.base_url).send(**SMS)
        assert server.connections == 0
    assert caught.value.outcome is Outcome.NOT_SENT


def test_authorities_and_a_context_together_are_refused(factory: ClientFactory) -> None:
    with pytest.raises(ConfigurationError, match="ca_file or ssl_context, not both"):
        factory.make(ca_file=tls.ca_file(), ssl_context=tls.client_context())


@pytest.mark.parametrize("path_type", [str, Path])
def test_authorities_or_a_context_of_ones_own_are_trusted(factory: ClientFactory, path_type: type) -> None:
    with FaultServer(use_tls=True) as server:
        factory.at(server.base_url, ca_file=path_type(server.ca_file)).send(**SMS)
        factory.at(server.base_url, ssl_context=server.client_context()).send(**SMS)
        assert server.requests_fully_read == 2


def test_a_folder_of_authorities_is_taken(factory: ClientFactory, tmp_path: Path) -> None:
    with FaultServer(use_tls=True) as server:
        with pytest.raises(Exception, match="TLS failed"):
            factory.at(server.base_url, ca_file=str(tmp_path)).send(**SMS)
        assert server.requests_started == 0


def test_an_http_client_of_the_other_kind_or_of_none_is_refused(factory: ClientFactory) -> None:
    other = httpx.AsyncClient() if factory.kind == "sync" else httpx.Client()
    with pytest.raises(ConfigurationError, match=r"needs an httpx\.\w+, not an httpx\.\w+"):
        factory.make(http_client=other)
    with pytest.raises(ConfigurationError, match="must be a client of httpx or httpx2"):
        factory.make(http_client="httpx")
    with pytest.raises(ConfigurationError, match="needs an httpx"):
        factory.make(http_client=lambda: other).send(**SMS)


def test_an_async_backend_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ConfigurationError, match='"httpx" or "aiohttp"'):
        AsyncCarrierXClient("token", async_backend="trio")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
