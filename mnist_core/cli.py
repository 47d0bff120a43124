"""The command line: find the data, train, evaluate, predict, export."""

import gc
import json
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch

from mnist_core.data.download import download
from mnist_core.data.split import RAW_FILES, MissingDataError, Split, load_split
from mnist_core.ink.photo import extract_ink, open_image
from mnist_core.ink.strokes import Strokes, parse_strokes
from mnist_core.models import storage
from mnist_core.models.config import CHOICES, PRESETS, TrainConfig
from mnist_core.models.evaluation import calibrate
from mnist_core.models.evaluation import evaluate as evaluate_model
from mnist_core.models.networks import MODELS, parameter_count
from mnist_core.models.onnx_export import export_onnx
from mnist_core.paths import data_root
from mnist_core.recognition.predictor import Predictor
from mnist_core.training.device import DEVICES, pick_device, resolve_precision
from mnist_core.training.distributed import Workers, launched_workers
from mnist_core.training.learner import Learner
from mnist_core.training.loop import fit, make_learner
from mnist_core.training.metrics import METRICS_EVERY, append_metrics, start_metrics
from mnist_core.training.reinking import append_reinked
from mnist_core.training.report import StepReport
from mnist_core.training.subset import training_subset

BAD_INPUT = 2  # exit status
PERMILLE = 1000  # steps of the download's bar


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Handwritten digits: MNIST, ink to tensor, training, and what a model says."""


@cli.command()
def data() -> None:
    """Find or download MNIST, verify it, and print counts and where from."""
    root = data_root()
    try:
        splits = [load_split(name, root) for name in RAW_FILES]
    except (MissingDataError, ValueError):
        with click.progressbar(length=PERMILLE, label=f"Downloading MNIST into {root}", file=sys.stderr) as bar:
            download(root, lambda fraction: bar.update(int(fraction * PERMILLE) - bar.pos))
        splits = [load_split(name, root) for name in RAW_FILES]
    for split in splits:
        _, height, width = split.images.shape
        name = split.name if split.source.startswith("MNIST") else split.source
        click.echo(f"{name}: {len(split):,} images of {height}x{width}, verified, from {root}")


def _config_options(command: Callable[..., None]) -> Callable[..., None]:
    for field in reversed([field for field in fields(TrainConfig) if field.name != "model"]):
        flag = f"--{field.name.replace('_', '-')}"
        kind: Any = click.Choice(CHOICES[field.name]) if field.name in CHOICES else type(field.default)
        option = click.option(f"{flag}/--no-{flag[2:]}" if kind is bool else flag, field.name, type=kind, default=None)
        command = option(command)
    return command


@cli.command()
@click.option("--model", default="cnn", help=f"One of {', '.join(MODELS)}.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder for the run, made if missing.")
@click.option("--preset", type=click.Choice(list(PRESETS)), default="standard", help="What the other options change.")
@click.option("--device", type=click.Choice(DEVICES), default="auto")
@_config_options
def train(model: str, out: Path, preset: str, device: str, **chosen: Any) -> None:
    """Train a model and keep config.json, metrics.csv, model.safetensors and card.json in a folder."""
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, got {model!r}")
    config = replace(PRESETS[preset][model], evaluations=1)  # nobody watches between the epochs
    config = replace(config, **{name: value for name, value in chosen.items() if value is not None})
    target = pick_device(device)
    config = resolve_precision(config, target)
    with launched_workers(target) as workers:
        _train(config, out, target, workers)


def _train(config: TrainConfig, out: Path, device: torch.device, workers: Workers) -> None:
    train_split, test_split = load_split("train"), load_split("test")
    if config.reink:
        with _bar(len(train_split), "Re-inking", workers) as bar:
            train_split = append_reinked(train_split, config.seed, bar.update)
    network = config.build_model()
    learner = make_learner(network, train_split, config, device=device, workers=workers)
    reports = fit(network, train_split, test_split, config, device=device, learner=learner)
    if workers.is_first:
        out.mkdir(parents=True, exist_ok=True)
        storage.save_json(out / storage.CONFIG, config)
        start_metrics(out / storage.METRICS)
    unwritten: list[StepReport] = []
    with _bar(learner.steps, f"Training {config.model}", workers) as bar:
        for report in reports:
            bar.update(1)
            unwritten.append(report)
            if workers.is_first and (len(unwritten) == METRICS_EVERY or report.test_accuracy is not None):
                append_metrics(out / storage.METRICS, unwritten)
                unwritten.clear()
            if report.test_accuracy is not None:
                click.echo(
                    f"epoch {report.epoch:.2f}  {report.seconds:.1f} s  test accuracy {report.test_accuracy:.2%}  "
                    f"test loss {report.test_loss:.4f}"
                )
    if workers.is_first:
        _keep(learner, out, train_split, test_split, report)


def _bar(length: int, label: str, workers: Workers) -> Any:
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=not workers.is_first)


def _keep(learner: Learner, out: Path, train_split: Split, test_split: Split, last: StepReport) -> None:
    network, config = learner.model, learner.config
    storage.save_weights(out / storage.WEIGHTS, network)
    assert learner.evaluation is not None, "a run ends with an evaluation"
    temperature, _, calibration_error = calibrate(learner.evaluation.logits, test_split.labels)
    learnt = training_subset(train_split, config)
    card = storage.ModelCard(
        data=f"{learnt.source}, {len(learnt):,} images",
        command=shlex.join(["python", "-m", "mnist_core", *sys.argv[1:]]),
        seed=config.seed,
        epochs=config.epochs,
        parameters=parameter_count(network),
        test_accuracy=last.test_accuracy or 0.0,
        seconds=round(last.seconds, 1),
        temperature=temperature,
        calibration_error=calibration_error,
    )
    storage.save_json(out / storage.CARD, card)
    click.echo(f"{out}: {card.parameters:,} parameters, test accuracy {card.test_accuracy:.2%}")


@cli.command()
@click.argument("model")
def evaluate(model: str) -> None:
    """Print a model's accuracy on the test set, in all and for each digit, and its confusion matrix."""
    trained = storage.load_trained(storage.model_folder(model))
    split = load_split("test")
    evaluation = evaluate_model(trained.model, split)
    click.echo(f"{trained.name} on the {split.source}, {len(split):,} images")
    click.echo(f"accuracy {evaluation.accuracy:.2%}, mean cross-entropy {evaluation.loss:.4f} nats\n")
    click.echo("label  accuracy   read as  " + " ".join(f"{digit:>5}" for digit in range(10)))
    for digit, row in enumerate(evaluation.confusion):
        click.echo(f"{digit:>5}  {row[digit] / max(1, sum(row)):>8.2%}            " + " ".join(f"{n:>5}" for n in row))


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", default="cnn", help="A shipped model's name or a run's folder.")
@click.pass_context
def predict(context: click.Context, files: tuple[Path, ...], model: str) -> None:
    """Say which digit each image (.png, .jpg, .webp) or each line of strokes (.jsonl) is: one JSON object a line."""
    predictor = Predictor.of(storage.load_trained(storage.model_folder(model)))
    for path in files:
        for source, load in _inks(path):
            try:
                click.echo(json.dumps(_answer(predictor, load(), source)))
            except (ValueError, OSError) as error:
                click.echo(f"{source}: {_sentence(error)}", err=True)
                context.find_root().obj = BAD_INPUT


def _answer(predictor: Predictor, ink: Strokes | np.ndarray, source: str) -> dict[str, Any]:
    """Return the answer to print; a picture of several digits in a row has their number as well."""
    answer = predictor.predict(ink).as_json(source)
    row = predictor.predict_sequence(ink) if isinstance(ink, np.ndarray) else []
    if len(row) > 1:
        answer["number"] = "".join(str(digit.label) for digit in row)
    return answer


def _inks(path: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield a name and a loader for every ink in a file, so that one bad line spoils no other."""
    if path.suffix.lower() != ".jsonl":
        yield str(path), lambda: extract_ink(open_image(path))
        return
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        failure = error
        yield str(path), lambda: _fail(failure)
        return
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield f"{path}:{number}", lambda line=line: parse_strokes(line)  # type: ignore[misc]


def _fail(error: Exception) -> Strokes:
    if isinstance(error, UnicodeDecodeError):
        raise ValueError("expected UTF-8 text with one JSON object a line, got other bytes")
    raise error


@cli.command()
@click.argument("model")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The .onnx file to write.")
def export(model: str, out: Path) -> None:
    """Write a model as ONNX: a (N, 28, 28) uint8 image in, ten probabilities out."""
    trained = storage.load_trained(storage.model_folder(model))
    export_onnx(trained.model, out, trained.temperature)
    click.echo(f"{out}: {out.stat().st_size:,} bytes")


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def main() -> int:
    """Run the command line and return its exit status; every error is one sentence on stderr."""
    gc.freeze()  # what the imports made is no garbage: looking through it takes a third of a second at the end alone
    try:
        context = cli.make_context("python -m mnist_core", sys.argv[1:])
        with context:
            cli.invoke(context)
            return int(context.obj or 0)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nStopped.", err=True)
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
    except click.ClickException as error:
        click.echo(f"Error: {error.format_message()}", err=True)
    except (ValueError, OSError) as error:
        click.echo(f"Error: {_sentence(error)}", err=True)
    return BAD_INPUT
