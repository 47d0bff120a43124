"""The Train page's form in its URL: a link fills it in, and what it holds becomes the link."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app_pages.state.train_form import BATCH_SIZES, PARAMETERS, SHOWN
from app_pages.training import form_link
from mnist_core.models.config import PRESETS, SETTINGS, TrainConfig
from tests.pages.opening import address_of, open_page, run


def number_of(page: AppTest, name: str, suffix: str) -> float:
    value = page.number_input(key=f"train_{name}_{suffix}").value
    assert value is not None
    return float(value)


def form_of(page: AppTest) -> dict[str, list[str]]:
    return {name: values for name, values in address_of(page).items() if name in PARAMETERS}


def test_a_link_fills_in_the_form_and_the_url_keeps_it() -> None:
    named = {"train": ["mlp"], "preset": ["best"], "epochs": ["3"], "seed": ["7"], "label_noise": ["0.3"]}
    page = open_page("train", **named)
    assert page.button_group(key="train_model").value == "mlp"
    assert page.button_group(key="train_preset").value == "best"
    assert number_of(page, "epochs", "mlp_best") == 3 and number_of(page, "seed", "mlp_best") == 7
    assert number_of(page, "label_noise", "mlp_best") == 30  # per cent
    assert form_of(page) == named


def test_the_form_as_it_is_at_first_needs_no_url() -> None:
    page = open_page("train")
    assert form_of(page) == {}
    run(page.select_slider(key="train_batch_size_cnn_standard").set_value(64))
    run(page.selectbox(key="train_optimiser_cnn_standard").set_value("sgd"))
    assert form_of(page) == {"batch_size": ["64"], "optimiser": ["sgd"]}
    run(page.button(key="train_defaults").click())
    assert form_of(page) == {}


def test_after_the_link_the_visitor_decides() -> None:
    page = open_page("train", train="linear", epochs="3")
    run(page.number_input(key="train_epochs_linear_standard").set_value(2))
    assert form_of(page) == {"train": ["linear"], "epochs": ["2"]}


def test_what_a_link_must_not_set_stays_as_it_was_and_is_said() -> None:
    page = open_page("train", train="transformer", preset="<b>", epochs="0", batch_size="9", width="5")
    assert form_of(page) == {"width": ["5"]}
    (said,) = [warning.value for warning in page.warning]
    assert said.count("so that part is ignored") == 4 and "model to train" in said and "“Epochs”" in said


def test_what_does_not_concern_the_model_is_said() -> None:
    page = open_page("train", train="linear", width="5")
    assert form_of(page) == {"train": ["linear"]}
    assert any("“Width”" in warning.value for warning in page.warning)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("epochs", "0"),
        ("epochs", "9" * 5000),
        ("epochs", "1.5"),
        ("learning_rate", "nan"),
        ("learning_rate", "1e99"),
        ("learning_rate", "-1"),
        ("schedule", "magic"),
        ("seed", "-1"),
        ("width", ""),
    ],
)
def test_no_other_text_is_a_value(name: str, text: str) -> None:
    assert form_link.parsed(SETTINGS[name], text) is None


@given(st.data())
def test_every_value_that_may_be_chosen_survives_its_text(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(SHOWN))
    setting = SETTINGS[name]
    if setting.choices:
        value: str | float = data.draw(st.sampled_from(list(setting.choices)))
    elif name == "batch_size":
        value = data.draw(st.sampled_from(BATCH_SIZES))
    elif setting.kind is int:
        value = data.draw(st.integers(int(setting.low), int(setting.high)))
    else:
        value = round(data.draw(st.floats(setting.low, setting.high)), 6)
    config = TrainConfig(**(asdict(PRESETS["standard"].configs["cnn"]) | {name: value}))
    assert form_link.parsed(setting, form_link.text_of(getattr(config, name))) == getattr(config, name)
