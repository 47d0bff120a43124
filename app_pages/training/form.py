"""The form of the Train page: a model, a preset, Start, the network's picture, and the settings that may be changed."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app_pages.components.html import sentence
from app_pages.state.train_form import (
    BATCH_SIZES,
    DEFAULT_MODEL,
    DEFAULT_PRESET,
    MODEL,
    PRESET,
    SHOWN,
    as_shown,
    widget_key,
)
from app_pages.state.widgets import shown_place, shown_value
from app_pages.training import form_link
from app_pages.training.network_picture import render_network
from mnist_core.models.config import PRESETS, SETTINGS, TrainConfig, passes_in_words
from mnist_core.models.config_fields import ConfigError, Setting
from mnist_core.runs.limits import TRAIN_IMAGES, Limits, RunLimitError
from mnist_core.runs.pace import duration_in_words

RACE_MENU, CLOSES_RACE_MENU = "train_race_menu", "train_race_menu_closes"

Expected = Callable[[TrainConfig], float | None]


def render_form(
    limits: Limits,
    *,
    may_start: bool = True,
    images: int = TRAIN_IMAGES,
    expected: Expected = lambda config: None,
    note: str = "",
) -> tuple[TrainConfig, ...]:
    """Ask for a configuration, and for a second one to race against.

    Returns:
        What is to be trained now: one configuration when Start was pressed, two when a race was started, else none.

    Args:
        limits: what one visitor may ask for, said at the end.
        may_start: False disables the button.
        images: the number of training images.
        expected: returns how long a run will take, in s, or None while that is not known.
        note: what is said of the run that Start begins, as Markdown; "" for nothing.
    """
    form_link.restore()
    model, preset = _choose_model(), _choose_preset()
    base = PRESETS[preset].configs[model]
    st.caption(f"{PRESETS[preset].sentence} {passes_in_words(base)}.")
    start_place = st.container(gap="small")
    with st.expander("All settings", icon=":material/tune:", key="train_knobs"):
        chosen, problem_places = _render_settings(base, preset)
    picture_place = st.container()
    st.caption(limits_in_words(limits))
    problem = ""
    try:
        config = TrainConfig(**(asdict(base) | chosen))
        limits.check_steps(config, images)
    except ConfigError as error:
        config, problem = base, f"{SETTINGS[error.field].advice(as_percent=True)}."
        problem_places[error.field].markdown(f":red[:material/error: {_range_in_words(SETTINGS[error.field])}]")
    except RunLimitError as error:
        problem = sentence(error)
    form_link.put(config, preset)
    with picture_place:
        render_network(config)
    with start_place:
        seconds = None if problem else expected(config)
        is_started = _render_start(seconds, problem, may_start=may_start)
        if note:
            st.caption(note)
        if seconds is not None and seconds > 3600 * limits.hours:
            st.caption(f"It will be stopped after {hours_in_words(limits)}, the most that this server allows.")
        rival = _render_race(config, expected, may_start=may_start and not problem)
    if problem or not (is_started or rival):
        return ()
    return (config, rival) if rival else (config,)


def _choose_model() -> str:
    setting = SETTINGS["model"]
    return _choose("Model to train", setting.choices, DEFAULT_MODEL, MODEL, setting.help)


def _choose_preset() -> str:
    return _choose("Preset", _preset_labels(), DEFAULT_PRESET, PRESET)


def _preset_labels() -> dict[str, str]:
    return {name: preset.label for name, preset in PRESETS.items()}


def _choose(label: str, choices: Mapping[str, str], default: str, key: str, explanation: str | None = None) -> str:
    """Ask for one of some choices, each a name and what the page calls it."""
    chosen = st.segmented_control(
        label,
        list(choices),
        format_func=choices.__getitem__,
        default=shown_value(key, default),
        required=True,
        key=key,
        help=explanation,
        persist_state="session",
    )
    return chosen or default


def _render_start(seconds: float | None, problem: str, *, may_start: bool) -> bool:
    """Show the Start button, with how long the run will take, in s, or what is wrong beside it."""
    is_started = st.button(
        "Start" if seconds is None else f"Start, {duration_in_words(seconds)}",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=bool(problem) or not may_start,
        key="train_start",
    )
    if problem:
        st.error(problem)
    return is_started


def _render_race(config: TrainConfig, expected: Expected, *, may_start: bool) -> TrainConfig | None:
    """Ask for a model and a preset to race against; returns them when the race is started."""
    setting = SETTINGS["model"]
    if st.session_state.pop(CLOSES_RACE_MENU, False):
        st.session_state[RACE_MENU] = False
    with st.popover(
        "Race against…",
        icon=":material/sports_score:",
        width="stretch",
        disabled=not may_start,
        on_change="rerun",  # so that it can be closed from here
        key=RACE_MENU,
    ):
        st.markdown("Both train in turns, and their curves grow in one chart.")
        model = _choose("Rival", setting.choices, "mlp", "train_rival_model")
        preset = _choose("Its preset", _preset_labels(), "standard", "train_rival_preset")
        rival = PRESETS[preset].configs[model]
        times = [expected(each) for each in (config, rival)] if may_start else [None]
        known = [seconds for seconds in times if seconds is not None]
        is_started = st.button(
            f"Race, {duration_in_words(sum(known))}" if len(known) == 2 else "Race",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not may_start,
            key="train_race_start",
        )
    return rival if is_started else None


def close_race_menu() -> None:
    """Close the menu of a race when the page is shown again.

    At once would not do: the browser may draw only the page that follows, which does not tell it to close the menu.
    """
    st.session_state[CLOSES_RACE_MENU] = True


def limits_in_words(limits: Limits) -> str:
    """Return what one visitor may ask for, in words."""
    runs = "One run trains at a time" if limits.training == 1 else f"{limits.training} runs train at a time"
    return (
        f"{runs}, {limits.waiting} more can wait. A run has at most {limits.steps:,} steps and "
        f"{hours_in_words(limits)}; all your runs together take at most {limits.owner_mb:,} MB."
    )


def hours_in_words(limits: Limits) -> str:
    """Return how long a run may train."""
    return f"{limits.hours:g} hour{'' if limits.hours == 1 else 's'}"


def _render_settings(base: TrainConfig, preset: str) -> tuple[dict[str, Any], dict[str, DeltaGenerator]]:
    """Show the settings that concern the model, group by group, each with the preset's value.

    Returns:
        The chosen values, and a place for a problem below each, by the names of the fields.
    """
    chosen: dict[str, Any] = {}
    problem_places: dict[str, DeltaGenerator] = {}
    names = [name for name in SHOWN if SETTINGS[name].concerns(base.model)]
    keys = {name: widget_key(name, base.model, preset) for name in names}
    _render_changes({name: keys[name] for name in names if _is_changed(name, getattr(base, name), keys[name])}, base)
    groups = dict.fromkeys(SETTINGS[name].group for name in names)
    for group in groups:
        with st.expander(group, type="compact", expanded=group == SETTINGS["epochs"].group, key=f"train_group_{group}"):
            for name in names:
                if SETTINGS[name].group == group:
                    chosen[name] = _render_setting(name, getattr(base, name), keys[name])
                    problem_places[name] = st.empty()
    return chosen, problem_places


def _is_changed(name: str, usual: Any, key: str) -> bool:
    shown = as_shown(name, usual)
    return bool(st.session_state.get(key, shown) != shown)


def _render_changes(keys: dict[str, str], base: TrainConfig) -> None:
    """Say which settings differ from the preset's, and offer to set them back."""
    if not keys:
        return
    usual = {key: as_shown(name, getattr(base, name)) for name, key in keys.items()}
    st.button(
        f"Back to {'the default' if len(keys) == 1 else 'the defaults'}",
        icon=":material/undo:",
        on_click=lambda: st.session_state.update(usual),
        help="Changed: " + ", ".join(SETTINGS[name].label.lower() for name in keys) + ".",
        type="tertiary",
        key="train_defaults",
    )


def _render_setting(name: str, value: Any, key: str) -> str | int | float:
    setting = SETTINGS[name]
    mark = " :primary[:material/edit:]" if _is_changed(name, value, key) else ""
    label = f"{setting.title} · default {setting.in_words(value)}{mark}"
    if setting.choices:
        return _select(setting, label, value, key)
    if name == "batch_size":  # powers of two, as a slider over thousands of sizes would be hard to set
        size = shown_value(key, int(value))
        return int(st.select_slider(label, BATCH_SIZES, size, key=key, help=setting.help, persist_state="session"))
    return _number(name, label, value, key)


def _select(setting: Setting, label: str, value: str, key: str) -> str:
    options = list(setting.choices)
    return st.selectbox(
        label,
        options,
        shown_place(key, options, options.index(value)),
        lambda option: setting.choices[option],
        key=key,
        help=setting.help,
        persist_state="session",
    )


def _number(name: str, label: str, value: float, key: str) -> float:
    setting = SETTINGS[name]
    # NOTE: always floats, because Streamlit fails on a NaN, which any client can send, where it expects a whole number.
    number = st.number_input(
        label,
        value=shown_value(key, as_shown(name, value)),
        step=float(setting.step),
        format="%g" if setting.kind is int else f"%.{setting.decimals}f",
        key=key,
        help=f"{setting.help} {_range_in_words(setting)}",
        persist_state="session",
    )
    if setting.kind is int and number.is_integer():
        return int(number)
    return round(number / 100, 6) if setting.percent else number


def _range_in_words(setting: Setting) -> str:
    """Return the range of a number as a sentence."""
    low, high = setting.limits(as_percent=True)
    return f"From {low} to {high}."
