"""Credentials: a bearer token, a function that returns one, or a user name and password."""

from __future__ import annotations

import os
import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from inspect import isawaitable, iscoroutine
from typing import TYPE_CHECKING, TypeAlias, cast

from carrierx.authorization import Authorization, AuthorizationFailure, header_or_raise, read_fixed, read_token
from carrierx.errors import ConfigurationError

if TYPE_CHECKING:
    import asyncio

    from pydantic import SecretStr

    from carrierx.event_loops import SharedCall

__all__ = ["AsyncTokenSource", "Authorization", "Credentials", "TokenSource"]

TokenSource: TypeAlias = "str | SecretStr | Callable[[], str | SecretStr]"
AsyncTokenSource: TypeAlias = "TokenSource | Callable[[], Awaitable[str | SecretStr]]"


class Credentials:
    """Provides the `Authorization` header. It shows no secret and can't be pickled.

    Give either `token` or `basic_auth`. Without either, the environment variable `CARRIERX_TOKEN` holds the token. A
    token function is called for the first request, and again when CarrierX refuses its token. Threads call it one after
    the other. The tasks of an event loop share one call of an async function.

    Raises:
        ConfigurationError: There is no credential, there are two, or one is malformed.
    """

    __slots__ = ("_calls", "_header", "_locks", "_source")

    def __init__(self, token: AsyncTokenSource | None, basic_auth: tuple[str, str] | None = None) -> None:
        # One lock per process: after a fork, a thread that exists only in the parent may hold the parent's lock.
        self._locks: dict[int, threading.RLock] = {}
        self._calls: dict[asyncio.AbstractEventLoop, SharedCall[Authorization | AuthorizationFailure]] = {}
        self._header: Authorization | None = None
        self._source: Callable[[], object] | None = None
        if callable(token) and basic_auth is None:
            self._source = token
            return
        result = read_fixed(token, basic_auth)
        del token, basic_auth  # error trackers record the local variables of the frame of an error raised below
        self._header = header_or_raise(result)

    @property
    def refreshable(self) -> bool:
        """True if there is a token function, which can provide a fresh token."""
        return self._source is not None

    def header(self) -> Authorization:
        """Return the header's value. Call the token function if it has not been called yet."""
        return self._header if self._header is not None else self.refresh(refused=None)

    async def header_async(self) -> Authorization:
        """Return the header's value. The token function may be async."""
        return self._header if self._header is not None else await self.refresh_async(refused=None)

    def refresh(self, refused: Authorization | None) -> Authorization:
        """Get a fresh token after `refused` was refused, unless another thread already has one.

        Raises:
            TokenUnavailableError: The token function raised.
            ConfigurationError: It returned no token, is async, or used the client that it provides tokens for.
        """
        self._refuse_own_use()
        # Reentrant, because a signal handler or a finalizer may send in the thread that is about to call the function.
        with self._locks.setdefault(os.getpid(), threading.RLock()):
            header = self._header
            if header is not None and header is not refused:
                return header
            result = self._call_source()
            if isawaitable(result):
                _close(result)
                result = AuthorizationFailure(
                    "The token function is async. Use AsyncCarrierXClient, or a plain function."
                )
            return self._keep(result)

    async def refresh_async(self, refused: Authorization | None) -> Authorization:
        """Get a fresh token after `refused` was refused. The token function may be async.

        Raises:
            TokenUnavailableError: The token function raised or was cancelled.
            ConfigurationError: It returned no token or used the client that it provides tokens for, or no loop runs.
        """
        header = self._header
        if header is not None and header is not refused:
            return header
        self._refuse_own_use()
        from carrierx.event_loops import SharedCall, running_loop

        loop = running_loop()
        call = self._calls.get(loop)
        if call is None or not call.joinable:
            asked = self._call_source()
            if not isawaitable(asked):
                return self._keep(asked)
            token = asked

            def forget(ended: SharedCall[Authorization | AuthorizationFailure]) -> None:
                _close(token)  # a call that was cancelled before it started has not awaited it
                if self._calls.get(loop) is ended:
                    del self._calls[loop]

            call = self._calls[loop] = SharedCall(self._await(token), forget)
        outcome = await call.outcome()
        return header_or_raise(AuthorizationFailure.of(outcome) if isinstance(outcome, BaseException) else outcome)

    def _refuse_own_use(self) -> None:
        for asking in _present_askings.get():
            if asking.credentials is self and not asking.over:
                asking.used_itself = True
                raise ConfigurationError(_OWN_USE)

    def _call_source(self) -> Authorization | AuthorizationFailure | Awaitable[object]:
        if self._source is None:
            return AuthorizationFailure("This client has a fixed token, so it can't get a fresh one.")
        asking = _Asking(self)
        before = _present_askings.get()
        try:
            # Inside the block, or an interrupt right before it would leave the value set.
            _present_askings.set((*before, asking))
            token = self._source()
        except Exception as error:  # noqa: BLE001 - each call that waits for the token raises its own error
            return asking.failure(error)
        finally:
            asking.over = True
            _present_askings.set(before)
        return cast("Awaitable[object]", token) if isawaitable(token) else read_token(token, _RESULT)

    async def _await(self, token: Awaitable[object]) -> Authorization | AuthorizationFailure:
        asking = _Asking(self)
        _present_askings.set((*_present_askings.get(), asking))  # only for this task and those that it starts
        try:
            result = read_token(await token, _RESULT)
        except Exception as error:  # noqa: BLE001 - each call that waits for the token raises its own error
            return asking.failure(error)
        finally:
            asking.over = True
        if isinstance(result, Authorization):
            self._header = result  # here, because the tasks that wait may be late
        return result

    def _keep(self, result: Authorization | AuthorizationFailure) -> Authorization:
        self._header = header = header_or_raise(result)
        return header

    def __repr__(self) -> str:
        return "Credentials(***)"

    def __reduce__(self) -> str:
        raise TypeError(
            "Credentials can't be pickled: a pickle would hold the token. Create the client where you use it."
        )


class _Asking:
    """One call of a token function, to detect that it uses the client that waits for it."""

    __slots__ = ("credentials", "over", "used_itself")

    def __init__(self, credentials: Credentials) -> None:
        self.credentials: Credentials = credentials
        self.over: bool = False
        self.used_itself: bool = False

    def failure(self, error: Exception) -> AuthorizationFailure:
        """Return the reason that there is no token."""
        return (
            AuthorizationFailure(_OWN_USE, error, ConfigurationError)
            if self.used_itself
            else AuthorizationFailure.of(error)
        )


# The calls that this thread or task works for. Tasks that a token function starts inherit them and may outlive it.
_present_askings: ContextVar[tuple[_Asking, ...]] = ContextVar("carrierx_token_askings", default=())

_RESULT = "the token function's result"
_OWN_USE = (
    "The token function used the client that it provides tokens for, which would wait for itself. Use another "
    "client with its own token there, or plain httpx."
)


def _close(token: object) -> None:
    """Close a coroutine that is not awaited, to avoid Python's warning. Closing a finished one has no effect."""
    if iscoroutine(token):
        token.close()
