import csv
import gzip
import json
import os
import re
import shutil
import signal as signals
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import onnxruntime
import pytest
import torch
from PIL import Image, ImageDraw

from mnist_core import cli
from mnist_core.data.split import MissingDataError, load_split
from mnist_core.models import storage
from mnist_core.models.config import PRESETS, SETTINGS, TrainConfig
from mnist_core.models.evaluation import confusion_matrix, evaluate, predict_logits
from mnist_core.runs import files
from tests.core.conftest import CommandLine
from tests.core.data.mirrors import closed, held, mirror
from tests.made import FINISHED_RUN, NOT_FILES, Miniature
from tests.waiting import wait_for

SEVEN = [[80, 70], [190, 70], [120, 220]]
ONE = [[150, 60], [135, 220]]
FIELDS = ["source", "label", "probability", "probabilities", "is_digit"]


@pytest.fixture
def canvas(tmp_path: Path) -> Path:
    """A transparent canvas with a seven, as the app saves it."""
    image = Image.new("RGBA", (280, 280))
    ImageDraw.Draw(image).line([(x, y) for x, y in SEVEN], fill=(255, 255, 255, 255), width=20, joint="curve")
    image.save(tmp_path / "canvas.png")
    return tmp_path / "canvas.png"


def one_sentence(text: str) -> bool:
    return text.endswith("\n") and text.count("\n") == 1 and len(text) < 400 and "Traceback" not in text


def jsonl(path: Path, *records: object) -> Path:
    path.write_text("".join((record if isinstance(record, str) else json.dumps(record)) + "\n" for record in records))
    return path


def test_data_prints_counts_and_where_from(run: CommandLine, miniature: Miniature) -> None:
    ended = run("data")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        f"train: 400 images of 28x28, verified, from {miniature.root}",
        f"test: 100 images of 28x28, verified, from {miniature.root}",
    ]


def test_data_downloads_what_is_missing(
    run: CommandLine, miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = miniature.file("t10k-labels")
    archive = gzip.compress(labels.read_bytes())
    labels.unlink()
    with mirror({f"{labels.name}.gz": archive}) as url:
        monkeypatch.setenv("MNIST_MIRROR", url)
        ended = run("data")
    assert ended.status == 0 and len(ended.out.splitlines()) == 2
    assert "Downloading" in ended.err and "Downloading" not in ended.out


def test_data_without_a_network_fails_in_one_sentence(
    run: CommandLine, miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_MIRROR", closed())
    miniature.file("t10k-labels").unlink()
    ended = run("data")
    assert (ended.status, ended.out) == (2, "")
    errors = [line for line in ended.err.splitlines() if line and not line.startswith("Downloading")]
    assert len(errors) == 1 and "check the network" in errors[0] and "MNIST_ROOT" in errors[0]


@pytest.mark.parametrize(("signal", "status"), [("SIGKILL", -9), ("SIGINT", 130)])
def test_a_download_that_was_killed_leaves_nothing_that_passes_for_whole(
    run: CommandLine, miniature: Miniature, files: dict[str, bytes], tmp_path: Path, signal: str, status: int
) -> None:
    root, go_on, asked = tmp_path / "new", threading.Event(), list[str]()
    archives = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    with mirror(archives, held(go_on), asked) as url:
        settings = {"MNIST_MIRROR": url, "MNIST_ROOT": str(root), "PYTHONPATH": str(Path(__file__).parents[2])}
        command = [sys.executable, "-m", "mnist_core", "data"]
        started = subprocess.Popen(
            command,
            env=os.environ | settings,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signals.signal(signals.SIGINT, signals.SIG_DFL),  # a job in the background ignores it
        )
        wait_for(lambda: list(root.rglob("*.part")))
        time.sleep(0.2)  # until the command waits for its thread
        started.send_signal(getattr(signals, signal))
        _, said = started.communicate(timeout=60)
    assert started.returncode == status and "Traceback" not in said
    assert not list(root.rglob("*-ubyte"))
    with pytest.raises(MissingDataError):
        load_split("train", root)
    assert signal == "SIGKILL" or not list(root.rglob("*.part"))


def test_data_names_digits_that_are_not_mnists(run: CommandLine, miniature: Miniature) -> None:
    (miniature.root / "MNIST").rename(miniature.root / "OwnDigits")
    ended = run("data")
    assert ended.out.splitlines() == [
        f"Your own train set: 400 images of 28x28, verified, from {miniature.root}",
        f"Your own test set: 100 images of 28x28, verified, from {miniature.root}",
    ]


@pytest.fixture
def trained(run: CommandLine, miniature: Miniature, tmp_path: Path) -> Path:
    """The folder of a linear model that the command line trained on the made digits."""
    folder = tmp_path / "runs" / "first"
    words = [
        "train",
        "--model",
        "linear",
        "--epochs",
        "2",
        "--batch-size",
        "40",
        "--seed",
        "3",
        "--evaluations",
        "2",
        "--out",
    ]
    ended = run(*words, folder, "--device", "cpu")
    assert ended.status == 0, ended.err
    lines = ended.out.splitlines()
    assert [line.split("  ")[0] for line in lines[:-1]] == ["epoch 0.50", "epoch 1.00", "epoch 1.50", "epoch 2.00"]
    assert lines[-1].startswith(f"{folder}: 7,850 parameters, test accuracy ")
    return folder


def test_train_leaves_a_runs_folder(trained: Path, miniature: Miniature) -> None:
    assert {path.name for path in trained.iterdir()} == FINISHED_RUN
    back = storage.load_trained(trained)
    assert (back.config.epochs, back.config.batch_size, back.config.seed) == (2, 40, 3)
    assert back.card is not None
    assert back.card.test_accuracy == evaluate(back.model, miniature.test).accuracy > 0.5
    assert back.card.command.startswith("python -m mnist_core train --model linear --epochs 2 --batch-size 40")
    with (trained / storage.METRICS).open(newline="") as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == list(range(1, 21))


def test_train_repeats_itself_for_a_seed(run: CommandLine, trained: Path, tmp_path: Path) -> None:
    words = [
        "train",
        "--model",
        "linear",
        "--epochs",
        "2",
        "--batch-size",
        "40",
        "--evaluations",
        "1",
        "--device",
        "cpu",
        "--seed",
    ]
    for seed, same in ((3, True), (4, False)):
        assert run(*words, seed, "--out", tmp_path / str(seed)).status == 0
        weights = (tmp_path / str(seed) / storage.WEIGHTS).read_bytes()
        assert (weights == (trained / storage.WEIGHTS).read_bytes()) is same


def test_evaluate_prints_accuracy_and_confusion(run: CommandLine, trained: Path, miniature: Miniature) -> None:
    ended = run("evaluate", trained)
    assert (ended.status, ended.err) == (0, "")
    model, split = storage.load_trained(trained).model, miniature.test
    predicted = predict_logits(model, split.images).argmax(dim=1)
    lines = ended.out.splitlines()
    right = int((predicted == split.labels).sum())
    assert lines[0] == "first on the MNIST test set, 100 images"
    assert lines[1].startswith(f"accuracy {right}.00%, ")
    rows = [line.split() for line in lines[-10:]]
    confusion = confusion_matrix(predicted, split.labels)
    for digit, row in enumerate(rows):
        of_digit = split.labels == digit
        share = float((predicted[of_digit] == digit).float().mean())
        assert row[0] == str(digit) and row[1] == f"{share:.2%}"
        assert list(map(int, row[2:])) == confusion[digit].tolist()


def test_export_writes_a_model_that_answers_like_ours(run: CommandLine, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "digit.onnx"
    ended = run("export", trained, "--out", out)
    assert (ended.status, ended.out) == (0, f"{out}: {out.stat().st_size:,} bytes\n")
    images = torch.randint(0, 256, (3, 28, 28), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    (answer,) = onnxruntime.InferenceSession(str(out)).run(None, {"image": images.numpy()})
    kept = storage.load_trained(trained)
    assert kept.card is not None
    expected = torch.softmax(predict_logits(kept.model, images) / kept.card.temperature, dim=1)
    torch.testing.assert_close(torch.from_numpy(answer), expected, rtol=0, atol=1e-4)


def test_predict_reads_images_and_strokes_in_order(run: CommandLine, canvas: Path, tmp_path: Path) -> None:
    photo = Image.new("RGB", (280, 280), "white")
    photo.paste("black", mask=Image.open(canvas).getchannel("A"))
    photo.save(tmp_path / "paper.jpg")
    photo.save(tmp_path / "paper.WEBP")
    strokes = jsonl(tmp_path / "pen.jsonl", {"strokes": [ONE]}, "", {"strokes": [SEVEN], "brush": 12, "size": 300})
    files = [canvas, strokes, tmp_path / "paper.jpg", tmp_path / "paper.WEBP"]
    ended = run("predict", *files)
    assert (ended.status, ended.err) == (0, "")
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert [answer["source"] for answer in answers] == [
        str(canvas), f"{strokes}:1", f"{strokes}:3", str(files[2]), str(files[3])
    ]  # fmt: skip
    assert [answer["label"] for answer in answers] == [7, 1, 7, 7, 7]
    for answer in answers:
        assert list(answer) == FIELDS and answer["is_digit"] is True
        assert answer["probability"] == max(answer["probabilities"]) == answer["probabilities"][answer["label"]]
        assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-5)


def test_predict_gives_the_number_that_several_digits_in_a_drawing_form(run: CommandLine, tmp_path: Path) -> None:
    moved = [[[x + 130, y] for x, y in SEVEN], [[x - 70, y] for x, y in ONE]]
    ended = run("predict", jsonl(tmp_path / "pen.jsonl", {"strokes": moved}, {"strokes": [SEVEN]}))
    assert (ended.status, ended.err) == (0, "")
    number, digit = [json.loads(line) for line in ended.out.splitlines()]
    assert number["number"] == "17" and not number["is_digit"]
    assert list(number) == [*digit, "number"] and "number" not in digit and digit["label"] == 7


def test_predict_answers_the_good_inputs_beside_the_bad(run: CommandLine, canvas: Path, tmp_path: Path) -> None:
    strokes = jsonl(tmp_path / "pen.jsonl", {"strokes": [ONE]}, "no JSON", {"strokes": [SEVEN]})
    text = tmp_path / "notes.txt"
    text.write_text("no image")
    missing = tmp_path / "missing.png"
    ended = run("predict", missing, strokes, text, canvas)
    assert ended.status == 2
    assert [json.loads(line)["source"] for line in ended.out.splitlines()] == [
        f"{strokes}:1", f"{strokes}:3", str(canvas)
    ]  # fmt: skip
    errors = ended.err.splitlines()
    assert [error.split(": ")[0] for error in errors] == [str(missing), f"{strokes}:2", str(text)]
    assert "No such file" in errors[0] and "JSON" in errors[1] and "PNG, JPEG or WebP" in errors[2]


def test_predict_reads_the_images_of_a_folder_by_name(run: CommandLine, canvas: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    (folder / "more").mkdir(parents=True)
    for name in ("b.png", "a.PNG", ".hidden.png", "more/c.png"):
        shutil.copy(canvas, folder / name)
    (folder / "broken.webp").write_text("no image")
    (folder / "notes.txt").write_text("no image either")
    ended = run("predict", folder, canvas)
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert [answer["source"] for answer in answers] == [f"{folder / 'a.PNG'}", f"{folder / 'b.png'}", str(canvas)]
    assert [answer["label"] for answer in answers] == [7, 7, 7]
    assert ended.status == 2 and one_sentence(ended.err) and ended.err.startswith(f"{folder / 'broken.webp'}: ")


def test_a_folder_without_images_or_with_too_many_is_refused_in_one_sentence(
    run: CommandLine, canvas: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    ended = run("predict", tmp_path / "empty", canvas)
    assert ended.status == 2 and one_sentence(ended.err) and json.loads(ended.out)["label"] == 7
    assert ended.err.startswith(f"{tmp_path / 'empty'}: a folder must have 1 to 100,000 images") and "none" in ended.err
    monkeypatch.setattr(cli, "MAX_IMAGES", 1)
    shutil.copy(canvas, tmp_path / "second.png")
    ended = run("predict", tmp_path)
    assert (ended.status, ended.out) == (2, "") and one_sentence(ended.err) and "got 2" in ended.err


def test_many_lines_are_answered_in_order_and_as_one_by_one(tmp_path: Path) -> None:
    moved = [[[x + 130, y] for x, y in SEVEN], [[x - 70, y] for x, y in ONE]]
    kinds: list[object] = [{"strokes": [ONE]}, {"strokes": moved}, {"strokes": []}, "no JSON", {"strokes": [SEVEN]}]
    few, many = jsonl(tmp_path / "few.jsonl", *kinds), jsonl(tmp_path / "many.jsonl", *kinds * 20)
    ended = [
        subprocess.run(
            [sys.executable, "-m", "mnist_core", "predict", path],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
        )
        for path in (few, many)
    ]
    assert [each.returncode for each in ended] == [2, 2]
    alone, answers = ([json.loads(line) for line in each.stdout.splitlines()] for each in ended)
    lines = [number for number in range(1, 101) if number % 5 != 4]
    assert [answer["source"] for answer in answers] == [f"{many}:{number}" for number in lines]
    errors = [line.split(": ")[0] for line in ended[1].stderr.splitlines()]
    assert errors == [f"{many}:{number}" for number in range(4, 101, 5)]
    for answer, one in zip(answers, alone * 20, strict=True):
        assert answer["probabilities"] == pytest.approx(one["probabilities"], abs=1e-5)
        assert {**answer, "source": "", "probability": 0, "probabilities": []} == {
            **one, "source": "", "probability": 0, "probabilities": []
        }  # fmt: skip


def test_predict_gives_blank_ink_no_label(run: CommandLine, tmp_path: Path) -> None:
    Image.new("RGBA", (280, 280)).save(tmp_path / "clear.png")
    Image.new("L", (50, 40), 255).save(tmp_path / "white.png")
    strokes = jsonl(tmp_path / "pen.jsonl", {"strokes": []})
    ended = run("predict", tmp_path / "clear.png", tmp_path / "white.png", strokes)
    assert (ended.status, ended.err) == (0, "")
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert [(answer["label"], answer["probability"], answer["is_digit"]) for answer in answers] == [
        (None, 0, False)
    ] * 3


@pytest.mark.parametrize("inside", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e"])
def test_only_a_line_feed_ends_a_line_of_strokes(run: CommandLine, tmp_path: Path, inside: str) -> None:
    text = json.dumps({"strokes": [ONE], "note": "a-b"}, ensure_ascii=False).replace("-", inside)
    if inside < " ":  # JSON wants these escaped within text, and takes no other white space between its parts
        text = json.dumps({"strokes": [ONE]}).replace(" ", inside, 1)
    (tmp_path / "pen.jsonl").write_bytes(f"{text}\r\n{json.dumps({'strokes': [SEVEN]})}\n".encode())
    ended = run("predict", tmp_path / "pen.jsonl")
    sources = [json.loads(line)["source"] for line in ended.out.splitlines()]
    sources += [line.rsplit(": expected")[0] for line in ended.err.splitlines()]
    assert sorted(sources) == [f"{tmp_path / 'pen.jsonl'}:1", f"{tmp_path / 'pen.jsonl'}:2"]
    assert (ended.status, len(ended.out.splitlines())) == ((2, 1) if inside < " " else (0, 2))


def test_a_line_that_is_no_text_or_too_long_leaves_the_others(
    run: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "MAX_LINE_BYTES", 200)
    good = json.dumps({"strokes": [ONE]}).encode()
    path = tmp_path / "pen.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\n".join([good, b"\xff\xfe\x00", b"[" * 201, b"", b" ", good]))
    ended = run("predict", path)
    assert [json.loads(line)["source"] for line in ended.out.splitlines()] == [f"{path}:1", f"{path}:6"]
    errors = ended.err.splitlines()
    assert errors[0].startswith(f"{path}:2: expected UTF-8")
    assert errors[1:] == [f"{path}:3: a line must have at most 200 bytes, got 201"]


def test_a_stroke_file_that_is_too_large_is_refused(
    run: CommandLine, canvas: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "pen.jsonl").open("wb") as file:
        file.truncate(10**10)  # a file with holes
    ended = run("predict", tmp_path / "pen.jsonl", canvas)
    assert ended.status == 2 and one_sentence(ended.err) and "at most" in ended.err
    assert json.loads(ended.out)["label"] == 7


@pytest.mark.parametrize("make", NOT_FILES, ids=lambda make: make.__name__)
def test_strokes_that_are_no_file_are_refused_and_the_rest_is_answered(
    run: CommandLine, canvas: Path, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "pen.jsonl")
    ended = run("predict", tmp_path / "pen.jsonl", canvas)
    assert ended.status == 2 and one_sentence(ended.err) and ended.err.startswith(str(tmp_path / "pen.jsonl"))
    assert json.loads(ended.out)["label"] == 7


@pytest.mark.parametrize("make", NOT_FILES, ids=lambda make: make.__name__)
@pytest.mark.parametrize("name", [storage.CONFIG, storage.WEIGHTS, storage.CARD])
def test_a_model_whose_files_are_none_is_refused_in_one_sentence(
    run: CommandLine, canvas: Path, miniature: Miniature, tmp_path: Path, make: Callable[[Path], None], name: str
) -> None:
    shutil.copytree(storage.model_folder("linear"), tmp_path / "model")
    (tmp_path / "model" / name).unlink()
    make(tmp_path / "model" / name)
    for words in (("evaluate",), ("predict", canvas, "--model"), ("export", "--out", tmp_path / "digit.onnx")):
        ended = run(*words, tmp_path / "model")
        assert (ended.status, ended.out) == (2, "") and one_sentence(ended.err)
    assert not (tmp_path / "digit.onnx").exists()


@pytest.mark.parametrize("make", NOT_FILES, ids=lambda make: make.__name__)
def test_a_run_whose_checkpoint_is_no_file_is_not_resumed(
    run: CommandLine, miniature: Miniature, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    storage.save_json(tmp_path / storage.CONFIG, TrainConfig("linear", batch_size=40))
    files.save_record(tmp_path, {"owner": "", "state": "interrupted", "message": ""})
    make(tmp_path / files.CHECKPOINT)
    ended = run("train", "--resume", tmp_path)
    assert (ended.status, ended.out) == (2, "") and one_sentence(ended.err)


@pytest.mark.parametrize("make", NOT_FILES, ids=lambda make: make.__name__)
def test_raw_files_that_are_no_files_are_refused_in_one_sentence(
    run: CommandLine, miniature: Miniature, make: Callable[[Path], None]
) -> None:
    path = miniature.file("t10k-images")
    path.unlink()
    make(path)
    ended = run("evaluate", "linear")
    assert (ended.status, ended.out) == (2, "") and one_sentence(ended.err) and str(path) in ended.err


def test_predict_refuses_a_stroke_file_that_is_no_text(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "pen.jsonl").write_bytes(b"\xff\xfe\x00")
    ended = run("predict", tmp_path / "pen.jsonl")
    assert (ended.status, ended.out) == (2, "") and one_sentence(ended.err) and "UTF-8" in ended.err


def test_predict_uses_the_model_it_is_told_to(run: CommandLine, canvas: Path, trained: Path) -> None:
    answers = [json.loads(run("predict", canvas, "--model", model).out) for model in ("cnn", "linear", trained)]
    assert len({tuple(answer["probabilities"]) for answer in answers}) == 3


def test_predict_goes_on_after_a_picture_of_hairlines(run: CommandLine, canvas: Path, tmp_path: Path) -> None:
    circle = Image.new("L", (640, 640), 255)
    ImageDraw.Draw(circle).ellipse((100, 100, 500, 500), outline=0, width=1)
    circle.save(tmp_path / "hairline.png")
    ended = run("predict", tmp_path / "hairline.png", canvas)
    assert str(canvas) in ended.out


BAD_COMMANDS: dict[str, str] = {
    "predict {canvas} --model forest": "model must be one of linear, mlp, cnn",
    "evaluate forest": "model must be one of linear, mlp, cnn",
    "export forest --out {tmp}/x.onnx": "model must be one of linear, mlp, cnn",
    "train --model forest --out {tmp}/x": "'forest' is not one of 'linear', 'mlp', 'cnn'",
    "train --model linear --epochs 0 --out {tmp}/x": "between 1 and 1,000, got epochs=0.",
    "train --model linear --epochs many --out {tmp}/x": "'many' is not a valid integer",
    "train --model linear --device tpu --out {tmp}/x": "--device",
    "train --model linear": "--out",
    "train --model linear --out {canvas}": "canvas.png",
    "export linear --out {tmp}/no/such/folder.onnx": "must be a file in an existing folder",
    "export linear": "--out",
    "predict": "FILES",
    "fly": "No such command 'fly'",
    "data --colour": "No such option",
}


@pytest.mark.parametrize("command", BAD_COMMANDS)
def test_a_bad_command_fails_with_status_2_and_one_sentence(
    run: CommandLine, miniature: Miniature, canvas: Path, tmp_path: Path, command: str
) -> None:
    words = [word.format(canvas=canvas, tmp=tmp_path) for word in command.split()]
    ended = run(*words)
    assert (ended.status, ended.out) == (2, "")
    assert BAD_COMMANDS[command] in ended.err and one_sentence(ended.err)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("command", ["train --model linear --out {tmp}/x", "evaluate cnn"])
def test_missing_digits_are_one_sentence_that_says_how_to_get_them(
    run: CommandLine, miniature: Miniature, tmp_path: Path, command: str
) -> None:
    miniature.file("t10k-images").unlink()
    ended = run(*command.format(tmp=tmp_path).split())
    assert (ended.status, ended.out) == (2, "") and one_sentence(ended.err)
    assert "t10k-images" in ended.err and "python -m mnist_core data" in ended.err
    assert not (tmp_path / "x").exists()


def test_train_refuses_a_missing_device_before_it_touches_the_folder(
    run: CommandLine, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    before = {path: path.read_bytes() for path in trained.rglob("*") if path.is_file()}
    assert run("train", "--model", "mlp", "--device", "cuda", "--out", trained).status == 2
    assert {path: path.read_bytes() for path in trained.rglob("*") if path.is_file()} == before


def test_a_huge_seed_is_refused_in_one_sentence(run: CommandLine, tmp_path: Path) -> None:
    assert one_sentence(run("train", "--seed", "1" + "0" * 400, "--out", tmp_path / "x").err)


@pytest.mark.parametrize("words", [["-h"], ["train", "-h"], ["data"]])
def test_help_and_data_load_no_pytorch(miniature: Miniature, words: list[str]) -> None:
    (miniature.root / "MNIST").rename(miniature.root / "OwnDigits")  # whose sums the new process need not know
    heavy = "{'torch', 'torchvision', 'PIL', 'scipy'} & sys.modules.keys()"
    program = f"import sys\nfrom mnist_core.cli import main\nstatus = main()\nprint(status, {heavy})"
    ended = subprocess.run(
        [sys.executable, "-c", program, *words],
        env={**os.environ, "MNIST_ROOT": str(miniature.root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.splitlines()[-1] == "0 set()"


@pytest.mark.parametrize("verb", ["", "data", "train", "evaluate", "predict", "export"])
def test_every_command_explains_itself(run: CommandLine, verb: str) -> None:
    for flag in ("-h", "--help"):
        ended = run(*verb.split(), flag)
        assert (ended.status, ended.err) == (0, "")
        assert ended.out.startswith("Usage: python -m mnist_core") and f" {verb}" in ended.out


@pytest.mark.parametrize("name", SETTINGS)
def test_the_help_of_train_describes_every_setting(run: CommandLine, name: str) -> None:
    words = " ".join(run("train", "--help").out.split())
    setting = SETTINGS[name]
    flag = f"--{name.replace('_', '-')}"
    start = words.index(f"{flag} ")
    described = words[start : words.index("]", words.index("default", start)) + 1]
    assert setting.help in described
    assert " to ".join(setting.limits()) in described if setting.is_number else " to " not in described.split("[")[-1]
    assert all(choice in described.split(setting.help)[0] for choice in setting.choices)
    default = getattr(PRESETS["standard"].configs["cnn"], name)
    default = f"{default:g}" if setting.is_number else default
    expected = {"evaluations": "1", "reink": "no", "average": "no"}.get(name, default)
    assert re.search(rf"default {re.escape(expected)}\b", described)


def test_the_help_of_train_tells_the_presets_apart_and_the_models_with_other_defaults(run: CommandLine) -> None:
    words = " ".join(run("train", "--help").out.split())
    assert all(f"{name}: {preset.sentence}" in words for name, preset in PRESETS.items())
    assert "[1 to 1,000; default 3; 5 for mlp]" in words
    assert "[0.000001 to 10; default 0.01; 0.003 for linear and mlp]" in words


def test_without_a_command_the_help_is_shown(run: CommandLine) -> None:
    ended = run()
    assert (ended.status, ended.out) == (2, "")
    assert all(verb in ended.err for verb in ("data", "train", "evaluate", "predict", "export"))


def test_the_command_line_works_as_a_process_of_its_own(canvas: Path, tmp_path: Path) -> None:
    strokes = jsonl(tmp_path / "pen.jsonl", {"strokes": "none"}, {"strokes": [ONE]})
    ended = subprocess.run(
        [sys.executable, "-m", "mnist_core", "predict", str(canvas), str(strokes)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 2
    assert [json.loads(line)["label"] for line in ended.stdout.splitlines()] == [7, 1]
    assert one_sentence(ended.stderr) and ended.stderr.startswith(f"{strokes}:1: ")
