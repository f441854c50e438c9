"""Seed files: the numbers and messages that an emulator has from the start."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from carrierx.emulator.core.routing import BASE_PATH
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.errors import EmulatorError
from carrierx.emulator.http.json_body import parse_json
from carrierx.emulator.http.types import JSONObject, Request

_KEYS: Final = ("numbers", "messages")
_RECEIVED: Final = ("from", "to", "message", "media_urls", "group_recipients")


def load_seed_file(emulator: Emulator, path: str | Path) -> int:
    """Fill an emulator with the numbers and messages of a file, unless it has messages, or these numbers, already.

    Args:
        emulator: The emulator.
        path: The file: a JSON object in UTF-8. `numbers` lists the attributes of DIDs, at least `phonenumber`; they are
            rented and enabled for messaging. `messages` lists the bodies of sends. With `"direction": "inbound"`, a
            message comes in instead.

    Returns:
        The number of messages from the file.

    Raises:
        EmulatorError: The file can't be read, or something in it is invalid. The error says what.

    Example:
        >>> import json
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from carrierx.emulator import Emulator
        >>> with TemporaryDirectory() as folder, Emulator() as emulator:
        ...     file = Path(folder, "seed.json")
        ...     seed = {"messages": [{"from": "15162065575", "to": "15162065574", "message": "Hello"}]}
        ...     written = file.write_text(json.dumps(seed))
        ...     load_seed_file(emulator, file)
        1
    """
    data = _read(path)
    numbers, messages = _entries(path, data, "numbers"), _entries(path, data, "messages")
    if emulator.messages or _has_all(emulator, numbers):
        return 0
    # All of it or nothing: a mistake in the file must not leave a part of it in the database.
    with emulator.database.transaction():
        for where, number in numbers:
            _add_number(emulator, where, number)
        for where, message in messages:
            _add_message(emulator, where, message)
    return len(messages)


def _has_all(emulator: Emulator, numbers: list[tuple[str, JSONObject]]) -> bool:
    known = emulator.numbers
    return bool(numbers) and all(number.get("phonenumber") in known for _, number in numbers)


def _read(path: str | Path) -> Mapping[str, object]:
    try:
        data: object = parse_json(Path(path).read_bytes())
    except OSError as error:
        raise EmulatorError(f"the seed file {path} can't be read: {error.strerror or error}") from error
    except ValueError as error:
        raise EmulatorError(f"the seed file {path} is not valid JSON: {error}") from error
    if not isinstance(data, Mapping):
        raise EmulatorError(f"the seed file {path} must be a JSON object with {' and '.join(_KEYS)}")
    unknown = [str(key) for key in cast("Mapping[object, object]", data) if key not in _KEYS]
    if unknown:
        raise EmulatorError(f"the seed file {path} has an unknown key {unknown[0]!r}; known: {', '.join(_KEYS)}")
    return cast("Mapping[str, object]", data)


def _entries(path: str | Path, data: Mapping[str, object], key: str) -> list[tuple[str, JSONObject]]:
    entries = data.get(key, [])
    if not isinstance(entries, list):
        raise EmulatorError(f"the seed file {path}: {key} must be a list")
    found: list[tuple[str, JSONObject]] = []
    for position, entry in enumerate(cast("list[object]", entries)):
        where = f"the seed file {path}: {key}[{position}]"
        if not isinstance(entry, dict):
            raise EmulatorError(f"{where} must be an object")
        found.append((where, cast("JSONObject", entry)))
    return found


def _add_number(emulator: Emulator, where: str, number: JSONObject) -> None:
    attributes = {name: value for name, value in number.items() if name != "phonenumber"}
    sid = _explained(where, lambda: emulator.add_number(cast("str", number.get("phonenumber"))))
    if attributes:
        _request(emulator, where, "PATCH", f"/phonenumber/dids/{sid}", attributes)


def _add_message(emulator: Emulator, where: str, message: JSONObject) -> None:
    direction = message.get("direction", "outbound")
    if direction not in ("inbound", "outbound"):
        raise EmulatorError(f"{where}: direction must be inbound or outbound")
    body = {name: value for name, value in message.items() if name != "direction"}
    if direction == "outbound":
        _request(emulator, where, "POST", "/sms/messages", body)
        return
    unknown = [name for name in body if name not in _RECEIVED]
    if unknown:
        raise EmulatorError(f"{where}: an inbound message has no {unknown[0]}; known: {', '.join(_RECEIVED)}")
    for name in ("from", "to"):
        if not isinstance(body.get(name), str):
            raise EmulatorError(f"{where}: {name} must be a phone number or a short code, in digits")
    if not isinstance(body.get("message"), str | None):
        raise EmulatorError(f"{where}: message must be a string")
    for name in ("media_urls", "group_recipients"):
        texts = body.setdefault(name, [])
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in cast("list[object]", texts)):
            raise EmulatorError(f"{where}: {name} must be a list of strings")
    arguments: dict[str, Any] = {"from_" if name == "from" else name: value for name, value in body.items()}
    _explained(where, lambda: emulator.receive(**arguments))


def _explained(where: str, work: Callable[[], object]) -> object:
    try:
        return work()
    except (TypeError, ValueError) as error:
        raise EmulatorError(f"{where}: {error}") from error


def _authorization(emulator: Emulator) -> str:
    credential = emulator.config.credentials[0]
    if credential.scheme == "bearer":
        return f"Bearer {credential.secret}"
    return f"Basic {base64.b64encode(credential.secret.encode()).decode()}"


def _request(emulator: Emulator, where: str, method: str, path: str, body: JSONObject) -> None:
    headers = (("authorization", _authorization(emulator)), ("content-type", "application/json"))
    response = emulator.prepare(Request(method, f"{BASE_PATH}{path}", "", headers, json.dumps(body).encode()))
    if response.status != 200:
        content = cast("Mapping[str, object]", json.loads(response.body))
        errors = cast("list[Mapping[str, object]]", content.get("errors") or [])
        problems = [": ".join(str(error[key]) for key in ("field", "message") if error.get(key)) for error in errors]
        raise EmulatorError(f"{where}: {'; '.join(problems) or content.get('message')}")
