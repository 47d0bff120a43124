"""The other views of the Browse page: the confusion matrix, the map, and the averages."""

from typing import Any

import pandas as pd
import streamlit as st
import torch

from app_pages.browsing import selected_image
from app_pages.components.html import accent, percent
from app_pages.components.image_grid import picture_grid, tiles_of
from app_pages.state import predictions
from mnist_core.analysis.embedding import nearest_points
from mnist_core.data.split import Split

MAP_POINTS = 2_000  # more make the map slow and no clearer
MAP_HEIGHT, MAP_TOP, MAP_EDGE = 600, 104, 36  # px: the chart, and what it keeps free above and on the other sides
COLOURS = [  # a class each: ten that differ in lightness too, on white and on black
    "#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#d4a72c", "#b07aa1", "#ff9da7", "#9c755f", "#8a8f98",
]  # fmt: skip


def render_map(split: Split, opened: int | None) -> None:
    """Show the test images as points, near one another where the model finds them alike."""
    seen, plane = predictions.split_features(), predictions.plane()
    numbers = torch.arange(0, len(split), -(-len(split) // MAP_POINTS))
    drawn = predictions.drawing_unit()
    marks = {} if opened is None else {f"Image {opened}": plane.project(seen.unit_features[[opened]])[0].tolist()}
    if drawn is not None:
        marks["Your drawing"] = plane.project(drawn[None])[0].tolist()
    places = plane.project(seen.unit_features[numbers])
    table = pd.DataFrame(places.numpy(), columns=["x", "y"])
    table["label"], table["number"] = split.labels[numbers].numpy(), numbers.numpy()

    def choose() -> None:
        for group in st.session_state.browse_map.selection.selected:
            if group["series_index"] == 0 and group["data_indices"]:
                st.session_state.browse_split = "Test"
                selected_image.open_image(int(numbers[group["data_indices"][0]]))

    st.echarts_chart(
        map_chart(table, marks),
        key="browse_map",
        height=MAP_HEIGHT,
        on_select=choose,
        alt=f"A map of {len(numbers):,} test images, coloured by label",
    )
    drawing = "Your drawing is the pin." if drawn is not None else "Draw a digit, and it stands here too."
    st.caption(
        f"{len(numbers):,} of the {len(split):,} test images, placed by principal component analysis of the "
        f"{seen.unit_features.shape[1]:,} numbers that the model's last layer gets. The two directions keep "
        f"{percent(sum(plane.share))} of what tells the images apart, so neighbours here may be far apart in "
        f"truth. {drawing}"
    )
    render_near(split, numbers, places, next(iter(marks.items()), None))


def render_near(
    split: Split, numbers: torch.Tensor, places: torch.Tensor, mark: tuple[str, list[float]] | None
) -> None:
    """Show the points next to a mark as pictures, to walk about the map without a mouse; without one, one a label."""
    labels = split.labels[numbers]
    if mark:
        words, found = (
            f"Nearest on the map to {mark[0][0].lower()}{mark[0][1:]}",
            nearest_points(places, torch.tensor(mark[1])),
        )
    else:
        words = "One image from the middle of each label"
        groups = [(labels == label).nonzero().flatten() for label in labels.unique().tolist()]
        found = torch.cat([group[nearest_points(places[group], places[group].mean(dim=0), 1)] for group in groups])
    st.markdown(f"**{words}.** Open one, and its own neighbours come.")
    chosen = numbers[found]
    answers = predictions.answers(split.name, chosen).argmax(dim=1).tolist()
    picture_grid(
        split.images[chosen].numpy(),
        tiles_of(split, chosen.tolist(), answers),
        None,
        title="Points of the map",
        key="browse_near",
        on_choose=selected_image.open_image,
    )


def map_chart(table: pd.DataFrame, marks: dict[str, list[float]]) -> dict[str, Any]:
    """Return an ECharts scatter of points (x, y, label, number), and larger marks with a name each."""
    hidden = ("axisLabel", "splitLine", "axisTick")
    axis = {"type": "value", "min": "dataMin", "max": "dataMax", "nameLocation": "middle", "nameGap": 12}
    axis |= {part: {"show": False} for part in hidden} | {"axisLine": {"onZero": False}}
    return {
        "animation": False,
        "title": {
            "text": "Test images, near where the model finds them alike",
            "left": 0,
            "textStyle": {"fontSize": 14},
        },
        "dataset": {"source": table},
        "grid": {"left": MAP_EDGE, "right": MAP_EDGE, "top": MAP_TOP, "bottom": MAP_EDGE, "outerBoundsMode": "none"},
        "tooltip": {"formatter": "test {@number}, label {@label}"},
        "visualMap": {
            "type": "piecewise",
            "dimension": 2,
            "seriesIndex": 0,
            "categories": list(range(len(COLOURS))),
            "inRange": {"color": COLOURS},
            "orient": "horizontal",
            "top": 30,
            "left": "center",
            "itemWidth": 12,
            "itemHeight": 12,
            "textGap": 4,
            "itemGap": 5,  # narrow, so that all ten fit a phone
        },
        "xAxis": axis | {"name": "first principal component"},
        "yAxis": axis | {"name": "second principal component"},
        "series": [
            {
                "type": "scatter",
                "encode": {"x": "x", "y": "y"},
                "symbolSize": 7,
                "selectedMode": "single",
                "select": {"itemStyle": {"borderWidth": 2}},
            },
            {
                "type": "scatter",
                "data": [{"name": name, "value": place} for name, place in marks.items()],
                "symbol": "pin",
                "symbolSize": 40,
                "itemStyle": {"color": accent()},
                "label": {"show": True, "formatter": "{b}", "position": "top", "fontWeight": "bold"},
                "tooltip": {"formatter": "{b}"},
                "silent": True,
                "z": 5,
            },
        ],
    }
