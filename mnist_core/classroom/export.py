"""All that a class handed in, as one zip file: tables for a spreadsheet, pictures, and a data set like MNIST."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from PIL import Image

from mnist_core.classroom.records import Drawing
from mnist_core.classroom.store import ClassStore

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for the beginning of a formula
README = """What the pupils of a class handed in.

pupils.csv    who joined, and where they were last
answers.csv   the first answer to each question of the course; options are counted from 0
drawings.csv  each drawing: the digit that was meant, the model's answer, and whether the pupil lets the class see it
scores.csv    the best score of each challenge
runs.csv      the runs in the race
pictures/     the drawings as PNG files of 28 x 28 pixels; NUMBER-DIGIT.png, with the numbers of drawings.csv
idx/          the same drawings as a data set in the format of MNIST, in the order of drawings.csv

Times are UTC. A text that a spreadsheet would take for a formula begins with an apostrophe.
To read the data set: torchvision.datasets.mnist.read_image_file("idx/class-images-idx3-ubyte"), and
read_label_file("idx/class-labels-idx1-ubyte").
"""


@dataclass(frozen=True)
class RunFigures:
    """What is known of a run in the race.

    Attributes:
        model: what it trains, such as "cnn".
        accuracy: on the test images so far, in [0, 1]; None before the first evaluation.
        seconds: of training so far.
    """

    model: str
    accuracy: float | None
    seconds: float


def class_zip(store: ClassStore, code: str, runs: Mapping[str, RunFigures]) -> bytes:
    """Return a class as a zip file.

    Args:
        store: where the class is.
        code: of the class.
        runs: what is known of the runs in its race, by name; a run that was deleted is missing.
    """
    pupils = store.pupils(code)
    names = {pupil.number: pupil.name for pupil in pupils}
    drawings = store.drawings(code)[::-1]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README)
        archive.writestr(
            "pupils.csv",
            table(
                ("pupil", "name", "page", "step", "joined", "last_seen"),
                ((each.number, each.name, each.page, each.step, _utc(each.joined_at), _utc(each.last_seen))
                 for each in pupils),
            ),
        )  # fmt: skip
        archive.writestr(
            "answers.csv",
            table(
                ("pupil", "name", "question", "option", "at"),
                ((each.pupil, names[each.pupil], each.question, each.option, _utc(each.at))
                 for each in store.answers(code)),
            ),
        )  # fmt: skip
        archive.writestr(
            "drawings.csv",
            table(
                ("drawing", "pupil", "name", "digit", "answer", "confidence", "may_be_shown", "at"),
                ((each.number, each.pupil, names[each.pupil], each.digit, each.answer, round(each.confidence, 6),
                  int(each.may_be_shown), _utc(each.at)) for each in drawings),
            ),
        )  # fmt: skip
        archive.writestr(
            "scores.csv",
            table(
                ("pupil", "name", "challenge", "value", "detail", "at"),
                ((each.pupil, names[each.pupil], each.challenge, each.value, each.detail, _utc(each.at))
                 for each in store.scores(code)),
            ),
        )  # fmt: skip
        archive.writestr(
            "runs.csv",
            table(
                ("pupil", "name", "run", "model", "accuracy", "seconds", "entered"),
                ((each.pupil, names[each.pupil], each.run, *_figures(runs.get(each.run)), _utc(each.at))
                 for each in store.entries(code)),
            ),
        )  # fmt: skip
        for each in drawings:
            archive.writestr(f"pictures/{each.number:05d}-{each.digit}.png", _png(each.image))
        if drawings:
            for name, content in _data_set(drawings).items():
                archive.writestr(f"idx/{name}", content)
    return file.getvalue()


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as CSV in UTF-8, with a mark that spreadsheets need to see that; no text in it is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    """Return a value for a spreadsheet, in which a text that looks like a formula stays a text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _figures(run: RunFigures | None) -> tuple[object, object, object]:
    if run is None:
        return "deleted", "", ""
    return run.model, "" if run.accuracy is None else round(run.accuracy, 6), round(run.seconds, 2)


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, format="PNG")
    return file.getvalue()


def _data_set(drawings: Sequence[Drawing]) -> dict[str, bytes]:
    """Return the images and the labels of drawings, one at least, by the names of their files."""
    # NOTE: late imports, because what the server loads before its first visitor must not load torch.
    import torch

    from mnist_core.data.idx import images_file, labels_file

    images = torch.from_numpy(np.stack([each.image for each in drawings]))
    labels = torch.tensor([each.digit for each in drawings])
    return {"class-images-idx3-ubyte": images_file(images), "class-labels-idx1-ubyte": labels_file(labels)}
