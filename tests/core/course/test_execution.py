"""Blocks of code run as a notebook runs them."""

import io
from pathlib import Path

import pytest
from PIL import Image

from mnist_core.course.execution import Output, run_blocks
from mnist_core.data.split import MissingDataError
from tests.made import Miniature


def test_blocks_share_their_names_and_keep_what_they_print_and_their_last_value(miniature: Miniature) -> None:
    names: dict[str, object] = {}
    outputs = list(run_blocks(["a = 3\nprint(a)", "print('then')\na + 1", "b = a", "None", ""], names))
    assert outputs == [Output("3\n"), Output("then\n", "4"), Output(), Output(), Output()]
    assert names["b"] == 3 and outputs[1].text == "then\n4"


def test_figures_are_kept_and_what_matplotlib_returns_is_not(miniature: Miniature) -> None:
    (output,) = run_blocks(["import matplotlib.pyplot as plt\nplt.figure()\nplt.figure()\nplt.plot([1, 2])"], {})
    assert output.text == "" and len(output.figures) == 2
    with Image.open(io.BytesIO(output.figures[1])) as picture:
        assert picture.format == "PNG" and picture.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 0)


def test_the_current_folder_has_the_data_and_is_left_again(miniature: Miniature) -> None:
    before = Path.cwd()
    code = "import os\nprint(sorted(os.listdir()), sorted(os.listdir('data/MNIST')))"
    for output in run_blocks([code, code], {}):
        assert output.text == "['data'] ['raw']"
        assert Path.cwd() == before


def test_what_a_block_raises_is_raised_and_the_folder_is_left(miniature: Miniature) -> None:
    before = Path.cwd()
    with pytest.raises(ZeroDivisionError):
        list(run_blocks(["1 / 0"], {}))
    assert Path.cwd() == before


def test_without_mnist_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path))
    with pytest.raises(MissingDataError, match="train-images"):
        next(run_blocks(["raise AssertionError"], {}))
