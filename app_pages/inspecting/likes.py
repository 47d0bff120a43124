"""What a unit likes: the training images that excite it most, and the image that it dreams of."""

from collections.abc import Hashable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app_pages.components import missing_data
from app_pages.components.chart_table import render_numbers
from app_pages.components.film import film
from app_pages.components.image_grid import Tile, picture_grid
from app_pages.inspecting.inspected import InspectedModel, Subject
from app_pages.inspecting.surgery import PLURALS, name_of
from app_pages.inspecting.unit_grid import unit_grid
from app_pages.state import resources
from app_pages.state.computations import computed
from app_pages.state.inside import inside_state
from app_pages.state.widgets import show_value
from mnist_core.analysis.ablation import AblatableLayer, ablatable_layers
from mnist_core.analysis.dream import FRAMES, STEPS, Dream, dream
from mnist_core.analysis.preferred_images import COUNT, PreferredImages, preferred_images, seen_parts
from mnist_core.analysis.unit_pictures import unit_pictures
from mnist_core.constants import CLASSES
from mnist_core.data.split import Split, fingerprint

LAYER, UNIT = "inside_likes_layer", "inside_likes_unit"  # the keys of widgets
DIGIT = "digit"  # the kind of the units of the last layer
GRID_WIDTH = 212  # px: three images in a row
SENTENCE = (
    "The images that excite a unit most show what it has learned to look for; so does the image that a climb up the "
    "unit's gradient makes of noise."
)
QUESTIONS = {
    "channel": "which channel likes horizontal lines? Draw one and see it light up.",
    "hidden unit": "find a hidden unit that likes two different digits. What do they share?",
    DIGIT: "let each digit dream. Which dreams could you read?",
}
LIT = "What the channel saw there is lit. "
METHOD = (
    "Gradient ascent on the pixels ([Simonyan et al.](https://arxiv.org/abs/1312.6034)) with decay, blur and jitter "
    "([Yosinski et al.](https://arxiv.org/abs/1506.06579), "
    "[Olah et al.](https://distill.pub/2017/feature-visualization)). It shows what raises the activation, not what "
    "the model usually sees."
)


@dataclass(frozen=True)
class ChosenUnit:
    """The unit whose likes are shown.

    Attributes:
        layer: the number of its layer in the model.
        unit: its number there.
        name: what the page calls it: "channel 5 of convolution 2", "hidden unit 3", "the digit 7".
    """

    layer: int
    unit: int
    name: str


def render_likes(subject: Subject, model: InspectedModel) -> None:
    """Ask for a unit, and show what it likes."""
    layers = likeable_layers(model)
    layer = choose_layer(layers)
    st.markdown(f"{SENTENCE} **Try it:** {QUESTIONS[layer.kind]}")
    unit = choose_unit(subject, model, layer, layers.index(layer) + 1)
    images_area, dream_area = st.columns(2, gap="large")
    with images_area:
        st.header(f"{COUNT} training images", anchor=False)
        render_images(model, missing_data.split_or_standin("train"), layer, unit)
    with dream_area:
        st.header("Its dream", anchor=False)
        render_dream(model, unit)


def likeable_layers(model: InspectedModel) -> list[AblatableLayer]:
    """Return the layers of channels and hidden units, and the last one, of the ten digits."""
    network = model.predictor.model
    last = len(network) - 1
    hidden = [layer for layer in ablatable_layers(network) if layer.kind != "region"]
    return [*hidden, AblatableLayer(last, last, CLASSES, DIGIT)]


def choose_layer(layers: list[AblatableLayer]) -> AblatableLayer:
    """Ask for a layer, unless there is only one, and return it: at first the one with the ten digits."""
    number = inside_state().layer
    blocks = [layer for layer in layers if number is not None and number <= layer.number]
    layer = blocks[0] if blocks else layers[-1]
    if len(layers) > 1:
        names = {
            each.number: "Answer" if each.kind == DIGIT else name_of(each, place)
            for place, each in enumerate(layers, start=1)
        }
        st.segmented_control(
            "Layer",
            list(names),
            format_func=names.__getitem__,
            default=show_value(LAYER, layer.number),
            required=True,
            key=LAYER,
            on_change=_layer_chosen,
            wrap=True,
        )
    return layer


def _layer_chosen() -> None:
    state = inside_state()
    state.layer, state.unit = st.session_state[LAYER], None


def choose_unit(subject: Subject, model: InspectedModel, layer: AblatableLayer, place: int) -> ChosenUnit:
    """Ask for a unit of a layer, and return it: at first the first one.

    Args:
        subject: shown as each channel sees it.
        model: whose unit.
        layer: which one; its kind may be `DIGIT`.
        place: of the layer, counted from 1.
    """
    state = inside_state()
    is_known = state.unit and state.layer is not None and state.layer <= layer.number and state.unit[0] < layer.count
    unit = state.unit[0] if state.unit and is_known else 0

    def choose(units: frozenset[int]) -> None:
        state.layer, state.unit = layer.number, tuple(units) or None

    if layer.kind == DIGIT:
        st.segmented_control(
            "Digit",
            range(CLASSES),
            default=show_value(UNIT, unit),
            required=True,
            key=UNIT,
            on_change=lambda: choose(frozenset({st.session_state[UNIT]})),
            wrap=True,
        )
        return ChosenUnit(layer.number, unit, f"the digit {unit}")
    pictures = resources.run_inference(lambda: unit_pictures(model.predictor.model, layer, subject.tensor)).numpy()
    unit_grid(
        pictures,
        layer.kind,
        {unit},
        is_switch=False,
        title=f"{PLURALS[layer.kind].capitalize()} of this layer, to choose one",
        key=f"inside_likes_grid_{model.name}_{layer.number}",
        on_mark=choose,
    )
    where = f" of convolution {place}" if layer.kind == "channel" else ""
    return ChosenUnit(layer.number, unit, f"{layer.kind} {unit}{where}")


def render_images(model: InspectedModel, train: Split, layer: AblatableLayer, unit: ChosenUnit) -> None:
    """Show the training images that excite a unit most; meanwhile, show progress."""
    request: Hashable = (model.key, fingerprint(), layer.number)
    liked: PreferredImages | None = computed(
        "inside_likes",
        request,
        lambda: preferred_images(model.predictor.model, train, layer.number),
        f"Showing the layer {len(train):,} training images",
        is_shared=True,
    )
    if liked is None:
        return
    numbers, activations = liked.numbers[unit.unit].tolist(), liked.activations[unit.unit].tolist()
    if layer.kind != DIGIT and not activations[0]:
        st.markdown(f"No training image excites {unit.name}: its activation after the ReLU is always 0.")
        return
    images = train.images[numbers]
    if layer.kind == "channel":
        images = seen_parts(model.predictor.model, layer.number, images, liked.places[unit.unit])
    with st.container(width=GRID_WIDTH):
        picture_grid(
            images.numpy(),
            tiles_of(train, numbers, activations),
            None,
            title=f"Training images that excite {unit.name} most",
            key="inside_likes_images",
            on_choose=_look_at,
        )
    st.caption(
        f"They excite {unit.name} most, of {liked.searched:,}: activations from {activations[0]:.2f} down to "
        f"{activations[-1]:.2f}. {LIT if layer.kind == 'channel' else ''}Choose one to look at it."
    )
    render_numbers(
        lambda: images_table(train, numbers, activations), name="Liked images", key="inside_likes_images_table"
    )


def tiles_of(train: Split, numbers: list[int], activations: list[float]) -> list[Tile]:
    """Return the tiles of the images that a unit likes."""
    labels = [train.classes[int(train.labels[number])] for number in numbers]
    return [
        Tile(number, label, label, f"training image {number}, label {label}, activation {activation:.2f}")
        for number, label, activation in zip(numbers, labels, activations, strict=True)
    ]


def images_table(train: Split, numbers: list[int], activations: list[float]) -> pd.DataFrame:
    """Return the images that a unit likes, a row each."""
    return pd.DataFrame(
        {
            "Training image": numbers,
            "Label": [train.classes[int(train.labels[number])] for number in numbers],
            "Activation": [round(activation, 4) for activation in activations],
        }
    )


def _look_at(number: int) -> None:
    inside_state().image = ("train", number)


def render_dream(model: InspectedModel, unit: ChosenUnit) -> None:
    """Show how the image that a unit dreams of forms."""
    dreamt: Dream | None = computed(
        "inside_dream",
        (model.key, unit.layer, unit.unit),
        lambda: dream(model.predictor.model, unit.layer, unit.unit),
        f"Climbing up the gradient of {unit.name}",
        is_shared=True,
    )
    if dreamt is None:
        return
    captions = [
        f"Step {step}: activation {activation:.1f}"
        for step, activation in zip(steps_of_frames(), dreamt.activations.tolist(), strict=True)
    ]
    film(
        dreamt.frames.numpy(),
        captions,
        alt=f"The image that {unit.name} dreams of, as it forms from noise",
        slider="Step of the ascent",
        key="inside_dream_film",
    )
    st.caption(METHOD)
    render_numbers(lambda: dream_table(dreamt), name="Ascent", key="inside_dream_table")


def steps_of_frames() -> list[int]:
    """Return the step of the ascent after which each frame of a dream was kept."""
    return [round(place * STEPS / (FRAMES - 1)) for place in range(FRAMES)]


def dream_table(dreamt: Dream) -> pd.DataFrame:
    """Return the activation for each frame of a dream."""
    return pd.DataFrame(
        {"Step": steps_of_frames(), "Activation": [round(each, 4) for each in dreamt.activations.tolist()]}
    )
