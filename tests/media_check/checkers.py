"""Checkers of either kind, driven alike, and a network in which public addresses lead to this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from types import EllipsisType
from typing import Any, Literal, cast

import httpcore

from carrierx.media_check import AsyncMediaChecker, MediaChecker, MediaReport

PUBLIC = "93.184.216.34"
PUBLIC_V6 = "2606:2800:220:1:248:1893:25c8:1946"
HOST = "media.example"

Kind = Literal["sync", "async"]


class Network:
    """Notes which addresses were dialled; those in `ports` lead to a port of 127.0.0.1, the others nowhere."""

    def __init__(self, **ports: int) -> None:
        self.ports: dict[str, int] = dict(ports)
        self.dialled: list[str] = []

    def lead(self, address: str, port: int) -> Network:
        self.ports[address] = port
        return self

    def way(self, address: str) -> tuple[str, int]:
        self.dialled.append(address)
        if address not in self.ports:
            raise httpcore.ConnectError("no such way")
        return "127.0.0.1", self.ports[address]

    def backend(self, kind: Kind) -> Any:
        return DetourBackend(self) if kind == "sync" else AsyncDetourBackend(self)


class DetourBackend(httpcore.NetworkBackend):
    def __init__(self, network: Network) -> None:
        self._network = network
        self._inner = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        return self._inner.connect_tcp(*self._network.way(host), *args, **kwargs)


class AsyncDetourBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, network: Network) -> None:
        self._network = network
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        return await self._inner.connect_tcp(*self._network.way(host), *args, **kwargs)


class Names:
    """A resolver: gives each host's answers in turn, the last one again and again."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(turns) for name, turns in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self._answers:
            raise OSError("no such name")
        turns = self._answers[host]
        return turns.pop(0) if len(turns) > 1 else turns[0]


class Driven:
    """A checker, sync or async, whose check is called alike. Each async check runs in an event loop of its own."""

    def __init__(self, checker: MediaChecker | AsyncMediaChecker) -> None:
        self.checker = checker

    def check(self, urls: Iterable[str], limit: int | EllipsisType | None = ...) -> MediaReport:
        if isinstance(self.checker, MediaChecker):
            return self.checker.check(list(urls), limit)
        return asyncio.run(self.checker.check(list(urls), limit))

    def close(self) -> None:
        if isinstance(self.checker, MediaChecker):
            self.checker.close()
        else:
            asyncio.run(self.checker.close())


class Checkers:
    """Makes checkers of one kind."""

    def __init__(self, kind: Kind) -> None:
        self.kind: Kind = kind

    def make(self, *limit: int | None, **options: Any) -> Driven:
        """Make a checker by its own constructor."""
        if self.kind == "sync":
            return Driven(MediaChecker(*limit, **options))
        return Driven(AsyncMediaChecker(*limit, **options))

    def local(self, *limit: int | None, **options: Any) -> Driven:
        """Make a checker that may reach this machine."""
        return self.make(*limit, allow_private=True, **options)

    def over(self, network: Network, **options: Any) -> Driven:
        """Make a checker for public addresses alone, over a network of the test's."""
        return self.make(backend=network.backend(self.kind), **options)


def loopback(host: str, port: int) -> Sequence[str]:
    """A resolver by which every name is this machine's."""
    return ["127.0.0.1"]


def said(report: MediaReport) -> list[str]:
    """A report in short: `exact 5`, `at_least 5`, `unknown: why`."""
    return [
        f"unknown: {result.reason}" if result.size is None else f"{result.certainty.value} {result.size}"
        for result in report.results
    ]
