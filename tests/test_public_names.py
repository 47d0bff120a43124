"""The public names of `mnist_core`, and the README's example that uses them."""

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mnist_core
from mnist_core import Prediction, StepReport
from mnist_core.ink.strokes import parse_strokes, rasterise
from mnist_core.paths import ASSETS
from tests.made import Miniature

ROOT = Path(__file__).parents[1]
PUBLIC = {
    "Attribution",
    "Prediction",
    "Predictor",
    "Split",
    "StepReport",
    "Strokes",
    "TrainConfig",
    "attribute",
    "fit",
    "load_predictor",
    "load_split",
}


def readme_example() -> str:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    return str(example)


def names_imported_for_type_checkers() -> dict[str, str]:
    """Return each name that `__init__` imports under TYPE_CHECKING, and the module that it comes from."""
    tree = ast.parse((ROOT / "mnist_core" / "__init__.py").read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    return {
        alias.name: str(node.module) for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }


def test_the_readmes_example_runs_as_written(
    miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    three = (ASSETS / "examples.jsonl").read_text(encoding="utf-8").splitlines()[3]
    photo = Image.fromarray((255 - 255 * rasterise(parse_strokes(three))).astype(np.uint8))
    photo.save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    exec(compile(readme_example(), "README.md", "exec"), {})
    from_photo, from_strokes, accuracy = capsys.readouterr().out.splitlines()
    assert (from_photo, from_strokes) == ("3", "1")
    assert 0 <= float(accuracy) <= 1


def test_the_readmes_example_is_short_and_imports_public_names_alone() -> None:
    lines = readme_example().splitlines()
    code = [line for line in lines if line and not re.match("import |from ", line)]
    assert len(code) <= 8
    tree = ast.parse(readme_example())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert imported <= PUBLIC


def test_the_list_and_the_imports_for_type_checkers_agree() -> None:
    assert sorted(PUBLIC) == mnist_core.__all__
    assert names_imported_for_type_checkers().keys() == PUBLIC <= set(dir(mnist_core))


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_name_is_that_of_its_module_and_documented(name: str) -> None:
    module = importlib.import_module(names_imported_for_type_checkers()[name])
    value = getattr(mnist_core, name)
    assert value is getattr(module, name)
    assert value.__module__ == module.__name__, "defined where the import says, not passed on from elsewhere"
    assert len(inspect.getdoc(value) or "") > 20
    assert not (inspect.getdoc(value) or "").startswith(f"{name}("), "dataclasses write such a text by themselves"


def test_reports_and_predictions_are_what_the_functions_give(
    tiny_splits: tuple[mnist_core.Split, mnist_core.Split],
) -> None:
    train, test = tiny_splits
    config = mnist_core.TrainConfig("linear", share=0.1)
    assert isinstance(next(iter(mnist_core.fit(config.build_model(), train, test, config))), StepReport)
    assert isinstance(mnist_core.load_predictor("linear").predict(train.images[0].numpy()), Prediction)


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="^module 'mnist_core' has no attribute 'nothing'$"):
        mnist_core.nothing  # noqa: B018


@pytest.mark.parametrize("path", ["mnist_core", "mnist_core.Strokes"])
def test_importing_the_library_loads_neither_torch_nor_the_trainer(path: str) -> None:
    program = (
        f"import sys, mnist_core; {path}\n"
        "print(sorted(name for name in sys.modules if name == 'torch' or name.startswith('mnist_core.')))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True
    )
    strokes = ["mnist_core.ink", "mnist_core.ink.strokes"] if path.endswith("Strokes") else []
    assert ended.stdout.strip() == str(strokes)
