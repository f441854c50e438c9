"""Who calls: a bearer token, a function that gives one, or a user name and password."""

from __future__ import annotations

import base64
import os
import re
import threading
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import TYPE_CHECKING, TypeAlias, cast

from carrierx.errors import ConfigurationError, TokenUnavailableError

if TYPE_CHECKING:
    from pydantic import SecretStr

__all__ = ["AsyncTokenSource", "Authorization", "Credentials", "TokenSource"]

TOKEN_VARIABLE = "CARRIERX_TOKEN"  # noqa: S105 - the name of a variable, not a token

TokenSource: TypeAlias = "str | SecretStr | Callable[[], str | SecretStr]"
AsyncTokenSource: TypeAlias = "TokenSource | Callable[[], Awaitable[str | SecretStr]]"

# RFC 6750, section 2.1. Anything else would be printed by the HTTP library's own error.
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_USER_INFO = r"[^\x00-\x1f\x7f\ud800-\udfff]+"


class Authorization:
    """The value of an `Authorization` header. Its `repr` hides it: error trackers print the variables of a frame.

    It is no `str`, since some trackers write a string out whatever its `repr` says.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    @property
    def value(self) -> str:
        """The header's value as it goes on the wire."""
        return self._value

    @property
    def secrets(self) -> tuple[str, ...]:
        """The parts that nothing may repeat, although a server's answer may."""
        scheme, _, secret = self._value.partition(" ")
        if scheme != "Basic":
            return (secret,)
        return secret, base64.b64decode(secret).decode().partition(":")[2]

    def __repr__(self) -> str:
        return "Authorization(***)"

    def __reduce__(self) -> str:
        raise TypeError("An authorization does not pickle: a pickle would hold the token.")


class Credentials:
    """Gives the `Authorization` header. It shows no secret and does not pickle.

    Exactly one of `token` and `basic_auth`; without both, the token of the environment variable `CARRIERX_TOKEN`.
    A token function is asked at the first call and again when CarrierX refuses its token.

    Raises:
        ConfigurationError: There is no credential, there are two, or one has a shape that no server takes.
    """

    __slots__ = ("_header", "_lock", "_source")

    def __init__(self, token: AsyncTokenSource | None, basic_auth: tuple[str, str] | None = None) -> None:
        self._lock = threading.Lock()
        self._header: Authorization | None = None
        self._source: Callable[[], object] | None = None
        if token is not None and basic_auth is not None:
            raise ConfigurationError("Give token or basic_auth, not both.")
        if basic_auth is not None:
            self._header = _basic_header(basic_auth)
        elif callable(token):
            self._source = token
        elif token is not None:
            self._header = _bearer_header(token, "token")
        elif TOKEN_VARIABLE in os.environ:
            self._header = _bearer_header(os.environ[TOKEN_VARIABLE], TOKEN_VARIABLE)
        else:
            raise ConfigurationError(
                f"There is no token: give token=..., or set the environment variable {TOKEN_VARIABLE}. "
                "Tokens are made in the CarrierX portal under Account > Security Tokens."
            )

    @property
    def refreshable(self) -> bool:
        """Whether a fresh token can be asked for."""
        return self._source is not None

    def header(self) -> Authorization:
        """Give the header's value, asking the token function if it has not been asked."""
        return self._header if self._header is not None else self.refresh(refused=None)

    async def header_async(self) -> Authorization:
        """Give the header's value; the token function may be awaitable."""
        return self._header if self._header is not None else await self.refresh_async(refused=None)

    def refresh(self, refused: Authorization | None) -> Authorization:
        """Ask for a fresh token after `refused` was refused, unless another thread already has one."""
        with self._lock:
            if self._header is not None and self._header is not refused:
                return self._header
            return self._take(self._ask())

    async def refresh_async(self, refused: Authorization | None) -> Authorization:
        """Ask for a fresh token after `refused` was refused; the token function may be awaitable."""
        if self._header is not None and self._header is not refused:
            return self._header
        return self._take(await self._ask_async())

    def _ask(self) -> object:
        if self._source is None:
            raise ConfigurationError("This client has a fixed token, so there is no fresh one to ask for.")
        try:
            token = self._source()
        except Exception as error:
            raise _unavailable(error) from error
        if isawaitable(token):
            close = getattr(token, "close", None)
            if close is not None:
                close()
            raise ConfigurationError(
                "The token function is awaitable: use AsyncCarrierXClient, or a plain function.",
            )
        return token

    async def _ask_async(self) -> object:
        if self._source is None:
            return self._ask()
        try:
            token = self._source()
            return await token if isawaitable(token) else token
        except Exception as error:
            raise _unavailable(error) from error

    def _take(self, token: object) -> Authorization:
        self._header = _bearer_header(token, "the token function's answer")
        return self._header

    def __repr__(self) -> str:
        return "Credentials(***)"

    def __reduce__(self) -> str:
        raise TypeError("Credentials do not pickle: a pickle would hold the token. Make a client where it is used.")


def _unavailable(error: Exception) -> TokenUnavailableError:
    return TokenUnavailableError(
        f"The token function raised {type(error).__name__}, so nothing was sent.",
        safe_to_resend=True,
    )


def _bearer_header(token: object, name: str) -> Authorization:
    text = _secret_text(token)
    if text is None:
        raise ConfigurationError(f"{name} must be a text or a pydantic SecretStr, not {type(token).__name__}.")
    if not text:
        raise ConfigurationError(
            f"{name} is empty: give the token that the CarrierX portal shows under Account > Security Tokens."
        )
    if not _TOKEN.fullmatch(text):
        raise ConfigurationError(
            f"{name} holds a character that no token has: a space, a line end, a quote or a non-ASCII character. "
            "Copy it again from the portal; a file read whole needs .strip().",
        )
    return Authorization(f"Bearer {text}")


def _basic_header(basic_auth: object) -> Authorization:
    if not isinstance(basic_auth, tuple):
        raise ConfigurationError("basic_auth must be a tuple of two texts: (user name, password).")
    texts = [_secret_text(part) for part in cast("tuple[object, ...]", basic_auth)]
    if len(texts) != 2 or texts[0] is None or texts[1] is None:
        raise ConfigurationError("basic_auth must be a tuple of two texts: (user name, password).")
    user, password = texts[0], texts[1]
    if ":" in user:
        raise ConfigurationError("basic_auth has a user name with a colon, which HTTP Basic can't carry.")
    if not re.fullmatch(_USER_INFO, user) or not re.fullmatch(_USER_INFO, password):
        raise ConfigurationError("basic_auth has an empty text or one with a control character or half a character.")
    return Authorization("Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii"))


def _secret_text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    reveal = getattr(value, "get_secret_value", None)
    revealed = reveal() if callable(reveal) else None
    return revealed if isinstance(revealed, str) else None
