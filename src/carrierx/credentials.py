"""Who calls: a bearer token, a function that gives one, or a user name and password."""

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
    """Gives the `Authorization` header. It shows no secret and does not pickle.

    Exactly one of `token` and `basic_auth`; without both, the token of the environment variable `CARRIERX_TOKEN`.
    A token function is asked at the first call and again when CarrierX refuses its token. Threads ask one after the
    other; the tasks of an event loop share one call of an awaitable function.

    Raises:
        ConfigurationError: There is no credential, there are two, or one has a shape that no server takes.
    """

    __slots__ = ("_calls", "_header", "_locks", "_source")

    def __init__(self, token: AsyncTokenSource | None, basic_auth: tuple[str, str] | None = None) -> None:
        # A lock for each process: in the child of a fork, a thread of the parent's may hold the parent's lock.
        self._locks: dict[int, threading.RLock] = {}
        self._calls: dict[asyncio.AbstractEventLoop, SharedCall[Authorization | AuthorizationFailure]] = {}
        self._header: Authorization | None = None
        self._source: Callable[[], object] | None = None
        if callable(token) and basic_auth is None:
            self._source = token
            return
        result = read_fixed(token, basic_auth)
        del token, basic_auth  # an error raised below would show them to what records the variables of its frames
        self._header = header_or_raise(result)

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
        """Ask for a fresh token after `refused` was refused, unless another thread already has one.

        Raises:
            TokenUnavailableError: The token function raised.
            ConfigurationError: It gave no token, must be awaited, or used the client that it makes tokens for.
        """
        self._refuse_own_use()
        # Reentrant, since a signal handler or a finalizer may send in the thread that is about to ask.
        with self._locks.setdefault(os.getpid(), threading.RLock()):
            header = self._header
            if header is not None and header is not refused:
                return header
            result = self._call_source()
            if isawaitable(result):
                _close(result)
                result = AuthorizationFailure(
                    "The token function is awaitable: use AsyncCarrierXClient, or a plain function."
                )
            return self._keep(result)

    async def refresh_async(self, refused: Authorization | None) -> Authorization:
        """Ask for a fresh token after `refused` was refused; the token function may be awaitable.

        Raises:
            TokenUnavailableError: The token function raised or was cancelled.
            ConfigurationError: It gave no token or used the client that it makes tokens for, or no asyncio loop runs.
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
                _close(token)  # a call that was cancelled before it began has not awaited it
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
            return AuthorizationFailure("This client has a fixed token, so there is no fresh one to ask for.")
        asking = _Asking(self)
        before = _present_askings.get()
        try:
            # Within the block: an interrupt right after it would otherwise leave it set.
            _present_askings.set((*before, asking))
            token = self._source()
        except Exception as error:  # noqa: BLE001 - whatever it is, each call that waits for the token raises its own
            return asking.failure(error)
        finally:
            asking.over = True
            _present_askings.set(before)
        return cast("Awaitable[object]", token) if isawaitable(token) else read_token(token, _ANSWER)

    async def _await(self, token: Awaitable[object]) -> Authorization | AuthorizationFailure:
        asking = _Asking(self)
        _present_askings.set((*_present_askings.get(), asking))  # for this task alone and those that it starts
        try:
            result = read_token(await token, _ANSWER)
        except Exception as error:  # noqa: BLE001 - whatever it is, each call that waits for the token raises its own
            return asking.failure(error)
        finally:
            asking.over = True
        if isinstance(result, Authorization):
            self._header = result  # here and not in each task that waits, which may be late
        return result

    def _keep(self, result: Authorization | AuthorizationFailure) -> Authorization:
        self._header = header = header_or_raise(result)
        return header

    def __repr__(self) -> str:
        return "Credentials(***)"

    def __reduce__(self) -> str:
        raise TypeError("Credentials do not pickle: a pickle would hold the token. Make a client where it is used.")


class _Asking:
    """One run of a token function, so that its own use of the client is noticed instead of waited for."""

    __slots__ = ("credentials", "over", "used_itself")

    def __init__(self, credentials: Credentials) -> None:
        self.credentials: Credentials = credentials
        self.over: bool = False
        self.used_itself: bool = False

    def failure(self, error: Exception) -> AuthorizationFailure:
        """Tell why there is no token."""
        return (
            AuthorizationFailure(_OWN_USE, error, ConfigurationError)
            if self.used_itself
            else AuthorizationFailure.of(error)
        )


# Those that this thread or task works for. Tasks that a token function starts inherit them, and may outlive it.
_present_askings: ContextVar[tuple[_Asking, ...]] = ContextVar("carrierx_token_askings", default=())

_ANSWER = "the token function's answer"
_OWN_USE = (
    "The token function used the client that it makes tokens for, which would wait for itself. Use another client "
    "with a token of its own there, or plain httpx."
)


def _close(token: object) -> None:
    """Close a coroutine that is not to be awaited, or Python would warn. One that has ended stays as it is."""
    if iscoroutine(token):
        token.close()
