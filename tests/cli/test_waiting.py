"""The notes of a command that waits."""

from __future__ import annotations

import threading
import time

import pytest

from carrierx.cli import waiting
from carrierx.cli.waiting import WaitNotes
from carrierx.events import AttemptStarted


def test_no_note_follows_once_the_wait_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "SLOW_AFTER", 0.01)
    noting, may_go_on = threading.Event(), threading.Event()
    noted = list[str]()

    def note(text: str) -> None:
        noted.append(text)
        noting.set()
        may_go_on.wait(10)

    notes = WaitNotes(note)
    notes(AttemptStarted("GET", "/sms/messages", 1))
    assert noting.wait(10)
    closing = threading.Thread(target=notes.close)  # while a note is being written
    closing.start()
    closing.join(0.2)
    may_go_on.set()
    closing.join(10)

    time.sleep(0.1)  # another note would come after 0.01 s

    assert notes.timer is None
    assert len(noted) == 1
