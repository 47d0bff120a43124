"""What somebody gets who installs the project: a wheel that works away from the repository."""

import email
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from mnist_core.cli import BAD_INPUT
from tests.clone import ROOT, clone, repository_files

pytestmark = pytest.mark.slow
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MODEL_FILES = {"card.json", "config.json", "model.safetensors"}
SEVEN = '{"strokes": [[[90, 70], [190, 70], [130, 210]]], "brush": 20, "size": 280}'


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built from a fresh clone without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    source = clone(folder / "source")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run(
        [*command, "--wheel-dir", str(folder), str(source)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the unpacked wheel and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_installed(installed: Path, words: list[str], here: Path) -> str:
    """Run Python in a folder with the unpacked wheel on its path, and return what it printed."""
    environment = os.environ | {"PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    environment.pop("MNIST_ROOT", None)
    ended = subprocess.run(
        [sys.executable, *words], cwd=here, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_wheel_holds_the_library_and_the_shipped_models_alone(installed: Path) -> None:
    packed = {
        path.relative_to(installed).as_posix()
        for path in installed.rglob("*")
        if path.is_file() and ".dist-info" not in path.parts[len(installed.parts)]
    }
    models = {
        f"mnist_core/{name}"
        for name in repository_files()
        if name.startswith("assets/") and Path(name).name in MODEL_FILES
    }
    library = {name for name in repository_files() if name.startswith("mnist_core/")}
    assert packed == library | models
    assert {"mnist_core/py.typed", "mnist_core/assets/cnn/model.safetensors"} <= packed


def test_the_metadata_names_the_requirements_of_requirements_txt(installed: Path) -> None:
    (path,) = installed.glob("*.dist-info/METADATA")
    metadata = email.message_from_string(path.read_text(encoding="utf-8"))
    lines = (line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines())
    written = [str(Requirement(line)) for line in lines if line]
    assert [str(Requirement(line)) for line in metadata.get_all("Requires-Dist", [])] == written
    assert (metadata["Name"], metadata["Version"]) == (PROJECT["name"], PROJECT["version"])
    assert metadata["Requires-Python"] == PROJECT["requires-python"]


def test_an_installed_command_line_reads_strokes_away_from_the_repository(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "digits.jsonl").write_text(SEVEN + "\n", encoding="utf-8")
    answer = json.loads(run_installed(installed, ["-m", "mnist_core", "predict", "digits.jsonl"], tmp_path))
    assert (answer["label"], answer["is_digit"]) == (7, True)


def test_an_installed_library_looks_for_its_models_in_itself_and_for_data_here(installed: Path, tmp_path: Path) -> None:
    program = "from mnist_core.paths import ASSETS, data_root; print(ASSETS, data_root(), sep='\\n')"
    assets, data = run_installed(installed, ["-c", program], tmp_path).splitlines()
    assert Path(assets) == installed / "mnist_core" / "assets"
    assert Path(data) == tmp_path / "data"


def test_the_script_is_the_command_line(installed: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from importlib.metadata import entry_points; sys.argv = ['mnist-core', 'predict', 'missing.png']\n"
        "(script,) = entry_points(group='console_scripts', name='mnist-core')\n"
        "print(script.load()())"
    )
    assert run_installed(installed, ["-c", program], tmp_path).strip() == str(BAD_INPUT)
