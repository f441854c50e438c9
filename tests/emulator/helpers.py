"""What the emulator's tests share: the time at which their clock starts, counted SIDs, and short ways to call."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast
from urllib.parse import urlencode

from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, EmulatorResponse, Request
from tests.support.clocks import SteppingClock

MESSAGES = "/core/v2/sms/messages"
CONTAINER_SID = "cb05c1f4-2398-432c-8314-cc306156281c"
PARTNER_SID = "e00430c3-a7d0-4666-ab5c-f7202448382f"
START = datetime(2026, 3, 15, 12, 0, 0, 84_000, tzinfo=UTC)
DID = "15162065575"
PHONE = "15162065574"
SMS: Mapping[str, object] = {"from": DID, "to": PHONE, "message": "This is a test message"}
MMS: Mapping[str, object] = {"from": DID, "to": PHONE, "media_urls": ["https://storage.carrierx.com/f/cdac0471"]}

JSON: TypeAlias = dict[str, Any]


def counted_sids() -> Callable[[], str]:
    """Return a factory of SIDs that count upwards."""
    numbers = iter(range(1, 1_000_000))
    return lambda: f"00000000-0000-4000-8000-{next(numbers):012}"


def make_emulator(config: EmulatorConfig | None = None, clock: SteppingClock | None = None) -> Emulator:
    """Return an emulator with a clock that stands still, SIDs that count, and codes of an alphabet's last character."""
    now = (clock or SteppingClock(START)).now
    return Emulator(config, clock=now, new_sid=counted_sids(), choose=lambda alphabet: alphabet[-1])


def call(
    emulator: Emulator,
    method: str = "POST",
    path: str = MESSAGES,
    *,
    body: bytes = b"",
    query: str = "",
    headers: Mapping[str, str] | None = None,
) -> EmulatorResponse:
    """Make one request with the demo token, as JSON; `headers` replaces what is given by default."""
    lines = {"host": "api.carrierx.com", "authorization": f"Bearer {DEMO_TOKEN}", "content-type": "application/json"}
    lines |= headers or {}
    return emulator.handle(Request(method, path, query, tuple(lines.items()), body))


def send(emulator: Emulator, template: Mapping[str, object] = SMS, /, **changes: object) -> EmulatorResponse:
    """Send what the template says; `changes` replaces fields of it."""
    return call(emulator, body=json.dumps({**template, **changes}).encode())


def accept(emulator: Emulator, template: Mapping[str, object] = SMS, /, **changes: object) -> JSON:
    """Send a message that is to be accepted, and return its SMS object."""
    response = send(emulator, template, **changes)
    assert response.status == 200, response.body
    return content(response)


def fetch(emulator: Emulator, message_sid: str) -> JSON:
    """Read one message."""
    response = call(emulator, "GET", f"{MESSAGES}/{message_sid}")
    assert response.status == 200, response.body
    return content(response)


def ask(emulator: Emulator, **parameters: object) -> EmulatorResponse:
    """Ask for a list."""
    return call(emulator, "GET", query=urlencode(parameters))


def listed(emulator: Emulator, **parameters: object) -> JSON:
    """Ask for a list that is to be given, and return it."""
    response = ask(emulator, **parameters)
    assert response.status == 200, response.body
    return content(response)


def content(response: EmulatorResponse) -> JSON:
    """Return the JSON object in an answer."""
    body: JSON = json.loads(response.body)
    return body


def broken_rules(response: EmulatorResponse) -> list[tuple[str | None, str]]:
    """Return field and message of every entry of a 422."""
    assert response.status == 422, response.body
    assert content(response)["message"] == "Object validation error"
    return [(entry["field"], entry["message"]) for entry in content(response)["errors"]]


def refused_fields(response: EmulatorResponse) -> list[str | None]:
    """Return the field of every entry of a 422."""
    return [field for field, _ in broken_rules(response)]


def get(emulator: Emulator, path: str, /, **parameters: object) -> EmulatorResponse:
    """Read what is at a path of the API."""
    return call(emulator, "GET", f"/core/v2{path}", query=urlencode(parameters))


def read(emulator: Emulator, path: str, /, **parameters: object) -> JSON:
    """Read what is at a path of the API, and is to be given."""
    response = get(emulator, path, **parameters)
    assert response.status == 200, response.body
    return content(response)


def write(emulator: Emulator, method: str, path: str, body: object, /, **parameters: object) -> EmulatorResponse:
    """Send a JSON body to a path of the API."""
    return call(emulator, method, f"/core/v2{path}", body=json.dumps(body).encode(), query=urlencode(parameters))


def written(emulator: Emulator, method: str, path: str, body: object, /, **parameters: object) -> JSON:
    """Send a JSON body that is to be taken, and return the answer."""
    response = write(emulator, method, path, body, **parameters)
    assert response.status == 200, response.body
    return content(response)


def upload(
    emulator: Emulator, data: bytes = b"a cat", *, name: str = "cat.png", host: str = "api.carrierx.com"
) -> JSON:
    """Upload a file that is to be taken, and return its object."""
    response = call(
        emulator,
        "POST",
        "/core/v2/storage/files",
        body=data,
        query=urlencode({"container_sid": CONTAINER_SID, "name": name}),
        headers={"content-type": "application/octet-stream", "host": host},
    )
    assert response.status == 201, response.body
    return content(response)


CLIENT: Mapping[str, str] = {"client_id": "5c7965f2", "client_secret": "50339091"}
LOGIN: Mapping[str, str] = {**CLIENT, "grant_type": "password", "username": "joe", "password": "qwerty123"}


def post_form(
    emulator: Emulator, path: str, form: Mapping[str, object], *, token: str = DEMO_TOKEN, content_type: str = ""
) -> EmulatorResponse:
    """Send a form to a path of the API."""
    content_type = content_type or "application/x-www-form-urlencoded"
    headers = {"authorization": f"Bearer {token}", "content-type": content_type}
    return call(emulator, "POST", f"/core/v2{path}", body=urlencode(form).encode(), headers=headers)


def generated_token(emulator: Emulator, **changes: object) -> JSON:
    """Generate an OAuth token and return it."""
    response = post_form(emulator, "/oauth/token", {**LOGIN, **changes})
    assert response.status == 200, response.body
    return content(response)


def blamed(response: EmulatorResponse, status: int) -> str | None:
    """Return the field that an error of this status names first."""
    assert response.status == status, response.body
    field: str | None = content(response)["errors"][0]["field"]
    return field


def assert_same_shape(answer: object, published: object, place: str = "answer") -> None:
    """Assert that two JSON values have the same keys everywhere, and values of the same types where neither is null."""
    if answer is None or published is None:
        return
    assert type(answer) is type(published), place
    if isinstance(answer, dict) and isinstance(published, dict):
        ours, theirs = cast("JSON", answer), cast("JSON", published)
        assert ours.keys() == theirs.keys(), place
        for key, value in ours.items():
            assert_same_shape(value, theirs[key], f"{place}.{key}")
    if isinstance(answer, list) and isinstance(published, list) and answer and published:
        assert_same_shape(cast("list[object]", answer)[0], cast("list[object]", published)[0], f"{place}[0]")
