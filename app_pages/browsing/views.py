"""The other views of the Browse page: the confusion matrix, the map, and the averages."""

from typing import Any

import pandas as pd
import streamlit as st
import torch

from app_pages.browsing import filters, selected_image
from app_pages.components import html
from app_pages.components.confusion_table import confusion_table
from app_pages.components.image_grid import picture_grid, tiles_of
from app_pages.state import predictions, resources, session
from mnist_core.analysis.embedding import near
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.models.evaluation import confusion_matrix

MAP_POINTS = 2_000  # more make the map slow and no clearer
MAP_HEIGHT, MAP_TOP, MAP_EDGE = 600, 104, 36  # px: the chart, and what it keeps free above and on the other sides
AVERAGES_STYLE = """<style>
.averages { display: flex; flex-wrap: wrap; gap: 1rem; }
.averages figure { margin: 0; width: 94px; font-size: .8rem; line-height: 1.6; text-align: center; }
</style>"""
COLOURS = [  # a class each: ten that differ in lightness too, on white and on black
    "#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#d4a72c", "#b07aa1", "#ff9da7", "#9c755f", "#8a8f98",
]  # fmt: skip


def render_confusion(split: Split) -> None:
    """Show how often each label got each answer; a cell leads to its images."""
    answers = predictions.predictions(session.active_model(), split.name).argmax(dim=1)
    counts = confusion_matrix(answers, split.labels)
    right = int(counts.diagonal().sum())
    share = html.percent(right / len(split), escaped=False)
    st.markdown(
        f"A row is a label, a column what the model answers: **{right:,} of {len(split):,}** "
        f"{resources.SPLIT_WORDS[split.name]} images are read right, **{share}**. "
        "Choose a cell to see its images, the most confident answers first."
    )
    confusion_table(counts.tolist(), split.classes, key="browse_confusion", on_choose=filters.show_cell)
    st.button(
        f"All {len(split) - right:,} that it gets wrong",
        disabled=right == len(split),
        on_click=filters.show_wrong,
        key="browse_wrong",
    )


def render_map(split: Split, opened: int | None) -> None:
    """Show the test images as points, near one another where the model finds them alike."""
    seen, plane = predictions.survey(), predictions.plane()
    numbers = torch.arange(0, len(split), -(-len(split) // MAP_POINTS))
    drawn = predictions.drawing_unit()
    marks = {} if opened is None else {f"Image {opened}": plane.project(seen.units[[opened]])[0].tolist()}
    if drawn is not None:
        marks["Your drawing"] = plane.project(drawn[None])[0].tolist()
    places = plane.project(seen.units[numbers])
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
        f"{seen.units.shape[1]:,} numbers that the model's last layer gets. The two directions keep "
        f"{html.percent(sum(plane.share))} of what tells the images apart, so neighbours here may be far apart in "
        f"truth. {drawing}"
    )
    render_near(split, numbers, places, next(iter(marks.items()), None))


def render_near(
    split: Split, numbers: torch.Tensor, places: torch.Tensor, mark: tuple[str, list[float]] | None
) -> None:
    """Show the points next to a mark as pictures, to walk about the map without a mouse; without one, one a label."""
    labels = split.labels[numbers]
    if mark:
        words, found = f"Nearest on the map to {mark[0][0].lower()}{mark[0][1:]}", near(places, torch.tensor(mark[1]))
    else:
        words = "One image from the middle of each label"
        groups = [(labels == label).nonzero().flatten() for label in labels.unique().tolist()]
        found = torch.cat([group[near(places[group], places[group].mean(dim=0), 1)] for group in groups])
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
                "itemStyle": {"color": html.accent()},
                "label": {"show": True, "formatter": "{b}", "position": "top", "fontWeight": "bold"},
                "tooltip": {"formatter": "{b}"},
                "silent": True,
                "z": 5,
            },
        ],
    }


def render_averages(split: Split) -> None:
    """Show the mean image of each class, and where the two numbers of the normalisation come from."""
    means, pixels = resources.averages(split.name)
    words = resources.SPLIT_WORDS[split.name]
    st.markdown(f"**The mean of all {words} images of a digit.** What is sharp here is where writers agree.")
    figures = "".join(
        f"<figure>{html.pixel_html(mean, 94, f'the mean of the {words} images of a {name}')}"
        f"<figcaption><b>{name}</b>, {int((split.labels == label).sum()):,} images</figcaption></figure>"
        for label, (name, mean) in enumerate(zip(split.classes, means.numpy(), strict=True))
    )
    st.html(f'{AVERAGES_STYLE}<div class="averages">{figures}</div>')
    st.markdown(
        f"**All {pixels.count:,} pixels together**, each from 0 for paper to 1 for ink: mean **{pixels.mean:.4f}**, "
        f"standard deviation **{pixels.std:.4f}**, and {html.percent(pixels.blank)} of them are bare paper."
    )
    if split.name == "train":
        st.markdown(
            f"These are the {MEAN} and {STD} of the normalisation. A model learns best from numbers about 0 with a "
            "spread of about 1, so every image, of the training set, of the test set or drawn by you, goes through "
            f"(value - {MEAN}) / {STD} first."
        )
    else:
        st.markdown(
            f"The normalisation takes {MEAN} and {STD} all the same: they are the training images', as a test must "
            "not lend its own numbers to what it tests."
        )
