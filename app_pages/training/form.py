"""The form of the Train page: a model, a preset, and the settings that may be changed."""

from dataclasses import asdict
from itertools import groupby
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mnist_core.models.config import PRESETS, SETTINGS, TrainConfig
from mnist_core.models.config_fields import ConfigError, Setting
from mnist_core.runs.limits import Limits

# The fields below "All settings", each group together; the preset decides the others.
SHOWN = (
    "epochs",
    "batch_size",
    "learning_rate",
    "schedule",
    "optimiser",
    "weight_decay",
    "share",
    "augment",
    "label_noise",
    "width",
    "depth",
    "looks",
    "precision",
    "seed",
)
BATCH_SIZES = [8, 16, 32, 64, 128, 256, 512, 1024]


def render_form(limits: Limits, *, may_start: bool = True) -> TrainConfig | None:
    """Ask for a configuration; returns it when Start was pressed and every value is valid.

    Args:
        limits: what one visitor may ask for, said below the button.
        may_start: False disables the button.
    """
    setting = SETTINGS["model"]
    model = st.segmented_control(
        setting.title,
        list(setting.choices),
        format_func=lambda name: setting.choices[name],
        default="cnn",
        required=True,
        key="train_model",
        help=setting.help,
    )
    preset = st.segmented_control(
        "Preset",
        list(PRESETS),
        format_func=lambda name: PRESETS[name].label,
        default="standard",
        required=True,
        key="train_preset",
    )
    model, preset = model or "cnn", preset or "standard"
    st.caption(PRESETS[preset].sentence)
    base = PRESETS[preset].configs[model]
    is_started = st.button(
        "Start",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=not may_start,
        key="train_start",
    )
    st.caption(limits_in_words(limits))
    with st.expander("All settings", icon=":material/tune:", key="train_knobs"):
        chosen, error_slots = _render_settings(base, f"{model}_{preset}")
    try:
        config = TrainConfig(**(asdict(base) | chosen))
    except ConfigError as error:
        error_slots[error.field].error(f"{SETTINGS[error.field].advice(as_percent=True)}.")
        return None
    return config if is_started else None


def limits_in_words(limits: Limits) -> str:
    """Return what one visitor may ask for, in words."""
    runs = "One run trains at a time" if limits.training == 1 else f"{limits.training} runs train at a time"
    return (
        f"{runs}, {limits.waiting} more can wait. A run has at most {limits.steps:,} steps and {limits.hours:g} hours; "
        f"all your runs together take at most {limits.owner_mb:,} MB."
    )


def _render_settings(base: TrainConfig, key_suffix: str) -> tuple[dict[str, Any], dict[str, DeltaGenerator]]:
    """Show the settings; returns the chosen values, and a slot for an error below each, by the names of the fields."""
    chosen: dict[str, Any] = {}
    error_slots: dict[str, DeltaGenerator] = {}
    for group, names in groupby(SHOWN, key=lambda name: SETTINGS[name].group):
        st.markdown(f"**{group}**")
        for name in names:
            chosen[name] = _render_setting(name, getattr(base, name), f"train_{name}_{key_suffix}")
            error_slots[name] = st.empty()
    return chosen, error_slots


def _render_setting(name: str, value: Any, key: str) -> str | int | float:
    setting = SETTINGS[name]
    if setting.choices:
        return _select(setting, value, key)
    if name == "batch_size":  # powers of two, as a slider over thousands of sizes would be hard to set
        return int(st.select_slider(setting.title, BATCH_SIZES, value, key=key, help=setting.help))
    return _number(setting, value, key)


def _select(setting: Setting, value: str, key: str) -> str:
    options = list(setting.choices)
    return st.selectbox(
        setting.title,
        options,
        options.index(value),
        lambda option: setting.choices[option],
        key=key,
        help=setting.help,
    )


def _number(setting: Setting, value: float, key: str) -> float:
    scale = 100 if setting.percent else 1
    # NOTE: always floats, because Streamlit fails on a NaN, which any client can send, where it expects a whole number.
    number = st.number_input(
        setting.title,
        value=scale * float(value),
        step=float(setting.step),
        format="%g" if setting.kind is int else f"%.{setting.decimals}f",
        key=key,
        help=_help(setting),
    )
    if setting.kind is int and number.is_integer():
        return int(number)
    return round(number / 100, 6) if setting.percent else number


def _help(setting: Setting) -> str:
    """Return the help of a number with its range."""
    low, high = setting.limits(as_percent=True)
    return f"{setting.help} From {low} to {high}."
