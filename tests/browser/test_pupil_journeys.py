"""A pupil on a phone and their teacher: join by a link, answer, hand in with consent, and look up when asked to."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.accessibility import expect_nothing_grave
from tests.browser.drawing import DIGITS, draw
from tests.browser.visiting import PASSWORD, expect_no_exception, go_to, log_in

NICKNAME = "<b>**Ada**</b>"


def test_a_pupil_joins_by_a_link_answers_hands_in_and_looks_up(
    start_app: Callable[..., str], open_browser: Callable[..., Page]
) -> None:
    app = start_app(TEACHER_PASSWORD=PASSWORD)
    teacher = open_browser(f"{app}/learn?view=class")
    log_in(teacher)
    teacher.get_by_role("button", name="Open a class").click()
    code = teacher.locator(".class-code").inner_text()
    phone = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}
    pupil = open_browser(f"{app}/learn?step=one-hot&class={code}", **phone)
    pupil.get_by_role("textbox", name="Nickname (optional)").fill(NICKNAME)
    pupil.get_by_role("button", name="Join").click()
    expect(pupil.locator(".class-who")).to_have_text(f"{NICKNAME} in Class {code}")
    expect(pupil).to_have_url(re.compile(r"/learn\?step=one-hot$"))
    pupil.locator(".st-key-lessons_question label:has(input)").first.click()
    expect(pupil.locator(".st-key-lessons_question").get_by_text(re.compile("Right|Not quite"))).to_be_visible()
    teacher.get_by_role("radio", name="Answers").click()
    expect(teacher.get_by_role("img", name=re.compile("1 pupil has answered"))).to_be_visible()

    go_to(pupil, "Draw")
    draw(pupil, DIGITS[7])
    pupil.get_by_role("button", name="Hand in").click()
    pupil.get_by_text("My teacher may show it on the projector").click()
    expect(pupil.get_by_role("checkbox", name="My teacher may show it")).to_be_checked()
    pupil.get_by_role("button", name="Hand in").last.click()
    expect(pupil.get_by_text("Thank you, your teacher has it.")).to_be_visible()
    pupil.keyboard.press("Escape")
    teacher.get_by_role("radio", name="Drawings").click()
    expect(teacher.locator(".class-figures dd").first).to_have_text("1")

    teacher.get_by_role("button", name="Pause the class").click()
    expect(pupil.locator(".class-pause")).to_contain_text("look at the front")
    expect(pupil.locator(".class-pause")).to_be_in_viewport()
    expect_nothing_grave(pupil)
    teacher.get_by_role("button", name="Go on").click()
    expect(pupil.locator(".class-pause")).to_have_count(0)
    pupil.reload()
    expect(pupil.locator(".class-who")).to_have_text(f"{NICKNAME} in Class {code}")
    pupil.get_by_role("link", name="What is kept").click()
    expect(pupil.get_by_text("1 answer and 1 drawing.")).to_be_visible()
    pupil.get_by_role("button", name="Leave", exact=True).click()
    pupil.get_by_role("button", name="Leave and delete").click()
    expect(pupil.locator(".class-who")).to_have_count(0)
    expect(teacher.get_by_text("No drawings yet.")).to_be_visible()
    for page in (teacher, pupil):
        expect_no_exception(page)
