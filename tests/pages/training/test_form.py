"""The form of the Train page: it shows what the settings declare, and gives the configuration that was chosen."""

import math
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.state.train_form import BATCH_SIZES, SHOWN
from mnist_core.models.config import PRESETS, SETTINGS, TrainConfig, passes_in_words
from tests.pages.opening import components, run
from tests.pages.sending import send


def form() -> AppTest:
    """Run the form alone; what it returns is the session's "configs"."""

    def script() -> None:
        import streamlit as st

        from app_pages.training.form import render_form
        from mnist_core.runs.limits import Limits

        st.session_state["configs"] = render_form(Limits())

    return run(AppTest.from_function(script, default_timeout=60))


def choose(page: AppTest, model: str, preset: str) -> None:
    run(page.button_group(key="train_model").set_value(model))
    run(page.button_group(key="train_preset").set_value(preset))


def start(page: AppTest) -> TrainConfig | None:
    """Press Start, also where it is disabled, as a page shown earlier may do."""
    send(page, page.button(key="train_start"), trigger_value=True)
    configs = page.session_state["configs"]
    assert len(configs) < 2
    return configs[0] if configs else None


def problems(page: AppTest) -> list[str]:
    """Return what is wrong, beside Start, which is then disabled."""
    errors = [error.value for error in page.error]
    assert page.button(key="train_start").disabled == bool(errors)
    return errors


def settings_of(model: str) -> list[str]:
    return [name for name in SHOWN if SETTINGS[name].concerns(model)]


def widget(page: AppTest, name: str, suffix: str = "cnn_standard") -> Any:
    """Return the widget of a setting."""
    kind = "select_slider" if name == "batch_size" else "selectbox" if SETTINGS[name].choices else "number_input"
    return getattr(page, kind)(key=f"train_{name}_{suffix}")


def test_the_form_gives_nothing_before_start() -> None:
    page = form()
    assert page.session_state["configs"] == ()
    assert page.expander[0].label == "All settings"


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("model", SETTINGS["model"].choices)
def test_an_untouched_form_gives_the_preset_of_the_model(model: str, preset: str) -> None:
    page = form()
    choose(page, model, preset)
    config = PRESETS[preset].configs[model]
    words = f"{PRESETS[preset].sentence} {passes_in_words(config)}."
    assert words in [caption.value for caption in page.caption]
    assert start(page) == config and not problems(page)


def test_the_form_shows_what_the_settings_declare() -> None:
    page = form()
    model = page.button_group(key="train_model")
    assert (model.label, model.help) == ("Model to train", SETTINGS["model"].help)
    assert model.options == list(SETTINGS["model"].choices.values())
    assert page.button_group(key="train_preset").options == [preset.label for preset in PRESETS.values()]
    for name in SHOWN:
        shown, setting = widget(page, name), SETTINGS[name]
        usual = setting.in_words(getattr(PRESETS["standard"].configs["cnn"], name))
        assert shown.label == f"{setting.title} · default {usual}" and setting.help in shown.help
        if setting.choices:
            assert shown.options == list(setting.choices.values())
        elif name == "batch_size":
            assert all(setting.allows(size) for size in BATCH_SIZES)
        else:
            assert " to ".join(setting.limits(as_percent=True)) in shown.help


@pytest.mark.parametrize("model", SETTINGS["model"].choices)
def test_each_group_holds_its_settings_that_concern_the_model(model: str) -> None:
    page = form()
    choose(page, model, "standard")
    everything, *groups = page.expander
    assert everything.label == "All settings"
    shown: dict[str, list[str]] = {}
    for group in groups:
        elements: list[Any] = [each for each in group if getattr(each, "key", None) and each is not group]
        shown[group.label] = [each.label.split(" · default ")[0] for each in elements]
    expected: dict[str, list[str]] = {}
    for name in settings_of(model):
        expected.setdefault(SETTINGS[name].group, []).append(SETTINGS[name].title)
    assert shown == expected


def test_a_setting_that_makes_no_difference_to_a_model_is_not_asked_for() -> None:
    assert set(SHOWN) - set(settings_of("linear")) == {"width", "depth"}
    assert set(SHOWN) - set(settings_of("mlp")) == {"depth"}
    assert settings_of("cnn") == list(SHOWN)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("epochs", 0, "Choose a whole number of epochs between 1 and 1,000."),
        ("epochs", 1001, "Choose a whole number of epochs between 1 and 1,000."),
        ("learning_rate", 0.0, "Choose a learning rate between 0.000001 and 10."),
        ("share", 0.0, "Choose a share of the images between 0.1% and 100%."),
        ("label_noise", 101.0, "Choose a share of wrong labels between 0% and 100%."),
        ("augment", -1.0, "Choose an amount of augmentation between 0 and 2."),
        ("weight_decay", 2.0, "Choose a weight decay between 0 and 1."),
        ("width", 3, "Choose a whole number for the width between 4 and 64."),
        ("depth", 5, "Choose a whole number for the depth between 1 and 4."),
        ("looks", 10, "Choose a whole number of looks between 1 and 9."),
        ("seed", -1, "Choose a whole-number seed between 0 and 2,147,483,647."),
    ],
)
def test_an_invalid_value_disables_start_with_the_reason_beside_it(name: str, value: float, sentence: str) -> None:
    page = form()
    run(widget(page, name).set_value(value))
    assert problems(page) == [sentence]
    (group,) = (each for each in page.expander if each.label == SETTINGS[name].group)
    elements: list[Any] = [each for each in group if each.type in ("number_input", "markdown")]
    place = [each.type for each in elements].index("markdown")
    assert elements[place - 1].label.startswith(SETTINGS[name].title)
    assert " to ".join(SETTINGS[name].limits(as_percent=True)) in elements[place].value
    assert start(page) is None
    widget(page, name).set_value(100.0 * SETTINGS[name].high if SETTINGS[name].percent else SETTINGS[name].high)
    run(page)
    refused = problems(page)
    assert start(page) is not None if not refused else "steps" in refused[0]


NUMBERS = [name for name in SHOWN if SETTINGS[name].is_number and name != "batch_size"]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e300, -1e300, 2.0**60])
def test_a_number_that_no_browser_sends_shows_a_sentence_or_the_preset(name: str, number: float) -> None:
    page = form()
    send(page, widget(page, name), double_value=number)
    config = start(page)
    refused = problems(page)
    preset = PRESETS["standard"].configs["cnn"]
    if config is None:
        assert refused == [f"{SETTINGS[name].advice(as_percent=True)}."]
    else:
        assert refused == [] and getattr(config, name) == getattr(preset, name)


def test_half_an_epoch_is_refused_and_not_rounded() -> None:
    page = form()
    send(page, widget(page, "epochs"), double_value=1.5)
    assert start(page) is None
    assert problems(page) == [f"{SETTINGS['epochs'].advice()}."]


def test_whole_numbers_are_shown_in_full() -> None:
    for name in NUMBERS:
        if SETTINGS[name].kind is int:
            assert widget(form(), name).proto.format == "%g"


@pytest.mark.parametrize("name", ["schedule", "optimiser", "precision"])
def test_a_choice_that_does_not_exist_leaves_the_presets(name: str) -> None:
    page = form()
    send(page, widget(page, name), string_value="forest")
    assert start(page) == PRESETS["standard"].configs["cnn"]


@pytest.mark.parametrize("key", ["train_model", "train_preset"])
@pytest.mark.parametrize("chosen", [[], ["forest"], ["1", "2"]], ids=str)
def test_a_model_or_preset_that_does_not_exist_leaves_the_usual_one(key: str, chosen: list[str]) -> None:
    page = form()
    send(page, page.button_group(key=key), string_array_value=chosen)
    assert start(page) == PRESETS["standard"].configs["cnn"]


@pytest.mark.parametrize("chosen", [[], ["7"], ["8", "16"], ["nan"]], ids=str)
def test_a_batch_size_that_does_not_exist_leaves_the_presets(chosen: list[str]) -> None:
    page = form()
    send(page, widget(page, "batch_size"), string_array_value=chosen)
    assert start(page) == PRESETS["standard"].configs["cnn"]


def test_every_setting_of_the_form_reaches_the_configuration() -> None:
    page = form()
    choose(page, "cnn", "quick")
    chosen: dict[str, Any] = {
        "epochs": 2,
        "batch_size": 16,
        "learning_rate": 0.05,
        "schedule": "step",
        "optimiser": "sgd",
        "weight_decay": 0.1,
        "share": 0.5,
        "augment": 0.5,
        "label_noise": 0.1,
        "width": 8,
        "depth": 1,
        "looks": 2,
        "precision": "bfloat16",
        "seed": 7,
    }
    assert set(chosen) == set(SHOWN)
    for name, value in chosen.items():
        shown = widget(page, name, "cnn_quick")
        shown.set_value(100 * value if SETTINGS[name].percent else value)
    assert start(page) == replace(PRESETS["quick"].configs["cnn"], **chosen)


def test_a_percentage_loses_nothing_on_its_way_to_a_fraction() -> None:
    page = form()
    widget(page, "share").set_value(0.1)
    config = start(page)
    assert config is not None and config.share == 0.001


def test_what_differs_from_the_preset_is_marked_and_can_be_set_back() -> None:
    page = form()
    assert "train_defaults" not in {button.key for button in page.button}
    run(widget(page, "share").set_value(50.0))
    run(widget(page, "optimiser").set_value("sgd"))
    run(widget(page, "batch_size").set_value(32))
    marked = [name for name in SHOWN if ":material/edit:" in widget(page, name).label]
    assert marked == ["batch_size", "optimiser", "share"]
    assert "batch size, optimiser, share of the images" in page.button(key="train_defaults").help
    run(page.button(key="train_defaults").click())
    assert not any(":material/edit:" in widget(page, name).label for name in SHOWN)
    assert "train_defaults" not in {button.key for button in page.button}
    assert start(page) == PRESETS["standard"].configs["cnn"]


def test_start_says_how_long_the_run_takes() -> None:
    def script() -> None:
        import streamlit as st

        from app_pages.training.form import render_form
        from mnist_core.runs.limits import Limits

        seconds = st.session_state.get("seconds")
        st.session_state["configs"] = render_form(
            Limits(hours=1), expected=lambda config: seconds * config.epochs if seconds else None
        )

    page = run(AppTest.from_function(script, default_timeout=60))
    assert page.button(key="train_start").label == "Start"
    page.session_state["seconds"] = 10.0
    assert run(page).button(key="train_start").label == "Start, about 30 s"
    run(widget(page, "epochs").set_value(12))
    assert page.button(key="train_start").label == "Start, about 2 min"
    run(widget(page, "epochs").set_value(0))
    assert page.button(key="train_start").label == "Start"
    assert not any("will be stopped" in caption.value for caption in page.caption)
    run(widget(page, "epochs").set_value(400))
    assert page.button(key="train_start").label == "Start, about 1 h"
    assert any(caption.value.startswith("It will be stopped after 1 hour, ") for caption in page.caption)


def test_a_run_that_is_too_long_cannot_be_started_and_the_page_says_why() -> None:
    def script() -> None:
        import streamlit as st

        from app_pages.training.form import render_form
        from mnist_core.runs.limits import Limits

        st.session_state["configs"] = render_form(Limits(steps=20), images=2_560)

    page = run(AppTest.from_function(script, default_timeout=60))
    (reason,) = problems(page)
    assert reason.startswith("A run can have at most 20 steps, and this one would have 30")
    assert start(page) is None
    run(widget(page, "epochs").set_value(2))
    assert not problems(page) and start(page) is not None


def test_the_picture_and_its_numbers_follow_the_settings() -> None:
    page = form()

    def picture() -> str:
        (component,) = components(page, "network_picture")
        return str(component.proto.json)

    assert "(64, 3, 3)" in picture() and "66,426 parameters" in picture() and "2.7 million" in picture()
    run(widget(page, "width").set_value(8))
    assert "(32, 3, 3)" in picture() and "66,426" not in picture()
    run(widget(page, "looks").set_value(3))
    assert "looks 3 times" in picture()
