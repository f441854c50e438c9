"""Taking an answer in, within bounds, and reading it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from enum import Enum, auto
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast, overload

from pydantic import PydanticUserError, ValidationError
from pydantic_core import from_json

from carrierx.errors import InvalidArgumentError
from carrierx.models.api_object import ApiObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = [
    "Answer",
    "AnswerBody",
    "AnswerHeaders",
    "Defect",
    "UnreadableError",
    "check_answer_type",
    "cut_object",
    "json_object",
    "read_as",
]

T = TypeVar("T")

_GZIP = 31  # zlib's window bits for a gzip header and trailer, which it then checks


class Defect(Enum):
    """Why a body did not arrive whole."""

    CUT = auto()
    TOO_LARGE = auto()
    ENCODING = auto()


class AnswerHeaders(Mapping[str, str]):
    """An answer's headers by their names, whatever their case. What came several times is joined by commas.

    Most are never looked at, so each is decoded when it is.
    """

    __slots__ = ("_values",)

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        values = {name.lower(): value for name, value in raw}
        self._values = values if len(values) == len(raw) else _joined(raw)

    def __getitem__(self, name: str) -> str:
        return _header_text(self._values[_header_name(name)])

    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, /, default: str | T) -> str | T: ...
    def get(self, name: str, /, default: object = None) -> object:
        """Give a header's value, or the default: without the detour over an exception that `Mapping` takes."""
        value = self._values.get(_header_name(name))
        return default if value is None else _header_text(value)

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(self)}>"


def _joined(raw: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    values: dict[bytes, bytes] = {}
    for raw_name, value in raw:
        name = raw_name.lower()
        values[name] = b"%b, %b" % (values[name], value) if name in values else value
    return values


def _header_name(name: str) -> bytes:
    return name.lower().encode("latin-1", "replace")


def _header_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


class Answer(NamedTuple):
    """An answer as far as it arrived."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes
    defect: Defect | None = None
    cause: BaseException | None = None

    @property
    def declares_json(self) -> bool:
        """Whether the answer says that its body is JSON."""
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return media_type == "application/json" or media_type.endswith("+json")


class AnswerBody:
    """Collects a body up to a bound, through at most one layer of gzip.

    We ask for no compression, so more than one layer is a mistake or a trap: a few hundred bytes can unfold to
    gigabytes.
    """

    def __init__(self, headers: Mapping[str, str], largest: int) -> None:
        encoding = headers.get("content-encoding", "").strip().lower()
        self._unpacker = zlib.decompressobj(_GZIP) if encoding in ("gzip", "x-gzip") else None
        self._largest = largest
        self._parts: list[bytes] = []
        self._size = 0
        self.defect: Defect | None = None
        if self._unpacker is None and encoding not in ("", "identity"):
            self.defect = Defect.ENCODING

    def feed(self, chunk: bytes) -> bool:
        """Take a chunk in; False means that the rest is not wanted."""
        if self.defect is not None:
            return False
        if self._unpacker is not None:
            try:
                chunk = self._unpacker.decompress(chunk, self._largest - self._size + 1)
            except zlib.error:
                self.defect = Defect.ENCODING
                return False
        self._size += len(chunk)
        if self._size > self._largest:
            self.defect = Defect.TOO_LARGE
            return False
        self._parts.append(chunk)
        return True

    def answer(self, status_code: int, headers: Mapping[str, str], failure: BaseException | None = None) -> Answer:
        """Give the answer as far as it was taken in.

        Args:
            status_code: Its status.
            headers: Its headers.
            failure: What broke it off, fit to be chained; None if it came to its end, or to ours.
        """
        if self._unpacker is not None and self.defect is None and self._size and not self._unpacker.eof:
            self.defect = Defect.CUT
        defect = self.defect if failure is None else self.defect or Defect.CUT
        return Answer(status_code, headers, b"".join(self._parts), defect, failure)


class UnreadableError(Exception):
    """An answer is not what was expected. Its text names fields and never values."""


_FIELD_LIKE = re.compile(r"(?!.*\d{5})[A-Za-z_][\w.-]{0,39}")
_readers: dict[object, Callable[[bytes], Any]] = {}


def check_answer_type(answer_type: object) -> None:
    """Refuse a type that no answer can be read as, before a call of it leaves: it would be carried out all the same.

    Raises:
        InvalidArgumentError: pydantic can't read it.
    """
    try:
        if answer_type in _readers:
            return
        # A name in quotes would be looked up where nobody knows it.
        readable = not isinstance(answer_type, str)
        if readable:
            _readers[answer_type] = _reader_for(answer_type)
    except (PydanticUserError, TypeError):
        readable = False
    if not readable:
        raise InvalidArgumentError(
            "The answer type of a call must be a type that pydantic can read, such as Message, dict[str, object], "
            "bytes or None, and not its name as a text."
        )


def read_as(answer_type: type[T], body: bytes) -> T:
    """Read a whole body as a type: `bytes` as it is, `None` whatever it is, else JSON of the type's shape.

    Raises:
        UnreadableError: It is not JSON, or of another shape, or the type's own code raises.
    """
    reader: Callable[[bytes], T] | None = _readers.get(answer_type)
    if reader is None:
        reader = _readers[answer_type] = _reader_for(answer_type)
    try:
        return reader(body)
    except ValidationError as error:
        raise UnreadableError(_shape(error)) from None
    except Exception as error:  # noqa: BLE001 - a validator of the caller's; the call has been carried out by now
        raise UnreadableError(f"the code that reads it raised {type(error).__name__}") from None


def _reader_for(answer_type: Any) -> Callable[[bytes], Any]:
    if isinstance(answer_type, type) and issubclass(cast("type[object]", answer_type), ApiObject):
        return cast("type[ApiObject]", answer_type).model_validate_json
    from pydantic import TypeAdapter

    adapter: TypeAdapter[Any] = TypeAdapter(answer_type)
    if answer_type is bytes:
        return adapter.validate_python
    if answer_type in (None, NoneType):
        return lambda _body: adapter.validate_python(None)
    return adapter.validate_json


def _shape(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return "it is not JSON"
    places = [f"{'.'.join(map(_place, one['loc'])) or 'the whole'} ({one['type']})" for one in found[:5]]
    return f"it has another shape than expected: {', '.join(places)}"


def _place(step: int | str) -> str:
    # A mapping's key may be anything, a number or a text too.
    return str(step) if isinstance(step, int) or _FIELD_LIKE.fullmatch(step) else "***"


def cut_object(body: bytes) -> dict[str, object] | None:
    """Read what there is of a JSON object that breaks off; None if this is no such beginning.

    A body that holds nothing at all counts: the object was lost whole.
    """
    if not body.strip():
        return {}
    try:
        from_json(body)
    except ValueError:
        pass
    else:
        return None
    try:
        beginning = from_json(body, allow_partial=True)
    except ValueError:
        return None
    return cast("dict[str, object]", beginning) if isinstance(beginning, dict) else None


def json_object(body: bytes) -> dict[str, object]:
    """Read a body as a JSON object, leniently: whatever else it is gives an empty one."""
    try:
        value = from_json(body)
    except ValueError:
        return {}
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
