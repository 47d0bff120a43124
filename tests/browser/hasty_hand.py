"""A hand that draws, undoes and clears without waiting, and a model of what must be left in the end.

Every stroke is a short line in a free cell of a 6 x 6 grid, so a picture of the drawing tells which strokes it holds.
"""

import io
import os
import random
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image
from playwright.sync_api import ConsoleMessage, Page

ROWS = 6  # cells along a side
ACTIONS = ("stroke", "stroke", "stroke", "undo", "undo", "clear")  # as often as they stand here
FATAL = "Cached ForwardMsg MISS"

# Which cells have ink, on the two layers of the canvas together.
INK_ON_CANVAS = """rows => {
  const host = [...document.querySelectorAll('*')].find(each => each.shadowRoot?.querySelector('canvas.upper-canvas'));
  if (!host) return null;
  const layers = [...host.shadowRoot.querySelectorAll('canvas:not(.upper-canvas)')];
  const side = layers[0].width / rows;
  return [...Array(rows * rows).keys()].filter(cell => layers.some(layer => {
    const [x, y] = [(cell % rows + .5) * side, (Math.floor(cell / rows) + .5) * side];
    return layer.getContext('2d').getImageData(x, y, 1, 1).data[0] > 128;
  }));
}"""

# Every message from the server reaches the page this much later (ms).
SLOW_NETWORK = """
const Fast = WebSocket;
window.WebSocket = class extends Fast {
  addEventListener(name, listener, options) {
    const later = (event) => setTimeout(listener, DELAY, event);
    super.addEventListener(name, name === 'message' ? later : listener, options);
  }
  set onmessage(listener) { super.onmessage = (event) => setTimeout(listener, DELAY, event); }
};
"""


class HastyHand:
    """Draws, undoes and clears on the Draw page.

    Attributes:
        left: the cells of the strokes that must be left, oldest first.
        presses: the number of actions so far.
        fatal: the browser's fatal messages so far.
    """

    def __init__(self, page: Page, seed: int = 0) -> None:
        self.page = page
        self.left: list[int] = []
        self.presses = 0
        self.fatal: list[str] = []
        self._cell = 0
        self._random = random.Random(seed)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.fatal.append(str(error)))
        self.look()

    def look(self) -> None:
        """Find the canvas and the buttons on the screen."""
        self._canvas = _box(self.page, "canvas.upper-canvas")
        self._buttons = {name: _box(self.page, f".st-key-draw_{name} button") for name in ("undo", "clear")}

    def stroke(self) -> None:
        """Draw a stroke in the next free cell."""
        while self._cell in self.left:
            self._cell = (self._cell + 1) % ROWS**2
        left, top, width, _ = self._canvas
        side = width / ROWS
        x, y = left + (self._cell % ROWS + 0.5) * side, top + (self._cell // ROWS + 0.5) * side
        self.page.mouse.move(x - 5, y)
        self.page.mouse.down()
        self.page.mouse.move(x + 5, y, steps=2)
        self.page.mouse.up()
        self.left.append(self._cell)
        self._cell = (self._cell + 1) % ROWS**2
        self.presses += 1

    def undo(self) -> None:
        """Press Undo."""
        self._press("undo")
        del self.left[-1:]

    def clear(self) -> None:
        """Press Clear."""
        self._press("clear")
        self.left.clear()

    def act(self) -> None:
        """Do one of the three, at random."""
        action = self._random.choice(ACTIONS) if len(self.left) < ROWS**2 - 1 else "clear"
        {"stroke": self.stroke, "undo": self.undo, "clear": self.clear}[action]()

    def on_canvas(self) -> list[int] | None:
        """Return the cells with ink on the canvas, ascending; None when there is no canvas."""
        cells: list[int] | None = self.page.evaluate(INK_ON_CANVAS, ROWS)
        return cells

    def read_by_the_server(self) -> list[int] | None:
        """Return the cells with ink in the picture of the ink that the server read; None when the page has none."""
        if self.page.get_by_test_id("answer").all_inner_texts() == ["?"]:
            return []
        source = self.page.evaluate(
            "[...document.querySelectorAll('*')].map(each => each.shadowRoot?.querySelector('.stage img')?.src)"
            ".find(source => source)"
        )
        if not isinstance(source, str) or not source.startswith("data:image/png"):
            return None
        with urllib.request.urlopen(source) as png:
            pixels = np.asarray(Image.open(io.BytesIO(png.read())).convert("L"))
        centres = [int((at + 0.5) * len(pixels) / ROWS) for at in range(ROWS)]
        return [cell for cell in range(ROWS**2) if pixels[centres[cell // ROWS], centres[cell % ROWS]] > 128]

    def lost(self, seconds: float = 30) -> str:
        """Wait until the canvas and the server hold what must be left; say what differs after `seconds`, "" if none."""
        wanted, deadline = sorted(self.left), time.monotonic() + seconds
        while True:
            canvas, server = self.on_canvas(), self.read_by_the_server()
            if canvas == server == wanted:
                return ""
            if time.monotonic() > deadline or self.fatal:
                return f"strokes {wanted} must be left, the canvas holds {canvas}, the server {server}"
            self.page.wait_for_timeout(50)

    def _press(self, name: str) -> None:
        left, top, width, height = self._buttons[name]
        self.page.mouse.click(left + width / 2, top + height / 2)
        self.presses += 1

    def _hear(self, message: ConsoleMessage) -> None:
        if FATAL in message.text:
            self.fatal.append(message.text)


def _box(page: Page, selector: str) -> tuple[float, float, float, float]:
    """Return where something is on the screen: left, top, width, height in px."""
    page.locator(selector).wait_for()
    box = page.locator(selector).bounding_box()
    assert box, f"{selector} is not on the screen"
    return box["x"], box["y"], box["width"], box["height"]


def slow_network(page: Page, delay: int) -> None:
    """Have every message from the server reach the page `delay` ms later; call this before the page is opened."""
    page.add_init_script(SLOW_NETWORK.replace("DELAY", str(delay)))


def opened(page: Page, address: str) -> HastyHand:
    """Open the Draw page and return a hand for it, once the page has come to rest."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(address)
    page.locator("canvas.upper-canvas").wait_for(timeout=60_000)
    page.locator(".stage img").first.wait_for(timeout=60_000)
    page.wait_for_timeout(1000)
    return HastyHand(page)


@contextmanager
def held_up(server: subprocess.Popen[bytes]) -> Iterator[None]:
    """Stop the server's process for the time of the block, as if it were very busy."""
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)
