"""Credentials: a bearer token, a function that returns one, or a user name and password.

Error trackers record the local variables of each frame that an exception passes. So the functions that read a secret
return what is wrong with it, and the error is raised in a frame that does not hold the secret.
"""

from __future__ import annotations

import base64
import os
import re
import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from inspect import isawaitable, iscoroutine
from typing import TYPE_CHECKING, TypeAlias, cast

from carrierx.errors import ConfigurationError, NetworkBlockedError, TokenUnavailableError

if TYPE_CHECKING:
    import asyncio

    from pydantic import SecretStr

    from carrierx.event_loops import SharedCall

__all__ = ["AsyncTokenSource", "Authorization", "Credentials", "TokenSource"]

TokenSource: TypeAlias = "str | SecretStr | Callable[[], str | SecretStr]"
AsyncTokenSource: TypeAlias = "TokenSource | Callable[[], Awaitable[str | SecretStr]]"

_TOKEN_VARIABLE = "CARRIERX_TOKEN"  # noqa: S105 - the name of a variable, not a token

# RFC 6750, section 2.1. Anything else would be printed by the HTTP library's own error.
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_USER_INFO = r"[^\x00-\x1f\x7f\ud800-\udfff]+"


class Authorization:
    """The value of an `Authorization` header. Its `repr` hides it: error trackers print the variables of a frame.

    It isn't a subclass of `str`, because some trackers print the complete value of every string.
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
        """The parts to mask in a server's response."""
        scheme, _, secret = self._value.partition(" ")
        if scheme != "Basic":
            return (secret,)
        return secret, base64.b64decode(secret).decode().partition(":")[2]

    def __repr__(self) -> str:
        return "Authorization(***)"

    def __reduce__(self) -> str:
        raise TypeError("An Authorization can't be pickled: the pickle would contain the token.")


class _Failure:
    """The reason why there is no header. Each call that waited for it raises its own error and can add to it."""

    __slots__ = ("_cause", "_kind", "_text")

    def __init__(
        self, text: str, cause: BaseException | None = None, kind: type[ConfigurationError] = ConfigurationError
    ) -> None:
        self._text = text
        self._cause = cause
        self._kind = kind

    @classmethod
    def of(cls, error: BaseException) -> _Failure:
        """Return the failure for a token function that raised."""
        text = f"The token function raised {type(error).__name__}, so nothing was sent."
        return cls(text, error, TokenUnavailableError)

    def error(self) -> ConfigurationError:
        """Make an error. It is a `NetworkBlockedError` if the network guard refused a request of the token function."""
        if isinstance(self._cause, NetworkBlockedError):
            return NetworkBlockedError(str(self._cause), host=self._cause.host)
        error = self._kind(self._text, safe_to_resend=self._kind is TokenUnavailableError)
        error.__cause__ = self._cause
        return error


class Credentials:
    """Provides the `Authorization` header. It shows no secret and can't be pickled.

    Pass `token` or `basic_auth`. Without both, the token comes from the environment variable `CARRIERX_TOKEN`.
    A token function is called at the first request, and again when CarrierX refuses its token. Threads call it one
    after the other. The tasks of an event loop share one call of an awaitable function.

    Raises:
        ConfigurationError: There are no credentials, there are two, or they are malformed.
    """

    __slots__ = ("_calls", "_header", "_locks", "_source")

    def __init__(self, token: AsyncTokenSource | None, basic_auth: tuple[str, str] | None = None) -> None:
        # A lock for each process: in a forked child, a thread of the parent may hold the parent's lock.
        self._locks: dict[int, threading.RLock] = {}
        self._calls: dict[asyncio.AbstractEventLoop, SharedCall[Authorization | _Failure]] = {}
        self._header: Authorization | None = None
        self._source: Callable[[], object] | None = None
        if callable(token) and basic_auth is None:
            self._source = token
            return
        result = _read_configured(token, basic_auth)
        del token, basic_auth  # an error tracker would record them with an error raised below
        self._header = _header_or_raise(result)

    @property
    def refreshable(self) -> bool:
        """True if a fresh token can be fetched."""
        return self._source is not None

    def header(self) -> Authorization:
        """Return the header. Calls the token function the first time."""
        return self._header if self._header is not None else self.refresh(refused=None)

    async def header_async(self) -> Authorization:
        """Return the header. The token function may be awaitable."""
        return self._header if self._header is not None else await self.refresh_async(refused=None)

    def refresh(self, refused: Authorization | None) -> Authorization:
        """Fetch a fresh token after `refused` was refused, unless another thread already has one.

        Raises:
            TokenUnavailableError: The token function raised.
            ConfigurationError: It returned no token, must be awaited, or used the client that needs the token.
        """
        self._refuse_reentrant_call()
        # Reentrant, since a signal handler or a finalizer may send in the thread that fetches the token.
        with self._locks.setdefault(os.getpid(), threading.RLock()):
            header = self._header
            if header is not None and header is not refused:
                return header
            result = self._call_source()
            if isawaitable(result):
                _close(result)
                result = _Failure("The token function is async. Use AsyncCarrierXClient, or a plain function.")
            return self._store(result)

    async def refresh_async(self, refused: Authorization | None) -> Authorization:
        """Fetch a fresh token after `refused` was refused. The token function may be awaitable.

        Raises:
            TokenUnavailableError: The token function raised or was cancelled.
            ConfigurationError: It returned no token or used the client that needs the token, or no asyncio loop runs.
        """
        header = self._header
        if header is not None and header is not refused:
            return header
        self._refuse_reentrant_call()
        from carrierx.event_loops import SharedCall, running_loop  # it imports asyncio

        loop = running_loop()
        call = self._calls.get(loop)
        if call is None or not call.joinable:
            result = self._call_source()
            if not isawaitable(result):
                return self._store(result)
            token = result

            def forget(ended: SharedCall[Authorization | _Failure]) -> None:
                _close(token)  # a call that was cancelled before it began has not awaited it
                if self._calls.get(loop) is ended:
                    del self._calls[loop]

            call = self._calls[loop] = SharedCall(self._await_token(token), forget)
        outcome = await call.outcome()
        return _header_or_raise(_Failure.of(outcome) if isinstance(outcome, BaseException) else outcome)

    def _refuse_reentrant_call(self) -> None:
        for token_call in _running_token_calls.get():
            if token_call.credentials is self and not token_call.over:
                token_call.used_itself = True
                raise ConfigurationError(_REENTRANT_CALL)

    def _call_source(self) -> Authorization | _Failure | Awaitable[object]:
        if self._source is None:
            return _Failure("This client has a fixed token, so there is no fresh one to ask for.")
        token_call = _TokenCall(self)
        before = _running_token_calls.get()
        try:
            # Set inside the block, so that an interrupt right after it can't leave it set.
            _running_token_calls.set((*before, token_call))
            token = self._source()
        except Exception as error:  # noqa: BLE001 - each call that waits for the token raises its own error
            return token_call.failure(error)
        finally:
            token_call.over = True
            _running_token_calls.set(before)
        return cast("Awaitable[object]", token) if isawaitable(token) else _read_token(token, _FUNCTION_RESULT)

    async def _await_token(self, token: Awaitable[object]) -> Authorization | _Failure:
        token_call = _TokenCall(self)
        # A context variable: only this task and the tasks that it starts see the change.
        _running_token_calls.set((*_running_token_calls.get(), token_call))
        try:
            result = _read_token(await token, _FUNCTION_RESULT)
        except Exception as error:  # noqa: BLE001 - each call that waits for the token raises its own error
            return token_call.failure(error)
        finally:
            token_call.over = True
        if isinstance(result, Authorization):
            self._header = result  # here and not in each task that waits, which may be late
        return result

    def _store(self, result: Authorization | _Failure) -> Authorization:
        self._header = header = _header_or_raise(result)
        return header

    def __repr__(self) -> str:
        return "Credentials(***)"

    def __reduce__(self) -> str:
        raise TypeError(
            "Credentials can't be pickled: the pickle would contain the token. Create one in the process that uses it."
        )


class _TokenCall:
    """One call of a token function. It detects reentrant use: a function that uses the client that needs its token."""

    __slots__ = ("credentials", "over", "used_itself")

    def __init__(self, credentials: Credentials) -> None:
        self.credentials: Credentials = credentials
        self.over: bool = False
        self.used_itself: bool = False

    def failure(self, error: Exception) -> _Failure:
        """Return why there is no token."""
        return _Failure(_REENTRANT_CALL, error, ConfigurationError) if self.used_itself else _Failure.of(error)


# The calls of token functions that this thread or task runs inside. Tasks that a token function starts inherit them.
_running_token_calls: ContextVar[tuple[_TokenCall, ...]] = ContextVar("carrierx_token_calls", default=())

_FUNCTION_RESULT = "the result of the token function"
_REENTRANT_CALL = (
    "The token function used the client that it provides tokens for, which would be a deadlock. Use another client "
    "with a token of its own there, or plain httpx."
)


def _header_or_raise(result: Authorization | _Failure) -> Authorization:
    """Return the header.

    Raises:
        ConfigurationError: There is none.
    """
    if isinstance(result, _Failure):
        raise result.error()
    return result


def _read_configured(token: object, basic_auth: object) -> Authorization | _Failure:
    """Read a token, a user name and password, or the token of the environment."""
    if token is not None and basic_auth is not None:
        return _Failure("Give token or basic_auth, not both.")
    if basic_auth is not None:
        return _read_basic_auth(basic_auth)
    if token is not None:
        return _read_token(token, "token")
    if _TOKEN_VARIABLE in os.environ:
        return _read_token(os.environ[_TOKEN_VARIABLE], _TOKEN_VARIABLE)
    return _Failure(
        f"There is no token: give token=..., or set the environment variable {_TOKEN_VARIABLE}. "
        "Create one in the CarrierX portal under Account > Security Tokens."
    )


def _read_token(token: object, name: str) -> Authorization | _Failure:
    """Read a token. Errors mention its name."""
    text = _secret_text(token)
    if text is None:
        return _Failure(f"{name} must be a string or a pydantic SecretStr, not {type(token).__name__}.")
    if not text:
        return _Failure(
            f"{name} is empty: give the token that the CarrierX portal shows under Account > Security Tokens."
        )
    if not _TOKEN.fullmatch(text):
        return _Failure(
            f"{name} contains an invalid character: a space, a line break, a quote or a non-ASCII character. "
            "Copy it again from the portal. If you read it from a file, call .strip()."
        )
    return Authorization(f"Bearer {text}")


def _read_basic_auth(basic_auth: object) -> Authorization | _Failure:
    if not isinstance(basic_auth, tuple):
        return _Failure("basic_auth must be a tuple of two strings: (user name, password).")
    texts = [_secret_text(part) for part in cast("tuple[object, ...]", basic_auth)]
    if len(texts) != 2 or texts[0] is None or texts[1] is None:
        return _Failure("basic_auth must be a tuple of two strings: (user name, password).")
    user, password = texts[0], texts[1]
    if ":" in user:
        return _Failure("basic_auth has a user name with a colon, which HTTP Basic can't carry.")
    if not re.fullmatch(_USER_INFO, user) or not re.fullmatch(_USER_INFO, password):
        return _Failure("basic_auth contains an empty string, a control character or a lone surrogate.")
    return Authorization("Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii"))


def _secret_text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    reveal = getattr(value, "get_secret_value", None)
    revealed = reveal() if callable(reveal) else None
    return revealed if isinstance(revealed, str) else None


def _close(token: object) -> None:
    """Close a coroutine that won't be awaited, or Python would warn. Does nothing if it has ended."""
    if iscoroutine(token):
        token.close()
