"""The headers of a response, as `client.execute` gives them."""

from __future__ import annotations

from carrierx import Call
from tests.support.behaviours import respond_raw
from tests.support.client_factory import ClientFactory
from tests.support.fault_server import FaultServer

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    b"Via: 1.1 a\r\nvia: 1.1 b\r\nX-Name: caf\xe9\r\n\r\n{}"
)


def test_headers_are_found_whatever_their_case_and_joined_where_they_came_several_times(factory: ClientFactory) -> None:
    with FaultServer(respond_raw(ANSWER)) as server:
        response = factory.at(server.base_url).execute(Call("GET", "/anything", dict[str, object]))
    headers = response.headers
    assert headers["content-type"] == headers["CONTENT-TYPE"] == headers.get("Content-Type") == "application/json"
    assert headers["via"] == "1.1 a, 1.1 b"
    assert headers["x-name"] == "caf\u00e9"
    assert headers.get("location") is None
    assert "1.1 a" not in repr(response)
