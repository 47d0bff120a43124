"""What a CNN knows that an MLP does not: both trained on images whose tiles are shuffled, in the same way in all."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import percent, pixel_html
from app_pages.lessons.controls.curve_chart import Line, curve_chart
from app_pages.lessons.controls.kept import kept
from app_pages.lessons.controls.subject import picture_and_view
from app_pages.state import resources
from app_pages.state.computations import computed
from mnist_core.data.split import fingerprint
from mnist_core.training.shuffled_tiles import CNN, MLP, NETWORKS, TILES, TileRun, shuffle_tiles, train_on_tiles

TILE, TRAINED, RUNS = "course_cnn_tile", "course_cnn_trained", "course_cnn_runs"
WHOLE = TILES[0]
SENTENCE = (
    "Cut every image into tiles, and shuffle the tiles in the same way in all of them. With small tiles, no person can "
    "read the digits. **Try it:** which network will notice, the MLP or the CNN? Predict, then train both on smaller "
    "and smaller tiles."
)


def render_cnn() -> None:
    """Show a picture with its tiles shuffled, and how good both networks become on images shuffled like that."""
    st.markdown(SENTENCE)
    with picture_and_view() as (picture, view), view:
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            shown = st.container(width="content")
            with st.container(width=240):
                tile = int(st.select_slider("Tiles (px)", TILES, WHOLE, key=TILE, format_func=name_of))
                st.button(
                    "Train both",
                    key="course_cnn_train",
                    icon=":material/play_arrow:",
                    type="primary",
                    on_click=_train,
                    args=(tile,),
                )
        shuffled = shuffle_tiles(picture.grey, tile).numpy()
        shown.html(pixel_html(shuffled, 150, f"{picture.name}, {words_of(tile)}"))
        asked: list[int] = st.session_state.get(TRAINED, [])
        runs = [run for each in asked for network in NETWORKS if (run := _run_on(network, each))]
        both = [each for each in asked if all(_found(runs, network, each) for network in NETWORKS)]
        if both:
            _render_runs(runs, both[-1])


def _train(tile: int) -> None:
    asked: list[int] = st.session_state.get(TRAINED, [])
    st.session_state[TRAINED] = [*(each for each in asked if each != tile), tile]


def _run_on(network: str, tile: int) -> TileRun | None:
    train = resources.available_split("train")
    request = (network, tile, train.source, fingerprint())
    words = f"Training the {network}, {words_of(tile)}"
    return kept(
        RUNS,
        request,
        lambda: computed("course_cnn", request, lambda: train_on_tiles(train, network, tile), words, is_shared=True),
    )


def name_of(tile: int) -> str:
    """Return what the slider calls a side of a tile."""
    return "whole" if tile == WHOLE else f"{tile}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{tile}"


def words_of(tile: int) -> str:
    """Return in a sentence what is done to an image."""
    return "not shuffled" if tile == WHOLE else f"shuffled in tiles of {name_of(tile)} px"


def _render_runs(runs: Sequence[TileRun], tile: int) -> None:
    words = finding(runs, tile)
    st.markdown(words)
    lines = [
        Line(
            network,
            [(TILES.index(each), 100 * run.accuracy) for each in TILES if (run := _found(runs, network, each))],
            place,
            has_dots=True,
        )
        for place, network in enumerate(NETWORKS)
    ]
    chart = curve_chart("Validation accuracy (%)", "side of the shuffled tiles (px)", lines)
    sides = {"type": "category", "boundaryGap": False, "data": ["whole", *map(str, TILES[1:])]}
    render_chart(
        chart | {"xAxis": chart["xAxis"] | sides},
        name="Accuracy by tile",
        finding=words,
        numbers=lambda: runs_table(runs),
        key="course_cnn_curves",
        height=340,
    )


def _found(runs: Sequence[TileRun], network: str, tile: int) -> TileRun | None:
    return next((run for run in runs if (run.network, run.tile) == (network, tile)), None)


def finding(runs: Sequence[TileRun], tile: int) -> str:
    """Return in words how good both networks became on tiles of a side, and what shuffling cost them."""
    told = [_told(runs, run) for network in NETWORKS if (run := _found(runs, network, tile))]
    what = words_of(tile)
    text = f"{what[0].upper()}{what[1:]}, {' and '.join(told)}."
    if tile == WHOLE:
        return text
    return (
        f"{text} To the {MLP}, the image is the same list of numbers in another order. The {CNN}'s kernels look for "
        "neighbours, and these have moved apart."
    )


def _told(runs: Sequence[TileRun], run: TileRun) -> str:
    text = f"the {run.network} reaches **{percent(run.accuracy, escaped=False)}**"
    whole = _found(runs, run.network, WHOLE)
    if run.tile == WHOLE or whole is None:
        return text
    points = 100 * (run.accuracy - whole.accuracy)
    return f"{text} ({abs(points):.1f} points {'more' if points > 0 else 'less'} than not shuffled)"


def runs_table(runs: Sequence[TileRun]) -> pd.DataFrame:
    """Return a row per training run."""
    return pd.DataFrame(
        {
            "Network": [run.network for run in runs],
            "Tile (px)": [run.tile for run in runs],
            "Accuracy (%)": [round(100 * run.accuracy, 2) for run in runs],
        }
    )
