"""The command line: data, train, evaluate, predict, explain, export, course."""

import gc
import json
import shlex
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnist_core.constants import CLASSES, DEVICES
from mnist_core.models.config import PRESETS, SETTINGS, TrainConfig
from mnist_core.models.config_fields import format_number
from mnist_core.regular_files import read_regular

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import nn

    from mnist_core.ink.strokes import Strokes
    from mnist_core.recognition.predictor import NumberPrediction, Predictor
    from mnist_core.runs.run import Run
    from mnist_core.training.distributed import Workers
    from mnist_core.training.report import StepReport

# NOTE: what a command needs is imported inside it: PyTorch takes most of a second, and help and `data` do without it.

BAD_INPUT, INTERRUPTED = 2, 130  # exit status
DEFAULT_PRESET = "standard"
MAX_STROKES_BYTES = 256_000_000  # of a .jsonl file
MAX_LINE_BYTES = 2_000_000  # of one drawing; the most points that one may have need half of it
BOM = b"\xef\xbb\xbf"  # with which some editors begin a UTF-8 file
PERMILLE = 1000  # steps of the download's bar
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")  # of the files in a folder that are read
MAX_IMAGES = 100_000  # in a folder
METHOD_SLUGS = ("integrated-gradients", "occlusion", "grad-cam", "gradient")  # a test holds them to `analysis`

Ink = tuple[str, Callable[[], Any]]  # its name, and what loads it: strokes or coverage


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Handwritten digits: get MNIST, train models and predict digits."""


@cli.command()
def data() -> None:
    """Find or download MNIST, and verify it.

    Prints the number of images in each split, and the folder.
    """
    from mnist_core.data.catalog import RAW_FILES, read_split
    from mnist_core.data.idx import MissingDataError
    from mnist_core.paths import data_root

    root = data_root()
    try:
        splits = {name: read_split(name, root) for name in RAW_FILES}
    except (MissingDataError, ValueError):
        from mnist_core.data.download import download

        with click.progressbar(length=PERMILLE, label=f"Downloading MNIST into {root}", file=sys.stderr) as bar:
            download(root, lambda fraction: bar.update(int(fraction * PERMILLE) - bar.pos))
        splits = {name: read_split(name, root) for name in RAW_FILES}
    for name, split in splits.items():
        count, height, width = split.images.shape
        shown = name if split.source.startswith("MNIST") else split.source
        click.echo(f"{shown}: {count:,} images of {height}x{width}, verified, from {root}")


def _preset_config(preset: str, model: str) -> TrainConfig:
    """Return a preset for the command line, with one evaluation per epoch because no curves are shown."""
    return replace(PRESETS[preset].configs[model], evaluations=1)


def _config_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option for every field of the configuration."""
    for name, setting in reversed(SETTINGS.items()):
        flag = f"--{name.replace('_', '-')}"
        option = click.option(
            f"{flag}/--no-{flag[2:]}" if setting.kind is bool else flag,
            name,
            type=click.Choice(list(setting.choices)) if setting.choices else setting.kind,
            default=TrainConfig.model if name == "model" else None,
            help=_option_help(name),
        )
        command = option(command)
    return command


def _option_help(name: str) -> str:
    setting = SETTINGS[name]
    notes = [" to ".join(setting.limits())] if setting.is_number else []
    return f"{setting.help} [{'; '.join([*notes, f'default {_option_default(name)}'])}]"


def _option_default(name: str) -> str:
    """Return the default of an option, followed by the defaults of the models that differ."""
    if name == "model":
        return TrainConfig.model
    models: dict[str, list[str]] = {}
    for model in dict.fromkeys([TrainConfig.model, *SETTINGS["model"].choices]):
        models.setdefault(_option_value(getattr(_preset_config(DEFAULT_PRESET, model), name)), []).append(model)
    usual, *others = models
    return "; ".join([usual, *(f"{value} for {' and '.join(models[value])}" for value in others)])


def _option_value(value: str | int | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else format_number(value)


@cli.command()
@click.option("--out", type=click.Path(path_type=Path), help="The folder of a new run, created if missing.")
@click.option("--resume", type=click.Path(path_type=Path), help="The folder of an interrupted run, to continue it.")
@click.option(
    "--preset",
    type=click.Choice(list(PRESETS)),
    default=DEFAULT_PRESET,
    help=" ".join(f"{name}: {preset.sentence}" for name, preset in PRESETS.items()) + f" [default {DEFAULT_PRESET}]",
)
@click.option(
    "--device",
    type=click.Choice(DEVICES),
    default="auto",
    help="Where to compute. Auto uses an accelerator if there is one.",
)
@_config_options
@click.pass_context
def train(
    context: click.Context,
    /,
    model: str,
    out: Path | None,
    resume: Path | None,
    preset: str,
    device: str,
    **chosen: Any,
) -> None:
    """Train a model, or continue an interrupted run.

    The run's folder keeps its configuration, metrics, weights and card. Ctrl-C interrupts the run after its current
    step, and --resume continues it. The defaults below are those of the standard preset; --preset changes them, and an
    option overrides the preset.
    """
    from mnist_core.training.device import pick_device, resolve_precision
    from mnist_core.training.distributed import launched_workers

    if (out is None) == (resume is None):
        raise click.UsageError("Name a folder with --out for a new run, or with --resume to continue one.")
    target = pick_device(device)
    if resume is not None:
        _check_only_resume(context)
        run = _interrupted_run(resume)
    if out is not None:
        config = _preset_config(preset, model)
        config = replace(config, **{name: value for name, value in chosen.items() if value is not None})
        run = _new_run(resolve_precision(config, target), out)
    with launched_workers(target) as workers:
        if resume is not None and workers.count > 1:
            raise ValueError(f"--resume needs one process, got {workers.count}: start it without torchrun")
        is_done = _train(run, target, workers, is_new=resume is None)
    if not is_done:
        context.exit(INTERRUPTED)


def _check_only_resume(context: click.Context) -> None:
    """Refuse options that would change the configuration of a resumed run."""
    given = {
        name for name in context.params if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    }
    if others := sorted(given - {"resume", "device"}):
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in others)
        raise click.UsageError(f"--resume continues a run with its own configuration: leave out {flags}.")


def _new_run(config: TrainConfig, folder: Path) -> "Run":
    from mnist_core.runs.run import Run

    command = shlex.join(["python", "-m", "mnist_core", *sys.argv[1:]])
    return Run(folder.resolve().name, config, folder, owner="", command=command)


def _interrupted_run(folder: Path) -> "Run":
    from mnist_core.runs.run import RunState, load_run

    run = load_run(folder)
    if run is None:
        raise ValueError(f"{folder} must be the folder of a run, but it has none: start one with --out {folder}")
    if run.state is not RunState.INTERRUPTED:
        raise ValueError(f"only an interrupted run can be resumed, but the one in {folder} is {run.state}")
    return run


def _train(run: "Run", device: "torch.device", workers: "Workers", *, is_new: bool) -> bool:
    """Train a run with progress bars, and return False if it was interrupted."""
    from mnist_core.data.split import load_split
    from mnist_core.models import storage
    from mnist_core.runs import files
    from mnist_core.runs.run import RunState
    from mnist_core.runs.worker import fail_run, record_outcome, train_run

    train_split, test_split = load_split("train"), load_split("test")
    if workers.is_first and is_new:
        run.folder.mkdir(parents=True, exist_ok=True)
        with files.lock_run(run.folder):
            files.clear_run(run.folder)
            storage.save_json(run.folder / storage.CONFIG, run.config)
    progress = _Progress(run.config, len(train_split), hidden=not workers.is_first)
    try:
        with progress, _interruptible(run, workers):
            state = train_run(
                run,
                train_split,
                test_split,
                device,
                workers=workers,
                on_report=progress.report,
                on_reinked=progress.reinked,
            )
    except files.BusyRunError:
        raise
    except Exception as error:
        if not workers.is_first:
            raise
        fail_run(run, error)
        raise ValueError(run.message) from error
    if not workers.is_first:
        return True
    record_outcome(run, state)
    if state is RunState.INTERRUPTED:
        click.echo(f"Interrupted. Continue with: python -m mnist_core train --resume {run.folder}", err=True)
        return False
    card = storage.load_trained(run.folder).card
    assert card is not None, "a run ends with an evaluation"
    click.echo(f"{run.folder}: {card.parameters:,} parameters, test accuracy {card.test_accuracy:.2%}")
    return True


@contextmanager
def _interruptible(run: "Run", workers: "Workers") -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM interrupt a run after its current step, and a second one end the process at once.

    With several processes the first signal ends them at once, because each waits for the others in every step.
    """
    if workers.count > 1:
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def interrupt(*_: object) -> None:
        run.shutdown_requested = True
        restore()

    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        restore()


class _Progress:
    """Progress bars on stderr, one for the re-inking and one for the steps, and a line per evaluation on stdout."""

    def __init__(self, config: TrainConfig, images: int, *, hidden: bool) -> None:
        self.config, self.images, self.hidden = config, images, hidden
        self._bars = ExitStack()
        self._bar: Any = None

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.close()

    def reinked(self, count: int) -> None:
        """Advance the bar by `count` re-inked images."""
        if self._bar is None:
            self._show(self.images, "Re-inking")
        self._bar.update(count)

    def report(self, report: "StepReport") -> None:
        """Advance the bar by one step, and print the result of an evaluation."""
        if self._bar is None or self._bar.length != report.steps:
            self._show(report.steps, f"Training {self.config.model}")
            self._bar.update(report.step - 1)
        self._bar.update(1)
        if report.test_accuracy is not None:
            click.echo(
                f"epoch {report.epoch:.2f}  {report.seconds:.1f} s  test accuracy {report.test_accuracy:.2%}  "
                f"test loss {report.test_loss:.4f}"
            )

    def _show(self, length: int, label: str) -> None:
        self._bars.close()
        bar = click.progressbar(length=length, label=label, file=sys.stderr, hidden=self.hidden)
        self._bar = self._bars.enter_context(bar)


@cli.command()
@click.argument("model")
def evaluate(model: str) -> None:
    """Measure the accuracy of a model on the test set.

    Prints the accuracy, overall and per digit, and the confusion matrix. MODEL is a shipped model (linear, mlp or cnn)
    or a run's folder.
    """
    from mnist_core.data.split import load_split
    from mnist_core.models import storage
    from mnist_core.models.evaluation import accuracy_by_class
    from mnist_core.models.evaluation import evaluate as evaluate_model

    trained = storage.load_trained(storage.model_folder(model))
    split = load_split("test")
    result = evaluate_model(trained.model, split)
    click.echo(f"{trained.name} on the {split.source}, {len(split):,} images")
    click.echo(f"accuracy {result.accuracy:.2%}, mean cross-entropy {result.loss:.4f} nats\n")
    click.echo("label  accuracy  predicted  " + " ".join(f"{digit:>5}" for digit in range(10)))
    rows = zip(accuracy_by_class(result.confusion), result.confusion, strict=True)
    for digit, (accuracy, counts) in enumerate(rows):
        click.echo(f"{digit:>5}  {accuracy:>8.2%}             " + " ".join(f"{count:>5}" for count in counts))


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", default="cnn", help="A shipped model (linear, mlp, cnn) or a run's folder. [default cnn]")
@click.pass_context
def predict(context: click.Context, files: tuple[Path, ...], model: str) -> None:
    """Predict the digits in images or strokes.

    Each of FILES is an image (.png, .jpg or .webp), a folder of images, which are sorted by name, or has one drawing
    per line (.jsonl). Prints one JSON object per image or drawing. Many are predicted in batches, on all cores.
    """
    from mnist_core.recognition.predictor import load_predictor
    from mnist_core.recognition.processes import share_out

    predictor = load_predictor(model)
    inks = (ink for path in files for ink in _inks_of(path))
    for text, is_error in chain.from_iterable(share_out(partial(_answers, predictor), _batches(inks))):
        click.echo(text, err=is_error)
        if is_error:
            context.find_root().obj = BAD_INPUT


def _answers(predictor: "Predictor", inks: list[Ink]) -> list[tuple[str, bool]]:
    """Predict the digits in inks, and return for each the line to print, and whether it says why there is no answer."""
    loaded: list[Any] = []
    for _, load in inks:
        try:
            loaded.append(load())
        except (ValueError, OSError) as error:
            loaded.append(error)
    predictions = predictor.predict_many(ink for ink in loaded if not isinstance(ink, Exception))
    return [
        (f"{source}: {_reason(ink)}", True)
        if isinstance(ink, Exception)
        else (json.dumps(_answer_json(next(predictions), source)), False)
        for (source, _), ink in zip(inks, loaded, strict=True)
    ]


def _answer_json(answer: "NumberPrediction", source: str) -> dict[str, Any]:
    """Return the answer to print; for several digits in a row it includes the number that they form."""
    record = answer.whole.as_json(source)
    return record | {"number": answer.number} if len(answer.digits) > 1 else record


def _batches(inks: Iterable[Ink]) -> Iterator[list[Ink]]:
    """Yield inks in lists of up to `BATCH_SIZE`."""
    from mnist_core.recognition.predictor import BATCH_SIZE

    remaining = iter(inks)
    while batch := list(islice(remaining, BATCH_SIZE)):
        yield batch


def _inks_of(path: Path) -> Iterator[Ink]:
    """Yield a name and a loader for each ink in a file, or in the images of a folder."""
    try:
        images = _images_in(path) if path.is_dir() else [path]
    except (ValueError, OSError) as error:
        yield str(path), partial(_fail, error)
        return
    for image in images:
        yield from _inks(image)


def _images_in(folder: Path) -> list[Path]:
    """Return the images in a folder, but not those in folders within it, sorted by name."""
    names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    images = [folder / name for name in names if name.lower().endswith(IMAGE_SUFFIXES)]
    if not 1 <= len(images) <= MAX_IMAGES:
        got = f"{len(images):,}" if images else "none"
        raise ValueError(f"a folder must have 1 to {MAX_IMAGES:,} images (.png, .jpg or .webp), got {got}")
    return images


def _inks(path: Path) -> Iterator[Ink]:
    """Yield a name and a loader for each ink in a file, so that one bad line does not affect the others."""
    if path.suffix.lower() != ".jsonl":
        yield str(path), partial(_load_image, path)
        return
    try:
        content = read_regular(path, MAX_STROKES_BYTES)
    except OSError as error:
        yield str(path), partial(_fail, error)
        return
    # NOTE: not splitlines, which also splits at characters that JSON allows within a text, such as U+2028.
    start, number = len(BOM) if content.startswith(BOM) else 0, 0
    while start < len(content):
        end, number = content.find(b"\n", start), number + 1
        line = content[start : end if end >= 0 else len(content)]
        if line.strip():
            yield f"{path}:{number}", partial(_load_strokes, line)
        start = end + 1 if end >= 0 else len(content)


def _load_image(path: Path) -> "np.ndarray":
    from mnist_core.ink.photo import extract_ink, open_image
    from mnist_core.recognition.processes import one_at_a_time

    with one_at_a_time():
        image = open_image(path)
    return extract_ink(image)


def _load_strokes(line: bytearray) -> "Strokes":
    from mnist_core.ink.strokes import parse_strokes

    return parse_strokes(_decode(line))


def _decode(line: bytearray) -> str:
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"a line must have at most {MAX_LINE_BYTES:,} bytes, got {len(line):,}")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("expected UTF-8 text with one JSON object per line, got other bytes") from None


def _fail(error: Exception) -> "Strokes":
    raise error


@cli.command()
@click.argument("model")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The .onnx file to write.")
def export(model: str, out: Path) -> None:
    """Write a model to an ONNX file.

    The file takes images (N, 28, 28) uint8 and gives ten probabilities per image. MODEL is a shipped model (linear, mlp
    or cnn) or a run's folder.
    """
    from mnist_core.models import storage
    from mnist_core.models.onnx_export import export_onnx

    trained = storage.load_trained(storage.model_folder(model))
    if not out.parent.is_dir():
        raise ValueError(f"--out must be a file in an existing folder, but {out.parent} does not exist")
    export_onnx(trained.model, out, trained.temperature)
    click.echo(f"{out}: {out.stat().st_size:,} bytes")


@cli.command()
@click.argument("model")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--method",
    type=click.Choice(METHOD_SLUGS),
    default=METHOD_SLUGS[0],
    help=f"How to explain. Grad-CAM needs a network with convolutions. [default {METHOD_SLUGS[0]}]",
)
@click.option(
    "--target", type=click.IntRange(0, CLASSES - 1), help="The digit to explain. [default the model's answer]"
)
@click.option(
    "--out",
    "outs",
    type=click.Path(path_type=Path),
    multiple=True,
    default=["saliency.png"],
    help="A .png file for the picture, or an .npz file for the raw values; may be given twice. [default saliency.png]",
)
@click.option("--random", is_flag=True, help="Explain the same network with random weights instead, to compare.")
@click.pass_context
def explain(
    context: click.Context,
    model: str,
    file: Path,
    method: str,
    target: int | None,
    outs: tuple[Path, ...],
    random: bool,
) -> None:
    """Explain an answer: how much each pixel speaks for a digit.

    MODEL is a shipped model (linear, mlp or cnn) or a run's folder. FILE is an image (.png, .jpg or .webp) or has one
    drawing per line (.jsonl); with several drawings, the number of the line is added to the names of the files. Prints
    one JSON object per image or drawing.

    Thick lines in an image are read twice, see `predict`: the answer is that of both, and the first is explained.

    The picture shows in blue what speaks for the digit and in orange what speaks against it. The .npz file has
    `values` (28, 28), positive for the digit, `picture` (28, 28), the normalised input, `target`, `method`, `unit`,
    `baseline`, the value of blank paper, and ten `logits` and `baseline_logits`.
    """
    from mnist_core.analysis.attribution import check_method, randomised
    from mnist_core.models import storage

    for out in outs:
        if out.suffix.lower() not in (".png", ".npz"):
            raise ValueError(f"--out must be a .png or .npz file, got {str(out)!r:.150}")
        if not out.parent.is_dir():
            raise ValueError(f"--out must be a file in an existing folder, but {out.parent} does not exist")
    trained = storage.load_trained(storage.model_folder(model))
    check_method(trained.model, method)
    network = randomised(trained.config) if random else trained.model
    name = f"{trained.name} with random weights" if random else trained.name
    inks = list(_inks(file))
    for source, load in inks:
        number = source.removeprefix(f"{file}:") if len(inks) > 1 else ""
        files = [out.with_stem(f"{out.stem}-{number}") if number else out for out in outs]
        try:
            tensors = _input_tensors(load())
            digit = int(trained.model(tensors).mean(dim=0).argmax()) if target is None else target  # as `predict`
            answer = _explain(network, name, tensors[0], digit, method, files)
        except (ValueError, OSError) as error:
            click.echo(f"{source}: {_reason(error)}", err=True)
            context.find_root().obj = BAD_INPUT
        else:
            click.echo(json.dumps({"source": source} | answer))


def _input_tensors(ink: "Strokes | np.ndarray") -> "torch.Tensor":
    """Return all that a model reads of the ink: (n, 1, 28, 28), normalised."""
    import torch

    from mnist_core.ink.preprocessing import preprocess

    stages = preprocess(ink)
    if stages is None:
        raise ValueError("expected a digit to explain, got no ink")
    return torch.stack(stages.tensors)


def _explain(
    network: "nn.Sequential", name: str, tensor: "torch.Tensor", target: int, method: str, files: list[Path]
) -> dict[str, Any]:
    """Write the explanation of an answer to files, and return what to print."""
    from mnist_core.analysis.attribution import attribute
    from mnist_core.analysis.attribution_picture import attribution_npz, attribution_png
    from mnist_core.models import storage

    explained = attribute(network, tensor, target, method)
    for path in files:
        is_picture = path.suffix.lower() == ".png"
        content = attribution_png(explained, name) if is_picture else attribution_npz(explained)
        with storage.atomic_write(path) as unfinished:
            unfinished.write_bytes(content)
    return {
        "target": target,
        "method": method,
        "logit": round(explained.logits[target], 6),
        "baseline_logit": round(explained.baseline_logits[target], 6),
        "sum": round(explained.total, 6),
        "files": [str(path) for path in files],
    }


@cli.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write.")
def course(out: Path) -> None:
    """Run the course of the Learn page, and write it as Jupyter notebooks with their outputs.

    Takes about a minute on two cores, and needs MNIST.
    """
    from mnist_core.course.notebooks import make_notebooks

    for path in make_notebooks(out):
        click.echo(f"{path}: {path.stat().st_size:,} bytes")


def _sentence(error: Exception) -> str:
    """Return one sentence that includes the file of a system error."""
    file = error.filename if isinstance(error, OSError) and error.strerror else None
    return f"{file}: {_reason(error)}" if file else _reason(error)


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def main() -> int:
    """Run the command line and return its exit status; every error is one sentence on stderr."""
    gc.freeze()  # NOTE: the imports leave no garbage, and searching them for it takes a third of a second at exit alone
    try:
        context = cli.make_context("python -m mnist_core", sys.argv[1:])
        with context:
            cli.invoke(context)
            return int(context.obj or 0)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nStopped.", err=True)
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
    except click.ClickException as error:
        click.echo(f"Error: {error.format_message()}", err=True)
    except (ValueError, OSError) as error:
        click.echo(f"Error: {_sentence(error)}", err=True)
    return BAD_INPUT
