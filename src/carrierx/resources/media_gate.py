"""The media check before a send: whether what an MMS attaches is too large."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from carrierx.errors import ConfigurationError, InvalidArgumentError, InvalidMessageError, NetworkBlockedError
from carrierx.tracebacks import clears_locals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx.media_check import AsyncMediaChecker, MediaChecker, MediaReport

__all__ = ["AsyncMediaGate", "MediaCheckMode", "MediaGate", "MediaTooLargeWarning", "checked_mode"]

MediaCheckMode: TypeAlias = Literal["error", "warn", "off"]


class MediaTooLargeWarning(UserWarning):
    """An MMS was sent although its media are larger than the limit, since `media_check="warn"`."""


def checked_mode(
    mode: object, error: type[ConfigurationError | InvalidArgumentError] = InvalidArgumentError
) -> MediaCheckMode:
    """Check a mode.

    Raises:
        InvalidArgumentError: It is none; or the other error given.
    """
    if mode in get_args(MediaCheckMode):
        return cast("MediaCheckMode", mode)
    raise error('media_check must be "error", "warn" or "off".')


class MediaGate:
    """Measures the media of a sync client's messages. Made with the client; its checker with the first media."""

    def __init__(self, *, allow_private: bool = False) -> None:
        self._allow_private = allow_private
        self._checker: MediaChecker | None = None

    def pass_through(self, urls: Sequence[str], limit: int | None, mode: MediaCheckMode, reference: str | None) -> None:
        """Measure media, unless there are none or nothing is to be measured.

        Raises:
            InvalidMessageError: They are larger than the limit, in the mode `error`.
            NetworkBlockedError: A test run may not talk to a host of theirs.
        """
        if not urls or limit is None or mode == "off":
            return
        if self._checker is None:
            from carrierx.media_check import MediaChecker

            self._checker = MediaChecker(allow_private=self._allow_private)
        try:
            report = self._checker.check(urls, limit)
        except NetworkBlockedError as error:
            error.reference = reference
            raise
        _settle(report, mode, reference)

    def close(self) -> None:
        """Close what the check opened."""
        if self._checker is not None:
            self._checker.close()


class AsyncMediaGate:
    """The async twin of `MediaGate`."""

    def __init__(self, *, allow_private: bool = False) -> None:
        self._allow_private = allow_private
        self._checker: AsyncMediaChecker | None = None

    @clears_locals
    async def pass_through(
        self, urls: Sequence[str], limit: int | None, mode: MediaCheckMode, reference: str | None
    ) -> None:
        """Measure media, unless there are none or nothing is to be measured. See `MediaGate.pass_through`."""
        if not urls or limit is None or mode == "off":
            return
        if self._checker is None:
            from carrierx.media_check import AsyncMediaChecker

            self._checker = AsyncMediaChecker(allow_private=self._allow_private)
        try:
            report = await self._checker.check(urls, limit)
        except NetworkBlockedError as error:
            error.reference = reference
            raise
        _settle(report, mode, reference)

    async def close(self) -> None:
        """Close what the check opened."""
        if self._checker is not None:
            await self._checker.close()


def _settle(report: MediaReport, mode: MediaCheckMode, reference: str | None) -> None:
    from carrierx.media_check import media_sizes_fit

    broken = tuple(media_sizes_fit(report))
    if broken and mode == "error":
        raise InvalidMessageError(broken, reference=reference)
    for rule in broken:
        warnings.warn(rule.explanation, MediaTooLargeWarning, stacklevel=6)
