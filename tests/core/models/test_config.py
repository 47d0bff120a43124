"""Every field of a configuration describes itself once, and only valid values pass."""

import math
from dataclasses import MISSING, asdict, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.models.config import PRESETS, SETTINGS, STANDARD, TrainConfig, passes_in_words
from mnist_core.models.config_fields import GROUPS, ConfigError
from mnist_core.models.networks import MODELS
from mnist_core.training.optimisers import make_optimiser

NUMBERS = [name for name, each in SETTINGS.items() if each.is_number]
CHOICES = [name for name, each in SETTINGS.items() if each.choices]
FLAGS = [name for name, each in SETTINGS.items() if each.kind is bool]
WRONG_FOR_ALL = (None, [1], {"a": 1}, b"1", 1j, object(), "", "magic", math.nan, math.inf, -math.inf)


def refused(name: str, value: object) -> ConfigError:
    """Return the error that a value of a field gives."""
    choice: dict[str, Any] = {name: value}
    with pytest.raises(ConfigError) as error:
        TrainConfig(**choice)
    assert error.value.field == name
    text = str(error.value)
    assert text.startswith(f"{SETTINGS[name].advice()}, got {name}=") and text.endswith(".")
    assert "\n" not in text and len(text) < 200
    return error.value


def accepted(name: str, value: object) -> None:
    choice: dict[str, Any] = {name: value}
    assert getattr(TrainConfig(**choice), name) == value


def test_every_field_is_described() -> None:
    assert list(SETTINGS) == [field.name for field in fields(TrainConfig)]
    for each in SETTINGS.values():
        assert each.label and each.label[0].isupper() and not each.label.endswith(".")
        assert each.help[0].isupper() and each.help.endswith(".") and "  " not in each.help
        assert each.group in GROUPS
        assert each.noun.startswith(("a ", "an ", "whether "))
        assert all(each.choices.values())
    assert len({each.label for each in SETTINGS.values()}) == len(SETTINGS)


def test_the_defaults_are_valid_and_of_the_described_type() -> None:
    for field in fields(TrainConfig):
        assert field.default is not MISSING and type(field.default) is SETTINGS[field.name].kind
    TrainConfig()


def test_the_choices_are_those_that_the_code_knows() -> None:
    assert list(SETTINGS["model"].choices) == list(MODELS)
    for name in SETTINGS["optimiser"].choices:
        config = TrainConfig("linear", optimiser=name)
        assert type(make_optimiser(config.build_model(), config)).__name__.lower() == name
    assert list(SETTINGS["schedule"].choices) == ["one-cycle", "constant", "step"]
    assert list(SETTINGS["precision"].choices) == ["float32", "bfloat16", "auto"]


@pytest.mark.parametrize("name", NUMBERS)
def test_the_limits_are_allowed_and_what_lies_beyond_is_refused(name: str) -> None:
    each = SETTINGS[name]
    for limit in (each.low, each.high):
        accepted(name, each.kind(limit))
    if each.kind is int:
        beyond: list[float] = [int(each.low) - 1, int(each.high) + 1]
    else:
        beyond = [math.nextafter(each.low, -math.inf), math.nextafter(each.high, math.inf)]
    for value in beyond:
        refused(name, value)


@given(st.sampled_from(NUMBERS), st.integers() | st.floats())
def test_a_number_is_accepted_exactly_when_it_is_in_the_range_and_of_the_type(name: str, value: float) -> None:
    each = SETTINGS[name]
    if each.low <= value <= each.high and (each.kind is float or isinstance(value, int)):
        accepted(name, value)
    else:
        refused(name, value)


@given(st.sampled_from(NUMBERS), st.data())
def test_every_whole_number_in_the_range_is_accepted(name: str, data: st.DataObject) -> None:
    each = SETTINGS[name]
    accepted(name, data.draw(st.integers(math.ceil(each.low), math.floor(each.high))))


@pytest.mark.parametrize("name", SETTINGS)
def test_a_value_of_the_wrong_type_is_refused(name: str) -> None:
    for value in WRONG_FOR_ALL:
        refused(name, value)
    for value in (True, False) if name not in FLAGS else (0, 1, 0.0, "true"):
        refused(name, value)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_huge_number_is_refused_like_a_large_one(name: str) -> None:
    for value in (10**400, -(10**400), 10**10_000):  # Python writes out no integer as long as the last
        refused(name, value)


odd_values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 2**63])
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=3)
    | st.lists(st.integers(), max_size=2)
)


@given(st.dictionaries(st.sampled_from(list(SETTINGS)), odd_values, max_size=4))
def test_any_values_are_a_configuration_in_its_ranges_or_refused_by_field(values: dict[str, Any]) -> None:
    try:
        config = TrainConfig(**values)
    except ConfigError as error:
        assert error.field in values and "\n" not in str(error) and len(str(error)) < 200
        assert not SETTINGS[error.field].allows(values[error.field])
        return
    for name, each in SETTINGS.items():
        value = getattr(config, name)
        assert value in each.choices if each.choices else math.isfinite(value) and each.low <= value <= each.high
        assert isinstance(value, bool) == (each.kind is bool)


@pytest.mark.parametrize("name", CHOICES)
def test_each_choice_is_accepted_and_no_other_text(name: str) -> None:
    for choice in SETTINGS[name].choices:
        accepted(name, choice)
        refused(name, choice.upper())
        refused(name, f"{choice} ")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("learning_rate", 1000.0, "Choose a learning rate between 0.000001 and 10, got learning_rate=1000.0."),
        ("epochs", 0, "Choose a whole number of epochs between 1 and 1,000, got epochs=0."),
        ("epochs", "three", "Choose a whole number of epochs between 1 and 1,000, got epochs='three'."),
        ("seed", -1, "Choose a whole-number seed between 0 and 2,147,483,647, got seed=-1."),
        ("share", 50, "Choose a share of the images between 0.001 and 1, got share=50."),
        ("model", "forest", "Choose a model: linear, mlp or cnn, got model='forest'."),
        ("optimiser", "adam", "Choose an optimiser: adamw or sgd, got optimiser='adam'."),
        ("average", 1, "Choose whether to average the weights: true or false, got average=1."),
    ],
)
def test_an_error_says_what_to_choose_which_field_it_is_and_what_came(name: str, value: object, text: str) -> None:
    assert str(refused(name, value)) == text


def test_a_configuration_is_fixed_and_repeats_itself() -> None:
    config = TrainConfig("mlp", seed=5)
    with pytest.raises(AttributeError):
        config.seed = 6  # type: ignore[misc]
    assert TrainConfig(**asdict(config)) == config
    with pytest.raises(ConfigError):
        replace(config, seed=-1)


def test_there_is_a_configuration_for_each_model() -> None:
    for configs in (STANDARD, *(preset.configs for preset in PRESETS.values())):
        assert list(configs) == list(MODELS) and all(config.model == name for name, config in configs.items())
    assert all(preset.label and preset.sentence.endswith(".") for preset in PRESETS.values())


@pytest.mark.parametrize("model", MODELS)
def test_a_setting_of_the_network_concerns_the_models_whose_network_it_changes(model: str) -> None:
    for name in ("width", "depth"):
        usual = TrainConfig(model)
        other = replace(usual, **{name: getattr(usual, name) + 1})
        has_changed = [[weights.shape for weights in config.build_model().parameters()] for config in (usual, other)]
        assert (has_changed[0] != has_changed[1]) == SETTINGS[name].concerns(model)


def test_the_passes_over_the_images_are_said_as_they_are() -> None:
    assert passes_in_words(PRESETS["quick"].configs["cnn"]) == "60% of the images, once"
    assert passes_in_words(PRESETS["quick"].configs["mlp"]) == "Every image once"
    assert passes_in_words(PRESETS["best"].configs["cnn"]) == "Every image 15 times, varied each time"
    assert passes_in_words(TrainConfig(epochs=2, share=0.005)) == "0.5% of the images, twice"


def test_the_quick_preset_shows_no_image_twice_as_it_says() -> None:
    assert "no image is seen twice" in PRESETS["quick"].sentence
    assert all(config.epochs == 1 and not config.reink for config in PRESETS["quick"].configs.values())
    assert all(config.average for config in PRESETS["best"].configs.values())
