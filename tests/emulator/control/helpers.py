"""What the tests of the control API share."""

from __future__ import annotations

import json
from typing import Any, TypeAlias
from urllib.parse import urlencode

from carrierx.emulator import Emulator, EmulatorResponse, Request
from carrierx.emulator.control.app import ControlApp
from carrierx.emulator.control.auth import ControlAuth

JSON: TypeAlias = dict[str, Any]


class Control:
    """Uses the control API of an emulator in this process."""

    def __init__(self, emulator: Emulator) -> None:
        self.app = ControlApp(emulator, ControlAuth())

    def call(self, method: str, path: str, body: object = None, /, **query: object) -> EmulatorResponse:
        """Make a request, and return the response, whatever it is."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = (("host", "localhost"), *((("content-type", "application/json"),) if content else ()))
        return self.app.handle(Request(method, f"/control/{path}", urlencode(query), headers, content))

    def read(self, path: str, /, **query: object) -> JSON:
        """Read something that is there."""
        return self._done(self.call("GET", path, **query))

    def post(self, path: str, /, **body: object) -> JSON:
        """Have something done."""
        return self._done(self.call("POST", path, body))

    def delete(self, path: str) -> JSON:
        """Have something removed."""
        return self._done(self.call("DELETE", path))

    def refused(self, method: str, path: str, body: object = None, /, **query: object) -> tuple[int, str]:
        """Make a request that is to be refused, and return the status and the message."""
        response = self.call(method, path, body, **query)
        content = json.loads(response.body)
        assert response.status >= 400, content
        assert [entry.keys() for entry in content["errors"]] != []
        return response.status, content["message"]

    def _done(self, response: EmulatorResponse) -> JSON:
        content: JSON = json.loads(response.body)
        assert response.status == 200, content
        return content
