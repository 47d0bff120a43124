"""The progress and the figures of a run as one piece of HTML."""

import pytest

from app_pages.training.figures import figures_html


def test_the_progress_and_the_figures_are_named() -> None:
    page = figures_html("Step 1 of 3", 1 / 3, {"Loss": "0.5", "A <b>": "&"})
    assert "<p>Step 1 of 3</p>" in page and 'role="progressbar"' in page
    assert 'aria-valuenow="33"' in page and "width:33.3%" in page
    assert "<dt>Loss</dt><dd>0.5</dd>" in page and "<dt>A &lt;b&gt;</dt><dd>&amp;</dd>" in page


def test_before_the_first_step_there_are_no_figures() -> None:
    assert "<dl>" not in figures_html("Starting", 0.0, {})


@pytest.mark.parametrize(("share", "shown"), [(-1.0, "0"), (0.0, "0"), (0.999, "100"), (1.0, "100"), (7.0, "100")])
def test_the_bar_lies_within_its_track(share: float, shown: str) -> None:
    assert f'aria-valuenow="{shown}"' in figures_html("", share, {})
