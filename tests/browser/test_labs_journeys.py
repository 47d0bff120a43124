"""The failure labs, as a visitor goes through them."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visiting import Visit, expect_no_exception


def predict_and_run(page: Page, option: str) -> None:
    run = page.get_by_role("button", name="Run")
    expect(run).to_be_disabled()
    page.locator(".stRadio label").filter(has_text=option).click()
    expect(run).to_be_enabled()
    run.click()


@pytest.mark.usefixtures("mnist")
def test_a_visitor_predicts_runs_sees_and_reads_why(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn")
    page.get_by_role("radio", name="Labs").click()
    expect(page).to_have_url(re.compile("view=labs"))
    page.get_by_text("Shifted digits", exact=True).first.click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Shifted digits")
    expect(page).to_have_url(re.compile("lab=shifted"))
    expect(page.get_by_text("What to do:")).to_have_count(0)
    predict_and_run(page, "More than 60%")
    expect(page.locator(".lab-prediction .right")).to_contain_text("20% to 60%")
    expect(page.locator(".lab-prediction .predicted")).to_contain_text("your prediction")
    expect(page.get_by_role("img", name=re.compile("the healthy model reads 9"))).to_be_visible()
    expect(page.locator(".lab-mistakes img")).to_have_count(12)
    expect(page.get_by_text("What to do:")).to_be_visible()
    page.locator(".st-key-labs_strength_shifted").get_by_text("1 px", exact=True).click()
    expect(page.locator(".lab-numbers")).to_contain_text("shifted by 1 px")
    expect_no_exception(page)
    page.reload()
    expect(page.get_by_role("heading", level=2)).to_have_text("Shifted digits")


def test_a_lab_is_operated_with_the_keyboard_alone(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn?view=labs&lab=rate")
    radio = page.locator(".stRadio input").first
    radio.wait_for(state="attached")
    radio.focus()
    page.keyboard.press("Space")
    run = page.get_by_role("button", name="Run")
    expect(run).to_be_enabled()
    run.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".lab-numbers")).to_contain_text("learning rate × 10")
    expect_no_exception(page)


def test_back_returns_to_the_lab_before(app: str, visit: Visit) -> None:
    page = visit(f"{app}/learn?view=labs&lab=few")
    heading = page.get_by_role("heading", level=2)
    expect(heading).to_have_text("100 training images")
    page.get_by_text("No normalisation", exact=True).first.click()
    expect(heading).to_have_text("No normalisation")
    expect(page).to_have_url(re.compile("lab=raw"))
    page.go_back()
    expect(heading).to_have_text("100 training images")
    expect(page).to_have_url(re.compile("lab=few"))
