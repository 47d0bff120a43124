"""What axe finds on a page, once it waits for nothing, in the light and in the dark theme."""

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.browser.visiting import ACCENT_NOW, wait_for_rest

GRAVE = ("serious", "critical")
ALSO = ("heading-order",)  # "moderate" for axe, but who listens to a page finds its parts by its headings
# Streamlit's own defects that no style or text of ours can cure: a rule, a part of the HTML, and why.
NOT_OURS: dict[tuple[str, str], str] = {}


def violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """Return what axe finds on a page, a line each: the rule, the HTML and what is wrong.

    Args:
        page: that is looked at as it is.
        rules: those to check; all if there are none.
    """
    found = []
    for violation in Axe().run(page, options={"runOnly": list(rules)} if rules else None).response["violations"]:
        if violation["impact"] not in GRAVE and violation["id"] not in ALSO:
            continue
        for node in violation["nodes"]:
            if not any(violation["id"] == rule and part in node["html"] for rule, part in NOT_OURS):
                found.append(f"{violation['id']}: {node['html'][:200]}: {node['failureSummary']}")
    return found


def settle(page: Page) -> None:
    """Wait until a page waits for no computation, what is loaded late has arrived, and nothing is greyed any more."""
    page.wait_for_load_state("networkidle")
    expect(page.get_by_test_id("stProgress")).to_have_count(0, timeout=60_000)
    expect(page.get_by_test_id("stSpinner")).to_have_count(0, timeout=60_000)
    page.wait_for_timeout(500)
    # Streamlit greys what a run of the page has not sent again yet; on a busy machine that may be soon after a change.
    wait_for_rest(page, timeout=60_000)
    expect(page.locator('[data-stale="true"]')).to_have_count(0, timeout=60_000)


def change_theme(page: Page) -> None:
    """Have the browser change from light to dark or back, and wait until the page has followed."""
    before = page.evaluate(ACCENT_NOW)
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    page.emulate_media(color_scheme="light" if is_dark else "dark")
    page.wait_for_function(f"{ACCENT_NOW} !== '{before}'")
    settle(page)


def expect_nothing_grave(page: Page) -> None:
    """Expect no serious or critical violation on a dark phone, and nothing that is cut off."""
    page.set_viewport_size({"width": 360, "height": 800})
    if not page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"):
        change_theme(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
