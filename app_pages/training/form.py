"""The form of the Train page: a model, a preset, and every knob with a sentence that explains it."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import streamlit as st

from app_pages.state import own_runs
from mnist_core.models.config import OPTIMISERS, PRECISIONS, PRESETS, SCHEDULES, TrainConfig
from mnist_core.models.networks import MODELS

PRESET_NAMES = {"quick": "Quick look", "standard": "Standard", "best": "Best"}
PRESET_WORDS = {
    "quick": "It sees no training image twice: enough to watch it learn.",
    "standard": "A few looks at every image: what suits the model.",
    "best": "Many looks, with varied images and averaged weights: some minutes.",
}
OPTIMISER_NAMES = dict(zip(OPTIMISERS, ("AdamW", "SGD with momentum"), strict=True))
SCHEDULE_NAMES = dict(zip(SCHEDULES, ("One cycle", "Constant", "In steps"), strict=True))
PRECISION_NAMES = dict(zip(PRECISIONS, ("32 bits", "16 bits (bfloat16)", "Whichever is faster here"), strict=True))
BATCHES = [8, 16, 32, 64, 128, 256, 512, 1024]

HELP = {
    "epochs": "How often it sees every training image.",
    "batch_size": "How many images it looks at before it changes its weights once.",
    "learning_rate": "The largest step it takes downhill: too small learns slowly, too large never settles.",
    "schedule": "One cycle warms the rate up and cools it down, constant keeps it, in steps divides it by ten after a "
    "half and after three quarters of the run.",
    "optimiser": "AdamW gives each weight a pace of its own; SGD rolls downhill like a ball and wants a learning rate "
    "about ten times larger.",
    "share": "The part of the 60,000 training images that it may learn from, in percent: see what few images cost.",
    "augment": "How much each image is slanted, stretched and wobbled before it is seen; 1 is what other hands do.",
    "label_noise": "The part of the labels that are made wrong on purpose, in percent: see what it can stand.",
    "weight_decay": "How hard weights are pulled towards zero, which keeps a model simple.",
    "width": "How many patterns a CNN's first layer looks for, or an eighth of an MLP's hidden units: wider models can "
    "learn more, and take longer.",
    "depth": "How many of a CNN's convolutions look at pictures of 6x6: deeper models put larger patterns together.",
    "looks": "How often it looks at a digit before it answers, each time turned a little: a few make it surer of a "
    "slanted hand, and each takes as long as the first.",
    "precision": "How exactly the layers multiply: 16 bits are enough to learn, and faster on some processors.",
    "seed": "The same seed repeats the same run, to the last bit.",
}


def render_form() -> TrainConfig | None:
    """Ask for a configuration; returns it when Start was pressed and nothing is wrong with it."""
    model = st.segmented_control(
        "Model",
        list(MODELS),
        format_func=lambda name: own_runs.MODEL_NAMES[name],
        default="cnn",
        required=True,
        key="train_model",
        help="Linear is the linear regression of the lesson with ten outputs; a CNN looks at patches of the image.",
    )
    preset = st.segmented_control(
        "Preset",
        list(PRESETS),
        format_func=lambda name: PRESET_NAMES[name],
        default="standard",
        required=True,
        key="train_preset",
    )
    model, preset = model or "cnn", preset or "standard"
    st.caption(PRESET_WORDS[preset])
    standard = PRESETS[preset][model]
    started = st.button("Start", type="primary", icon=":material/play_arrow:", width="stretch", key="train_start")
    with st.expander("Every knob", icon=":material/tune:", key="train_knobs"):
        chosen, slots = _knobs(standard, f"{model}_{preset}")
    try:
        config = TrainConfig(**(asdict(standard) | chosen))
    except ValueError as error:
        _refuse(str(error), slots)
        return None
    return config if started else None


def _knobs(standard: TrainConfig, suffix: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Show every knob; returns what was chosen, and a place beside each for an error, by the names of the fields."""
    chosen: dict[str, Any] = {}
    slots: dict[str, Any] = {}
    for name, widget in KNOBS.items():
        chosen[name] = widget(name, getattr(standard, name), f"train_{name}_{suffix}")
        slots[name] = st.empty()
    return chosen, slots


def _refuse(message: str, slots: dict[str, Any]) -> None:
    field, _, rest = message.partition(" ")
    slots[field].error(f"{LABELS[field]} {rest}.")


def _whole(name: str, value: int, key: str) -> int:
    return int(st.number_input(LABELS[name], value=value, step=1, key=key, help=HELP[name]))


def _number(step: float, digits: int) -> Callable[[str, float, str], float]:
    def widget(name: str, value: float, key: str) -> float:
        number = st.number_input(
            LABELS[name], value=float(value), step=step, format=f"%.{digits}f", key=key, help=HELP[name]
        )
        return float(number)

    return widget


def _percent(name: str, value: float, key: str) -> float:
    number = st.number_input(LABELS[name], value=100 * float(value), step=5.0, format="%.1f", key=key, help=HELP[name])
    return round(float(number) / 100, 6)


def _batch(name: str, value: int, key: str) -> int:
    return int(st.select_slider(LABELS[name], BATCHES, value, key=key, help=HELP[name]))


def _choice(names: dict[str, str]) -> Callable[[str, str, str], str]:
    def widget(name: str, value: str, key: str) -> str:
        options = list(names)
        place = options.index(value)
        return str(st.selectbox(LABELS[name], options, place, names.__getitem__, key=key, help=HELP[name]))

    return widget


LABELS = {
    "epochs": "Epochs",
    "batch_size": "Batch size (images)",
    "learning_rate": "Learning rate",
    "schedule": "Schedule",
    "optimiser": "Optimiser",
    "share": "Share of the images (%)",
    "augment": "Variation",
    "label_noise": "Wrong labels (%)",
    "weight_decay": "Weight decay",
    "width": "Width",
    "depth": "Depth",
    "looks": "Looks",
    "precision": "Arithmetic",
    "seed": "Seed",
}
KNOBS: dict[str, Callable[[str, Any, str], Any]] = {
    "epochs": _whole,
    "batch_size": _batch,
    "learning_rate": _number(0.001, 4),
    "schedule": _choice(SCHEDULE_NAMES),
    "optimiser": _choice(OPTIMISER_NAMES),
    "share": _percent,
    "augment": _number(0.25, 2),
    "label_noise": _percent,
    "weight_decay": _number(0.01, 3),
    "width": _whole,
    "depth": _whole,
    "looks": _whole,
    "precision": _choice(PRECISION_NAMES),
    "seed": _whole,
}
