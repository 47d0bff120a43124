"""The map, alive: a drawing's path through the plane of features while it is drawn, and its nearest neighbours."""

from itertools import groupby

import numpy as np
import pandas as pd
import streamlit as st
import torch

from app_pages.components import missing_data
from app_pages.components.chart_table import render_numbers
from app_pages.components.html import percent
from app_pages.components.image_grid import picture_grid, tiles_of
from app_pages.components.live_map import MapNeighbour, MapPath, MapPoints, live_map
from app_pages.components.palette import class_colours
from app_pages.inspecting.inspected import InspectedModel, Subject
from app_pages.inspecting.plane_frame import PlaneFrame, labels_in_words
from app_pages.state import predictions, resources
from app_pages.state.inside import inside_state
from mnist_core.analysis.embedding import Neighbours, Plane, features, l2_normalise, nearest_neighbours
from mnist_core.analysis.path import DrawingPath, path_on_plane
from mnist_core.analysis.time_lapse import sample
from mnist_core.constants import CLASSES
from mnist_core.data.split import Split
from mnist_core.recognition.predictor import Predictor

MAX_POINTS = 1_000  # on the map; the neighbours are looked for among all images
NEIGHBOURS = 10


def render_live_map(subject: Subject, model: InspectedModel) -> None:
    """Show where what is looked at lies on the map, and how it came there."""
    st.markdown(
        "Images that the network finds alike are close together. **Try it:** draw a 1, then turn it into a 7, then "
        "into a 2. Where does your drawing move?"
    )
    split = missing_data.split_or_standin("test")
    mapped = predictions.mapped_split(model.step)
    if mapped is None:
        return
    predicted, plane = mapped
    units, predictor = predicted.split_features.unit_features, predicted.predictor
    path: DrawingPath = resources.run_inference(lambda: path_of(subject, predictor, plane))
    nearest: Neighbours = resources.run_inference(lambda: nearest_neighbours(units, path.unit, NEIGHBOURS + 1))
    nearest = without(nearest, subject)
    numbers = sample(len(split), MAX_POINTS)
    places = plane.project(units[numbers])
    frame = PlaneFrame.around(places)
    lit = torch.tensor(nearest.indices)
    live_map(
        MapPoints(
            id=f"{model.key} {predicted.evaluations} {split.source} {len(split)} {class_colours()[0]}",
            title="Test images in the plane of features",
            axes=("first component", "second component"),
            labels=split.labels[numbers].numpy().astype(np.uint8),
            places=frame.on_screen(places),
            colours=class_colours(),
        ),
        MapPath(
            name=subject.name,
            path=frame.on_screen(path.places).round(4).tolist(),
            lifts=np.flatnonzero(path.lifts).tolist(),
            neighbours=[
                MapNeighbour(place, label)
                for place, label in zip(
                    frame.on_screen(plane.project(units[lit])).round(4).tolist(),
                    split.labels[lit].tolist(),
                    strict=True,
                )
            ],
            finding=finding(subject, path, split.labels[lit].tolist()),
        ),
        key="inside_map",
    )
    answers = predicted.split_features.logits[lit].argmax(dim=1).tolist()
    _render_neighbours(split, nearest, answers)
    render_numbers(lambda: path_table(path), name="Path", key="inside_map_path")
    render_numbers(lambda: neighbour_table(split, nearest, answers), name="Neighbours", key="inside_map_neighbours")
    if subject.count > 1:
        st.caption("The path of a drawing is shown while it is one digit.")
    st.caption(_map_in_words(model, plane, len(numbers), len(split)) + labels_in_words(split))


def path_of(subject: Subject, predictor: Predictor, plane: Plane) -> DrawingPath:
    """Return the path of what is looked at.

    An image, which nobody drew here, stays in one place. So does one of several digits, because the drawing's path is
    that of all its ink.
    """
    path = None
    if subject.strokes and subject.count == 1:
        path = path_on_plane(predictor.model, plane, subject.strokes, temperature=predictor.temperature)
    if path:
        return path
    unit = l2_normalise(features(predictor.model, subject.tensor[None]))
    probabilities = predictor.probabilities(subject.tensor[None])
    return DrawingPath(np.ones(1), np.ones(1, dtype=bool), plane.project(unit), probabilities, unit[0])


def without(nearest: Neighbours, subject: Subject) -> Neighbours:
    """Leave a test image out of its own neighbours, and keep `NEIGHBOURS`."""
    image = inside_state().image if subject.strokes is None else None
    own = image[1] if image and image[0] == "test" else None
    kept = [pair for pair in zip(nearest.indices, nearest.similarity, strict=True) if pair[0] != own][:NEIGHBOURS]
    return Neighbours([number for number, _ in kept], [similarity for _, similarity in kept])


def finding(subject: Subject, path: DrawingPath, labels: list[int]) -> str:
    """Return in words where the path ends, and what the model answered on the way.

    Args:
        subject: what is looked at.
        path: its path.
        labels: of its neighbours.
    """
    commonest = max(set(labels), key=labels.count)
    name = subject.name[0].upper() + subject.name[1:]
    ends = f"{labels.count(commonest)} of the {len(labels)} images nearest to {subject.name} are labelled {commonest}."
    if len(path.parts) == 1:
        return ends
    answers = [str(answer) for answer, _ in groupby(path.probabilities.argmax(dim=1).tolist())]
    way = f"was read as {', then '.join(answers)}" if len(answers) > 1 else f"was read as {answers[0]} all the way"
    return f"{name} {way}. {ends}"


def _render_neighbours(split: Split, nearest: Neighbours, answers: list[int]) -> None:
    st.markdown("**Nearest test images**, by all features and not only on the map. Open one to look at it instead.")
    picture_grid(
        split.images[torch.tensor(nearest.indices)].numpy(),
        tiles_of(split, nearest.indices, answers),
        None,
        title="Nearest test images",
        key="inside_map_near",
        on_choose=_look_at,
    )


def _look_at(number: int) -> None:
    inside_state().image = "test", number


def path_table(path: DrawingPath) -> pd.DataFrame:
    """Return a row per place of the path: how much was drawn, the coordinates, the answer and ten probabilities."""
    percents = (100 * path.probabilities).round(decimals=2)
    return pd.DataFrame(
        {
            "drawn (%)": (100 * path.parts).round(1).tolist(),
            "pen lifted": ["yes" if lifted else "" for lifted in path.lifts],
            "x": path.places[:, 0].tolist(),
            "y": path.places[:, 1].tolist(),
            "answer": path.probabilities.argmax(dim=1).tolist(),
        }
        | {f"{digit} (%)": percents[:, digit].tolist() for digit in range(CLASSES)}
    )


def neighbour_table(split: Split, nearest: Neighbours, answers: list[int]) -> pd.DataFrame:
    """Return a row per neighbour, the most similar first."""
    return pd.DataFrame(
        {
            "test image": nearest.indices,
            "label": split.labels[torch.tensor(nearest.indices)].tolist(),
            "answer": answers,
            "cosine similarity": nearest.similarity,
        }
    )


def _map_in_words(model: InspectedModel, plane: Plane, shown: int, count: int) -> str:
    return (
        f"{shown:,} of the {count:,} test images, each drawn as its label, on the principal plane of the "
        f"{len(plane.mean):,} numbers that the last layer of {model.spoken_name} receives, divided by their length. "
        f"The plane keeps {percent(sum(plane.share), escaped=False)} of their variance. Small dots on the path are "
        "equal parts of the drawing's length, large ones are where the pen was lifted."
    )
