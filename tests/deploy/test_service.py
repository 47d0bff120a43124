"""The systemd unit: what systemd says of it, and whether the app can work under it."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_core.runs.registry import STOP_TIMEOUT
from tests.clone import ROOT

UNIT = ROOT / "assets" / "deploy" / "digits.service"
README = (ROOT / "assets" / "deploy" / "README.md").read_text(encoding="utf-8")
MOST_EXPOSED = 2.0  # of 10, in the words of systemd-analyze: "OK" is below 4.5


def directives(name: str) -> list[str]:
    """Return all values of a directive, in their order."""
    lines = (line.partition("=") for line in UNIT.read_text(encoding="utf-8").splitlines())
    return [value for key, _, value in lines if key == name]


def one(name: str) -> str:
    (value,) = directives(name)
    return value


def environment() -> dict[str, str]:
    return dict(word.split("=", 1) for line in directives("Environment") for word in line.split())


def test_the_app_has_longer_to_stop_than_its_runs_take() -> None:
    assert one("KillSignal") == "SIGTERM"
    assert int(one("TimeoutStopSec")) > STOP_TIMEOUT
    assert one("Restart") == "always"


def test_the_app_writes_only_where_the_unit_lets_it() -> None:
    assert one("ProtectSystem") == "strict"
    writable = Path(one("ReadWritePaths"))
    assert writable == Path("/var/lib") / one("StateDirectory")
    for name in ("MNIST_ROOT", "RUNS_ROOT", "CLASSES_ROOT"):
        assert writable in Path(environment()[name]).parents


def test_the_environment_variables_are_those_that_the_app_reads() -> None:
    read = "".join(
        path.read_text("utf-8") for tree in ("mnist_core", "app_pages") for path in (ROOT / tree).rglob("*.py")
    )
    known = {"PYTHONUNBUFFERED"}  # of Python
    assert {name for name in environment() if f'"{name}"' not in read} == known


def test_the_commands_of_the_readme_make_what_the_unit_names() -> None:
    assert one("ExecStart").startswith(f"{one('WorkingDirectory')}/.venv/bin/streamlit ")
    assert f"cd {one('WorkingDirectory')}\nsudo python3 -m venv .venv\n" in README
    assert re.search(rf"^sudo useradd .*--user-group .*{one('User')}$", README, re.MULTILINE)
    assert one("Group") == one("User")
    assert one("EnvironmentFile").removeprefix("-") in README
    assert f"/etc/systemd/system/{UNIT.name}" in README


def test_streamlit_knows_every_option_of_the_command() -> None:
    program, *words = shlex.split(one("ExecStart"))
    assert Path(program).name == "streamlit" and words[:2] == ["run", "app.py"]
    streamlit = shutil.which("streamlit", path=str(Path(sys.executable).parent))
    assert streamlit
    offered = subprocess.run([streamlit, "run", "--help"], capture_output=True, text=True, check=True).stdout
    options = {word for word in words if word.startswith("--")}
    assert options and options <= set(re.findall(r"--[\w.]+", offered))


@pytest.fixture
def analyze() -> str:
    program = shutil.which("systemd-analyze")
    if not program:
        pytest.skip("needs systemd-analyze")
    return program


def test_systemd_finds_nothing_wrong_with_the_unit(analyze: str, tmp_path: Path) -> None:
    program = tmp_path / "streamlit"
    program.touch(mode=0o755)
    text = UNIT.read_text(encoding="utf-8")
    here = tmp_path / UNIT.name
    here.write_text(text.replace("/opt/digits/.venv/bin/streamlit", str(program)), encoding="utf-8")
    ended = subprocess.run([analyze, "verify", str(here)], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")
    here.write_text(text.replace("Restart=always", "Restart=allways"), encoding="utf-8")
    wrong = subprocess.run([analyze, "verify", str(here)], capture_output=True, text=True, check=False)
    assert "allways" in wrong.stderr


def test_systemd_calls_the_unit_well_protected(analyze: str) -> None:
    command = [analyze, "security", "--offline=true", str(UNIT)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    (exposure,) = re.findall(r"exposure level for digits\.service: ([\d.]+)", ended.stdout)
    assert float(exposure) <= MOST_EXPOSED
