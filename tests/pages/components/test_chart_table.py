"""The numbers of a chart: made when somebody asks, bounded on the page and whole in the file."""

import itertools

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app_pages.components.chart_table import MAX_ROWS, enlarged, rows_to_show, with_text_colour


def page() -> None:
    import pandas as pd
    import streamlit as st

    from app_pages.components.chart_table import render_chart

    def numbers() -> pd.DataFrame:
        st.session_state.made = st.session_state.get("made", 0) + 1
        return pd.DataFrame({"step": range(1_000), "value": range(1_000)})

    render_chart({"series": []}, name="Loss", finding="It falls.", numbers=numbers, key="loss", height=100)


def test_the_table_is_made_once_somebody_opens_it() -> None:
    shown = AppTest.from_function(page).run()
    assert not shown.dataframe and "made" not in shown.session_state
    (chart,) = shown.get("echarts_chart")
    assert chart.proto.alt == "It falls."
    shown.session_state["loss_numbers"] = True
    shown.run()
    assert not shown.exception and shown.session_state["made"] == 1
    assert len(shown.dataframe[0].value) == MAX_ROWS
    assert [each.value for each in shown.caption] == ["200 of 1,000 rows. The file has them all."]
    (button,) = shown.get("download_button")
    assert button.proto.label == "Download as CSV"


def test_an_audience_sees_the_chart_alone() -> None:
    shown = AppTest.from_function(page)
    shown.query_params["present"] = "1"
    shown.session_state["loss_numbers"] = True
    shown.run()
    assert shown.get("echarts_chart") and not shown.get("expandable") and not shown.dataframe
    del shown.query_params["present"]
    assert shown.run().dataframe


@pytest.mark.parametrize("count", [0, 1, MAX_ROWS, MAX_ROWS + 1, 12_345])
def test_the_rows_on_the_page_are_bounded_and_evenly_spread_with_the_first_and_the_last(count: int) -> None:
    rows = rows_to_show(pd.DataFrame({"step": range(count)}))["step"].tolist()
    assert len(rows) == min(count, MAX_ROWS) == len(set(rows))
    assert rows == sorted(rows) and (not rows or (rows[0], rows[-1]) == (0, count - 1))
    gaps = {after - before for before, after in itertools.pairwise(rows)}
    assert not gaps or max(gaps) - min(gaps) <= 1


def test_axes_and_legend_are_written_in_a_colour_and_nothing_else_changes() -> None:
    chart = {
        "xAxis": {"name": "step", "axisLabel": {"fontSize": 14}, "nameTextStyle": {"fontSize": 14}},
        "yAxis": {"min": 0},
        "legend": {"show": False},
        "series": [1],
    }
    assert with_text_colour(chart, "#123456") == {
        "xAxis": {
            "name": "step",
            "axisLabel": {"fontSize": 14, "color": "#123456"},
            "nameTextStyle": {"fontSize": 14, "color": "#123456"},
        },
        "yAxis": {"min": 0, "axisLabel": {"color": "#123456"}, "nameTextStyle": {"color": "#123456"}},
        "legend": {"show": False, "textStyle": {"color": "#123456"}},
        "series": [1],
    }
    assert with_text_colour({"series": []}, "#123456") == {"series": []}


def test_a_presentation_enlarges_the_text_of_a_chart_and_its_room_and_nothing_that_is_drawn() -> None:
    data = {"dataset": [{"source": [[1, 2]]}], "series": [{"type": "line", "symbolSize": 8, "label": {"fontSize": 11}}]}
    chart = data | {
        "title": {"text": "Loss", "top": 6},
        "grid": {"top": 48, "left": 8},
        "legend": {"top": 32, "itemGap": 10, "textStyle": {"fontSize": 14}},
        "xAxis": {"max": 100, "nameGap": 28, "axisLabel": {"fontSize": 14, "hideOverlap": True}},
    }
    before = str(chart)
    assert enlarged(chart) == data | {
        "title": {"text": "Loss", "top": 9, "textStyle": {"fontSize": 24}},
        "grid": {"top": 72, "left": 8},
        "legend": {"top": 48, "itemGap": 15, "textStyle": {"fontSize": 21}},
        "xAxis": {"max": 100, "nameGap": 42, "axisLabel": {"fontSize": 21, "hideOverlap": True}},
    }
    assert str(chart) == before
