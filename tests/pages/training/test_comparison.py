"""Runs compared: in one chart, each by itself, and in a table."""

from streamlit.testing.v1 import AppTest

from app_pages.components.palette import DASHES, MAX_SERIES, SERIES, SYMBOLS
from app_pages.state import resources
from app_pages.training.comparison import CURVES, comparison_chart
from mnist_core.runs.curves import Curves
from tests.core.runs.running import QUICK, ended
from tests.made import Miniature
from tests.pages.opening import html_of, open_page, run

SHOWN = Curves([1, 2], [0.1, 0.2], [2.0, 1.0], [2.0, 1.5], [2], [0.2], [0.3], [0.9])


def test_every_line_has_a_colour_a_symbol_and_a_dash_of_its_own() -> None:
    tables = {f"run {place}": CURVES["Test accuracy"].table(SHOWN) for place in range(MAX_SERIES)}
    chart = comparison_chart(tables, CURVES["Test accuracy"], "steps", SERIES["light"])
    assert [each["name"] for each in chart["series"]] == list(tables)
    assert [each["symbol"] for each in chart["series"]] == list(SYMBOLS)
    assert [each["lineStyle"]["type"] for each in chart["series"]] == [list(dash) or "solid" for dash in DASHES]
    assert chart["color"] == list(SERIES["light"])
    assert chart["dataset"][0]["source"].to_dict("list") == {"step": [2], "seconds": [0.2], "value": [90.0]}


def test_a_curve_with_a_value_at_every_step_shows_lines_and_no_dots() -> None:
    chart = comparison_chart(
        {"run": CURVES["Loss, smoothed"].table(SHOWN)}, CURVES["Loss, smoothed"], "steps", ["#111"]
    )
    (series,) = chart["series"]
    assert not series["showSymbol"] and chart["dataset"][0]["source"]["value"].tolist() == [2.0, 1.5]


def compare(page: AppTest) -> AppTest:
    page.session_state["train_compare"] = True  # as if somebody had opened it
    return run(page)


def test_runs_are_compared_together_and_each_by_itself(miniature: Miniature) -> None:
    page = open_page("train")
    registry, owner = resources.registry(), page.session_state["session"].visitor
    runs = [ended(registry.start(QUICK, resources.splits_loader(), owner)) for _ in range(MAX_SERIES + 1)]
    assert not any("multiples" in each for each in html_of(run(page)))  # nothing is drawn before somebody opens it
    compare(page)
    chosen = page.multiselect(key="train_compared")
    assert len(chosen.options) == len(runs) and len(chosen.value) == 4
    (multiples,) = [each for each in html_of(page) if "multiples" in each]
    assert multiples.count("<figure>") == 4 and all(option.split(" (")[0] in multiples for option in chosen.options)
    run(chosen.set_value([each.name for each in runs[:2]]))
    (multiples,) = [each for each in html_of(page) if "multiples" in each]
    assert multiples.count("<figure>") == 2
    assert any(str(each.proto.alt).startswith("Of 2 runs, ") for each in page.get("echarts_chart"))
    assert chosen.proto.max_selections == MAX_SERIES
    run(page.multiselect(key="train_compared").set_value([]))
    assert any(each.value == "Choose the runs to compare." for each in page.info)
