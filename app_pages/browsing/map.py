"""The map of the Browse page: test images as points, close together where they look alike to the model."""

from typing import Any

import pandas as pd
import streamlit as st
import torch

from app_pages.browsing import filters, selected_image
from app_pages.browsing.detail import render_detail_panel
from app_pages.components import missing_data
from app_pages.components.chart_table import render_numbers
from app_pages.components.html import accent, percent
from app_pages.components.image_grid import picture_grid, tiles_of
from app_pages.state import predictions
from mnist_core.analysis.embedding import nearest_points
from mnist_core.data.split import Split

MAP_POINTS = 2_000  # more make the map slow and no clearer
MAP_HEIGHT, MAP_TOP, MAP_EDGE = 600, 118, 36  # px: the chart, its margin at the top and on the other sides
COLOURS = [  # one per class: ten that differ in lightness too, on white and on black
    "#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#d4a72c", "#b07aa1", "#ff9da7", "#9c755f", "#8a8f98",
]  # fmt: skip


def render_map_view() -> None:
    """Show the map beside the opened image."""
    if filters.chosen_split() != "test":
        selected_image.close_image()
        st.session_state.browse_split = "Test"  # no widget of this view shows it
    split = missing_data.split_or_standin("test")
    opened = selected_image.opened_image(len(split))
    map_column, detail_column = st.columns([3, 2], gap="large")
    with map_column:
        render_map(split, opened)
    with detail_column:
        render_detail_panel(split.name)


def render_map(split: Split, opened: int | None) -> None:
    """Show a sample of the test images as points on the plane, with pins for the opened image and the drawing."""
    computed = predictions.features_and_plane()
    if computed is None:
        return
    unit_features, plane = computed
    numbers = torch.arange(0, len(split), -(-len(split) // MAP_POINTS))
    drawing = predictions.drawing_unit()
    pins = {} if opened is None else {f"Image {opened}": plane.project(unit_features[[opened]])[0].tolist()}
    if drawing is not None:
        pins["Your drawing"] = plane.project(drawing[None])[0].tolist()
    places = plane.project(unit_features[numbers])
    points = pd.DataFrame(places.numpy(), columns=["x", "y"])
    points["label"], points["number"] = split.labels[numbers].numpy(), numbers.numpy()

    def open_point() -> None:
        for group in st.session_state.browse_map.selection.selected:
            if group["series_index"] == 0 and group["data_indices"]:
                selected_image.open_image(int(numbers[group["data_indices"][0]]))

    st.echarts_chart(
        map_chart(points, pins),
        key="browse_map",
        height=MAP_HEIGHT,
        on_select=open_point,
        alt=f"Map of {len(numbers):,} test images, coloured by label: those that look alike to the model are close",
    )
    render_numbers(lambda: points, name="Map", key="browse_map")
    sample = f"{len(numbers):,} of the {len(split):,}" if len(numbers) < len(split) else f"All {len(split):,}"
    st.caption(
        f"{sample} test images, placed by principal component analysis of the "
        f"{unit_features.shape[1]:,} numbers that the model's last layer receives. These two directions keep "
        f"{percent(sum(plane.share))} of the variance, so images that are close here may differ in the other "
        f"directions. {'Draw a digit and it will appear here.' if drawing is None else 'A pin marks your drawing.'}"
    )
    render_nearby(split, numbers, places, next(iter(pins.items()), None))


def render_nearby(
    split: Split, numbers: torch.Tensor, places: torch.Tensor, pin: tuple[str, list[float]] | None
) -> None:
    """Show the points nearest to a pin as images, or a typical image of each label; this needs no mouse.

    Args:
        split: the test split.
        numbers: (N,) int64, the images on the map.
        places: (N, 2) float32, where they are.
        pin: a name and a place, None where there is no pin.
    """
    labels = split.labels[numbers]
    if pin:
        name, place = pin
        words = f"Nearest on the map to {name[0].lower()}{name[1:]}."
        nearest = nearest_points(places, torch.tensor(place))
    else:
        words = "A typical image of each digit."
        groups = [(labels == label).nonzero().flatten() for label in labels.unique().tolist()]
        nearest = torch.cat([group[nearest_points(places[group], places[group].mean(dim=0), 1)] for group in groups])
    st.markdown(f"**{words}** Open one to see its neighbours.")
    shown = numbers[nearest]
    answers = predictions.answers(split.name, shown).argmax(dim=1).tolist()
    picture_grid(
        split.images[shown].numpy(),
        tiles_of(split, shown.tolist(), answers),
        None,
        title="Points of the map",
        key="browse_near",
        on_choose=selected_image.open_image,
    )


def map_chart(points: pd.DataFrame, pins: dict[str, list[float]]) -> dict[str, Any]:
    """Return an ECharts scatter of points with columns x, y, label and number, and of named pins [x, y]."""
    without_scale = {part: {"show": False} for part in ("axisLabel", "splitLine", "axisTick")}
    axis = {"type": "value", "min": "dataMin", "max": "dataMax", "nameLocation": "middle", "nameGap": 12}
    axis |= without_scale | {"axisLine": {"onZero": False}}
    return {
        "animation": False,
        "title": {  # in two lines, so that it fits a phone
            "text": "Images that look alike to the model\nare close together",
            "left": 0,
            "textStyle": {"fontSize": 14, "lineHeight": 20},
        },
        "dataset": {"source": points},
        "grid": {"left": MAP_EDGE, "right": MAP_EDGE, "top": MAP_TOP, "bottom": MAP_EDGE, "outerBoundsMode": "none"},
        "tooltip": {"formatter": "test {@number}, label {@label}"},
        "visualMap": {
            "type": "piecewise",
            "dimension": 2,
            "seriesIndex": 0,
            "categories": list(range(len(COLOURS))),
            "inRange": {"color": COLOURS},
            "orient": "horizontal",
            "top": 44,
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
                "data": [{"name": name, "value": place} for name, place in pins.items()],
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
