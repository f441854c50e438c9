"""The token: from standard input, a file or the environment. Never an argument, which other users and logs can see."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from carrierx.cli.failures import CredentialsError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from carrierx.cli.options import CommonOptions

__all__ = ["Token", "find_token"]

_VARIABLE: Final = "CARRIERX_TOKEN"
_FILE_VARIABLE: Final = "CARRIERX_TOKEN_FILE"
_MOST_BYTES: Final = 65_536
_HOW_TO_LOG_IN: Final = (
    "There is no token: set the environment variable CARRIERX_TOKEN, or use --token-file or --token-stdin. You can "
    "create tokens in the CarrierX portal under Account > Security Tokens. To try without an account, run carrierx "
    "demo or carrierx emulator."
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token that has the form of one.

    Attributes:
        secret: The token.
        source: Where it came from.
    """

    secret: SecretStr
    source: str


def find_token(options: CommonOptions) -> Token:
    """Find the token: the first of `--token-stdin`, `--token-file`, `CARRIERX_TOKEN` and `CARRIERX_TOKEN_FILE`.

    Raises:
        CredentialsError: There is none, its file can be read by others, or it can't be a token.
    """
    from pydantic import SecretStr

    if options.token_stdin and options.token_file is not None:
        raise CredentialsError("Give --token-stdin or --token-file, not both.")
    if options.token_stdin:
        source, secret = "standard input", SecretStr(sys.stdin.readline(_MOST_BYTES).rstrip("\r\n"))
    elif options.token_file is not None:
        source, secret = f"the file {options.token_file}", _read_file(options.token_file, "--token-file")
    elif _VARIABLE in os.environ:
        source, secret = _VARIABLE, SecretStr(os.environ[_VARIABLE])
    elif os.environ.get(_FILE_VARIABLE):
        path = Path(os.environ[_FILE_VARIABLE])
        source, secret = f"the file {path} ({_FILE_VARIABLE})", _read_file(path, _FILE_VARIABLE)
    else:
        raise CredentialsError(_HOW_TO_LOG_IN)
    problem = _problem_of(secret)
    if problem is not None:
        raise CredentialsError(f"The token from {source} {problem}")
    return Token(secret, source)


def _read_file(path: Path, name: str) -> SecretStr:
    """Read a token from a file that only its owner can read, or from a pipe such as `<(pass show carrierx)`."""
    from pydantic import SecretStr

    try:
        # Not blocking if it is a named pipe without a writer: such a token would never come.
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            others = stat.S_IMODE(state.st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
            if stat.S_ISREG(state.st_mode) and others and sys.platform != "win32":
                raise CredentialsError(
                    f"{name}: other users can read or change {path} (its mode is {stat.S_IMODE(state.st_mode):04o}). "
                    f"Run chmod 600 on it, and consider the token as known to them."
                )
            content = file.read(_MOST_BYTES)
    except OSError as error:
        raise CredentialsError(f"{name}: {path} can't be read: {error.strerror or error}.") from error
    return SecretStr(content.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r"))


def _problem_of(secret: SecretStr) -> str | None:
    from carrierx.credentials import Credentials
    from carrierx.errors import ConfigurationError

    value = secret.get_secret_value()
    if not value:
        return "is empty. Copy it from the CarrierX portal, under Account > Security Tokens."
    if value != value.strip():
        return "begins or ends with a space or a line break. Remove it."
    if "\n" in value or "\r" in value:
        return "has several lines. Give only the token."
    try:
        Credentials(value)
    except ConfigurationError:
        return (
            "contains an invalid character: a space, a quote, a control character or a non-ASCII character. Copy it "
            "again from the portal."
        )
    return None
