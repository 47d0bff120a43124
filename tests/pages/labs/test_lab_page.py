"""The failure labs: nothing runs before a prediction, and what the page says is what was measured."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.labs.lab_charts import OWN, finding, twins_chart, twins_table
from app_pages.labs.lab_figures import prediction_html
from app_pages.labs.labs_state import Outcome
from mnist_core.data.split import Split
from mnist_core.labs.catalog import LABS
from mnist_core.labs.experiment import LabResult, compare
from mnist_core.progress import result_of
from tests.made import Miniature
from tests.pages.opening import address_of, html_of, open_page, run


def opened(lab: str = "", **query: str) -> AppTest:
    return open_page("learn", view="labs", **({"lab": lab} if lab else {}), **query)


def predicted(page: AppTest, lab: str, place: int) -> AppTest:
    """Predict and run a lab."""
    run(page.radio(key=f"labs_prediction_{lab}").set_value(place))
    return run(page.button(key="labs_run").click())


def html_with(page: AppTest, text: str) -> str:
    (shown,) = [each for each in html_of(page) if text in each and "<style>" not in each]
    return shown


def result(lab: str, splits: tuple[Split, Split]) -> LabResult:
    return result_of(compare(*LABS[lab].setups(LABS[lab].default, *splits)))


def test_a_lab_cannot_be_run_before_a_prediction(miniature: Miniature) -> None:
    page = opened()
    assert page.button(key="labs_run").disabled and not page.get("echarts_chart")
    assert LABS["inverted"].explanation not in "".join(each.value for each in page.markdown)
    run(page.radio(key="labs_prediction_inverted").set_value(1))
    assert not page.button(key="labs_run").disabled


def test_a_run_shows_the_prediction_beside_what_was_measured(miniature: Miniature) -> None:
    measured = result("inverted", (miniature.train, miniature.test))
    right = LABS["inverted"].question.decide(measured)
    page = predicted(opened("inverted"), "inverted", 1)
    shown = html_with(page, "lab-prediction")
    items = re.findall(r"<li.*?</li>", shown)
    assert "your prediction" in items[1] and items[right].startswith('<li class="right"')
    assert f"{measured.broken.accuracy:.1%}" in items[right]
    assert f"<b>{measured.broken.accuracy:.1%}</b>" in html_with(page, "lab-numbers")
    assert any("What to do" in each.value for each in page.markdown)


def test_every_mistake_on_the_page_is_one_of_the_result(miniature: Miniature) -> None:
    measured = result("shifted", (miniature.train, miniature.test))
    page = predicted(opened("shifted"), "shifted", 0)
    figures = re.findall(r'alt="a (\d), read as (\d)"', html_with(page, "lab-mistakes"))
    assert figures == [(str(each.label), str(each.answer)) for each in measured.mistakes]
    assert any(f"{measured.mistake_count:,} of {measured.test_images:,}" in each.value for each in page.markdown)


def test_another_strength_runs_at_once_and_keeps_the_prediction(miniature: Miniature) -> None:
    page = predicted(opened("missing"), "missing", 0)
    before = html_with(page, "lab-prediction")
    assert "no 7 in training" in html_with(page, "lab-numbers")
    run(page.segmented_control(key="labs_strength_missing").set_value(4.0))
    assert "no 4 in training" in html_with(page, "lab-numbers")
    assert html_with(page, "lab-prediction") == before
    assert 'aria-label="no image of a 4"' in html_with(page, 'aria-label="no image')


@pytest.mark.parametrize("lab", list(LABS))
def test_each_lab_opens_by_its_link_and_stays_in_it(miniature: Miniature, lab: str) -> None:
    page = opened(lab)
    assert [each.value for each in page.header] == [LABS[lab].title]
    assert address_of(page) == {"view": ["labs"]} | ({} if lab == "inverted" else {"lab": [lab]})


def test_a_link_to_a_lab_that_does_not_exist_shows_the_first_and_says_so(miniature: Miniature) -> None:
    page = opened("<b>nothing")
    assert [each.value for each in page.header] == [LABS["inverted"].title]
    assert "names a lab that does not exist" in page.warning[0].value and "<b>" not in page.warning[0].value


def test_other_data_are_named_below_the_numbers(miniature: Miniature) -> None:
    for path in (miniature.root / "MNIST" / "raw").iterdir():
        path.unlink()
    page = predicted(opened("rate"), "rate", 0)
    assert any("The explanation was written for MNIST" in each.value for each in page.caption)


def test_the_chart_draws_the_numbers_of_its_table(tiny_splits: tuple[Split, Split]) -> None:
    lab, measured = LABS["few"], result("few", tiny_splits)
    chart, table = twins_chart(lab, 100.0, measured), twins_table(lab, 100.0, measured)
    assert [line["name"] for line in chart["series"]] == ["healthy", "100 images", f"100 images, {OWN}"]
    for line, accuracy in zip(
        chart["series"],
        (measured.healthy.test_accuracy, measured.broken.test_accuracy, measured.broken.own_accuracy),
        strict=True,
    ):
        assert [y for _, y in line["data"]] == [round(100 * each, 2) for each in accuracy]
        assert table[f"{line['name']} (%)"].tolist() == [y for _, y in line["data"]]
    assert f"{measured.broken.accuracy:.1%}" in finding(lab, 100.0, measured)


def test_twins_with_different_steps_share_one_table(tiny_splits: tuple[Split, Split]) -> None:
    lab, measured = LABS["missing"], result("missing", tiny_splits)
    table = twins_table(lab, 7.0, measured)
    assert table["step"].tolist() == sorted({*measured.healthy.steps, *measured.broken.steps})


def test_until_the_outcome_is_known_only_the_prediction_is_marked() -> None:
    question = LABS["shifted"].question
    assert 'class="right"' not in prediction_html(question, 2, None)
    both = prediction_html(question, 2, Outcome(2, 0.75))
    assert "your prediction, right: it is 75.0%" in both
