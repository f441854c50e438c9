"""Whatever stands in the body of an error answer, the error is the status's own."""

from __future__ import annotations

import pytest

from carrierx import APIError, NotFoundError, ObjectValidationError, SendOutcomeUnknownError
from tests.support.behaviours import CLOSE, RESET, cut_body, respond, respond_gzipped
from tests.support.client_factory import ClientFactory
from tests.support.fault_server import FaultServer
from tests.support.scripts import SID, SMS, reply

UNUSUAL: dict[str, object] = {
    "nothing": None,
    "blanks": b"  \r\n ",
    "not JSON": b"{'message': 'no'}",
    "a list": [1, 2],
    "a list of entries": [{"message": "no"}],
    "a text": "no",
    "a number": 5,
    "null": b"null",
    "cut JSON": b'{"message": "no',
    "wrong types": {"message": 5, "errors": "many"},
    "wrong entries": {"message": None, "errors": [None, 5, [], {"field": 5, "message": [], "reference_sid": {}}]},
    "a blank message": {"message": " \n ", "errors": {}},
    "not UTF-8": b'{"message": "\xff\xfe"}',
    "half a character": b'{"message": "\\ud800"}',
    "HTML": b"<html><body><h1>502 Bad Gateway</h1></body></html>",
    "nested without end": b"[" * 100_000,
    "huge": b'{"message": "' + b"x" * 2_000_000 + b'"}',
    "a number without end": b'{"message": ' + b"9" * 100_000 + b"}",
}


@pytest.mark.parametrize("body", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_an_unusual_body_gives_the_status_in_words(factory: ClientFactory, body: object) -> None:
    client = factory.scripted([reply(422, body)])
    with pytest.raises(ObjectValidationError) as caught:
        client.send(**SMS)
    assert caught.value.message in ("Unprocessable Entity", "Unprocessable Content")
    assert all(detail.message == "" and detail.field is None for detail in caught.value.errors)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("body", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_an_unusual_body_of_a_500_leaves_a_send_unknown(factory: ClientFactory, body: object) -> None:
    with pytest.raises(SendOutcomeUnknownError, match="Internal Server Error"):
        factory.scripted([reply(500, body)]).send(**SMS)


def test_a_status_that_nobody_knows_is_told_by_its_number(factory: ClientFactory) -> None:
    with pytest.raises(APIError) as caught:
        factory.scripted([reply(499)], max_retries=0).get(SID)
    assert caught.value.message == "status 499"


def test_a_byte_order_mark_or_another_type_does_not_matter(factory: ClientFactory) -> None:
    client = factory.scripted([reply(404, b'{"message": "no item error"}', {"Content-Type": "text/plain"})])
    with pytest.raises(NotFoundError, match="no item error"):
        client.get(SID)


def test_a_long_message_is_shortened(factory: ClientFactory) -> None:
    with pytest.raises(NotFoundError) as caught:
        factory.scripted([reply(404, {"message": "long " * 1000})]).get(SID)
    assert len(caught.value.message) == 500
    assert caught.value.message.endswith("...")


def test_of_very_many_entries_some_are_kept(factory: ClientFactory) -> None:
    body = {"message": "no", "errors": [{"message": f"entry {number}"} for number in range(1000)]}
    with pytest.raises(ObjectValidationError) as caught:
        factory.scripted([reply(422, body)]).send(**SMS)
    assert [detail.message for detail in caught.value.errors] == [f"entry {number}" for number in range(20)]


def test_line_breaks_and_control_characters_do_not_reach_a_terminal(factory: ClientFactory) -> None:
    body = {"message": "one\r\ntwo\x1b[31m\u202e", "errors": [{"field": "a\nb", "message": "c\x07d"}]}
    with pytest.raises(NotFoundError) as caught:
        factory.scripted([reply(404, body)]).get(SID)
    assert caught.value.message == "one two?[31m?"
    assert (caught.value.errors[0].field, caught.value.errors[0].message) == ("a b", "c?d")


def test_a_sid_in_an_errors_words_stays_whole(factory: ClientFactory) -> None:
    sids = [SID, "12345678-1234-4123-8123-123456789012", "0123456789abcdef01234567"]
    body = {"message": f"see {sids[0]}", "errors": [{"message": f"and {sids[1]}", "reference_sid": sids[2]}]}
    with pytest.raises(NotFoundError) as caught:
        factory.scripted([reply(404, body)]).get(SID)
    assert caught.value.message == f"see {sids[0]}"
    assert (caught.value.errors[0].message, caught.value.errors[0].reference_sid) == (f"and {sids[1]}", sids[2])


@pytest.mark.parametrize("then", [CLOSE, RESET], ids=["closed", "reset"])
@pytest.mark.parametrize("sent", [0, 12])
def test_a_body_that_breaks_off_leaves_the_status(factory: ClientFactory, sent: int, then: object) -> None:
    behaviour = cut_body({"message": "no item error"}, sent, CLOSE if then is CLOSE else RESET, status=404)
    with FaultServer(behaviour) as server:
        with pytest.raises(NotFoundError) as caught:
            factory.at(server.base_url).get(SID)
        assert server.requests_fully_read == 1
    assert caught.value.message == "Not Found"


def test_a_compressed_body_is_read_and_one_packed_twice_is_not(factory: ClientFactory) -> None:
    body = {"message": "no item error"}
    with FaultServer(respond_gzipped(body, 1, 404), respond_gzipped(body, 2, 404)) as server:
        client = factory.at(server.base_url)
        with pytest.raises(NotFoundError, match="no item error"):
            client.get(SID)
        with pytest.raises(NotFoundError, match="Not Found"):
            client.get(SID)


def test_a_body_too_large_over_a_connection_leaves_the_status(factory: ClientFactory) -> None:
    with FaultServer(respond(422, b'{"message": "' + b"x" * 3_000_000 + b'"}')) as server:
        with pytest.raises(ObjectValidationError) as caught:
            factory.at(server.base_url).send(**SMS)
        assert server.requests_fully_read == 1
    assert len(caught.value.message) < 50
