"""`python -m mnist_core explain`: its files against captum's own, and what it says to bad input."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients, Occlusion
from PIL import Image, ImageDraw

from mnist_core import cli
from mnist_core.analysis.attribution import METHODS, STEPS, randomised
from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import parse_strokes, rasterise
from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.paths import ASSETS
from tests.core.conftest import CommandLine

EXAMPLES = (ASSETS / "examples.jsonl").read_text(encoding="utf-8").splitlines()
BLANK = '{"strokes": [], "brush": 20, "size": 280}'
PAPER = (0 - MEAN) / STD


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a drawing of a four."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "four.jsonl").write_text(EXAMPLES[4] + "\n", encoding="utf-8")
    return tmp_path


def tensor_of(line: str) -> torch.Tensor:
    stages = preprocess(parse_strokes(line))
    assert stages
    return stages.tensor[None]


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def title_of(path: Path) -> str:
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        image.load()
        return str(image.info["Title"])


def test_integrated_gradients_for_another_digit_are_captums_own(run: CommandLine, here: Path) -> None:
    words = ("four.jsonl", "--method", "integrated-gradients", "--target", 9, "--out", "nine.png", "--out", "nine.npz")
    ended = run("explain", "cnn", *words)
    assert (ended.status, ended.err) == (0, "")
    model, tensor = storage.load_trained(storage.model_folder("cnn")).model, tensor_of(EXAMPLES[4])
    expected = (
        IntegratedGradients(model)
        .attribute(tensor, baselines=PAPER, target=9, n_steps=STEPS, method="riemann_middle")[0, 0]
        .numpy()
    )
    arrays = arrays_of(here / "nine.npz")
    np.testing.assert_allclose(arrays["values"], expected, atol=1e-4)
    np.testing.assert_array_equal(arrays["picture"], tensor[0, 0])
    answer = json.loads(ended.out)
    with torch.no_grad():
        logit = float(model(tensor)[0, 9])
    assert (answer["source"], answer["target"], answer["files"]) == ("four.jsonl:1", 9, ["nine.png", "nine.npz"])
    assert answer["logit"] == pytest.approx(logit, abs=1e-4)
    assert answer["sum"] == pytest.approx(float(expected.sum()), abs=1e-3)
    assert title_of(here / "nine.png") == "cnn: what speaks for 9 (Integrated gradients)"


def test_occlusion_of_an_image_is_captums_own(run: CommandLine, here: Path) -> None:
    image = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(image).line([(100, 30), (95, 170)], fill=0, width=16)
    image.save("one.png")
    ended = run("explain", "mlp", "one.png", "--method", "occlusion", "--out", "one.npz")
    arrays = arrays_of(here / "one.npz")
    model = storage.load_trained(storage.model_folder("mlp")).model
    tensor = torch.from_numpy(arrays["picture"])[None, None]
    with torch.no_grad():
        expected = Occlusion(model).attribute(tensor, (1, 5, 5), baselines=PAPER, target=1, perturbations_per_eval=64)
    np.testing.assert_allclose(arrays["values"], expected[0, 0], atol=1e-3)
    assert (json.loads(ended.out)["source"], json.loads(ended.out)["target"]) == ("one.png", 1)


def test_the_defaults_are_the_models_answer_and_a_picture(run: CommandLine, here: Path) -> None:
    ended = run("explain", "linear", "four.jsonl")
    assert (ended.status, json.loads(ended.out)["target"], json.loads(ended.out)["method"]) == (
        0,
        4,
        "integrated-gradients",
    )
    assert sorted(path.name for path in here.iterdir()) == ["four.jsonl", "saliency.png"]


def test_a_picture_of_thick_lines_is_explained_for_the_answer_from_both_its_readings(
    run: CommandLine, here: Path
) -> None:
    one = rasterise(replace(parse_strokes(EXAMPLES[1]), brush=40))
    Image.fromarray((255 * (1 - one)).astype(np.uint8)).save("one.png")
    first = json.loads(run("explain", "cnn", "one.png", "--target", 9).out)
    assert first["logit"] > json.loads(run("explain", "cnn", "one.png", "--target", 1).out)["logit"]  # of the first
    assert json.loads(run("predict", "cnn", "one.png").out)["label"] == 1
    assert json.loads(run("explain", "cnn", "one.png").out)["target"] == 1


def test_several_drawings_are_numbered_by_their_lines_and_blank_ones_named(run: CommandLine, here: Path) -> None:
    (here / "all.jsonl").write_text("\n".join([EXAMPLES[1], "", BLANK, EXAMPLES[7]]), encoding="utf-8")
    ended = run("explain", "linear", "all.jsonl", "--out", "all.npz")
    assert ended.status == 2
    assert ended.err == "all.jsonl:3: expected a digit to explain, got no ink\n"
    assert [json.loads(line)["files"] for line in ended.out.splitlines()] == [["all-1.npz"], ["all-4.npz"]]
    assert {path.name for path in here.glob("*.npz")} == {"all-1.npz", "all-4.npz"}
    assert int(arrays_of(here / "all-4.npz")["target"]) == 7


def test_random_weights_are_explained_for_the_trained_models_answer(run: CommandLine, here: Path) -> None:
    run(
        "explain", "mlp", "four.jsonl", "--random", "--method", "gradient", "--out", "random.npz", "--out", "random.png"
    )
    tensor = tensor_of(EXAMPLES[4]).requires_grad_()
    config = storage.load_config(storage.model_folder("mlp"))
    randomised(config)(tensor)[0, 4].backward()
    assert tensor.grad is not None
    np.testing.assert_allclose(arrays_of(here / "random.npz")["values"], tensor.grad[0, 0], atol=1e-6)
    assert title_of(here / "random.png").startswith("mlp with random weights: what speaks for 4")


def test_a_run_of_another_depth_is_explained_by_grad_cam(run: CommandLine, here: Path) -> None:
    config = TrainConfig("cnn", width=4, depth=3, looks=3)
    (here / "run").mkdir()
    storage.save_json(here / "run" / storage.CONFIG, config)
    storage.save_weights(here / "run" / storage.WEIGHTS, config.build_model())
    ended = run("explain", "run", "four.jsonl", "--method", "grad-cam", "--target", 3, "--out", "run.npz")
    assert ended.status == 0
    assert arrays_of(here / "run.npz")["values"].max() > 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("linear", "four.jsonl", "--method", "grad-cam"), "Grad-CAM needs a network with convolutions"),
        (("cnn", "four.jsonl", "--target", 10), "10 is not in the range"),
        (("cnn", "four.jsonl", "--method", "magic"), "'magic' is not one of"),
        (("cnn", "four.jsonl", "--out", "four.jpg"), "--out must be a .png or .npz file, got 'four.jpg'"),
        (("cnn", "four.jsonl", "--out", "no/four.png"), "--out must be a file in an existing folder, but no does not"),
        (("big", "four.jsonl"), "model must be one of linear, mlp, cnn"),
        (("cnn", "missing.jsonl"), "missing.jsonl: No such file or directory"),
        (("linear", "blank.jsonl"), "blank.jsonl:1: expected a digit to explain, got no ink"),
    ],
)
def test_bad_input_ends_with_one_sentence_and_leaves_no_file(
    run: CommandLine, here: Path, words: tuple[object, ...], message: str
) -> None:
    (here / "blank.jsonl").write_text(BLANK, encoding="utf-8")
    before = set(here.rglob("*"))
    ended = run("explain", *words)
    assert (ended.status, ended.out) == (2, "")
    assert message in ended.err and ended.err.count("\n") == 1 and "Traceback" not in ended.err
    assert set(here.rglob("*")) == before


def test_what_cannot_be_written_leaves_the_old_file(
    run: CommandLine, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "saliency.png").write_bytes(b"old")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "replace_durably", refuse)
    ended = run("explain", "linear", "four.jsonl")
    assert (ended.status, ended.out, ended.err) == (2, "", "four.jsonl:1: No space left on device\n")
    assert (here / "saliency.png").read_bytes() == b"old"
    assert {path.name for path in here.iterdir()} == {"four.jsonl", "saliency.png"}


def test_the_command_offers_all_methods_the_pages_default_first(run: CommandLine) -> None:
    assert tuple(METHODS) == cli.METHOD_SLUGS
    assert "saliency.png" in run("explain", "--help").out
