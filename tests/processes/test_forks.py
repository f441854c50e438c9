"""After a fork, parent and child each have connections of their own and get their own answers."""

from __future__ import annotations

import os
from collections import defaultdict

import pytest

from tests.processes.scripts import run
from tests.support.fault_server import FaultServer

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def senders_by_connection(server: FaultServer) -> list[set[str]]:
    """Who sent over each connection, by the first word of `user_data`."""
    senders: defaultdict[int, set[str]] = defaultdict(set)
    for request in server.requests:
        senders[request.connection].add(request.json()["user_data"].partition(" ")[0])
    return list(senders.values())


def test_parent_and_child_send_on_one_client_over_connections_of_their_own() -> None:
    with FaultServer() as server:
        shown = run(
            """
            client = CarrierXClient("token", base_url=BASE_URL, max_retries=0)
            def send(who):
                for number in range(5):
                    mark = f"{who} {number}"
                    assert client.messages.send(**SMS, user_data=mark).user_data == mark
            send("parent")
            child = fork()
            send("child" if child == 0 else "parent")
            print(finish(child))
            client.close()
            """,
            server.base_url,
        )
        assert shown == "0\n"
        assert server.requests_fully_read == 15
        assert sorted(senders_by_connection(server), key=sorted) == [{"child"}, {"parent"}]


def test_the_childs_end_does_not_disturb_the_parents_connection() -> None:
    with FaultServer() as server:
        run(
            """
            client = CarrierXClient("token", base_url=BASE_URL, max_retries=0)
            client.messages.send(**SMS, user_data="parent")
            child = fork()
            if child == 0:
                client.close()
            assert finish(child) == 0
            client.messages.send(**SMS, user_data="parent")
            """,
            server.base_url,
        )
        assert (server.requests_fully_read, server.connections) == (2, 1)


def test_a_child_of_a_child_sends_too() -> None:
    with FaultServer() as server:
        shown = run(
            """
            client = CarrierXClient("token", base_url=BASE_URL, max_retries=0)
            who = "parent"
            client.messages.send(**SMS, user_data=who)
            child = fork()
            if child == 0:
                who = "child"
                client.messages.send(**SMS, user_data=who)
                child = fork()
                if child == 0:
                    who = "grandchild"
                    client.messages.send(**SMS, user_data=who)
                assert finish(child) == 0
                child = 0
            print(finish(child))
            """,
            server.base_url,
        )
        assert shown == "0\n"
        assert sorted(senders_by_connection(server), key=sorted) == [{"child"}, {"grandchild"}, {"parent"}]


def test_a_fork_while_threads_send_leaves_the_child_a_working_client() -> None:
    with FaultServer() as server:
        shown = run(
            """
            warnings.simplefilter("ignore", DeprecationWarning)
            client = CarrierXClient("token", base_url=BASE_URL, max_retries=0)
            client.messages.send(**SMS, user_data="parent")
            done = threading.Event()
            def keep_sending():
                while not done.is_set():
                    client.messages.send(**SMS, user_data="parent")
            threads = [threading.Thread(target=keep_sending) for _ in range(3)]
            for thread in threads:
                thread.start()
            codes = []
            for _ in range(3):
                child = fork()
                if child == 0:
                    assert client.messages.send(**SMS, user_data="child").user_data == "child"
                codes.append(finish(child))
            done.set()
            for thread in threads:
                thread.join()
            client.close()
            print(codes)
            """,
            server.base_url,
        )
        assert shown == "[0, 0, 0]\n"
        assert all(len(senders) == 1 for senders in senders_by_connection(server))


def test_parent_and_child_send_on_one_async_client() -> None:
    with FaultServer() as server:
        shown = run(
            """
            client = AsyncCarrierXClient("token", base_url=BASE_URL, max_retries=0)
            async def send(who):
                marks = [f"{who} {number}" for number in range(5)]
                sent = await asyncio.gather(*(client.messages.send(**SMS, user_data=mark) for mark in marks))
                assert [message.user_data for message in sent] == marks
            asyncio.run(send("parent"))
            child = fork()
            asyncio.run(send("child" if child == 0 else "parent"))
            print(finish(child))
            """,
            server.base_url,
        )
        assert shown == "0\n"
        assert server.requests_fully_read == 15
        assert all(len(senders) == 1 for senders in senders_by_connection(server))


def test_an_injected_client_is_refused_in_the_child_before_a_byte_leaves() -> None:
    with FaultServer() as server:
        shown = run(
            """
            http = httpx.Client()
            client = CarrierXClient("token", base_url=BASE_URL, http_client=http)
            client.messages.send(**SMS, user_data="parent")
            child = fork()
            if child == 0:
                try:
                    client.messages.send(**SMS, user_data="child")
                except ConfigurationError as error:
                    print("another process" in str(error), error.outcome.value)
            print(finish(child))
            client.messages.send(**SMS, user_data="parent")
            http.close()
            """,
            server.base_url,
        )
        assert shown.splitlines() == ["True not_sent", "0"]
        assert senders_by_connection(server) == [{"parent"}]
        assert server.requests_started == 2


def test_an_injected_async_client_is_refused_in_the_child_before_a_byte_leaves() -> None:
    with FaultServer() as server:
        shown = run(
            """
            http = httpx.AsyncClient()
            client = AsyncCarrierXClient("token", base_url=BASE_URL, http_client=http)
            with asyncio.Runner() as runner:
                runner.run(client.messages.send(**SMS, user_data="parent"))
                child = fork()
                if child == 0:
                    try:
                        runner.run(client.messages.send(**SMS, user_data="child"))
                    except ConfigurationError as error:
                        print("another process" in str(error), error.outcome.value)
                print(finish(child))
                runner.run(http.aclose())
            """,
            server.base_url,
        )
        assert shown.splitlines() == ["True not_sent", "0"]
        assert server.requests_started == 1


def test_a_factory_is_called_once_a_process() -> None:
    with FaultServer() as server:
        shown = run(
            """
            made = []
            def make():
                made.append(os.getpid())
                return httpx.Client()
            client = CarrierXClient("token", base_url=BASE_URL, http_client=make, max_retries=0)
            for _ in range(2):
                client.messages.send(**SMS, user_data="parent")
            child = fork()
            for _ in range(2):
                client.messages.send(**SMS, user_data="child" if child == 0 else "parent")
            assert made.count(os.getpid()) == 1
            print(finish(child))
            client.close()
            """,
            server.base_url,
        )
        assert shown == "0\n"
        assert sorted(senders_by_connection(server), key=sorted) == [{"child"}, {"parent"}]


def test_over_tls_parent_and_child_each_shake_hands() -> None:
    with FaultServer(use_tls=True) as server:
        shown = run(
            f"""
            client = CarrierXClient("token", base_url=BASE_URL, max_retries=0, ca_file={server.ca_file!r})
            client.messages.send(**SMS, user_data="parent")
            child = fork()
            for _ in range(3):
                client.messages.send(**SMS, user_data="child" if child == 0 else "parent")
            print(finish(child))
            client.close()
            """,
            server.base_url,
        )
        assert shown == "0\n"
        assert sorted(senders_by_connection(server), key=sorted) == [{"child"}, {"parent"}]


def test_a_fork_while_another_thread_asks_for_a_token_leaves_the_child_free_to_ask() -> None:
    with FaultServer() as server:
        shown = run(
            """
            warnings.simplefilter("ignore", DeprecationWarning)
            asked, go = threading.Event(), threading.Event()
            def give():
                if os.getpid() == parent:
                    asked.set()
                    go.wait(30)
                return "token"
            parent = os.getpid()
            client = CarrierXClient(give, base_url=BASE_URL, max_retries=0)
            thread = threading.Thread(target=lambda: client.messages.send(**SMS, user_data="parent"))
            thread.start()
            asked.wait(30)
            child = fork()
            if child == 0:
                signal.alarm(10)
                assert client.messages.send(**SMS, user_data="child").user_data == "child"
            print(finish(child))
            go.set()
            thread.join()
            client.close()
            """,
            server.base_url,
        )
        assert shown == "0\n"
        assert sorted(senders_by_connection(server), key=sorted) == [{"child"}, {"parent"}]


def test_a_fork_while_a_batch_is_read_leaves_the_reading_to_the_parent() -> None:
    with FaultServer() as server:
        shown = run(
            """
            warnings.simplefilter("ignore", DeprecationWarning)
            def requests():
                for number in range(40):
                    yield {**SMS, "user_data": f"parent {number}"}
            client = CarrierXClient("token", base_url=BASE_URL, max_retries=0)
            read, child = [], None
            batch = client.messages.send_many(requests(), concurrency=4)
            try:
                with batch:
                    for result in batch:
                        read.append(result)
                        if len(read) == 5:
                            child = fork()
            except ConfigurationError as error:
                assert child == 0
                print("in another process" in str(error), "Call send_many in" in str(error), error.outcome.value)
                print(len(read), batch.unread, list(batch.unread))
                with client.messages.send_many([{**request, "user_data": "child"} for request in requests()]) as own:
                    print(sum(result.ok for result in own))
            print(finish(child))
            print(len(read), len({result.index for result in read}), all(result.ok for result in read), batch.unread)
            client.close()
            """,
            server.base_url,
        )
        assert shown.splitlines() == ["True True not_sent", "5 () []", "40", "0", "40 40 True ()"]
        sent = [request.json()["user_data"] for request in server.requests]
        assert sorted(mark for mark in sent if mark != "child") == sorted(f"parent {number}" for number in range(40))
        assert sent.count("child") == 40


def test_a_fork_may_leave_a_batch_whose_lock_another_thread_held() -> None:
    with FaultServer() as server:
        shown = run(
            """
            warnings.simplefilter("ignore", DeprecationWarning)
            def requests():
                yield dict(SMS)
                asked.set()
                go.wait(30)
            asked, go = threading.Event(), threading.Event()
            client = CarrierXClient("token", base_url=BASE_URL, max_retries=0)
            with client.messages.send_many(requests(), concurrency=1) as batch:
                next(batch)
                asked.wait(30)
                held, give_back = threading.Event(), threading.Event()
                def hold():
                    with batch._changed:
                        held.set()
                        give_back.wait(30)
                holder = threading.Thread(target=hold)
                holder.start()
                held.wait(30)
                child = fork()
                if child == 0:
                    signal.alarm(10)
                    print(batch.unread)
                else:
                    give_back.set()
                    holder.join()
                    go.set()
            print(finish(child))
            client.close()
            """,
            server.base_url,
        )
        assert shown.splitlines() == ["()", "0"]


def test_a_batch_that_was_made_before_a_fork_is_not_entered_in_the_child() -> None:
    with FaultServer() as server:
        shown = run(
            """
            client = CarrierXClient("token", base_url=BASE_URL, max_retries=0)
            batch = client.messages.send_many([SMS])
            child = fork()
            if child == 0:
                try:
                    with batch:
                        print("entered")
                except ConfigurationError as error:
                    print("created in another process" in str(error))
            else:
                with batch:
                    assert [result.ok for result in batch] == [True]
            print(finish(child))
            client.close()
            """,
            server.base_url,
        )
        assert sorted(shown.splitlines()) == ["0", "True"]
        assert server.requests_fully_read == 1


def test_a_fork_while_an_async_batch_is_read_sends_nothing_of_it() -> None:
    with FaultServer() as server:
        shown = run(
            """
            client = AsyncCarrierXClient("token", base_url=BASE_URL, max_retries=0)
            async def work():
                child = None
                batch = client.messages.send_many([SMS] * 20, concurrency=4)
                read = []
                try:
                    async with batch:
                        async for result in batch:
                            read.append(result)
                            if len(read) == 5:
                                child = fork()
                except ConfigurationError as error:
                    print("created in another process" in str(error), len(read), batch.unread)
                print(finish(child))
                print(len(read), all(result.ok for result in read))
            asyncio.run(work())
            """,
            server.base_url,
        )
        assert shown.splitlines() == ["True 5 ()", "0", "20 True"]
        assert server.requests_fully_read == 20


@pytest.mark.parametrize("delay", [0.002, 0.01, 0.03, 0.06])
def test_a_fork_during_another_threads_first_send_leaves_the_child_a_working_client(delay: float) -> None:
    """Whatever that thread loads or locks meanwhile exists in the child as it was, without the thread."""
    script = f"""
    import time
    client = CarrierXClient("token", base_url=BASE_URL)
    thread = threading.Thread(target=client.messages.send, kwargs=SMS)
    thread.start()
    time.sleep({delay})
    child = fork()
    if child == 0:
        client.messages.send(**SMS)
    else:
        thread.join()
    print(finish(child), end="")
    client.close()
    """
    with FaultServer() as server:
        assert run(script, server.base_url) == "0"
        server.settle()
        assert server.requests_fully_read == 2
