"""Rules that a worker process breaks, so that the harness shows that it notices."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest.mock import patch

from carrierx.outbox import postgres_statements, rules
from carrierx.outbox.states import State

__all__ = ["MUTATIONS", "POSTGRES_MUTATIONS", "applied"]


def _queued() -> State:
    return State.QUEUED


def _no_problem(fence: rules.Fence) -> str | None:
    return None


def _absent_at_once(*_: Any) -> bool:
    return True


_FORGETFUL = postgres_statements.BEGIN.replace("synchronous_commit = on", "synchronous_commit = off")

MUTATIONS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "expired lease to queued": lambda: patch.object(rules, "state_after_lost_lease", _queued),
    "absence without settle": lambda: patch.object(rules, "absence_is_proven", _absent_at_once),
    "no check before the POST": lambda: patch.object(rules.Fence, "problem", _no_problem),
}

POSTGRES_MUTATIONS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "commits that a crash takes back": lambda: patch.object(postgres_statements, "BEGIN", _FORGETFUL),
}


def applied(name: str | None) -> AbstractContextManager[object]:
    """Break a rule in this process, or none."""
    return nullcontext() if name is None else (MUTATIONS | POSTGRES_MUTATIONS)[name]()
