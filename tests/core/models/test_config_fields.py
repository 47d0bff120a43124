"""What is known of one field of a configuration, and the error for a value that it may not have."""

import math
import pickle
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.models.config import SETTINGS, TrainConfig
from mnist_core.models.config_fields import ConfigError, format_number, setting, settings_of


def test_a_field_without_a_description_is_refused() -> None:
    @dataclass(frozen=True)
    class Undescribed(TrainConfig):
        momentum: float = 0.9

    with pytest.raises(KeyError):
        settings_of(Undescribed)


@pytest.mark.parametrize(
    "description",
    [
        {"low": 0, "high": math.inf},  # a number needs a range
        {"low": 0, "high": 1, "choices": {"a": "A"}},  # and has no choices
        {"low": 0, "high": 1, "group": "Odds and ends"},
    ],
)
def test_an_incomplete_description_is_refused(description: dict[str, Any]) -> None:
    whole = {"label": "Momentum", "help": "Inertia.", "group": "Optimisation", "noun": "a momentum"} | description
    with pytest.raises(AssertionError):
        setting(0.9, **whole)


def test_a_description_needs_a_label_and_a_help() -> None:
    with pytest.raises(TypeError, match="label"):
        setting(0.9, help="Inertia.", group="Optimisation", noun="a momentum", low=0, high=1)


def test_a_percentage_is_advised_as_people_see_it() -> None:
    assert SETTINGS["share"].advice(as_percent=True) == "Choose a share of the images between 0.1% and 100%"
    assert SETTINGS["epochs"].advice(as_percent=True) == SETTINGS["epochs"].advice()
    assert (SETTINGS["share"].title, SETTINGS["batch_size"].title) == ("Share of the images (%)", "Batch size (images)")


def test_an_error_survives_the_way_to_another_process() -> None:
    error = ConfigError("epochs", "Choose a whole number of epochs", 0)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.field, str(again)) == (ConfigError, "epochs", str(error))


@given(st.integers(-(10**12), 10**12))
def test_a_whole_number_is_written_in_full(number: int) -> None:
    text = format_number(number)
    assert int(text.replace(",", "")) == number and text == format_number(float(number))


@pytest.mark.parametrize(("number", "text"), [(1e-6, "0.000001"), (0.5, "0.5"), (0, "0"), (0.0, "0"), (2.50, "2.5")])
def test_a_fraction_is_written_without_an_exponent(number: float, text: str) -> None:
    assert format_number(number) == text


def test_a_setting_is_fixed() -> None:
    each = SETTINGS["epochs"]
    with pytest.raises(AttributeError):
        each.low = 0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("learning_rate", 0.003, "0.003"),
        ("share", 0.6, "60%"),
        ("schedule", "step", "In steps"),
        ("seed", 1000, "1,000"),
    ],
)
def test_a_value_is_said_as_the_form_shows_it(name: str, value: float, words: str) -> None:
    assert SETTINGS[name].in_words(value) == words
