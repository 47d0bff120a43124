"""Draw, undo and clear in haste in a real browser while a run trains: is a stroke or a press lost, does a page stop?

    python -m tests.benchmarks.hasty [--rounds 1000] [--delay 0] [--references] [--no-run] [--pages]

A round is a stroke, an Undo or a Clear, at random, and the pause after it: 0, 30, 80, 150 or 300 ms, in turn. After
every ten rounds, the strokes on the canvas and those that the server read are compared with those that must be left. It
also counts the bytes that the server sends for a stroke, and for another page of images on Browse.

With `--pages` a round goes to another page instead, as soon as the title of the one before is there, beside two loops
that keep the processor busy: does a page stay empty? Needs Chromium, and MNIST for the run.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, TimeoutError, WebSocket, expect, sync_playwright

from tests.browser.hasty_hand import opened, slow_network
from tests.browser.serving import LAUNCH, free_port, serve
from tests.browser.visiting import start_long_run

PACES = (0, 30, 80, 150, 300)  # ms
TOGETHER = 10  # rounds between two comparisons
PAGES = ("Train", "Draw")  # both ask for parts of themselves without a press: a run's progress, the example that writes


class Received:
    """Counts the bytes that the server sends to a page."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._add)

    def _add(self, frame: bytes | str) -> None:
        self.bytes += len(frame)


def haste(page: Page, address: str, rounds: int) -> tuple[int, int]:
    """Return how often something was lost, and how often a page stopped with a fatal message."""
    lost = stopped = 0
    hand = opened(page, address)
    for batch in range(rounds // TOGETHER):
        pace = PACES[batch % len(PACES)]
        for _ in range(TOGETHER):
            hand.act()
            page.wait_for_timeout(pace)
        if difference := hand.lost():
            lost += 1
            stopped += bool(hand.fatal)
            print(f"after {(batch + 1) * TOGETHER} rounds, at {pace} ms: {difference} {hand.fatal}", flush=True)
            hand = opened(page, address)
    return lost, stopped


def turn_pages(page: Page, address: str, rounds: int) -> int:
    """Return how often a page stayed empty for 15 s."""
    empty = 0
    page.goto(address)
    for number in range(rounds):
        name = PAGES[number % len(PAGES)]
        try:
            page.get_by_role("link", name=name).first.click(timeout=15_000)
            expect(page.get_by_role("heading", level=1)).to_have_text(name, timeout=15_000)
        except (AssertionError, TimeoutError) as error:
            empty += 1
            print(f"round {number}, {name}: {str(error).splitlines()[0]}", flush=True)
            page.goto(address)
    return empty


@contextmanager
def busy_processor(loops: int = 2) -> Iterator[None]:
    """Keep as many cores busy."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def print_bytes(page: Page, address: str, received: Received) -> None:
    """Print how much the server sends for a stroke and for a page of Browse."""
    hand = opened(page, address)
    before = received.bytes
    for _ in range(10):
        hand.stroke()
        page.wait_for_timeout(500)
    print(f"a stroke: {(received.bytes - before) / 10_000:.1f} kB from the server", flush=True)
    page.goto(f"{address}/browse")
    following = page.get_by_role("button", name="Next")
    following.wait_for()
    page.wait_for_timeout(2000)
    before = received.bytes
    for _ in range(10):
        following.click()
        page.wait_for_timeout(1000)
    print(f"another page of images: {(received.bytes - before) / 10_000:.1f} kB from the server", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000, help="how many strokes and presses")
    parser.add_argument("--delay", type=int, default=0, help="ms by which the server's messages come later")
    parser.add_argument("--references", action="store_true", help="refer to messages sent before, as Streamlit does")
    parser.add_argument("--no-run", action="store_true", help="nothing trains meanwhile")
    parser.add_argument("--pages", action="store_true", help="go from page to page instead")
    options = parser.parse_args()
    setting = {"STREAMLIT_GLOBAL_MIN_CACHED_MESSAGE_SIZE": "10000"} if options.references else {}
    with sync_playwright() as playwright, serve(free_port(), **setting) as address:
        browser = playwright.chromium.launch(**LAUNCH)
        if not options.no_run:
            trainer = browser.new_page()
            trainer.goto(f"{address}/train")
            start_long_run(trainer)
        page = browser.new_page()
        received = Received(page)
        if options.delay:
            slow_network(page, options.delay)
        began = time.monotonic()
        if options.pages:
            with busy_processor():
                empty = turn_pages(page, address, options.rounds)
            print(
                f"{options.rounds} rounds in {time.monotonic() - began:.0f} s: {empty} pages stayed empty", flush=True
            )
            return
        print_bytes(page, address, received)
        began = time.monotonic()
        lost, stopped = haste(page, address, options.rounds)
        seconds = time.monotonic() - began
        print(f"{options.rounds} rounds in {seconds:.0f} s: {lost} losses, {stopped} pages stopped", flush=True)


if __name__ == "__main__":
    main()
