import shlex
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from mnist_core import cli
from mnist_core.models.config import TrainConfig
from mnist_core.runs.card import differences, run_card
from mnist_core.runs.history import History
from mnist_core.runs.run import Run, RunState
from mnist_core.training.report import StepReport

CONFIG = TrainConfig("mlp", epochs=2, optimiser="sgd", schedule="step", share=0.25, label_noise=0.1, average=True)


def made(tmp_path: Path, reports: list[StepReport]) -> Run:
    run = Run("mlp-0a1b2c", CONFIG, tmp_path, "me", RunState.FINISHED)
    run.history = History(reports)
    return run


def test_a_card_names_the_result_and_every_field(tmp_path: Path) -> None:
    reports = [StepReport(1, 2, 0.5, 2.0, 1.0, 0.01, 64), StepReport(2, 2, 1, 4.0, 0.5, 0.01, 128, 0.25, 0.9876)]
    card = run_card(made(tmp_path, reports))
    for words in ("test accuracy: 98.76%", "steps: 2 of 2", "4.0 s, 32 images per second", "parameters: 101,770"):
        assert words in card
    for name, value in asdict(CONFIG).items():
        assert f"| {name} | {value} |" in card


def test_a_card_of_a_run_without_steps_claims_no_result(tmp_path: Path) -> None:
    card = run_card(made(tmp_path, []))
    assert "accuracy" not in card and "steps:" not in card


def test_the_command_on_the_card_asks_for_the_same_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (line,) = [line for line in run_card(made(tmp_path, [])).splitlines() if line.startswith("python -m")]
    asked: dict[str, Any] = {}
    monkeypatch.setattr(cli.train, "callback", lambda **chosen: asked.update(chosen))
    words = shlex.split(line)[4:]
    cli.cli.main(["train", *words], standalone_mode=False)
    assert {name: asked[name] for name in asdict(CONFIG)} == asdict(CONFIG)


def test_only_differing_fields_are_listed() -> None:
    configs = [CONFIG, replace(CONFIG, seed=3), replace(CONFIG, seed=3, epochs=9)]
    assert differences(configs) == {"epochs": [2, 2, 9], "seed": [0, 3, 3]}
    assert differences([CONFIG, CONFIG]) == differences([CONFIG]) == differences([]) == {}
