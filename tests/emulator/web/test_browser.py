"""The page in a browser, as a person uses it."""

from __future__ import annotations

import csv
import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Browser, expect

from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, StatusDelays, serve
from tests.cli.helpers import run_command
from tests.emulator.helpers import DID, PHONE, accept, send, upload
from tests.emulator.receivers import SocketReceiver
from tests.emulator.web.browser import CHROMIUM, DESKTOP_SIZE, PHONE_SIZE, Scheme, running_browser, window
from tests.emulator.web.helpers import HOSTILE_TEXTS, picture, receive, root_of

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")

AT_ONCE = EmulatorConfig(delays=StatusDelays(timedelta(0), timedelta(0)))

GROW_BETWEEN_FRAMES = """async () => {
    for (let times = 0; times < 5; times += 1) {
        await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
        const picture = document.createElement("li");
        picture.style.height = "300px";
        document.querySelector(".log").lastElementChild.before(picture);
    }
}"""
"""Makes a conversation longer as pictures do that are loaded while the view is about to scroll."""

REFUSING_URL = "http://127.0.0.1:9/texts"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as made:
        yield made


def test_a_newcomer_sends_the_line_that_the_page_shows_and_sees_it_arrive(browser: Browser) -> None:
    with Emulator(AT_ONCE) as emulator, serve(emulator) as running, window(browser, root_of(running)) as seen:
        seen.see("h2", "No texts yet")
        words = shlex.split(seen.page.inner_text("[aria-label='From a terminal'] code").replace("\\\n", " "))
        seen.page.evaluate("window.isStillTheSame = true")

        sent = run_command(*words[3:], settings=dict(word.split("=", 1) for word in words[:2]))

        assert sent.returncode == 0, sent.stderr
        seen.see(".message.outbound .text", "Hello")
        seen.see(".message .meta", "Delivered")
        seen.see(".message .meta", "1 segment")
        seen.see(".message .meta", "$0.01")
        assert seen.page.evaluate("window.isStillTheSame")
        assert "(1)" not in seen.page.title()


def test_a_reply_reaches_the_application_and_its_answer_appears(browser: Browser) -> None:
    with SocketReceiver() as application:
        config = EmulatorConfig(delays=AT_ONCE.delays, callback_url=application.url)
        with Emulator(config) as emulator, serve(emulator) as running, window(browser, root_of(running)) as seen:
            accept(emulator, message="Shall we deliver today?")
            seen.see(".message", "Shall we deliver today?")
            seen.page.fill("#reply", "Yes, please")
            seen.page.press("#reply", "Enter")

            told = next(arrival.message for arrival in iter(application.next, None) if is_reply(arrival.message))
            answer = {"from": DID, "to": PHONE, "message": f"You said: {told['message']}"}
            httpx.post(
                f"{running.base_url}/sms/messages", json=answer, headers={"Authorization": f"Bearer {DEMO_TOKEN}"}
            )

            seen.see(".message.inbound", "Yes, please")
            seen.see(".message.inbound .meta", "1 callback accepted")
            seen.see(".message.outbound", "You said: Yes, please")
            expect(seen.page.locator("#reply")).to_have_value("")


def test_a_newcomer_lets_a_text_come_in(browser: Browser) -> None:
    with Emulator() as emulator, serve(emulator) as running, window(browser, root_of(running), size=PHONE_SIZE) as seen:
        seen.page.get_by_role("button", name="receive a text", exact=True).click()
        seen.page.get_by_role("button", name="Receive text").click()
        seen.see(".problem", "Enter a text, or the URL of a picture.")
        seen.page.fill("#receive-from", "+1 212-555-0109")
        seen.page.fill("#receive-text", "Are you open?")
        seen.page.get_by_role("button", name="Receive text").click()
        seen.see("h2", "+1 212-555-0109")
        seen.see(".message.inbound", "Are you open?")

        assert [message["from"] for message in emulator.messages] == ["12125550109"]


def test_it_outlives_its_emulator(browser: Browser) -> None:
    with ExitStack() as first:
        emulator = first.enter_context(Emulator())
        running = first.enter_context(serve(emulator))
        receive(emulator, "In the first life")
        with window(browser, root_of(running), may_lose_connection=True) as seen:
            seen.see(".message", "In the first life")
            seen.page.fill("#reply", "A draft")
            first.close()
            seen.see("#connection[data-state=lost]", "does not respond")
            seen.page.press("#reply", "Enter")
            seen.see(".problem", "Not sent")
            expect(seen.page.locator("#reply")).to_have_value("A draft")

            with Emulator() as other, serve(other, port=httpx.URL(running.base_url).port or 0):
                seen.see("h2", "No texts yet")
                receive(other, "In the second life")
                seen.see(".message", "In the second life")
                expect(seen.page.locator(".message")).to_have_count(1)


def test_hostile_texts_stay_texts(browser: Browser) -> None:
    with Emulator(AT_ONCE) as emulator, serve(emulator) as running:
        for text in HOSTILE_TEXTS:
            receive(emulator, text)
        accept(emulator, message="<b>bold</b>", user_data="<script>1</script>")
        with window(browser, root_of(running)) as seen:
            seen.see(".message", "<b>bold</b>")

            shown = seen.page.eval_on_selector_all(".bubble .text", "found => found.map(text => text.textContent)")
            seen.page.locator(".message", has_text="<b>bold</b>").get_by_role("button").click()
            seen.see("#details pre", "<script>1</script>")

            assert shown == [*HOSTILE_TEXTS, "<b>bold</b>"]
            assert seen.page.title().endswith("Inbox – CarrierX emulator")
            assert seen.page.eval_on_selector_all("script", "found => found.length") == 1
            assert seen.page.eval_on_selector_all("#thread img", "found => found.length") == 0


def test_everything_can_be_done_by_the_keyboard(browser: Browser) -> None:
    with Emulator(AT_ONCE) as emulator, serve(emulator) as running:
        receive(emulator, "The older")
        receive(emulator, "The newer", from_="12125550109")
        with window(browser, root_of(running)) as seen:
            seen.see(".message", "The newer")
            keys = seen.page.keyboard
            seen.page.locator("#search").focus()
            keys.press("Tab")
            keys.press("Tab")
            keys.press("ArrowDown")
            keys.press("Enter")
            seen.see(".message", "The older")
            seen.see("#reply:focus")

            seen.page.locator(".scroller").focus()
            keys.press("Tab")
            keys.press("Enter")
            seen.see("#details pre", "The older")
            keys.press("Escape")
            assert seen.page.evaluate("document.activeElement.className") == "details"

            keys.press("Tab")
            keys.type("By hand")
            keys.press("Shift+Enter")
            keys.type("and foot")
            keys.press("Enter")
            seen.see(".message.inbound .text", "By hand\nand foot")


def test_a_long_conversation_is_read_back_from_its_end(browser: Browser) -> None:
    with Emulator(AT_ONCE) as emulator, serve(emulator) as running:
        for number in range(120):
            receive(emulator, f"Text {number}.")
        with window(browser, root_of(running), size=PHONE_SIZE) as seen:
            seen.page.click(".conversation")
            seen.see(".message", "Text 119.")
            expect(seen.page.locator(".message")).to_have_count(50)
            seen.page.get_by_role("button", name="Show earlier messages").click()
            seen.see(".message", "Text 20.")
            seen.page.get_by_role("button", name="Show earlier messages").click()
            seen.see(".message", "Text 0.")
            texts = seen.page.eval_on_selector_all(".bubble .text", "found => found.map(text => text.textContent)")
            assert texts == [f"Text {number}." for number in range(120)]

            seen.page.get_by_role("link", name="Back to conversations").click()
            seen.see(".conversation", "Text 119.")


def test_texts_and_statuses_are_searched(browser: Browser) -> None:
    with Emulator(AT_ONCE) as emulator, serve(emulator) as running:
        receive(emulator, "The parcel is here")
        for number in range(60):
            receive(emulator, f"Later {number}")
        accept(emulator, to="12025550101", message="This one fails")
        receive(emulator, "Elsewhere", from_="12125550109")
        with window(browser, root_of(running)) as seen:
            rows = seen.page.locator(".conversation")
            expect(rows).to_have_count(3)
            seen.page.fill("#search", "PARCEL")
            expect(rows).to_have_count(1)
            rows.click()
            seen.see(".message.found", "The parcel is here")
            expect(seen.page.locator(".found")).to_have_count(1)
            expect(seen.page.locator(".found")).to_be_in_viewport()

            seen.page.fill("#search", "212-555")
            expect(rows).to_have_count(1)
            expect(rows).to_contain_text("Elsewhere")
            receive(emulator, "Not among what was searched")
            seen.page.fill("#search", "nothing like it")
            seen.see("#none-found")
            seen.page.fill("#search", "")
            seen.page.select_option("#status", "failed")
            expect(rows).to_have_count(1)
            expect(rows).to_contain_text("This one fails")


def test_a_draft_waits_for_its_conversation(browser: Browser) -> None:
    with Emulator(AT_ONCE) as emulator, serve(emulator) as running:
        receive(emulator, "The first")
        receive(emulator, "The second", from_="12125550109")
        with window(browser, root_of(running)) as seen:
            seen.see(".message", "The second")
            seen.page.fill("#reply", "Not yet sent")
            seen.page.locator(".conversation", has_text="The first").click()
            seen.see(".message", "The first")
            expect(seen.page.locator("#reply")).to_have_value("")
            seen.page.locator(".conversation", has_text="The second").click()
            seen.see(".message", "The second")
            expect(seen.page.locator("#reply")).to_have_value("Not yet sent")
            seen.page.press("#reply", "Enter")
            seen.see(".message", "Not yet sent")
            seen.page.click("#open-requests")
            seen.page.locator(".conversation", has_text="Not yet sent").click()
            seen.see(".message", "Not yet sent")
            expect(seen.page.locator("#reply")).to_have_value("")


def test_an_unknown_link_says_so(browser: Browser) -> None:
    with Emulator() as emulator, serve(emulator) as running:
        receive(emulator, "Hi")
        with window(browser, root_of(running)) as seen:
            for link in ("#nothing", "#12/x", "#%E0%A4%A"):
                seen.page.goto(f"{root_of(running)}/{link}")
                seen.see("h2", "This link leads to nothing")
            seen.page.get_by_role("link", name="All conversations").click()
            seen.see(".message", "Hi")


def test_a_conversation_is_exported(browser: Browser) -> None:
    with Emulator() as emulator, serve(emulator) as running:
        for number in range(60):
            receive(emulator, f'=1+{number}, "quoted"')
        with window(browser, root_of(running)) as seen:
            seen.see(".message")
            saved: list[str] = []
            for kind in ("JSON", "CSV"):
                seen.page.get_by_text("Export", exact=True).click()
                with seen.page.expect_download() as download:
                    seen.page.get_by_role("button", name=f"As {kind}").click()
                assert download.value.suggested_filename == f"conversation-{DID}-{PHONE}.{kind.lower()}"
                saved.append(download.value.path().read_text(encoding="utf-8-sig"))

    assert [message["message"] for message in json.loads(saved[0])] == [f'=1+{n}, "quoted"' for n in range(60)]
    rows = list(csv.DictReader(saved[1].splitlines()))
    assert [(row["from"], row["message"]) for row in rows] == [(PHONE, f'\'=1+{n}, "quoted"') for n in range(60)]


def test_pictures_are_shown_complete_and_the_end_stays_in_sight(browser: Browser) -> None:
    with Emulator(AT_ONCE) as emulator, serve(emulator) as running:
        host = httpx.URL(running.base_url).netloc.decode()
        for width, height in ((300, 900), (301, 900), (302, 900), (40, 30)):
            file = upload(emulator, picture(width, height), name=f"{width}.png", host=host)
            accept(emulator, media_urls=[file["publish_uri"]], message=f"{width} pixels")
        with window(browser, root_of(running), size=PHONE_SIZE) as seen:
            seen.page.locator(".conversation").click()
            seen.see(".message", "40 pixels")
            seen.wait_for_images()
            sizes = seen.page.eval_on_selector_all(
                ".picture img", "found => found.map(image => [image.width, image.height])"
            )
            expect(seen.page.locator(".message .details").last).to_be_in_viewport()
            seen.page.evaluate(GROW_BETWEEN_FRAMES)
            expect(seen.page.locator(".message .details").last).to_be_in_viewport()

    assert sizes[-1] == [40, 30]
    width, height = sizes[0]
    assert height <= PHONE_SIZE[1]
    assert abs(height / width - 3) < 0.05


def test_pictures_and_groups_come_in(browser: Browser) -> None:
    with Emulator() as emulator, serve(emulator) as running, window(browser, root_of(running)) as seen:
        seen.page.click("#open-receive")
        seen.page.get_by_text("Pictures and groups").click()
        seen.page.fill("#receive-media", "example.com/a.png")
        seen.page.get_by_role("button", name="Receive text").click()
        seen.see("#receive .problem", "Each URL must be complete")
        seen.page.fill("#receive-media", "https://example.com/a.png\nhttps://example.com/b.png")
        seen.page.fill("#receive-group", "+1 212-555-0109")
        seen.page.get_by_role("button", name="Receive text").click()
        seen.see(".message.inbound .group", "+1 212-555-0109")
        seen.see(".message.inbound .elsewhere", "https://example.com/b.png")

        [message] = emulator.messages
        assert message["group_recipients"] == [DID, "12125550109"]
        assert message["type"] == "mms"


def test_faults_and_time_are_turned_from_the_page(browser: Browser) -> None:
    with Emulator() as emulator, serve(emulator) as running, window(browser, root_of(running)) as seen:
        emulator.clock.hold()
        sends = f"{running.base_url}/sms/messages"
        with httpx.Client(headers={"Authorization": f"Bearer {DEMO_TOKEN}"}) as client:
            seen.page.click("#open-faults")
            seen.page.select_option("#fault-kind", "answer")
            seen.page.fill("#fault-status", "429")
            seen.page.get_by_role("button", name="Turn on").click()
            seen.see(".card", "Returns 429")
            refused = client.post(sends, json={"from": DID, "to": PHONE, "message": "Hello"})
            seen.see(".card", "affected 1 request, used up")
            seen.page.get_by_role("button", name="Remove").click()
            seen.see(".rules", "None")
            seen.page.keyboard.press("Escape")

            client.post(sends, json={"from": DID, "to": PHONE, "message": "Hello"})
        seen.see(".message .meta", "Queued")
        seen.page.get_by_role("button", name="Clock held").click()
        seen.page.get_by_role("button", name="Step forward by 10 seconds").click()
        seen.see(".message .meta", "Delivered")

        assert refused.status_code == 429
        assert emulator.faults.rules == ()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE_SIZE, DESKTOP_SIZE], ids=["390", "1280"])
def test_it_can_be_read_by_everybody(browser: Browser, size: tuple[int, int], scheme: Scheme) -> None:
    """Axe-core finds nothing wrong, nothing is cut off sideways, and a picture of each view is kept."""
    with (
        Emulator(EmulatorConfig(callback_url=REFUSING_URL)) as emulator,
        serve(emulator) as running,
        window(browser, root_of(running), size=size, scheme=scheme) as seen,
    ):
        # The rules besides the contrast are slow, and don't depend on the combination of size and scheme.
        contrast_alone = (size == PHONE_SIZE) == (scheme == "dark")

        def check(view: str) -> None:
            seen.keep(f"{view}-{size[0]}-{scheme}")
            assert seen.violations(contrast_alone=contrast_alone) == [], view
            assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view

        check("empty")
        seen.page.goto(f"{root_of(running)}/#requests")
        seen.see(".nothing")
        check("no-requests")
        seen.page.goto(f"{root_of(running)}/#nothing")
        seen.see("h2", "This link leads to nothing")
        check("unknown")
        seen.page.get_by_role("link", name="All conversations").click()
        fill(emulator, httpx.URL(running.base_url).netloc.decode())
        seen.see(".conversation", "Thank you!")
        if size == PHONE_SIZE:
            check("conversations")
        seen.page.locator(".conversation", has_text="Thank you!").click()
        seen.see(".message", "Thank you!")
        seen.wait_for_images()
        check("conversation")
        seen.page.get_by_role("button", name="Details of the message").first.click()
        seen.see("#details .callback", "could not be reached")
        check("details")
        seen.page.keyboard.press("Escape")
        if size == PHONE_SIZE:
            seen.page.get_by_role("link", name="Back to conversations").click()
        seen.page.locator(".conversation", has_text="Did this one arrive?").click()
        seen.see(".message .delivery", "Response lost")
        check("lost")
        if size == PHONE_SIZE:
            seen.page.get_by_role("link", name="Back to conversations").click()
        seen.page.click("#open-requests")
        seen.see(".request.bad")
        check("requests")
        seen.page.locator(".request.bad").first.click()
        seen.see("#details .facts")
        check("request")
        seen.page.keyboard.press("Escape")
        if size == PHONE_SIZE:
            seen.page.get_by_role("link", name="Back to conversations").click()
        for tool in ("receive", "faults", "clock"):
            seen.page.click(f"#open-{tool}")
            seen.see(f"#{tool}[open] h2")
            if tool == "receive":
                seen.page.get_by_text("Pictures and groups").click()
            check(tool)
            seen.page.keyboard.press("Escape")


def is_reply(message: Mapping[str, object]) -> bool:
    """Tell whether a callback is about an inbound message."""
    return message["direction"] == "inbound"


def fill(emulator: Emulator, host: str) -> None:
    """Put in what a busy day leaves: statuses of all kinds, a picture, a group, and a fault that is on."""
    emulator.clock.hold()
    accept(emulator, to="13105550148", message="Your table for two is ready.")
    accept(emulator, to="447700900123", message="Ihr Code ist 481 922.")
    accept(emulator, to="12025550101", message="This one fails.")
    group = {"from": "18885550142", "to": "14155550121", "type": "mms"}
    accept(emulator, group, message="Lunch on Friday?", group_recipients=["14155550121", "14155550122"])
    accept(emulator, message="Hello Ana, your order 4471 has left our shop and will be with you on Thursday.")
    receive(emulator, "Can you leave it with the neighbour?")
    accept(emulator, message="Of course. Which number?\nReply with the number, or STOP to hear no more of us.")
    receive(emulator, "14 b")
    receipt = upload(emulator, picture(), name="receipt.png", host=host)["publish_uri"]
    emulator.clock.step(60)
    accept(emulator, media_urls=[receipt], message="Here is your receipt.")
    accept(emulator, media_urls=["https://storage.carrierx.com/f/cdac0471"], message="And the leaflet.")
    emulator.clock.step(2)
    accept(emulator, message="Thank you! Everything is arranged, and we will see you on Thursday. " * 3)
    emulator.faults.lose_answer(path="/sms/messages", method="POST", times=1)
    accept(emulator, to="447700900123", message="Did this one arrive?")
    send(emulator, to="12")
    emulator.faults.answer(503, retry_after=2, probability=0.5)
