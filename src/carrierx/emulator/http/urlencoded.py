"""Reading a request's body as a form: `application/x-www-form-urlencoded`.

Assumptions: a form that can't be read, or has a field twice, is refused with 400; an unknown field with 422; an empty
field counts as absent, as in a query.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import parse_qsl

from carrierx.emulator.http.errors import ErrorEntry, bad_request, invalid_object, unsupported_media_type
from carrierx.emulator.http.types import Request

FORM: Final = "application/x-www-form-urlencoded"
"""The content type of a form."""


def read_urlencoded(request: Request, known: Collection[str]) -> Mapping[str, str]:
    """Read the body as the fields of a form. Empty fields are left out.

    Args:
        request: The request.
        known: The names of the fields that the form can have.

    Raises:
        RefusedRequestError: 415 when the body is not declared as a form; 400 when it can't be read; 422 when it has an
            unknown field.
    """
    values = request.header_values("content-type")
    if len(values) != 1 or values[0].partition(";")[0].strip().lower() != FORM:
        raise unsupported_media_type(FORM)
    try:
        pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise bad_request("the form must be percent-encoded UTF-8") from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise bad_request("a field of the form occurs twice")
    if not fields.keys() <= set(known):
        raise invalid_object([ErrorEntry(None, f"the fields of this form are: {', '.join(known)}")])
    return {name: value for name, value in fields.items() if value}
