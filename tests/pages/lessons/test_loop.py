"""The training loop without a line: the page shows every loop that was chosen, and strikes out what is missing."""

import functools
import re

import pytest

from app_pages.lessons.controls import loop
from mnist_core.course.catalog import NUMBERS, STEPS
from mnist_core.progress import result_of
from mnist_core.training.missing_line import BACKWARD, MISSING, NOTHING, SHUFFLING, STEP, ZERO_GRAD, train_without
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import html_of, run


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train for 20 steps."""
    monkeypatch.setattr(loop, "train_without", functools.partial(train_without, steps=20))


def test_the_chart_keeps_the_loops_that_were_chosen(miniature: Miniature) -> None:
    page = show("loop")
    assert [line["name"] for line in charts(page)[0]["series"]] == ["all lines"]
    run(page.pills(loop.LINE).set_value(STEP))
    run(page.pills(loop.LINE).set_value(ZERO_GRAD))
    run(page.pills(loop.LINE).set_value(STEP))
    lines = charts(page)[0]["series"]
    assert [line["name"] for line in lines] == ["all lines", ZERO_GRAD, STEP]
    for line, missing in zip(lines, (NOTHING, ZERO_GRAD, STEP), strict=True):
        expected = result_of(train_without(miniature.train, missing, steps=20))
        assert [y for _, y in line["data"]] == pytest.approx(expected.losses)
    assert "stays at **2.303 nats** in 20 steps" in words(page) and "no error" in words(page)


@pytest.mark.parametrize(
    ("missing", "struck"),
    [
        (NOTHING, []),
        (ZERO_GRAD, ["optimiser.zero_grad()"]),
        (BACKWARD, ["loss.backward()"]),
        (STEP, ["optimiser.step()"]),
        (SHUFFLING, ["order = torch.randperm(len(images))"]),
    ],
)
def test_the_missing_line_is_struck_out(missing: str, struck: list[str]) -> None:
    assert re.findall("<del>(.*?)</del>", loop.code_html(missing)) == struck


def test_the_code_on_the_page_is_struck_out_too(miniature: Miniature) -> None:
    page = show("loop")
    run(page.pills(loop.LINE).set_value(BACKWARD))
    assert any("<del>loss.backward()</del>" in each for each in html_of(page))


def test_the_lines_that_can_be_missing_are_those_of_the_course() -> None:
    code = "".join(STEPS[NUMBERS[key] - 1].code for key in ("batches", "loop"))
    assert all(line.strip() in code for line, name, _ in loop.CODE if name)
    assert [name for _, name, _ in loop.CODE if name] == [SHUFFLING, ZERO_GRAD, BACKWARD, STEP]
    assert set(loop.WHY) == set(MISSING)
