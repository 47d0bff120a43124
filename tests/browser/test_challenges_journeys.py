"""Play the challenges in a real browser: fool the model with a stroke, take it back, and write badly."""

import re

import numpy as np
import torch
from playwright.sync_api import expect

from app_pages.challenges.fool import FIRST_DEAL
from mnist_core.challenges.fooling import Target, Verdict, deal, judge
from mnist_core.data.split import Split
from mnist_core.ink.strokes import Strokes
from mnist_core.recognition.predictor import Predictor, load_predictor
from tests.browser.drawing import DIGITS, Point, write
from tests.browser.visiting import Visit, expect_no_exception


def misleading_stroke(target: Target, predictor: Predictor) -> tuple[list[Point], int]:
    """Return a stroke that makes a model misread a digit, and as what, so surely that a pixel more or less is nothing.

    The stroke ends where the mouse can be moved to.
    """
    rng = np.random.default_rng(0)
    while True:
        start, end = (each.round() for each in rng.uniform(20, 260, (2, 2)))
        attempt = judge(target, (*target.strokes, Strokes((np.stack([start, end]),))), predictor)
        if attempt.verdict is Verdict.FOOLED and attempt.prediction and attempt.share < 0.3:
            label, probability = attempt.prediction.label, attempt.prediction.probability
            if label is not None and probability > 0.9:
                return [(float(x), float(y)) for x, y in (start, end)], label


def test_a_stroke_fools_the_model_and_a_strange_digit_is_entered(
    app: str, visit: Visit, mnist: tuple[Split, Split]
) -> None:
    predictor = load_predictor("linear")
    target = deal(mnist[1], predictor, torch.Generator().manual_seed(FIRST_DEAL))
    assert target
    stroke, misread = misleading_stroke(target, predictor)
    page = visit(f"{app}/learn")
    page.get_by_role("radio", name="Challenges").click()
    expect(page).to_have_url(re.compile("view=challenges"))
    page.get_by_role("combobox", name=re.compile("Model to fool")).click()
    page.get_by_role("option", name="Linear (shipped)").click()
    expect(page.get_by_role("combobox", name=re.compile("Model to fool"))).to_have_value("Linear (shipped)")
    page.get_by_role("button", name="Start").click()
    verdict, board = page.locator(".challenge-verdict"), page.locator(".challenge-board")
    expect(verdict).to_have_text(f"Linear reads this {target.label} right. Add strokes until it does not.")
    write(page, [stroke])
    expect(verdict).to_have_text(f"Fooled! Linear reads the {target.label} as {misread} after one stroke.")
    expect(board.get_by_role("row")).to_have_count(2)
    expect(board).to_contain_text(f"a {target.label} read as {misread} by Linear")
    page.keyboard.press("Control+z")
    expect(verdict).to_contain_text("right. Add strokes")
    page.locator(".st-key-draw_clear button").click()
    expect(verdict).to_contain_text("does not count. Start over.")
    page.get_by_role("button", name="Start over").click()
    expect(verdict).to_contain_text("right. Add strokes")
    expect(board.get_by_role("row")).to_have_count(2)
    page.get_by_role("radio", name="Worst handwriting").click()
    expect(page).to_have_url(re.compile("challenge=worst"))
    expect(verdict).to_contain_text("Write a 3")
    write(page, DIGITS[3])
    expect(verdict).to_contain_text("It counts.")
    page.get_by_role("button", name="Enter this one").click()
    expect(board.first).to_contain_text(re.compile(r"more unusual than [\d.]+% of test digits"))
    expect(verdict).to_contain_text("Write a 3")
    expect_no_exception(page)
