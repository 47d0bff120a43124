import csv
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from mnist_core.data.split import Split
from mnist_core.models import storage
from mnist_core.models.evaluation import accuracy_and_loss, predict_logits
from mnist_core.models.networks import MODELS, build_model, parameter_count
from mnist_core.models.onnx_export import export_onnx
from mnist_core.models.storage import CARD, CONFIG, METRICS, WEIGHTS, ModelCard, load_trained, model_folder
from mnist_core.paths import ASSETS
from mnist_core.training.loop import TrainConfig
from mnist_core.training.metrics import append_metrics, start_metrics
from mnist_core.training.report import StepReport

CARD_OF_TEST = ModelCard("made digits", "python", 0, 1, 7850, 0.5, 1.5, temperature=1.25, notes={"why": "a test"})


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
    model(torch.randn(8, 1, 28, 28))  # moves the running statistics of a normalisation
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


def test_a_run_without_a_card_has_none(folder: Path) -> None:
    (folder / CARD).unlink()
    assert load_trained(folder).card is None


def cut(path: Path) -> None:
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


def not_finite(path: Path) -> None:
    weights = build_model("linear").state_dict()
    weights["1.bias"][3] = float("nan")
    save_file(weights, path)


def infinite(path: Path) -> None:
    weights = build_model("linear").state_dict()
    weights["1.weight"][3, 4] = float("inf")
    save_file(weights, path)


def oversize(path: Path) -> None:
    save_file({**build_model("linear").state_dict(), "more": torch.zeros(200_000)}, path)


BROKEN_WEIGHTS: dict[Callable[[Path], None], str] = {
    cut: "must be a safetensors file",
    no_safetensors: "must be a safetensors file",
    empty: "must be a safetensors file",
    missing: "missing or cannot be read",
    a_folder: "missing or cannot be read",
    of_another_model: "at most|another model",
    misnamed: "another model",
    misshapen: "another model",
    not_finite: "not finite",
    infinite: "not finite",
    oversize: "must have at most [0-9,]+ bytes",
}


@pytest.mark.parametrize("damage", BROKEN_WEIGHTS, ids=lambda damage: damage.__name__)
def test_broken_weights_are_refused_in_one_sentence(folder: Path, damage: Callable[[Path], None]) -> None:
    damage(folder / WEIGHTS)
    with pytest.raises(ValueError, match=BROKEN_WEIGHTS[damage]) as refused:
        load_trained(folder)
    assert str(folder / WEIGHTS) in str(refused.value) and "\n" not in str(refused.value)


BROKEN_CONFIGS: dict[str, str] = {
    "": "must be JSON",
    "{": "must be JSON",
    "[" * 100_000: "must be JSON",
    "[]": "must hold a JSON object, got list",
    "3": "must hold a JSON object, got int",
    '{"model": "forest"}': "Choose a model: linear, mlp or cnn, got model='forest'",
    '{"model": ["linear"]}': "Choose a model: ",
    '{"model": "linear", "epochs": "three"}': "Choose a whole number of epochs",
    '{"model": "linear", "epochs": null}': "Choose a whole number of epochs",
    '{"model": "linear", "epochs": [1]}': "Choose a whole number of epochs",
    '{"model": "linear", "epochs": -1}': "Choose a whole number of epochs between 1 and 1,000, got epochs=-1",
    '{"model": "linear", "learning_rate": NaN}': "Choose a learning rate",
    " " * 1_000_001: "must have at most",
}


@pytest.mark.parametrize("text", BROKEN_CONFIGS, ids=lambda text: text[:30])
def test_a_broken_configuration_is_refused_in_one_sentence(folder: Path, text: str) -> None:
    (folder / CONFIG).write_text(text)
    with pytest.raises(ValueError, match=BROKEN_CONFIGS[text]) as refused:
        load_trained(folder)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400


def test_a_configuration_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / CONFIG).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="must be JSON"):
        load_trained(folder)


def test_fields_that_a_later_version_added_are_passed_over(folder: Path) -> None:
    record = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps({**record, "from_the_future": 1}))
    assert load_trained(folder).config == TrainConfig("linear", epochs=2)


def test_a_card_without_its_fields_is_refused(folder: Path) -> None:
    (folder / CARD).write_text('{"data": "MNIST"}')
    with pytest.raises(ValueError, match="must have the fields.*test_accuracy"):
        load_trained(folder)


@pytest.mark.parametrize("wrong", [{"temperature": "hot"}, {"temperature": 0}, {"test_accuracy": None}, {"seed": []}])
def test_a_card_with_wrong_types_is_refused(folder: Path, wrong: dict[str, Any]) -> None:
    (folder / CARD).write_text(json.dumps({**asdict(CARD_OF_TEST), **wrong}))
    with pytest.raises(ValueError):
        load_trained(folder)


def test_a_configuration_with_half_an_epoch_is_refused(folder: Path) -> None:
    (folder / CONFIG).write_text('{"model": "linear", "epochs": 1.5}')
    with pytest.raises(ValueError):
        load_trained(folder)


def half_written(weights: Any, path: Path, metadata: dict[str, str] | None = None) -> None:
    Path(path).write_bytes(b"half")
    raise OSError(28, "No space left on device")


def test_weights_that_cannot_be_written_leave_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "save_file", half_written)
    with pytest.raises(OSError, match="No space left"):
        storage.save_weights(tmp_path / WEIGHTS, build_model("linear"))
    assert not list(tmp_path.iterdir())


def test_weights_that_cannot_be_written_leave_the_earlier_ones(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (folder / WEIGHTS).read_bytes()
    monkeypatch.setattr(storage, "save_file", half_written)
    with pytest.raises(OSError):
        storage.save_weights(folder / WEIGHTS, build_model("linear"))
    assert (folder / WEIGHTS).read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == sorted([CONFIG, WEIGHTS, CARD])


def test_an_export_that_fails_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.onnx, "export", lambda model, example, path, **options: half_written(None, Path(path)))
    with pytest.raises(OSError):
        export_onnx(build_model("linear"), tmp_path / "digit.onnx")
    assert not list(tmp_path.iterdir())


def test_metrics_are_a_header_and_a_line_a_report(tmp_path: Path) -> None:
    reports = [
        StepReport(1, 2, 0.5, 0.25, 0.1 + 0.2, 1e-5, 64),
        StepReport(2, 2, 1.0, 0.5, 2.0, 1e-6, 128, test_loss=0.7, test_accuracy=1 / 3),
    ]
    start_metrics(tmp_path / METRICS)
    for report in reports:
        append_metrics(tmp_path / METRICS, [report])
    with (tmp_path / METRICS).open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row, report in zip(rows, reports, strict=True):
        assert {name: float(text) if text else None for name, text in row.items()} == {
            name: value for name, value in asdict(report).items() if name != "confusion"
        }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("name", "temperature"), [("linear", 1.0), ("mlp", 0.5), ("cnn", 1.7)])
def test_the_exported_model_answers_like_torch(tmp_path: Path, name: str, temperature: float) -> None:
    torch.manual_seed(6)
    model = build_model(name).eval()
    export_onnx(model, tmp_path / "digit.onnx", temperature)
    session = onnxruntime.InferenceSession(str(tmp_path / "digit.onnx"), providers=["CPUExecutionProvider"])
    assert [(put.name, put.type) for put in session.get_inputs()] == [("image", "tensor(uint8)")]
    assert [(put.name, put.type) for put in session.get_outputs()] == [("probabilities", "tensor(float)")]
    for count in (1, 3):
        generator = torch.Generator().manual_seed(count)
        images = torch.randint(0, 256, (count, 28, 28), generator=generator, dtype=torch.uint8)
        (answer,) = session.run(None, {"image": images.numpy()})
        expected = torch.softmax(predict_logits(model, images) / temperature, dim=1)
        torch.testing.assert_close(torch.from_numpy(answer), expected, rtol=0, atol=1e-4)
    assert [path.name for path in tmp_path.iterdir()] == ["digit.onnx"]


def test_a_name_is_a_shipped_model_or_a_runs_folder(folder: Path) -> None:
    assert model_folder("cnn") == ASSETS / "cnn"
    assert model_folder(str(folder)) == folder
    with pytest.raises(
        ValueError, match="^model must be one of linear, mlp, cnn or the folder of a run, got 'forest'$"
    ):
        model_folder("forest")


@pytest.mark.parametrize("name", MODELS)
def test_a_shipped_model_is_what_its_card_says(mnist: tuple[Split, Split], name: str) -> None:
    shipped = load_trained(model_folder(name))
    assert shipped.card is not None and shipped.config.model == name
    accuracy, _ = accuracy_and_loss(shipped.model, mnist[1])
    assert accuracy == pytest.approx(shipped.card.test_accuracy, abs=0.00021)  # two images, for rounding
    assert parameter_count(shipped.model) == shipped.card.parameters
    assert (shipped.config.seed, shipped.config.epochs) == (shipped.card.seed, shipped.card.epochs)
    assert accuracy > {"linear": 0.92, "mlp": 0.97, "cnn": 0.985}[name]
    assert isinstance(shipped.model, nn.Sequential)
