"""What of the Train page's form is in the URL: model to train, preset, and each setting that differs from it."""

import re
from collections.abc import Iterable
from dataclasses import asdict

import streamlit as st

from app_pages.state import address
from app_pages.state.train_form import (
    BATCH_SIZES,
    DEFAULT_MODEL,
    DEFAULT_PRESET,
    MODEL,
    PARAMETERS,
    PRESET,
    SHOWN,
    as_shown,
    widget_key,
)
from mnist_core.models.config import PRESETS, SETTINGS, TrainConfig
from mnist_core.models.config_fields import Setting

WORDS = {"train": "model to train", "preset": "preset"}
NUMBER = re.compile(r"[0-9][0-9.e+-]{0,14}")


def restore() -> None:
    """Fill in the form as the URL says, when the visitor came by a link or by the history; say what is unknown in it.

    A link that names nothing of the form leaves it as it is.
    """
    is_named = any(address.named(name) for name in PARAMETERS)
    if not is_named and not address.is_restored():
        return
    model = _one_of("train", SETTINGS["model"].choices, DEFAULT_MODEL)
    preset = _one_of("preset", PRESETS, DEFAULT_PRESET)
    st.session_state[MODEL], st.session_state[PRESET] = model, preset
    base = PRESETS[preset].configs[model]
    for name in SHOWN:
        setting, usual = SETTINGS[name], getattr(base, name)
        texts = address.named(name)
        value = parsed(setting, texts[-1]) if texts else usual
        is_known = setting.concerns(model) and value is not None and (name != "batch_size" or value in BATCH_SIZES)
        if not is_known and texts:
            address.say_unknown(
                f"This link gives a value for “{setting.label}” that cannot be chosen, so that part is ignored."
            )
        if setting.concerns(model):
            st.session_state[widget_key(name, model, preset)] = as_shown(name, value if is_known else usual)


def put(config: TrainConfig, preset: str) -> None:
    """Have the URL hold the form; what is as the preset has it is left out."""
    chosen, base = asdict(config), asdict(PRESETS[preset].configs[config.model])
    address.put("train", *([config.model] if config.model != DEFAULT_MODEL else []), quietly=True)
    address.put("preset", *([preset] if preset != DEFAULT_PRESET else []), quietly=True)
    for name in SHOWN:
        address.put(name, *([text_of(chosen[name])] if chosen[name] != base[name] else []), quietly=True)


def _one_of(name: str, known: Iterable[str], default: str) -> str:
    texts = address.named(name)
    if not texts or texts[-1] in known:
        return texts[-1] if texts else default
    address.say_unknown(f"This link names a {WORDS[name]} that does not exist, so that part is ignored.")
    return default


def parsed(setting: Setting, text: str) -> str | int | float | None:
    """Return a value as the configuration has it; None for what the setting does not allow."""
    if setting.choices:
        value: str | int | float = text
    else:
        try:
            value = int(text) if setting.kind is int else float(text) if NUMBER.fullmatch(text) else -1
        except ValueError:
            return None
    return value if setting.allows(value) else None


def text_of(value: object) -> str:
    """Return a value as the URL has it."""
    return repr(value) if isinstance(value, float) else str(value)
