"""The notebooks: valid, with the text and the code of the course, and they give back what they recorded."""

import base64
import json
from pathlib import Path

import nbformat
import pytest

from mnist_core import cli
from mnist_core.course.catalog import CHAPTERS, STEPS
from mnist_core.course.execution import Output
from mnist_core.course.images import CHAPTER as IMAGES
from mnist_core.course.notebooks import FOLDER, as_notebook, make_notebooks, recorded_outputs, run_chapter
from mnist_core.course.step import Chapter
from tests.core.conftest import CommandLine
from tests.made import Miniature

MAX_BYTES = 200_000


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_a_shipped_notebook_is_what_the_course_says(chapter: Chapter) -> None:
    path = FOLDER / f"{chapter.name}.ipynb"
    shipped = json.loads(path.read_text(encoding="utf-8"))
    assert path.stat().st_size < MAX_BYTES
    expected = as_notebook(chapter, recorded_outputs())
    without_outputs = [[{**cell, "outputs": []} for cell in each["cells"]] for each in (shipped, expected)]
    assert without_outputs[0] == without_outputs[1]
    nbformat.validate(nbformat.reads(path.read_text(encoding="utf-8"), as_version=nbformat.NO_CONVERT))
    code = [cell["source"] for cell in nbformat.read(path, as_version=4)["cells"] if cell["cell_type"] == "code"]
    assert code == [*filter(None, [chapter.setup]), *(step.code for step in chapter.steps)]


def test_the_folder_has_the_notebooks_of_the_course_alone() -> None:
    assert {path.name for path in FOLDER.glob("*.ipynb")} == {f"{chapter.name}.ipynb" for chapter in CHAPTERS}


def test_every_step_has_a_recorded_output() -> None:
    recorded = recorded_outputs()
    assert list(recorded) == [step.key for step in STEPS]
    for step in STEPS:
        assert recorded[step.key].text or recorded[step.key].figures, step.key
        assert len(recorded[step.key].figures) == int(bool(step.figure))
        assert "/work" not in recorded[step.key].text and "/home" not in recorded[step.key].text


def test_what_is_written_can_be_read_again(tmp_path: Path) -> None:
    given = {"element": Output("printed\n", "a value", (b"picture",)), "view": Output(figures=(b"one",))}
    (tmp_path / f"{IMAGES.name}.ipynb").write_text(json.dumps(as_notebook(IMAGES, given)), encoding="utf-8")
    read = recorded_outputs(tmp_path)
    assert {key: output for key, output in read.items() if output != Output()} == given
    assert set(read) == {step.key for step in IMAGES.steps}


def test_a_figure_has_an_alternative_text_and_execution_is_counted(tmp_path: Path) -> None:
    cells = as_notebook(IMAGES, {"view": Output(figures=(b"one",))})["cells"]
    assert [cell["execution_count"] for cell in cells if cell["cell_type"] == "code"] == [1, 2, 3, 4, 5, 6, 7]
    (view,) = (cell for cell in cells if cell["id"] == "view")
    assert view["outputs"][0]["data"]["image/png"] == base64.b64encode(b"one").decode()
    assert view["outputs"][0]["metadata"]["image/png"]["alt"] == IMAGES.steps[4].figure


def test_making_them_runs_the_code(miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_core.course.notebooks.CHAPTERS", (IMAGES,))
    (path,) = make_notebooks(tmp_path / "new")
    assert path.name == f"{IMAGES.name}.ipynb"
    assert recorded_outputs(tmp_path / "new")["train-set"].text == str(len(miniature.train))
    assert run_chapter(IMAGES)["test-set"].text == str(len(miniature.test))


def test_the_command_says_what_it_wrote(
    run: CommandLine, miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_core.course.notebooks.CHAPTERS", (IMAGES,))
    ended = run("course", "--out", str(tmp_path / "lessons"))
    assert (ended.status, ended.err) == (0, "") and f"{IMAGES.name}.ipynb: " in ended.out
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path / "nowhere"))
    ended = run("course", "--out", str(tmp_path / "lessons"))
    assert ended.status == cli.BAD_INPUT and "python -m mnist_core data" in ended.err
