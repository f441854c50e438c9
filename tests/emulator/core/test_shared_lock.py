"""The lock that requests share and a reset has alone."""

from __future__ import annotations

import threading

from carrierx.emulator.core.shared_lock import SharedLock

PATIENCE = 10


def test_threads_share_it() -> None:
    lock, meeting = SharedLock(), threading.Barrier(3)

    def work() -> None:
        with lock.shared():
            meeting.wait(PATIENCE)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    meeting.wait(PATIENCE)
    for worker in workers:
        worker.join(PATIENCE)


def test_a_thread_that_shares_it_shares_it_again_while_another_waits_to_have_it_alone() -> None:
    lock, done = SharedLock(), threading.Event()

    def change() -> None:
        with lock.exclusive():
            done.set()

    changer = threading.Thread(target=change)
    with lock.shared():
        changer.start()
        changer.join(0.05)
        with lock.shared():
            assert not done.is_set()
        assert not done.is_set()
    assert done.wait(PATIENCE)
    changer.join(PATIENCE)


def test_changes_in_a_row_do_not_keep_others_out() -> None:
    lock, shared = SharedLock(), threading.Event()

    def work() -> None:
        with lock.shared():
            shared.set()

    with lock.exclusive():
        worker = threading.Thread(target=work)
        worker.start()
        worker.join(0.05)
        assert not shared.is_set()
    with lock.exclusive():
        assert shared.is_set()
    worker.join(PATIENCE)


def test_a_thread_that_has_it_alone_can_share_it() -> None:
    lock = SharedLock()

    with lock.exclusive(), lock.shared():
        pass
    with lock.shared():
        pass


def test_an_error_gives_it_back() -> None:
    lock = SharedLock()
    for hold in (lock.shared, lock.exclusive, lock.shared, lock.exclusive):
        try:
            with hold():
                raise KeyError
        except KeyError:
            pass
