"""Line numbers as people write them: `5,7-9,12-`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from carrierx.cli.failures import CommandError

__all__ = ["ALL_LINES", "LineNumbers"]

_PART: Final = re.compile(r"(?P<first>\d{1,12})(?P<to>-(?P<last>\d{1,12})?)?", re.ASCII)


class LineNumbers:
    """A set of lines, some of which may go on to the end of the file.

    Args:
        text: The lines.

    Raises:
        CommandError: The text is something else.
    """

    def __init__(self, text: str) -> None:
        self._ranges: list[tuple[int, int | None]] = []
        for part in text.split(","):
            found = _PART.fullmatch(part.strip())
            if found is None:
                raise CommandError("--lines must be line numbers and ranges, such as 5,7-9,12-.")
            first = int(found["first"])
            last = first if found["to"] is None else int(found["last"]) if found["last"] else None
            self._ranges.append((first, last))

    def __contains__(self, line: int) -> bool:
        return any(first <= line and (last is None or line <= last) for first, last in self._ranges)

    def rest(self, lines: Iterable[int], *, after: int | None) -> str:
        """Return the text for what is left of these lines.

        Args:
            lines: Some of these lines.
            after: A line after which all of these lines are left; None if none of them are.

        Example:
            >>> LineNumbers("1-").rest([7, 5, 6, 9, 12], after=12)
            '5-7,9,12-'
            >>> LineNumbers("3,7-9,12-").rest([3], after=8)
            '3,9,12-'
        """
        left: list[tuple[int, int | None]] = [(line, line) for line in lines]
        if after is not None:
            left += [(max(first, after + 1), last) for first, last in self._ranges if last is None or last > after]
        merged = list[tuple[int, int | None]]()
        for first, last in sorted(left, key=lambda part: part[0]):
            begin, end = merged[-1] if merged else (-1, -2)
            if end is None:
                break
            if first <= end + 1:
                merged[-1] = (begin, None if last is None else max(end, last))
            else:
                merged.append((first, last))
        return ",".join(
            str(first) if first == last else f"{first}-{'' if last is None else last}" for first, last in merged
        )


ALL_LINES: Final = LineNumbers("1-")
