"""What failed, as a person sees it in a browser: requests, responses and callbacks."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Browser, expect

from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, RunningEmulator, StatusDelays, serve
from tests.emulator.helpers import DID, PHONE, send
from tests.emulator.receivers import SocketReceiver
from tests.emulator.web.browser import CHROMIUM, running_browser, window
from tests.emulator.web.helpers import receive, root_of

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")

AT_ONCE = StatusDelays(timedelta(0), timedelta(0))
TEXT = {"from": DID, "to": PHONE, "message": "Hello"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as made:
        yield made


def post(running: RunningEmulator, *, token: str = DEMO_TOKEN, **changes: object) -> None:
    """Send a text as an application does, whatever becomes of the response."""
    with suppress(httpx.HTTPError):
        httpx.post(
            f"{running.base_url}/sms/messages", json=TEXT | changes, headers={"Authorization": f"Bearer {token}"}
        )


def test_sending_into_the_void_is_answered_by_the_log(browser: Browser) -> None:
    with Emulator() as emulator, serve(emulator) as running, window(browser, root_of(running)) as seen:
        seen.see("#arrivals", "Nothing shows up?")
        seen.page.click("#arrivals a")
        seen.see(".nothing", "No request has arrived yet")
        seen.see(".nothing", running.base_url)
        seen.see(".nothing", DEMO_TOKEN)

        post(running, token="another-token")
        seen.see(".request.bad", "401")
        seen.see(".request.bad .why", "credentials")
        post(running, to="12")
        seen.see(".request.bad .result", "422")
        assert seen.page.locator(".nothing").is_hidden()

        seen.page.get_by_role("link", name="Back to conversations").click()
        seen.see("#arrivals", "2 requests arrived, 2 with a problem")


def test_the_log_shows_what_went_over_the_wire(browser: Browser) -> None:
    with Emulator() as emulator, serve(emulator) as running:
        post(running, message="The first")
        emulator.faults.lose_answer(times=1)
        post(running, message="The second")
        with window(browser, f"{root_of(running)}") as seen:
            seen.page.get_by_role("link", name="1 new problem").wait_for()
            seen.page.click("#open-requests")
            expect(seen.page.locator(".request")).to_have_count(2)
            expect(seen.page.locator("#open-requests")).to_have_text("Requests")
            seen.page.get_by_label("Problems only").check()
            expect(seen.page.locator(".request")).to_have_count(1)

            post(running, message="The third")
            emulator.faults.answer(503, retry_after=7, times=1)
            post(running, message="The fourth")
            expect(seen.page.locator(".request .result").first).to_have_text("Problem: Answered by a fault (503)")
            expect(seen.page.locator(".request")).to_have_count(2)

            seen.page.locator(".request").last.click()
            seen.see("#details .facts", "Response lost")
            seen.see("#details .failure", "The message was accepted")
            seen.see("#details", "No part of the response was sent.")
            seen.see("#details [aria-label='Response that the emulator made']", '"The second"')
            seen.page.get_by_role("button", name="Show the message").press("Enter")
            seen.see("#details h2", "Sent text")
            seen.see("#details .timeline", "Queued")
            expect(seen.page.get_by_role("button", name="Close")).to_be_focused()
            seen.page.keyboard.press("Escape")

            emulator.reset()
            seen.see(".nothing", "No request had a problem.")
            seen.page.get_by_label("Problems only").uncheck()
            seen.see(".nothing", "No request has arrived yet")


def test_a_long_log_is_read_back(browser: Browser) -> None:
    with Emulator() as emulator, serve(emulator) as running:
        for _ in range(60):
            send(emulator, to="12")
        with window(browser, f"{root_of(running)}") as seen:
            seen.page.click("#open-requests")
            rows = seen.page.locator(".request")
            expect(rows).to_have_count(50)
            seen.page.get_by_role("button", name="Show older requests").click()
            expect(rows).to_have_count(60)
            send(emulator, to="12")
            expect(rows).to_have_count(61)
            numbers = seen.page.eval_on_selector_all(
                ".request", "found => found.map(row => Number(row.dataset.number))"
            )

    assert numbers == list(range(61, 0, -1))


def test_bubbles_say_when_the_response_did_not_arrive_complete(browser: Browser) -> None:
    with Emulator() as emulator, serve(emulator) as running, window(browser, root_of(running)) as seen:
        emulator.faults.lose_answer(times=1)
        post(running, message="lost")
        emulator.faults.truncate_answer(times=1)
        post(running, message="cut")
        emulator.faults.garble_answer(times=1)
        post(running, message="garbled")
        emulator.faults.delay(0.01, times=1)
        post(running, message="late")
        post(running, message="fine")

        seen.see(".message", "fine")
        told = seen.page.eval_on_selector_all(
            ".message",
            "found => found.map(row => [row.querySelector('.text').textContent,"
            " row.querySelector('.delivery')?.textContent ?? ''])",
        )
        assert told == [
            ["lost", "Response lost"],
            ["cut", "Response cut off"],
            ["garbled", "Response garbled"],
            ["late", "Response delayed"],
            ["fine", ""],
        ]


def test_a_refused_callback_is_told_and_posted_again(browser: Browser) -> None:
    with SocketReceiver((500, {}), (503, {})) as application:
        config = EmulatorConfig(callback_url=application.url, callback_retries=(timedelta(hours=1),))
        with Emulator(config) as emulator, serve(emulator) as running, window(browser, root_of(running)) as seen:
            receive(emulator, "Hi")
            seen.see(".message .meta .lost", "Callback answered 500, next try at ")
            seen.page.get_by_role("button", name="Details of the message").click()
            seen.see(".callback .what", "Received: answered 500, next try at ")
            button = seen.page.get_by_role("button", name="Retry now: the callback for Received")
            button.click()
            seen.see(".callback.given_up .what", "Received: answered 503, given up")
            button.click()
            seen.see(".callback.accepted .what", "Received: accepted")

            rows = seen.page.locator(".callback tbody tr").all_inner_texts()
            assert [row.split("\t")[::2] for row in rows] == [
                ["1", "answered 500"],
                ["2", "answered 503"],
                ["3", "answered 200"],
            ]
            seen.page.keyboard.press("Escape")
            seen.see(".message .meta", "1 callback accepted")


def test_a_failed_message_says_why(browser: Browser) -> None:
    config = EmulatorConfig(delays=AT_ONCE)
    with Emulator(config) as emulator, serve(emulator) as running, window(browser, root_of(running)) as seen:
        post(running, to="12025550101", message="It's lost")
        seen.see(".message .meta", "Failed")
        seen.page.evaluate("navigator.clipboard.writeText = async text => { window.copied = text }")
        seen.page.get_by_role("button", name="Details of the message").click()
        seen.see("#details .failure", "fail")
        statuses = seen.page.locator("#details .timeline .what").all_inner_texts()
        headings = seen.page.locator("#details h3").all_inner_texts()
        seen.page.get_by_role("button", name="Copy as curl: the request").click()
        seen.see("#details .copy", "Copied")
        copied: str = seen.page.evaluate("window.copied")

    assert statuses[0] == "Queued"
    assert statuses[-1] == "Failed"
    assert headings == ["Status", "As it is now", "SMS object", "Request", "Response"]
    words = shlex.split(copied.replace("\\\n", " "))
    assert words[:4] == ["curl", "-X", "POST", f"{running.base_url}/sms/messages"]
    assert f"Authorization: Bearer {DEMO_TOKEN}" in words
    assert json.loads(words[-1]) == TEXT | {"to": "12025550101", "message": "It's lost"}


def test_the_faults_panel_says_what_is_wrong(browser: Browser) -> None:
    with ExitStack() as life:
        emulator = life.enter_context(Emulator())
        running = life.enter_context(serve(emulator))
        with window(browser, root_of(running), may_lose_connection=True) as seen:
            seen.page.click("#open-faults")
            problem = "#faults .card-form .problem"
            turn_on = seen.page.get_by_role("button", name="Turn on")
            seen.page.fill("#fault-number", "12")
            turn_on.click()
            seen.see(problem, "The number must have 3 to 15 digits")
            seen.page.fill("#fault-number", "+1 516-206-5574")
            seen.page.select_option("#fault-kind", "answer")
            seen.page.fill("#fault-status", "99")
            turn_on.click()
            seen.see(problem, "The status must be a whole number from 200 to 599")
            seen.see("#fault-status:focus[aria-invalid]")
            seen.page.fill("#fault-status", "503")
            turn_on.click()
            seen.see(".card .hint", "from or to +1 516-206-5574, once · affected no request yet")
            seen.see("#open-faults.on", "Faults: 1")

            post(running)
            seen.see("#open-faults:not(.on)", "Faults: used up")
            seen.see(".rules", "All are used up. The emulator works normally again.")
            seen.see(".card.used-up", "affected 1 request, used up")
            turn_on.click()
            seen.page.get_by_role("button", name="Turn all off").click()
            seen.see(".rules", "None")

            life.close()
            seen.see(".rules .problem", "The faults can't be read: the emulator does not respond.")
            turn_on.click()
            seen.see(problem, "Not turned on: the emulator does not respond.")
