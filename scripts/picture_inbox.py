"""Take the README's pictures of the inbox, in light and dark: `python scripts/picture_inbox.py`. Needs Chromium."""

from __future__ import annotations

import contextlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import sync_playwright

from carrierx import CarrierXClient, UnconfirmedSendError
from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorClock, serve

PICTURES = Path(__file__).parents[1] / "docs" / "_static"
OURS, GUEST = "15162065575", "15162065574"


def fill(emulator: Emulator, client: CarrierXClient) -> None:
    """Hold a few conversations between a restaurant and its guests."""

    def send(to: str, message: str) -> None:
        client.messages.send(from_=OURS, to=to, message=message)
        emulator.clock.step(70)

    send("13105550148", "Your table for two is ready.")
    send("12025550101", "Your table for eight is booked for Friday at 7.")
    send(GUEST, "Your table is booked for tonight at 7. Reply C to confirm, or call us to change it.")
    emulator.receive(from_=GUEST, to=OURS, message="C. Can we sit outside?")
    emulator.clock.step(70)
    send(GUEST, "Thank you! The terrace is yours, if the weather holds.")
    emulator.faults.lose_answer()
    lost = client.with_options(max_retries=0, auto_reference=True)
    with contextlib.suppress(UnconfirmedSendError):
        lost.messages.send(from_=OURS, to=GUEST, message="Your table is ready at 7.")
    emulator.clock.step(2)


def main() -> None:
    """Serve an emulator with messages, and picture its page."""
    clock = EmulatorClock(lambda: datetime(2026, 3, 5, 17, 40, tzinfo=UTC))
    with Emulator(clock=clock) as emulator, serve(emulator) as running, sync_playwright() as playwright:
        fill(emulator, CarrierXClient(DEMO_TOKEN, base_url=running.base_url))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": 1000, "height": 600}, color_scheme=scheme, device_scale_factor=1.5, locale="en-US"
            )
            page.goto(running.base_url.removesuffix("/core/v2") + "/")
            page.get_by_text("+1 516-206-5574").first.click()
            page.get_by_text("Your table is ready at 7.").last.wait_for()
            page.screenshot(path=PICTURES / f"inbox-{scheme}.png", animations="disabled")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
