"""What is around every page, in a real browser: the bar, links, the keyboard, and a presentation."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app_pages.components.html import ACCENT
from tests.browser.visiting import ACCENT_NOW, Visit, expect_no_exception, go_to

PAGES = ("Draw", "Browse", "Train", "Inside", "Learn")
PHONE = {"width": 360, "height": 740}
FONT_SIZE = "parseFloat(getComputedStyle(document.documentElement).fontSize)"  # of a text of 1 rem, in px
MAX_SHELL = 96  # px above the content on a phone


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page of 360 x 740 px, to be touched."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def wait_for(page: Page, name: str) -> None:
    """Wait until a page of the app is shown and its link is marked as the current one."""
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_role("navigation", name="Pages").locator("[aria-current=page]")).to_have_text(name)


def is_wider_than_the_screen(page: Page) -> bool:
    """Tell whether any part of a page lies beyond the right edge, so that one would have to scroll sideways."""
    return bool(
        page.evaluate("document.querySelector('main').scrollWidth > document.querySelector('main').clientWidth")
    )


def test_a_phone_shows_all_four_pages_above_little_of_the_screen(app: str, phone: Page) -> None:
    phone.goto(app)
    wait_for(phone, "Draw")
    for name in (*PAGES[1:], PAGES[0]):
        links = phone.get_by_role("navigation", name="Pages").get_by_role("link")
        assert links.all_inner_texts() == list(PAGES)
        for box in (link.bounding_box() for link in links.all()):
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] and box["height"] >= 24
            assert box["y"] + box["height"] <= MAX_SHELL
        expect(phone.get_by_text("Draw a digit and see how a neural network reads it")).to_be_in_viewport()
        links.get_by_text(name).tap()
        wait_for(phone, name)
        assert not is_wider_than_the_screen(phone)


def test_a_phone_leaves_the_screen_below_the_bar_to_draw(app: str, phone: Page) -> None:
    phone.goto(app)
    phone.locator("canvas.upper-canvas").wait_for()
    bar = phone.get_by_role("navigation", name="Pages").bounding_box()
    canvas = phone.locator("canvas.upper-canvas").bounding_box()
    model = phone.get_by_role("combobox", name="Model in use").bounding_box()
    assert bar and canvas and model
    assert canvas["y"] - (bar["y"] + bar["height"]) < 16
    assert model["y"] + model["height"] <= bar["y"] + 1  # beside the name, over no link


@pytest.mark.parametrize("name", PAGES)
def test_no_request_fails_and_the_console_stays_empty(app: str, page: Page, name: str) -> None:
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.on("console", lambda line: failed.append(line.text) if line.type == "error" else None)
    page.goto(f"{app}/{'' if name == 'Draw' else name.lower()}")
    wait_for(page, name)
    page.wait_for_timeout(1_500)
    assert not failed
    assert page.title() == f"{name} · Digits"


def test_links_and_the_browsers_back_button_lead_from_page_to_page(app: str, visit: Visit) -> None:
    page = visit(f"{app}/?model=mlp")
    for name in ("Train", "Browse"):
        go_to(page, name)
        wait_for(page, name)
        expect(page).to_have_url(re.compile(f"^{app}/{name.lower()}\\?(.*&)?model=mlp"))
    page.go_back()
    wait_for(page, "Train")
    page.go_back()
    wait_for(page, "Draw")
    page.go_forward()
    wait_for(page, "Train")


def test_a_question_mark_lists_the_shortcuts_but_not_while_one_types(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse")
    wait_for(page, "Browse")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    model = page.get_by_role("combobox", name="Model in use")
    model.click()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.keyboard.press("Escape")
    model.blur()
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Go to the page before or after this one")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    button = page.get_by_role("button", name="Keyboard shortcuts")
    button.focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


def test_keys_lead_to_the_neighbouring_pages_and_round(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn")
    wait_for(page, "Learn")
    page.keyboard.press(">")
    wait_for(page, "Draw")
    page.keyboard.press("<")
    wait_for(page, "Learn")


def test_the_first_tab_skips_the_bar(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse")
    wait_for(page, "Browse")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('.st-key-shell')")


FOCUSABLE = """() => {
  let element = document.activeElement;
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const around = [element, ...['label', '[role="group"]'].map((each) => element.closest(each))].filter(Boolean);
  const shows = around.some((each) => {
    const style = getComputedStyle(each);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
  });
  return [shows, element.outerHTML.slice(0, 160)];
}"""


@pytest.mark.parametrize("name", PAGES)
def test_the_focus_can_be_seen_wherever_tab_leads(app: str, visit: Visit, name: str) -> None:
    page = visit(f"{app}/{'' if name == 'Draw' else name.lower()}")
    wait_for(page, name)
    page.wait_for_timeout(1_000)
    unseen = []
    for _ in range(25):
        page.keyboard.press("Tab")
        shows, where = page.evaluate(FOCUSABLE)
        if not shows and not where.startswith("<body"):
            unseen.append(where)
    assert not unseen


@pytest.mark.parametrize("name", PAGES)
def test_at_200_percent_nothing_lies_beyond_the_edge(app: str, browser: Browser, name: str) -> None:
    page = browser.new_page(viewport={"width": 640, "height": 400})  # what 1280 x 800 px hold at 200 %
    page.goto(f"{app}/{'' if name == 'Draw' else name.lower()}")
    wait_for(page, name)
    page.wait_for_timeout(1_500)
    assert not is_wider_than_the_screen(page)
    page.close()


def test_the_colours_follow_the_browsers_change_between_light_and_dark(app: str, visit: Visit) -> None:
    page = visit(f"{app}/inside?image=8")
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.wait_for_function(f"{ACCENT_NOW} === '{ACCENT[scheme]}'")
    expect_no_exception(page)


def test_a_presentation_is_large_has_no_bar_and_lasts_until_escape(app: str, visit: Visit) -> None:
    page = visit(app)
    wait_for(page, "Draw")
    normal = float(page.evaluate(FONT_SIZE))
    page.get_by_role("button", name="Present").click()
    leave = page.get_by_role("button", name="Leave presentation")
    expect(leave).to_be_visible()
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    expect(page).to_have_url(re.compile("present=1"))
    page.wait_for_function(f"{FONT_SIZE} >= {1.5 * normal}")
    page.keyboard.press(">")
    expect(page.get_by_role("heading", level=1)).to_have_text("Browse")
    expect(page).to_have_url(re.compile("present=1"))
    expect(leave).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    expect(page).not_to_have_url(re.compile("present"))
    page.wait_for_function(f"{FONT_SIZE} === {normal}")


def test_the_lesson_is_presented_step_by_step_with_the_arrow_keys(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn?present=1")
    for name in ("Leave presentation", "Next"):
        page.get_by_role("button", name=name).wait_for()
    step = page.get_by_role("heading", level=2)
    expect(step).to_have_text("1. Get PyTorch and torchvision")
    page.keyboard.press("ArrowRight")
    expect(step).to_have_text("2. Download the training set")
    page.keyboard.press("PageDown")
    expect(step).to_have_text("3. Open the test set")
    page.keyboard.press("ArrowLeft")
    expect(step).to_have_text("2. Download the training set")
    expect(page).to_have_url(re.compile("step=train-set"))
    page.reload()
    expect(step).to_have_text("2. Download the training set")


def test_the_buttons_of_a_presented_lesson_never_leave_the_page_so_that_no_press_is_lost(
    app: str, visit: Visit
) -> None:
    page = visit(f"{app}/learn?present=1")
    for name in ("Leave presentation", "Next"):
        page.get_by_role("button", name=name).wait_for()
    page.evaluate(
        """() => {
          window.missing = 0;
          const look = () => missing += !document.querySelector('.st-key-present_next button');
          new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    for number in range(2, 12):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("heading", level=2)).to_have_text(re.compile(f"^{number}[.]"))
    assert page.evaluate("missing") == 0


def test_a_link_preview_can_be_read_without_a_script(app: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{app}/browse")
    assert page.title() == "Browse · Digits"
    picture = page.locator('meta[property="og:image"]').get_attribute("content") or ""
    assert picture.startswith(app) and page.request.get(picture).headers["content-type"] == "image/png"
    context.close()


def test_motion_is_reduced_on_request(app: str, browser: Browser) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(app)
    wait_for(page, "Draw")
    durations = page.evaluate(
        "[...document.querySelectorAll('button')].map((each) => parseFloat(getComputedStyle(each).transitionDuration))"
    )
    assert durations and max(durations) < 0.001
    context.close()


def test_the_models_mistakes_are_presented_one_by_one_with_the_arrow_keys(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse?present=1")
    heading = page.get_by_role("heading", level=2)
    expect(heading).to_have_text(re.compile("Mistake 1 of"))
    expect(page.get_by_role("button", name="Leave presentation")).to_be_visible()  # what listens to the keys is there
    first = page.locator(".st-key-browse_presented img").get_attribute("alt")
    expect(page.get_by_role("button", name="Back", exact=True)).to_be_disabled()
    page.keyboard.press("ArrowRight")
    expect(heading).to_have_text(re.compile("Mistake 2 of"))
    expect(page).to_have_url(re.compile("image="))
    page.keyboard.press("PageUp")
    expect(heading).to_have_text(re.compile("Mistake 1 of"))
    expect(page.get_by_role("img", name=first or "")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox", name="test images")).to_be_visible()


def test_the_views_of_the_network_are_presented_one_by_one(app: str, visit: Visit) -> None:
    page = visit(f"{app}/inside?present=1&model=linear&image=8")
    heading = page.get_by_role("heading", level=2).first
    expect(heading).to_have_text("Flow")
    expect(page.get_by_role("button", name="Leave presentation")).to_be_visible()
    page.wait_for_timeout(1_500)
    page.keyboard.press("ArrowRight")
    expect(heading).to_have_text("What speaks for it")
    expect(page).to_have_url(re.compile("view=What"))
    page.wait_for_timeout(1_500)
    page.keyboard.press("ArrowLeft")
    expect(heading).to_have_text("Flow")
