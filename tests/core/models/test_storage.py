import json
import math
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import nn

from mnist_core.data.split import Split
from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.models.evaluation import evaluate
from mnist_core.models.networks import MODELS, build_model, parameter_count
from mnist_core.models.storage import CARD, CONFIG, WEIGHTS, ModelCard, load_trained, model_folder
from mnist_core.paths import ASSETS

CARD_OF_TEST = ModelCard("made digits", "python", 0, 1, 7850, 0.5, 1.5, temperature=1.25, notes="a test")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a linear model with random weights."""
    folder = tmp_path / "linear-0"
    folder.mkdir()
    torch.manual_seed(4)
    storage.save_json(folder / CONFIG, TrainConfig("linear", epochs=2))
    storage.save_weights(folder / WEIGHTS, build_model("linear"))
    storage.save_json(folder / CARD, CARD_OF_TEST)
    return folder


@pytest.mark.parametrize("name", MODELS)
def test_a_model_comes_back_as_it_was_saved(tmp_path: Path, name: str) -> None:
    torch.manual_seed(1)
    model = build_model(name).train()
    model(torch.randn(8, 1, 28, 28))  # changes the running statistics of batch normalisation
    config = TrainConfig(name, seed=9, learning_rate=0.1 + 0.2)
    storage.save_json(tmp_path / CONFIG, config)
    storage.save_weights(tmp_path / WEIGHTS, model)
    storage.save_json(tmp_path / CARD, CARD_OF_TEST)
    back = load_trained(tmp_path)
    assert (back.name, back.config, back.card) == (tmp_path.name, config, CARD_OF_TEST)
    assert not back.model.training
    assert back.model.state_dict().keys() == model.state_dict().keys()
    for key, tensor in model.state_dict().items():
        assert torch.equal(back.model.state_dict()[key], tensor)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([CONFIG, WEIGHTS, CARD])


def test_a_folder_without_a_card_is_loaded_without_one(folder: Path) -> None:
    (folder / CARD).unlink()
    assert load_trained(folder).card is None


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def no_safetensors(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 a pickle in a zip")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def missing(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def of_another_model(path: Path) -> None:
    storage.save_weights(path, build_model("mlp"))


def misnamed(path: Path) -> None:
    save_file({"weight": torch.zeros(10, 784), "bias": torch.zeros(10)}, path)


def misshapen(path: Path) -> None:
    save_file({"1.weight": torch.zeros(784, 10), "1.bias": torch.zeros(10)}, path)


def not_a_number(path: Path) -> None:
    weights = build_model("linear").state_dict()
    weights["1.bias"][3] = float("nan")
    save_file(weights, path)


def infinite(path: Path) -> None:
    weights = build_model("linear").state_dict()
    weights["1.weight"][3, 4] = float("inf")
    save_file(weights, path)


def oversize(path: Path) -> None:
    save_file({**build_model("linear").state_dict(), "more": torch.zeros(200_000)}, path)


def of_type(dtype: torch.dtype) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        save_file({name: tensor.to(dtype) for name, tensor in build_model("linear").state_dict().items()}, path)

    write.__name__ = f"of_type_{dtype}"
    return write


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_link_to_a_pipe(path: Path) -> None:
    a_pipe(path)
    path.rename(path.with_name("pipe"))
    path.symlink_to("pipe")


def a_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def a_circle_of_links(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


NOT_REGULAR = (a_pipe, a_link_to_a_pipe, a_device)

BROKEN_WEIGHTS: dict[Callable[[Path], None], str] = {
    cut_short: "must be a safetensors file",
    no_safetensors: "must be a safetensors file",
    empty: "must be a safetensors file",
    missing: "missing or cannot be read",
    a_folder: "missing or cannot be read",
    a_circle_of_links: "missing or cannot be read",
    **dict.fromkeys(NOT_REGULAR, "must be a regular file"),
    **{
        of_type(dtype): "this model's weights"
        for dtype in (torch.float64, torch.int64, torch.uint8, torch.bool, torch.float16, torch.bfloat16)
    },
    of_another_model: "at most|this model's weights",
    misnamed: "this model's weights",
    misshapen: "this model's weights",
    not_a_number: "finite weights",
    infinite: "finite weights",
    oversize: "must have at most [0-9,]+ bytes",
}


@pytest.mark.parametrize("damage", BROKEN_WEIGHTS, ids=lambda damage: damage.__name__)
def test_broken_weights_are_refused_in_one_sentence(folder: Path, damage: Callable[[Path], None]) -> None:
    damage(folder / WEIGHTS)
    with pytest.raises(ValueError, match=BROKEN_WEIGHTS[damage]) as refused:
        load_trained(folder)
    assert str(folder / WEIGHTS) in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("name", [CONFIG, CARD])
@pytest.mark.parametrize("damage", NOT_REGULAR, ids=lambda damage: damage.__name__)
def test_a_record_that_is_no_file_is_refused_in_one_sentence(
    folder: Path, name: str, damage: Callable[[Path], None]
) -> None:
    damage(folder / name)
    with pytest.raises(ValueError, match=f"^{re.escape(str(folder / name))}: it must be a regular file[^\n]+$"):
        load_trained(folder)


@given(st.binary(max_size=300))
def test_any_bytes_in_the_place_of_weights_are_refused_in_one_line(content: bytes) -> None:
    model = nn.Sequential(nn.Linear(1, 1))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / WEIGHTS
        for header in (b"", len(content).to_bytes(8, "little")):
            path.write_bytes(header + content)
            for read in (lambda: storage.load_weights(path, model), lambda: storage.load_temperature(path)):
                with pytest.raises(ValueError, match=r"^[^\n]+$"):
                    read()


header_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**64) | st.text(max_size=4) | st.sampled_from(["F32", "I64", "F4"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["dtype", "shape", "data_offsets", "temperature"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["0.weight", "0.bias", "__metadata__", "x"]), header_values), st.integers(0, 16))
def test_any_header_of_weights_is_read_or_refused_in_one_line(header: dict[str, Any], size: int) -> None:
    text = json.dumps(header).encode()
    model = nn.Sequential(nn.Linear(1, 1))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / WEIGHTS
        path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(size))
        for read in (lambda: storage.load_weights(path, model), lambda: storage.load_temperature(path)):
            try:
                assert read()
            except ValueError as error:
                assert "\n" not in str(error) and str(path) in str(error)


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_in_the_place_of_a_record_are_an_object_or_refused_in_one_line(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / CONFIG
        path.write_bytes(content)
        try:
            assert isinstance(storage.read_json(path), dict)
        except ValueError as error:
            assert "\n" not in str(error) and str(path) in str(error)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize("name", [CONFIG, CARD])
@given(data=st.data())
def test_a_record_with_any_values_is_read_or_refused_in_one_line(name: str, data: st.DataObject) -> None:
    whole = asdict(CARD_OF_TEST if name == CARD else TrainConfig("linear"))
    wrong = data.draw(st.dictionaries(st.sampled_from([*whole, "more"]), anything))
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        (folder / CONFIG).write_text(json.dumps(asdict(TrainConfig("linear"))))
        (folder / name).write_text(json.dumps(whole | wrong))
        save_file(build_model("linear").state_dict(), folder / WEIGHTS)
        try:
            trained = load_trained(folder)
        except ValueError as error:
            assert "\n" not in str(error) and len(str(error)) < 600 and str(folder) in str(error)
        else:
            assert 0 < trained.temperature <= storage.MAX_TEMPERATURE
            json.dumps(asdict(trained.config)).encode()


def test_a_whole_number_of_thousands_of_digits_is_no_json(folder: Path) -> None:
    (folder / CONFIG).write_text('{"model": "linear", "seed": ' + "9" * 5_000 + "}")
    with pytest.raises(ValueError, match=f"^{folder / CONFIG} must be JSON") as refused:
        load_trained(folder)
    assert "sys." not in str(refused.value)


BROKEN_CONFIGS: dict[str, str] = {
    "": "must be JSON",
    "{": "must be JSON",
    "[" * 100_000: "must be JSON",
    "[]": "must hold a JSON object, got list",
    "3": "must hold a JSON object, got int",
    '{"model": "forest"}': "model",
    '{"model": ["linear"]}': "model",
    '{"model": "linear", "epochs": "three"}': "epochs",
    '{"model": "linear", "epochs": null}': "epochs",
    '{"model": "linear", "epochs": [1]}': "epochs",
    '{"model": "linear", "epochs": -1}': "epochs",
    '{"model": "linear", "learning_rate": NaN}': "learning.rate",
    " " * 1_000_001: "must have at most",
}


@pytest.mark.parametrize("text", BROKEN_CONFIGS, ids=lambda text: text[:30])
def test_a_broken_configuration_is_refused_in_one_sentence(folder: Path, text: str) -> None:
    (folder / CONFIG).write_text(text)
    with pytest.raises(ValueError, match=BROKEN_CONFIGS[text]) as refused:
        load_trained(folder)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400


def test_a_configuration_that_is_not_text_is_refused(folder: Path) -> None:
    (folder / CONFIG).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="must be JSON"):
        load_trained(folder)


def test_fields_added_by_a_later_version_are_ignored(folder: Path) -> None:
    record = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps({**record, "from_the_future": 1}))
    assert load_trained(folder).config == TrainConfig("linear", epochs=2)


def test_a_card_without_its_fields_is_refused(folder: Path) -> None:
    (folder / CARD).write_text('{"data": "MNIST"}')
    with pytest.raises(ValueError, match="must have the fields.*test_accuracy"):
        load_trained(folder)


WRONG_VALUES: dict[str, tuple[Any, ...]] = {
    "temperature": ("hot", 0, -1, 1e-300, 1e300, math.nan, 10**400),
    "test_accuracy": (None, 1.5, -0.1, math.nan, True),
    "seed": ([], 10**400, math.inf),
    "calibration_error": ("small", math.nan, 10**400, True),
    "notes": (None, 3, ["a"]),
    "data": (None, 3, ["a"]),
}
WRONG_FIELDS = [{name: value} for name, values in WRONG_VALUES.items() for value in values]


@pytest.mark.parametrize("wrong", WRONG_FIELDS, ids=lambda wrong: str(wrong)[:30])
def test_a_card_with_wrong_types_is_refused(folder: Path, wrong: dict[str, Any]) -> None:
    (folder / CARD).write_text(json.dumps({**asdict(CARD_OF_TEST), **wrong}))
    with pytest.raises(ValueError):
        load_trained(folder)


def test_a_configuration_with_half_an_epoch_is_refused(folder: Path) -> None:
    (folder / CONFIG).write_text('{"model": "linear", "epochs": 1.5}')
    with pytest.raises(ValueError):
        load_trained(folder)


def write_half(weights: Any, path: Path, metadata: dict[str, str] | None = None) -> None:
    Path(path).write_bytes(b"half")
    raise OSError(28, "No space left on device")


def test_a_failed_write_leaves_no_partial_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "save_file", write_half)
    with pytest.raises(OSError, match="No space left"):
        storage.save_weights(tmp_path / WEIGHTS, build_model("linear"))
    assert not list(tmp_path.iterdir())


def test_a_failed_write_keeps_the_earlier_weights(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (folder / WEIGHTS).read_bytes()
    monkeypatch.setattr(storage, "save_file", write_half)
    with pytest.raises(OSError):
        storage.save_weights(folder / WEIGHTS, build_model("linear"))
    assert (folder / WEIGHTS).read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == sorted([CONFIG, WEIGHTS, CARD])


def test_a_model_is_a_shipped_name_or_the_folder_of_a_run(folder: Path) -> None:
    assert model_folder("cnn") == ASSETS / "cnn"
    assert model_folder(str(folder)) == folder
    with pytest.raises(
        ValueError, match="^model must be one of linear, mlp, cnn or the folder of a run, got 'forest'$"
    ):
        model_folder("forest")


@pytest.mark.parametrize("name", ["a" * 5_000, "a/" * 3_000, "\0", "", "\ud800", "../" * 2_000])
def test_an_absurd_name_is_no_model_in_one_short_sentence(name: str) -> None:
    with pytest.raises(ValueError, match=r"^model must be one of [^\n]{,250}$"):
        model_folder(name)


@pytest.mark.parametrize("name", ["linear", "mlp", pytest.param("cnn", marks=pytest.mark.slow)])
def test_a_shipped_model_agrees_with_its_card(mnist: tuple[Split, Split], name: str) -> None:
    shipped = load_trained(model_folder(name))
    assert shipped.card is not None and shipped.config.model == name
    accuracy = evaluate(shipped.model, mnist[1]).accuracy
    assert accuracy == pytest.approx(shipped.card.test_accuracy, abs=0.00021)  # two images, for rounding
    assert parameter_count(shipped.model) == shipped.card.parameters
    assert (shipped.config.seed, shipped.config.epochs) == (shipped.card.seed, shipped.card.epochs)
    assert accuracy > {"linear": 0.92, "mlp": 0.97, "cnn": 0.985}[name]
    assert isinstance(shipped.model, nn.Sequential)


@pytest.mark.parametrize("temperature", [None, 1.0, 0.1 + 0.2, 2.5])
def test_a_temperature_is_read_back_from_the_weights(tmp_path: Path, temperature: float | None) -> None:
    storage.save_weights(tmp_path / WEIGHTS, build_model("linear"), temperature)
    assert storage.load_temperature(tmp_path / WEIGHTS) == (1.0 if temperature is None else temperature)


@pytest.mark.parametrize("temperature", ["0", "-1", "nan", "inf", "hot", "1e-300", "1e300", "1" * 5_000])
def test_a_temperature_that_is_not_a_number_above_0_is_refused(tmp_path: Path, temperature: str) -> None:
    save_file(build_model("linear").state_dict(), tmp_path / WEIGHTS, {"temperature": temperature})
    with pytest.raises(ValueError, match=f"^{tmp_path / WEIGHTS} must .*temperature"):
        storage.load_temperature(tmp_path / WEIGHTS)


def test_a_missing_file_has_no_temperature(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is missing or cannot be read"):
        storage.load_temperature(tmp_path / WEIGHTS)
