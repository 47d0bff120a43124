"""What the journeys have in common: how a page is visited, and what is looked for on it."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

PASSWORD = "chalk and cheese"  # of the teacher
ACCENT_NOW = "getComputedStyle(document.documentElement).getPropertyValue('--accent')"
Visit = Callable[[str], Page]


def go_to(page: Page, name: str) -> None:
    """Go to another page of the app by its link."""
    page.get_by_role("link", name=name).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def wait_for_rest(page: Page, timeout: float = 30_000) -> None:
    """Wait until a page that was opened no longer moves, as a visitor does before a press; at most `timeout` ms."""
    expect(page.locator('[data-test-script-state="running"]')).to_have_count(0, timeout=timeout)


def unfold(page: Page, title: str) -> None:
    """Open a folded part of a page, and wait until nothing in it moves: whoever presses what moves away misses it."""
    page.get_by_text(title).first.click()
    page.wait_for_function(
        """(title) => [...document.querySelectorAll('details:has(> summary)')].some((part) =>
          part.firstElementChild.textContent.includes(title) && part.open && !part.querySelector(':scope > [inert]') &&
          part.getAnimations({ subtree: true }).every(({ playState }) => playState !== 'running')
        )""",
        arg=title,
    )


def start_long_run(page: Page) -> None:
    """On the Train page, have a run train for minutes."""
    unfold(page, "All settings")
    page.get_by_role("spinbutton", name="Epochs").fill("50")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Start").click()
    page.get_by_text("Step").first.wait_for(timeout=60_000)


def expect_no_exception(page: Page) -> None:
    expect(page.get_by_test_id("stException")).to_have_count(0)


def progress(page: Page) -> Locator:
    """Return the text that says how many steps a run has done."""
    return page.get_by_text(re.compile(r"Step [\d,]+ of")).first


def steps_done(page: Page) -> int:
    """Return how many steps the run on the page has done."""
    return int(re.findall(r"[\d,]+", progress(page).inner_text())[0].replace(",", ""))


def wait_past(page: Page, step: int) -> None:
    """Wait until the run on the page has done more steps."""
    for _ in range(60):
        if steps_done(page) > step:
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"no step after {step} within 30 s")


def log_in(page: Page) -> None:
    """Become the teacher on the view "Class"."""
    unfold(page, "For the teacher")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Log in")).to_have_count(0)
