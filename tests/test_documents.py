"""The documents against the project: figures, commands and links."""

import ast
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import mean
from typing import Any

import pytest

from mnist_core.cli import BAD_INPUT, cli
from mnist_core.data.split import RAW_FILES
from tests.clone import ROOT, clone
from tests.core.test_architecture import CORE_FLOORS, PAGE_FLOORS

DOCUMENTS = ("README.md", "assets/MEASUREMENTS.md", ".github/CONTRIBUTING.md", "assets/deploy/README.md")
README, MEASUREMENTS, CONTRIBUTING, _ = ((ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS)
BENCHMARKS = sorted(
    path for path in (ROOT / "tests" / "benchmarks").glob("*.py") if "__main__" in path.read_text(encoding="utf-8")
)
MODELS = ("linear", "mlp", "cnn")
MAX_WORDS = 900
UNITS = "KB|MB|GB|GFLOP/s|ms|s|px"
FIGURE = re.compile(rf"(?<![\w.])\d+(?:,\d{{3}})*(?:\.\d+)?(?:%| (?:{UNITS})\b)?(?!\w)")
PYTHONS = ("python", "python3", ".venv/bin/python")
PROGRAMS = (*PYTHONS, ".venv/bin/pip", ".venv/bin/streamlit", "streamlit", "torchrun", ".ci/check", ".ci/run")


def without_code(text: str) -> str:
    """Return a document without its pictures, its code and the targets of its links."""
    text = re.sub(r"`[^`\n]+`", "", without_blocks(text))
    return re.sub(r"\]\([^)]*\)", "]", text)


def without_blocks(text: str) -> str:
    """Return a document without its pictures and its blocks of code."""
    return re.sub(r"!\[[^]]*\]\([^)]*\)", "", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def figures(text: str) -> set[str]:
    """Return all figures in a document's prose and tables, each with its unit."""
    return set(FIGURE.findall(without_code(text)))


def card(name: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((ROOT / "assets" / name / "card.json").read_text(encoding="utf-8"))
    return record


def weights_size(name: str) -> str:
    return f"{round((ROOT / 'assets' / name / 'model.safetensors').stat().st_size / 1000)} KB"


def rows(text: str, first: str) -> dict[str, list[str]]:
    """Return the cells of the rows of tables whose first cell begins with a text."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "|" in line]
    return {row[0]: row[1:] for row in cells if row[0].startswith(first)}


def test_readme_is_short() -> None:
    assert len(without_blocks(README).split()) <= MAX_WORDS


def test_readme_repeats_only_figures_that_are_measured_or_counted() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    images = {name: files[0].shape[0] for name, files in RAW_FILES.items()}
    counted = {f"{images['test']:,}", f"{sum(images.values()):,}", project["requires-python"].removeprefix(">=")}
    assert figures(README) <= figures(MEASUREMENTS) | counted | {str(BAD_INPUT)}


def test_a_figure_is_found_with_its_unit_and_never_in_code() -> None:
    text = "It takes 4 ms, 98.3% of 1,750; 28x28, `9 s` and [page](x/12.md)\n```sh\nrun 77\n```\n"
    assert figures(text) == {"4 ms", "98.3%", "1,750"}


@pytest.mark.parametrize("document", [README, MEASUREMENTS], ids=["README", "MEASUREMENTS"])
@pytest.mark.parametrize("model", MODELS)
def test_the_models_tables_are_those_of_the_cards(document: str, model: str) -> None:
    known = card(model)
    ((parameters, size, accuracy, *rest),) = rows(document, f"`{model}`").values()
    assert parameters == f"{known['parameters']:,}"
    assert size == weights_size(model)
    assert accuracy == f"{known['test_accuracy']:.2%}"
    if rest:
        calibration_error, arguments = rest
        assert calibration_error == f"{known['calibration_error']:.1%}"
        command = shlex.split(known["command"])
        assert command[: command.index("--out")] == [
            *("python", "-m", "mnist_core"),
            *shlex.split(arguments.strip("`")),
            *(["--seed", "0"] if "--seed" in command else []),
        ]
        assert known["seed"] == 0


@pytest.mark.parametrize("name", sorted(path.parent.name for path in (ROOT / "assets").glob("*/card.json")))
def test_the_command_of_a_card_runs_anywhere(name: str) -> None:
    command = card(name)["command"]
    assert command.startswith("python -m ") and not re.search(r"(^|\s|=)[/~]", command)


def test_the_detectors_figures_are_those_of_its_card() -> None:
    known = card("ood_detector")
    held_out, shipped = known["held_out"], known["shipped"]
    printed = "printed letters"
    unseen = [share for name, share in held_out["nondigits_flagged"].items() if name in {*held_out["unseen"], printed}]
    digits, nondigits = shipped["digits_flagged"], shipped["nondigits_flagged"]
    pens = {
        way: [digits[f"pen digits, brush {brush}, {way}"] for brush in (8, 14, 20, 28)] for way in ("strokes", "pixels")
    }
    table = rows(MEASUREMENTS.split("## The detector of non-digits")[1], "")
    assert table["MNIST's test images"] == [f"{digits['MNIST test']:.1%}"]
    assert {f"{share:.1%}" for share in pens["strokes"]} == set(table["strangers' digits, as strokes"])
    assert table["strangers' digits, as pixels"] == [f"{min(pens['pixels']):.1%} to {max(pens['pixels']):.1%}"]
    generated = mean(share for name, share in nondigits.items() if name != printed)
    assert table["generated dots, scribbles, shapes and letters"] == [f"{generated:.0%}"]
    assert table["letters printed in a font that it was not trained on"] == [f"{nondigits[printed]:.0%}"]
    assert f"flags {mean(unseen):.0%} of those families" in " ".join(MEASUREMENTS.split())
    assert f"hearts: {held_out['nondigits_flagged']['heart']:.0%} flagged" in MEASUREMENTS
    assert f"{known['parameters']:,} parameters ({weights_size('ood_detector')})" in MEASUREMENTS


def test_contributing_draws_the_floors_that_the_imports_keep() -> None:
    core, pages = CONTRIBUTING.split("`app_pages/`, the app")
    for text, floors in ((core, CORE_FLOORS), (pages, PAGE_FLOORS)):
        drawn = {
            package: int(floor)
            for floor, cells in rows(text, "").items()
            if floor.isdigit()
            for package in re.findall(r"`(\w+)`", cells[0])
        }
        assert drawn == floors


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_to_files(name: str) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", (ROOT / name).read_text(encoding="utf-8"))
    missing = [target for target in targets if not target.startswith("https://")]
    assert [target for target in missing if not (ROOT / name).parent.joinpath(target).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_folders_and_files_in_code_exist(name: str) -> None:
    paths = re.findall(
        r"`((?:app_pages|mnist_core|assets|tests|\.ci|\.github)/[\w/.*]*)`", (ROOT / name).read_text("utf-8")
    )
    assert [path for path in paths if not list(ROOT.glob(path.rstrip("/")))] == []


@dataclass(frozen=True)
class Command:
    """A command that a document or a docstring names."""

    place: str
    words: tuple[str, ...]

    @property
    def module(self) -> str:
        """The module that Python runs; empty for another program."""
        return self.words[self.words.index("-m") + 1] if "-m" in self.words else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the module gets."""
        return self.words[self.words.index("-m") + 2 :]

    @property
    def is_ours(self) -> bool:
        """True for a module of this repository."""
        return self.module.startswith(("mnist_core", "tests."))


def commands_in(place: str, lines: Iterable[str]) -> Iterator[Command]:
    """Yield the commands in lines of a shell; square brackets around options are dropped."""
    for line in lines:
        for part in re.split(r"&&|;|[{}]", line):
            if part.split()[:1] and part.split()[0] in PROGRAMS:
                yield Command(place, tuple(shlex.split(part.replace("[", "").replace("]", ""), comments=True)))


def documented_commands() -> list[Command]:
    commands: list[Command] = []
    for name in DOCUMENTS:
        text = (ROOT / name).read_text(encoding="utf-8")
        blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
        spans = re.findall(r"`([^`\n]+)`", without_blocks(text))
        commands += commands_in(name, [*"".join(blocks).splitlines(), *spans])
    for path in [*BENCHMARKS, ROOT / "tests" / "browser" / "screenshots.py"]:
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        commands += commands_in(path.stem, (line for line in text.splitlines() if line.startswith("    ")))
    return commands


COMMANDS = documented_commands()


def test_every_benchmark_says_how_to_run_it_and_every_program_and_verb_is_named() -> None:
    assert {f"tests.benchmarks.{path.stem}" for path in BENCHMARKS} <= {command.module for command in COMMANDS}
    assert {command.words[0] for command in COMMANDS} == set(PROGRAMS)
    readme = {
        command.arguments[0] for command in COMMANDS if (command.place, command.module) == (DOCUMENTS[0], "mnist_core")
    }
    assert readme == cli.commands.keys()


def test_measurements_name_every_benchmark() -> None:
    named = {command.module for command in COMMANDS if command.place == "assets/MEASUREMENTS.md"}
    assert {f"tests.benchmarks.{path.stem}" for path in BENCHMARKS} <= named


MODULES = sorted({command.module for command in COMMANDS if command.is_ours})
# Runs modules with -h, one after the other in one process, as each alone would import PyTorch anew.
EXPLAIN = """
import contextlib, io, json, runpy, sys

said = {}
for module in list(sys.argv[1:]):
    sys.argv[1:] = ["-h"]
    with contextlib.redirect_stdout(io.StringIO()) as stdout:
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            status = "did not end by itself"
        except SystemExit as end:
            status = end.code
        except Exception as error:
            status = repr(error)
    said[module] = status, stdout.getvalue()
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def explanations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[object, str]]:
    """How each module ended with -h in a fresh clone, without MNIST and Chromium, and what it said."""
    fresh = clone(tmp_path_factory.mktemp("fresh"))
    environment = os.environ | {"MNIST_ROOT": str(fresh / "none"), "PATH": ""}
    environment.pop("PYTHONPATH", None)
    command = [sys.executable, "-c", EXPLAIN, *MODULES]
    ended = subprocess.run(command, cwd=fresh, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    said: dict[str, tuple[object, str]] = json.loads(ended.stdout)
    return said


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_documented_modules_explain_themselves_in_a_fresh_clone(
    module: str, explanations: dict[str, tuple[object, str]]
) -> None:
    """And every option that a document gives is one of theirs."""
    status, said = explanations[module]
    assert status == 0 and "usage: " in said.lower()
    offered = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", said))
    for used in (each for each in COMMANDS if each.module == module != "mnist_core"):
        flags = {word for word in used.arguments if word.startswith("-")}
        assert flags <= offered, f"{used.place}: {shlex.join(used.words)}"


@pytest.mark.parametrize(
    "command", [each for each in COMMANDS if each.module == "mnist_core"], ids=lambda each: " ".join(each.arguments)
)
def test_documented_arguments_of_the_command_line_are_valid(command: Command) -> None:
    verb, *arguments = command.arguments
    cli.commands[verb].make_context(verb, [word for word in arguments if word != "..."])


@pytest.mark.parametrize("program", [each for each in PROGRAMS if each.startswith(".ci/")])
def test_the_checks_can_be_run(program: str) -> None:
    assert os.access(ROOT / program, os.X_OK)


def test_files_that_commands_name_exist() -> None:
    named = {
        value
        for command in COMMANDS
        for option, value in itertools.pairwise(command.words)
        if option in ("-r", "run") or value.startswith("assets/")
    }
    assert {"requirements.txt", "app.py"} <= named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_cpu_build_in_readme_is_that_of_the_requirements() -> None:
    (line,) = [line for line in README.split("\n\n") if "CPU build" in line]
    pins = set(re.findall(r"`((?:torch|torchvision)==[\d.]+)`", line))
    required = {each.split()[0] for each in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()}
    assert len(pins) == 2 and pins <= required


def test_ci_runs_the_readmes_test_command() -> None:
    first = next(line for line in README.splitlines() if "-m pytest" in line)
    assert first.startswith("python3 -m venv") and first.endswith("-m pytest")
    assert "grep -m1 -- '-m pytest' README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
