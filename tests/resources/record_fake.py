"""Detail records, made up: a list that pages by `after`, for a mock transport; and a way to stop an export."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from carrierx.resources import record_export

BEGIN = datetime(2026, 3, 15, 11, 0, 0, tzinfo=UTC)
PATH = "/core/v2/sms/message_drs"


class FakeRecords:
    """Answers like CarrierX: `total` is null, and `pagination` holds only `previous`.

    Args:
        count: How many records there are at the beginning, one a second from 11:00 on.
    """

    def __init__(self, count: int = 0) -> None:
        self.records: list[dict[str, Any]] = []
        self.gone: set[str] = set()
        self.requests: list[httpx.Request] = []
        self.refuses_gone_with: int | None = 404
        self.ignores_after = False
        self.says_has_more = True
        self.add(count)

    def add(self, count: int, **fields: object) -> None:
        """Let records come in."""
        for number in range(len(self.records), len(self.records) + count):
            moment = (BEGIN + timedelta(seconds=number)).isoformat(timespec="milliseconds").removesuffix("+00:00")
            made = {
                "dr_sid": f"dr-{number:04}",
                "date_insert": f"{moment}Z",
                "message": f"text {number}, with a comma",
                "number_group_dst": ["17575000929"],
                "user_data": {"order": number},
                "price": "0.0150",
                "delay_sent": -1,
                "tomorrows_field": number,
            }
            self.records.append(made | fields)

    @property
    def sids(self) -> list[str]:
        return [record["dr_sid"] for record in self.records]

    @property
    def queries(self) -> list[dict[str, str]]:
        return [dict(request.url.params) for request in self.requests]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path != PATH:
            sid = request.url.path.rpartition("/")[2]
            found = next((record for record in self._present() if record["dr_sid"] == sid), None)
            return httpx.Response(200, json=found) if found else self._not_found(404)
        return self._list(dict(request.url.params))

    def _list(self, query: dict[str, str]) -> httpx.Response:
        begin = 0
        after = query.get("after")
        if after in self.gone and self.refuses_gone_with is not None:
            return self._not_found(self.refuses_gone_with)
        if after is not None and not self.ignores_after:
            begin = self.sids.index(after) + 1 if after not in self.gone else len(self.records)
        left = [record for record in self.records[begin:] if record["dr_sid"] not in self.gone]
        items = left[: int(query["limit"])]
        body: dict[str, Any] = {"items": items, "count": len(items), "limit": int(query["limit"]), "total": None}
        body["has_more"] = len(left) > len(items) if self.says_has_more else None
        body["pagination"] = (
            {"previous": f"https://api.carrierx.com{PATH}?before={items[0]['dr_sid']}"} if items else {}
        )
        return httpx.Response(200, json=body)

    def _present(self) -> Iterable[dict[str, Any]]:
        return (record for record in self.records if record["dr_sid"] not in self.gone)

    def _not_found(self, status: int) -> httpx.Response:
        details = [{"field": None, "message": "cannot find item by sid", "reference_sid": None}]
        return httpx.Response(status, json={"message": "no item error", "errors": details})


class StoppedError(BaseException):
    """Stands for a signal that ends the process."""


class FaultyOs:
    """The module `os`, but for what changes files: at one step of these the process ends.

    Args:
        stop_at: At which step, counted from 0.
        when: `before`, `within` (a write that leaves half of it) or `after`.
        stop: Ends the process, or raises.
    """

    STEPS = ("open", "write", "fsync", "replace", "ftruncate")

    def __init__(self, stop_at: int, when: str, stop: Callable[[], None]) -> None:
        self._stop_at = stop_at
        self._when = when
        self._stop = stop
        self.steps = 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in self.STEPS:
            return real

        def step(*arguments: Any) -> Any:
            now = self.steps == self._stop_at
            self.steps += 1
            if now and self._when == "before":
                self._stop()
            if now and self._when == "within" and name == "write":
                real(arguments[0], arguments[1][: len(arguments[1]) // 2])
                self._stop()
            result = real(*arguments)
            if now:
                if name == "open":
                    os.close(result)
                self._stop()
            return result

        return step

    def install(self) -> None:
        """Take the place of `os` where exports write."""
        record_export.__dict__["os"] = self


def remove() -> None:
    """Put the real `os` back."""
    record_export.__dict__["os"] = os


def raise_stopped() -> None:
    """Stop by an exception that nobody catches."""
    raise StoppedError


def kill() -> None:
    """Stop as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)
