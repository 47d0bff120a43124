from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_core.paths import ASSETS, ROOT, classes_root, data_root


def test_the_data_root_is_mnist_root_if_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_ROOT", "/somewhere")
    assert data_root() == Path("/somewhere")


@pytest.mark.parametrize(
    "unset",
    [lambda env: env.setenv("MNIST_ROOT", ""), lambda env: env.delenv("MNIST_ROOT", raising=False)],
    ids=["empty", "unset"],
)
def test_the_data_root_is_next_to_the_app_by_default(
    unset: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    unset(monkeypatch)
    assert data_root() == Path(__file__).parents[2] / "data"


def test_the_classes_are_in_classes_root_or_next_to_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLASSES_ROOT", "/somewhere")
    assert classes_root() == Path("/somewhere")
    monkeypatch.setenv("CLASSES_ROOT", "")
    assert classes_root() == Path(__file__).parents[2] / "classes"


def test_the_app_and_the_shipped_models_are_where_the_paths_say() -> None:
    assert (ROOT / "app.py").is_file()
    assert {folder.parent.name for folder in ASSETS.glob("*/model.safetensors")} >= {"linear", "mlp", "cnn"}
