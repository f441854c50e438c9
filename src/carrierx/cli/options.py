"""The options that every command has, and options that several commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, get_type_hints

import typer

__all__ = [
    "CommonOptions",
    "Confirmed",
    "FilterText",
    "Force",
    "Full",
    "Limit",
    "Order",
    "PriceFile",
    "Within",
    "check_waits",
    "checked_time",
    "with_common_options",
]

P = ParamSpec("P")

Json = Annotated[bool, typer.Option("--json", help="Print JSON: data on standard output, an error on standard error.")]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", help="The API's URL. Default: CARRIERX_BASE_URL, or CarrierX's."),
]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose", "-v", count=True, show_default=False, help="Log requests on standard error; -vv logs more."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only data and errors: no notes, no progress.")]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        help="The most seconds for one request, with its retries. Default: 60.",
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        readable=False,  # checked when it is read, as CARRIERX_TOKEN_FILE is
        help="Read the token from this file, which only you can read. Default: CARRIERX_TOKEN_FILE.",
    ),
]
TokenStdin = Annotated[bool, typer.Option("--token-stdin", help="Read the token from standard input.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]

Full = Annotated[bool, typer.Option("--full", help="Show complete phone numbers and texts.")]
Limit = Annotated[int, typer.Option("--limit", metavar="COUNT", min=1, help="The most items to show.")]
Order = Annotated[
    str | None, typer.Option("--order", metavar="FIELD", help="Sort by this field, such as 'date_created desc'.")
]
FilterText = Annotated[
    str | None, typer.Option("--filter", metavar="FILTER", help="A filter in CarrierX's syntax: 'status eq \"sent\"'.")
]
Within = Annotated[float, typer.Option("--within", metavar="SECONDS", help="The most seconds to wait.")]
Confirmed = Annotated[bool, typer.Option("--yes", help="Don't ask for confirmation.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]
PriceFile = Annotated[
    Path | None,
    typer.Option("--prices", metavar="FILE", readable=False, help="Prices: CSV with the columns prefix, sms and mms."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonOptions:
    """The options that every command has.

    Attributes:
        json: Print JSON.
        base_url: The API's URL.
        verbose: How much to log: 0, 1 or 2.
        quiet: Print only data and errors.
        timeout: The most seconds for one request.
        token_file: The file that holds the token.
        token_stdin: Read the token from standard input.
        debug: Show the traceback of an error.
    """

    json: Json = False
    base_url: BaseUrl = None
    verbose: Verbose = 0
    quiet: Quiet = False
    timeout: Timeout = None
    token_file: TokenFile = None
    token_stdin: TokenStdin = False
    debug: Debug = False


def with_common_options(function: Callable[Concatenate[CommonOptions, P], None]) -> Callable[..., None]:
    """Add the options that every command has to a command's own, for Typer.

    Args:
        function: The command. Its first argument is a `CommonOptions`.
    """

    @wraps(function)
    def command(*arguments: Any, **options: Any) -> None:
        common = {field.name: options.pop(field.name) for field in fields(CommonOptions)}
        function(CommonOptions(**common), *arguments, **options)

    # Typer reads the signature. Its annotations must be types, since Typer can't see this module's and theirs.
    hints = get_type_hints(function, include_extras=True)
    _, *own = inspect.signature(function).parameters.values()
    own = [parameter.replace(annotation=hints[parameter.name]) for parameter in own]
    common_hints = get_type_hints(CommonOptions, include_extras=True)
    common = [
        inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hint)
        for field, hint in ((field, common_hints[field.name]) for field in fields(CommonOptions))
    ]
    parameters = [*own, *common]
    # A function has no such attributes for mypy; `inspect` reads them.
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    del command.__wrapped__
    return command


def checked_time(text: str | None) -> datetime | None:
    """Read a time of an option: ISO 8601, by default in this machine's time zone.

    Raises:
        typer.BadParameter: It's something else.
    """
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise typer.BadParameter("write a time as 2026-11-29T12:30, or with a zone: 2026-11-29T12:30Z") from None


def check_waits(**seconds: float | None) -> None:
    """Check options that are times to wait, before anything is done: 0, nothing and infinity are none.

    Raises:
        InvalidArgumentError: One is no time to wait.
    """
    from carrierx.errors import InvalidArgumentError
    from carrierx.options import check_seconds

    for name, value in seconds.items():
        if value is not None:
            check_seconds(name, value, InvalidArgumentError)
