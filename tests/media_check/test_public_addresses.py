"""Only public addresses are connected to, however they are written, looked up or reached."""

from __future__ import annotations

import pytest

from carrierx.media_check.public_addresses import is_public
from tests.media_check.checkers import HOST, PUBLIC, PUBLIC_V6, Checkers, Names, Network, said
from tests.media_check.media_server import MediaServer, file_of, redirecting
from tests.support.rows import check_rows
from tests.support.wire import head

# Each test has names and a network of its own.
pytestmark = pytest.mark.carrierx_allow_network

INSIDE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.255",
    "0.0.0.0",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "168.63.129.16",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:7f00:1",
    "fd00::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:808:808::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "100::1",
]
PUBLIC_ADDRESSES = [
    PUBLIC,
    PUBLIC_V6,
    "8.8.8.8",
    "100.63.255.255",
    "168.63.129.17",
    "100.128.0.0",
    "172.32.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]
IN_A_URL = {address: f"[{address}]" if ":" in address else address for address in INSIDE}
ODD_FORMS = {
    "http://2130706433/": "decimal",
    "http://0x7f000001/": "hexadecimal",
    "http://017700000001/": "octal",
    "http://0x7f.1/": "short hexadecimal",
    "http://127.1/": "short",
    "http://0/": "zero",
    "http://127.0.0.1./": "with a dot",
    "http://[::ffff:7f00:1]/": "mapped",
    "http://[0:0:0:0:0:0:0:1]/": "long",
}


def test_an_inside_address_is_not_public() -> None:
    def check(address: str) -> None:
        assert not is_public(address)

    check_rows(INSIDE, check)


def test_what_is_no_plain_address_is_not_public() -> None:
    def check(address: str) -> None:
        assert not is_public(address)

    check_rows([f"{PUBLIC_V6}%eth0", "media.example", "", "1.2.3"], check)


def test_a_public_address_is() -> None:
    def check(address: str) -> None:
        assert is_public(address)

    check_rows(PUBLIC_ADDRESSES, check)


def test_an_inside_address_in_a_url_is_not_connected_to(checkers: Checkers) -> None:
    network = Network()

    report = checkers.over(network).check([f"http://{host}/a.png" for host in IN_A_URL.values()])

    assert said(report) == ["unknown: not a public address"] * len(INSIDE)
    assert network.dialled == []


@pytest.mark.parametrize("url", ODD_FORMS, ids=ODD_FORMS.get)
def test_an_inside_address_in_an_odd_form_is_not_connected_to(checkers: Checkers, url: str) -> None:
    network, names = Network(), Names()

    report = checkers.over(network, resolver=names).check([url])

    assert said(report) in (["unknown: not a public address"], ["unknown: the host can't be reached"])
    assert network.dialled == []


def test_the_system_reads_no_odd_form_as_a_name_of_the_inside(checkers: Checkers) -> None:
    network = Network()

    report = checkers.over(network).check(list(ODD_FORMS))

    assert all(result.reason for result in report.results)
    assert network.dialled == []


def test_a_name_that_leads_inside_is_not_followed() -> None:
    def check(address: str) -> None:
        network = Network()
        report = Checkers("sync").over(network, resolver=Names(media_example=[[address]])).check([f"http://{HOST}/"])
        assert said(report) == ["unknown: not a public address"]
        assert network.dialled == []

    check_rows(INSIDE, check)


def test_a_name_of_which_one_address_is_inside_is_not_followed(checkers: Checkers) -> None:
    network = Network()

    report = checkers.over(network, resolver=Names(media_example=[[PUBLIC, "10.0.0.1"]])).check([f"http://{HOST}/"])

    assert said(report) == ["unknown: not a public address"]
    assert network.dialled == []


def test_localhost_is_inside(checkers: Checkers) -> None:
    with MediaServer(file_of(5)) as server:
        report = checkers.make().check([server.url(host="localhost")])

    assert said(report) == ["unknown: not a public address"]
    assert server.connections == 0


def test_the_checked_address_is_the_one_connected_to(checkers: Checkers) -> None:
    with MediaServer(file_of(5)) as server:
        network = Network().lead(PUBLIC, server.port)
        names = Names(media_example=[[PUBLIC], ["127.0.0.1"]])
        report = checkers.over(network, resolver=names).check([f"http://{HOST}/"])

    assert said(report) == ["exact 5"]
    assert network.dialled == [PUBLIC]
    assert names.asked == [HOST]
    assert server.requests[0].header("host") == HOST


def test_a_name_that_is_bound_anew_leads_nowhere(checkers: Checkers) -> None:
    def close_after_head(_: object) -> list[bytes]:
        return [head(405, [("Content-Length", "0"), ("Connection", "close")])]

    with MediaServer(close_after_head) as outside, MediaServer(file_of(5)) as inside:
        network = Network().lead(PUBLIC, outside.port).lead("127.0.0.1", inside.port)
        names = Names(media_example=[[PUBLIC], ["127.0.0.1"]])
        report = checkers.over(network, resolver=names).check([f"http://{HOST}/"])

    assert said(report) == ["unknown: not a public address"]
    assert outside.asked == ["HEAD /"]
    assert names.asked == [HOST, HOST]
    assert inside.connections == 0


@pytest.mark.parametrize("target", ["http://127.0.0.1/", "http://[::1]/", "//169.254.169.254/latest", "http://inner/"])
def test_a_redirect_to_the_inside_is_not_followed(checkers: Checkers, target: str) -> None:
    with MediaServer(redirecting({"/": target}, file_of(5))) as server:
        network = Network().lead(PUBLIC, server.port)
        names = Names(media_example=[[PUBLIC]], inner=[["10.0.0.1"]])
        report = checkers.over(network, resolver=names).check([f"http://{HOST}/"])

    assert said(report) == ["unknown: not a public address"]
    assert network.dialled == [PUBLIC]


def test_the_next_address_is_tried_if_one_does_not_answer(checkers: Checkers) -> None:
    with MediaServer(file_of(5)) as server:
        network = Network().lead(PUBLIC, server.port)
        names = Names(media_example=[[PUBLIC_V6, PUBLIC, PUBLIC]])
        report = checkers.over(network, resolver=names).check([f"http://{HOST}/"])

    assert said(report) == ["exact 5"]
    assert network.dialled == [PUBLIC_V6, PUBLIC]


def test_not_every_address_of_a_host_is_tried(checkers: Checkers) -> None:
    network = Network()
    names = Names(media_example=[[f"93.184.216.{last}" for last in range(1, 200)]])

    report = checkers.over(network, resolver=names).check([f"http://{HOST}/"])

    assert said(report) == ["unknown: the host can't be reached"]
    assert len(network.dialled) == 4


def test_any_address_will_do_if_it_is_allowed(checkers: Checkers) -> None:
    with MediaServer(file_of(5)) as server:
        report = checkers.local().check([server.url(host="localhost"), server.url(host="127.0.0.1")])

    assert said(report) == ["exact 5", "exact 5"]


@pytest.mark.parametrize(
    "url",
    [
        "https://storage.carrierx.com/a.png",
        "https://STORAGE.carrierx.com./a.png",
        "http://carrierx.com/a.png",
        "https://api.eu.carrierx.com:8443/a.png",
    ],
)
def test_what_lies_with_carrierx_is_not_fetched(checkers: Checkers, url: str) -> None:
    names = Names()

    report = checkers.make(resolver=names).check([url])

    assert said(report) == ["unknown: carrierx storage"]
    assert names.asked == []


def test_a_host_that_only_looks_like_carrierx_is_fetched(checkers: Checkers) -> None:
    names = Names()

    checkers.make(resolver=names).check(["https://notcarrierx.com/", "https://carrierx.com.example/"])

    assert sorted(names.asked) == ["carrierx.com.example", "notcarrierx.com"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://user@media.example/", "the URL contains user info"),
        ("http://user:secret@media.example/", "the URL contains user info"),
        ("ftp://media.example/a.png", "not an http or https URL"),
        ("file:///etc/passwd", "not an http or https URL"),
        ("/a.png", "not an http or https URL"),
        ("", "not an http or https URL"),
        ("http://media.example:65536/", "not an http or https URL"),
        ("http://media.example:port/", "not a URL that can be fetched"),
        ("http://\uff11\uff12\uff17.0.0.1/", "not a URL that can be fetched"),
        ("http://[::1/", "not a URL that can be fetched"),
    ],
)
def test_what_can_not_be_fetched_is_unknown(checkers: Checkers, url: str, reason: str) -> None:
    names = Names(media_example=[[PUBLIC]])

    report = checkers.over(Network(), resolver=names).check([url])

    assert said(report) == [f"unknown: {reason}"]
    assert names.asked == []
