"""The course as Jupyter notebooks, one per chapter, with what the code printed; and what they recorded.

The files have format 4.5, https://nbformat.readthedocs.io. A step's code cell has the step's key as its id.
"""

import base64
import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mnist_core.course.catalog import CHAPTERS, NUMBERS
from mnist_core.course.execution import Output, run_blocks
from mnist_core.course.step import Chapter, Step
from mnist_core.models.storage import atomic_write
from mnist_core.paths import ASSETS

FOLDER = ASSETS / "lessons"
SETUP = "setup"  # the id of the cell with the code of earlier chapters


def make_notebooks(folder: Path) -> Iterator[Path]:
    """Run every chapter and write its notebook, yielding each file once it is there; takes about a minute in all.

    Args:
        folder: where to write; it is created if missing.

    Raises:
        MissingDataError: MNIST is not where torchvision looks for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for chapter in CHAPTERS:
        path = folder / f"{chapter.name}.ipynb"
        text = json.dumps(as_notebook(chapter, run_chapter(chapter)), indent=1, ensure_ascii=False) + "\n"
        with atomic_write(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
        yield path


def run_chapter(chapter: Chapter) -> dict[str, Output]:
    """Run a chapter alone, as its notebook does, and return the output of each step by its key."""
    keys = [SETUP, *(step.key for step in chapter.steps)]
    outputs = run_blocks([chapter.setup, *(step.code for step in chapter.steps)], {})
    return dict(zip(keys, outputs, strict=True))


def as_notebook(chapter: Chapter, outputs: Mapping[str, Output]) -> dict[str, Any]:
    """Return a chapter as a notebook, ready for JSON.

    Args:
        chapter: its text and code.
        outputs: what the code gave, by the key of the step; a step that is not there has none.
    """
    cells = [_text_cell("chapter", f"# {chapter.title}\n\n{chapter.summary}")]
    if chapter.setup:
        cells.append(_text_cell("before", "This is the code of earlier chapters that this one needs."))
        cells.append(_code_cell(SETUP, chapter.setup, 1, Output(), ""))
    first = len(cells) // 2 + 1  # the number that Jupyter gives to the first step
    for count, step in enumerate(chapter.steps, start=first):
        cells.append(_text_cell(f"{step.key}-text", f"## {NUMBERS[step.key]}. {step.title}\n\n{step.explanation}"))
        cells.append(_text_cell(f"{step.key}-question", _question(step)))
        cells.append(_code_cell(step.key, step.code, count, outputs.get(step.key, Output()), step.figure))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, "title": chapter.title}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _text_cell(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}


def _code_cell(name: str, code: str, count: int, output: Output, figure: str) -> dict[str, Any]:
    parts: list[dict[str, Any]] = []
    if output.printed:
        parts.append({"output_type": "stream", "name": "stdout", "text": output.printed.splitlines(keepends=True)})
    if output.value:
        data = {"text/plain": output.value.splitlines(keepends=True)}
        parts.append({"output_type": "execute_result", "execution_count": count, "data": data, "metadata": {}})
    for picture in output.figures:
        data_of_figure = {"image/png": base64.b64encode(picture).decode(), "text/plain": [f"<Figure: {figure}>"]}
        about = {"image/png": {"alt": figure}}
        parts.append({"output_type": "display_data", "data": data_of_figure, "metadata": about})
    return {
        "cell_type": "code",
        "execution_count": count,
        "id": name,
        "metadata": {},
        "outputs": parts,
        "source": code.splitlines(keepends=True),
    }


def _question(step: Step) -> str:
    question = step.question
    options = "\n".join(f"- {letter}. {option}" for letter, option in zip("abcd", question.options, strict=False))
    answer = f"**{'abcd'[question.answer]}.** {question.explanation}"
    return (
        f"**Before you run it:** {question.words}\n\n{options}\n\n"
        f"<details><summary>Answer</summary>\n\n{answer}\n\n</details>"
    )


def recorded_outputs(folder: Path = FOLDER) -> dict[str, Output]:
    """Return what the notebooks in a folder recorded, by the key of the step; a missing notebook records nothing."""
    outputs = {}
    for chapter in CHAPTERS:
        path = folder / f"{chapter.name}.ipynb"
        if path.is_file():
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                if cell["cell_type"] == "code":
                    outputs[cell["id"]] = _output(cell["outputs"])
    outputs.pop(SETUP, None)
    return outputs


@functools.cache
def shipped_outputs() -> dict[str, Output]:
    """Return what the shipped notebooks recorded, see `recorded_outputs`; the files are read once per process."""
    return recorded_outputs()


def _output(parts: list[dict[str, Any]]) -> Output:
    printed = "".join("".join(part["text"]) for part in parts if part["output_type"] == "stream")
    values = ["".join(part["data"]["text/plain"]) for part in parts if part["output_type"] == "execute_result"]
    pictures = [part["data"]["image/png"] for part in parts if part["output_type"] == "display_data"]
    return Output(printed, "".join(values), tuple(map(base64.b64decode, pictures)))
