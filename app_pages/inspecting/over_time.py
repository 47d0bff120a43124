"""Over time: filters, activations, answers and the plane of features at every kept moment of a training."""

from collections.abc import Hashable
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
import torch

from app_pages.components.chart_table import render_numbers
from app_pages.components.leaving import leave_for
from app_pages.components.palette import CLASS_COLOURS, class_colours
from app_pages.components.time_lapse import ModelFilm, PictureFilm, Pictures, time_lapse
from app_pages.inspecting.inspected import INITIAL, InspectedModel, Subject
from app_pages.inspecting.plane_frame import PlaneFrame, labels_in_words
from app_pages.state import own_runs, resources
from app_pages.state.computations import computed
from app_pages.state.inside import inside_state
from app_pages.state.trail import moments_of_run, moments_of_shipped
from mnist_core.analysis.time_lapse import (
    ModelFrame,
    ModelTimeLapse,
    Moment,
    PictureFrame,
    hidden_layers,
    model_time_lapse,
    picture_time_lapse,
    sample,
)
from mnist_core.constants import CLASSES
from mnist_core.data.split import fingerprint
from mnist_core.formatting import percentage
from mnist_core.ink.normalisation import denormalise
from mnist_core.runs.snapshots import snapshot_steps
from mnist_core.sharing.filmstrip import Film, FilmFrame, film_gif, film_sheet

TRAIN = "app_pages/train.py"
KEY, LAST = "inside_time_lapse", "inside_time_last"
FILTERS = {
    "linear": ("The ten templates", "Ink on white areas counts for the digit; ink on black areas counts against it."),
    "mlp": ("Weights of the first hidden units", "Ink on white areas raises a unit's output; ink on black lowers it."),
    "cnn": ("Filters of the first convolution", "White weights are positive, black ones negative, grey ones near 0."),
}
NAMES = {"linear": "{0}", "mlp": "{1}", "cnn": "{1}"}  # of filters and channels: digits count from 0, others from 1


def render_over_time(subject: Subject, model: InspectedModel) -> None:
    """Show the moments of the model's training, with a player."""
    steps = tuple(snapshot_steps(model.run.folder)) if model.run else ()
    moments = _moments(model, steps)
    st.markdown(
        "Training changes the weights a little at every step, and with them all that the network makes of a picture. "
        "**Try it:** press play. After which step do the points of one digit find each other?"
    )
    if model.run is None:
        _offer_training()
    elif not steps:
        st.info("This run has no kept moment yet. It keeps the first one after its first evaluation.")
        return
    elif model.run.state.is_alive:
        st.caption("This run is still training. The film has the moments that it has kept so far.")
    layers = hidden_layers(moments[0].load()[0])
    layer = shown_layer(layers, inside_state().layer)
    split = resources.available_split("test")
    numbers = sample(len(split))
    training = (model.name, steps, fingerprint())
    lapse = computed(
        "time_lapse",
        training,
        lambda: model_time_lapse(moments, split.images[numbers], split.labels[numbers]),
        f"Running the model on {len(numbers)} test images at {len(moments)} moments",
        is_shared=True,
    )
    if lapse is None:
        return
    request = (*training, layer, subject.key)
    picture = computed(
        "time_lapse_picture",
        request,
        lambda: picture_time_lapse(moments, lapse.plane, subject.tensor, layer),
        f"Looking at {subject.name} at {len(moments)} moments",
    )
    picture = latest((*training, layer), subject, picture)
    if picture is None:
        return
    frame = PlaneFrame.around(torch.cat([each.places for each in lapse.frames]))
    at = _number_of(model.step, steps)

    def choose(chosen: int) -> None:
        inside_state().step = None if chosen == len(moments) - 1 else (INITIAL, *steps)[chosen]

    def choose_layer(number: int) -> None:
        inside_state().layer, inside_state().unit = layers[number], None

    model_film = _model_film(model, moments, lapse, frame, split.labels[numbers])
    picture_film = _picture_film(subject, model, picture, frame, layers, layer)
    time_lapse(
        model_film,
        picture_film,
        at,
        key=KEY,
        on_moment=choose,
        on_layer=choose_layer,
    )
    render_numbers(lambda: numbers_table(moments, lapse, picture), name="Over time", key="inside_time")
    title = f"{subject.name}, seen by {_name_of(model)}"
    _offer_strip(strip_of(title, subject.tensor, model_film, picture_film))
    st.caption(_plane_in_words(model, lapse, len(numbers), len(split)) + labels_in_words(split))


def latest(
    key: Hashable, subject: Subject, picture: tuple[PictureFrame, ...] | None
) -> tuple[PictureFrame, ...] | None:
    """Return what the models made of the picture; while that is computed, what they made of the one before it.

    So a stroke does not take the player away.
    """
    if picture is not None:
        st.session_state[LAST] = key, picture
        return picture
    last_key, last = st.session_state.get(LAST, (None, None))
    return last if last_key == key and subject.strokes else None


def _moments(model: InspectedModel, steps: tuple[int, ...]) -> tuple[Moment, ...]:
    if model.run:
        return moments_of_run(model.run.folder, model.config, steps)
    return moments_of_shipped(model.name)


def _number_of(step: int | None, steps: tuple[int, ...]) -> int:
    """Return the number of a moment: the last one for None, which is the latest."""
    known = (INITIAL, *steps)
    return known.index(step) if step in known else max(1, len(steps))


def _offer_training() -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="inside_time_offer"):
        st.markdown("A shipped model has two moments: random weights, and trained. A run of your own keeps up to 40.")
        st.button(
            "Train a model",
            icon=":material/model_training:",
            on_click=leave_for,
            args=(TRAIN,),
            key="inside_time_train",
        )


def _name_of(model: InspectedModel) -> str:
    """Return what people call the model, whatever its moment."""
    return own_runs.spoken_name(model.run) if model.run else own_runs.MODEL_NAMES[model.name]


def _offer_strip(film: Film) -> None:
    """Offer the film as files, made when they are asked for."""
    with st.container(horizontal=True, gap="small", key="inside_time_strip"):
        for words, name, kind, make in (
            ("Filmstrip (PNG)", "over-time.png", "image/png", film_sheet),
            ("Film (GIF)", "over-time.gif", "image/gif", film_gif),
        ):
            st.download_button(
                words,
                partial(make, film),
                name,
                kind,
                icon=":material/download:",
                on_click="ignore",
                key=f"inside_time_{name[-3:]}",
                width="content",
            )


def strip_of(title: str, tensor: torch.Tensor, film: ModelFilm, picture: PictureFilm) -> Film:
    """Return what the player shows as a film to draw; it is on white paper in any theme.

    Args:
        title: what it is called.
        tensor: the picture, (1, 28, 28) float32, normalised.
        film, picture: what the player shows.
    """
    frames = [
        FilmFrame(name, film.filters.values[at], picture.activations.values[at], probabilities, places, place)
        for at, (name, probabilities, places, place) in enumerate(
            zip(film.moments, picture.probabilities, film.places, picture.places, strict=True)
        )
    ]
    seen = greys(denormalise(tensor[0]))
    return Film(title[0].upper() + title[1:], frames, film.labels, CLASS_COLOURS["light"], seen)


def shown_layer(layers: list[int], chosen: int | None) -> int | None:
    """Return the layer whose activations are shown: the chosen one, or the next one of those that there are.

    Args:
        layers: see `hidden_layers`.
        chosen: the number of any module of the model, None for the first layer.
    """
    return next((layer for layer in layers if layer >= (chosen or 0)), layers[-1] if layers else None)


def _model_film(
    model: InspectedModel, moments: tuple[Moment, ...], lapse: ModelTimeLapse, frame: PlaneFrame, labels: torch.Tensor
) -> ModelFilm:
    title, note = FILTERS[model.config.model]
    filters = torch.stack([each.filters for each in lapse.frames])
    return ModelFilm(
        id=f"{model.name} {[moment.name for moment in moments]} {fingerprint()} {class_colours()[0]}",
        moments=[moment.name for moment in moments],
        filters=Pictures(title, _names(model, filters.shape[1]), greys((filters + 1) / 2), note),
        labels=labels.numpy().astype(np.uint8),
        places=frame.on_screen(torch.stack([each.places for each in lapse.frames])),
        colours=class_colours(),
        axes=("first component", "second component"),
        plane=f"Test images in the plane of {'logits' if model.config.model == 'linear' else 'features'}",
        agreements=[
            f"{agreeing(each)} of the {len(labels)} images have a nearest neighbour of their own label here."
            for each in lapse.frames
        ],
        finding=finding(moments, lapse),
    )


def _picture_film(
    subject: Subject,
    model: InspectedModel,
    frames: tuple[PictureFrame, ...],
    frame: PlaneFrame,
    layers: list[int],
    layer: int | None,
) -> PictureFilm:
    probabilities = [each.probabilities.tolist() for each in frames]
    digit = int(frames[-1].probabilities.argmax()) if subject.label is None else subject.label
    return PictureFilm(
        name=subject.name,
        title=f"Answer for {subject.name}",
        activations=_activation_pictures(subject, model, frames, layer),
        probabilities=probabilities,
        places=frame.on_screen(torch.stack([each.place for each in frames])),
        digit=digit,
        layers=[f"Convolution {place}" for place in range(1, len(layers) + 1)] if len(layers) > 1 else [],
        layer=layers.index(layer) if layer in layers else 0,
    )


def _activation_pictures(
    subject: Subject, model: InspectedModel, frames: tuple[PictureFrame, ...], layer: int | None
) -> Pictures:
    """Return the activations, on one scale for all moments."""
    values = torch.stack([each.activations for each in frames])
    largest = float(values.abs().max()) or 1.0
    names = _names(model, values.shape[1])
    if layer is None:
        title, note = "What each pixel adds to each digit's logit", f"White adds {largest:.2g}, black takes it away."
        return Pictures(title, names, greys((values / largest + 1) / 2), note)
    if model.config.model == "mlp":
        title = f"Activations of the {values[0].numel()} hidden units for {subject.name}"
        return Pictures(title, [""], greys(values / largest), f"A square per unit. Black is 0, white {largest:.2g}.")
    title = f"Activations for {subject.name}: the first {len(names)} channels, {values.shape[2]} × {values.shape[3]}"
    return Pictures(title, names, greys(values / largest), f"Black is 0, white {largest:.2g}, at every moment.")


def _names(model: InspectedModel, count: int) -> list[str]:
    return [NAMES[model.config.model].format(number, number + 1) for number in range(count)]


def greys(values: torch.Tensor) -> np.ndarray:
    """Return values in [0, 1] as uint8."""
    grey: np.ndarray = (values.clamp(0, 1) * 255).round().to(torch.uint8).numpy()
    return grey


def agreeing(frame: ModelFrame) -> int:
    """Return how many images have a nearest neighbour of their own label in the plane."""
    return round(frame.agreement * len(frame.places))


def finding(moments: tuple[Moment, ...], lapse: ModelTimeLapse) -> str:
    """Return in a sentence what happens to the points."""
    first, last = lapse.frames[0], lapse.frames[-1]
    return (
        f"From {moments[0].name} to {moments[-1].name}, the number of images whose nearest neighbour in the plane has "
        f"their own label goes from {agreeing(first)} to {agreeing(last)} of {len(last.places)}."
    )


def numbers_table(moments: tuple[Moment, ...], lapse: ModelTimeLapse, frames: tuple[PictureFrame, ...]) -> pd.DataFrame:
    """Return a row per moment: the answer, ten probabilities, the place in the plane and how well digits gather."""
    probabilities = torch.stack([frame.probabilities for frame in frames])
    places = torch.stack([frame.place for frame in frames])
    percents = (100 * probabilities).round(decimals=2)
    return pd.DataFrame(
        {"moment": [moment.name for moment in moments], "answer": probabilities.argmax(dim=1).tolist()}
        | {f"{digit} (%)": percents[:, digit].tolist() for digit in range(CLASSES)}
        | {"x": places[:, 0].tolist(), "y": places[:, 1].tolist()}
        | {"images beside their label": [agreeing(frame) for frame in lapse.frames]}
    )


def _plane_in_words(model: InspectedModel, lapse: ModelTimeLapse, shown: int, count: int) -> str:
    numbers = "the ten logits, because its features are the pixels, which do not change"
    if model.config.model != "linear":
        numbers = f"the {len(lapse.plane.mean):,} numbers that the last layer receives, divided by their length"
    return (
        f"{shown:,} of the {count:,} test images, each drawn as its label. The plane is the one of the last moment, "
        f"where it keeps {percentage(sum(lapse.plane.share))} of the variance of {numbers}. It is the same at every "
        "moment, so that a point moves only because the network changed."
    )
