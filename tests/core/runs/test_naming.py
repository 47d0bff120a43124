"""What people call a run: checked, kept in its folder, and made of what it trains and when."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.data.split import Split
from mnist_core.models.config import PRESETS, TrainConfig
from mnist_core.models.storage import CONFIG, save_json
from mnist_core.runs import files
from mnist_core.runs.card import run_card
from mnist_core.runs.naming import (
    MAX_NAME_LENGTH,
    NAMING,
    Naming,
    as_markdown,
    checked_name,
    default_name,
    distinct,
    load_naming,
    save_naming,
)
from mnist_core.runs.registry import ReadOnlyError, RunRegistry
from mnist_core.runs.run import Run, RunState, spoken_names
from tests.core.runs.running import QUICK, ended

NOON = datetime(2026, 11, 25, 12, 0)
AT = datetime(2026, 11, 25, 14, 5, 59)
DAMAGED = {
    "no JSON": b"no JSON",
    "no object": b"[1]",
    "a number for a name": b'{"name": 7, "is_starred": "yes"}',
    "half a character": b'{"name": "\\ud800"}',
    "a name without end": json.dumps({"name": "a" * 900_000}).encode(),
    "a file without end": b" " * 2_000_000,
}


def test_a_run_is_called_by_its_model_its_length_and_its_time() -> None:
    three = TrainConfig("cnn", epochs=3)
    assert default_name(three, AT.timestamp(), NOON) == "CNN, 3 epochs, 14:05"
    assert default_name(replace(three, model="linear", epochs=1), AT.timestamp(), NOON) == "Linear, 1 epoch, 14:05"
    assert default_name(three, AT.timestamp(), NOON + timedelta(days=1)) == "CNN, 3 epochs, 25 Nov, 14:05"
    assert default_name(three, AT.timestamp(), NOON + timedelta(days=60)) == "CNN, 3 epochs, 25 Nov 2026, 14:05"


@pytest.mark.parametrize("model", ["linear", "mlp", "cnn"])
def test_the_quick_preset_is_named_whatever_seed_and_precision_it_has(model: str) -> None:
    quick = PRESETS["quick"].configs[model]
    for config in (quick, replace(quick, seed=9), replace(quick, precision="float32")):
        assert default_name(config, 0, NOON).endswith(" quick look")
    assert default_name(replace(quick, epochs=2), 0, NOON).endswith(", 2 epochs")


@pytest.mark.parametrize("odd", [1e18, -1e18, float("inf"), float("nan")])
def test_a_time_that_is_none_is_left_out(odd: float) -> None:
    assert default_name(TrainConfig("mlp"), odd, NOON) == "MLP, 1 epoch"


@given(st.text(max_size=3 * MAX_NAME_LENGTH))
def test_a_name_is_one_line_of_visible_text_within_its_bound_or_refused(text: str) -> None:
    try:
        name = checked_name(text)
    except ValueError as error:
        assert str(MAX_NAME_LENGTH) in str(error)
        return
    assert len(name) <= MAX_NAME_LENGTH and name == name.strip() and len(name.splitlines()) <= 1
    assert checked_name(name) == name
    name.encode()  # no half of a character


def test_a_name_keeps_its_letters_and_loses_what_is_invisible() -> None:
    assert checked_name("  Anna's\tbest\n\u202eone\0 ") == "Anna's best one"
    assert checked_name(" \n ") == ""
    assert checked_name("Zoë's \U0001f600") == "Zoë's \U0001f600"
    for long in ("a" * (MAX_NAME_LENGTH + 1), "a" * 10_000_000):
        with pytest.raises(ValueError, match="at most 40 characters"):
            checked_name(long)


def test_a_names_marks_neither_format_nor_load_anything() -> None:
    assert as_markdown("CNN, 3 epochs, 14:05 (2)") == "CNN, 3 epochs, 14:05 (2)"
    assert as_markdown("![x](https://a.b)") == r"\!\[x\](https\://a\.b)"
    assert as_markdown("**:red[a]** :smile: $x$") == r"\*\*\:red\[a\]\*\* \:smile\: \$x\$"


def test_of_several_runs_with_one_name_the_later_ones_have_a_number(tmp_path: Path) -> None:
    assert distinct({"a": "x", "b": "y", "c": "x", "d": "x"}) == {"a": "x", "b": "y", "c": "x (2)", "d": "x (3)"}
    later, first = (
        Run(name, QUICK, tmp_path, "", started_at=AT.timestamp() + at) for name, at in (("b", 30), ("a", 0))
    )
    assert spoken_names([later, first], NOON) == {"a": "Linear, 2 epochs, 14:05", "b": "Linear, 2 epochs, 14:06"}
    first.started_at += 20
    assert spoken_names([later, first], NOON) == {"a": "Linear, 2 epochs, 14:06", "b": "Linear, 2 epochs, 14:06 (2)"}
    first.naming = Naming("Ours")
    assert spoken_names([later, first], NOON)["a"] == "Ours"


def test_a_naming_is_kept_in_its_folder(tmp_path: Path) -> None:
    assert load_naming(tmp_path) == Naming()
    save_naming(tmp_path, Naming("Zoë's", True))
    assert load_naming(tmp_path) == Naming("Zoë's", True)


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_naming_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAMING).write_bytes(content)
    assert load_naming(tmp_path) == Naming()


def test_another_process_knows_the_name_the_star_and_the_time(
    make_registry: Callable[[], RunRegistry], tiny_splits: tuple[Split, Split]
) -> None:
    registry = make_registry()
    started = ended(registry.start(QUICK, lambda: tiny_splits, "somebody"))
    registry.call(started, Naming("Ours", True))
    again = make_registry().runs[started.name]
    assert (again.naming, again.started_at) == (Naming("Ours", True), started.started_at)
    assert abs(started.started_at - started.folder.stat().st_mtime) < 60
    assert "Name: Ours" in run_card(again)


def test_a_server_that_only_reads_sees_a_new_name_and_gives_none(
    tmp_path: Path, tiny_splits: tuple[Split, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = RunRegistry(tmp_path / "runs")
    started = ended(writer.start(QUICK, lambda: tiny_splits, "somebody"))
    reader = RunRegistry(tmp_path / "runs")
    seen = reader.find(started.name)
    assert seen is not None and reader.is_reader
    writer.call(started, Naming("Ours"))
    monkeypatch.setattr("mnist_core.runs.registry.REREAD_EVERY", 0.0)
    assert reader.find(started.name) is seen and seen.naming == Naming("Ours")
    with pytest.raises(ReadOnlyError, match="Another server"):
        reader.call(seen, Naming("Theirs"))
    assert load_naming(started.folder) == Naming("Ours")
    writer.close()
    reader.close()


def test_a_name_that_cannot_be_written_is_not_given(tmp_path: Path) -> None:
    registry = RunRegistry(tmp_path / "runs")
    gone = Run("gone", QUICK, tmp_path / "runs" / "gone", "somebody", RunState.FINISHED)
    with pytest.raises(OSError):
        registry.call(gone, Naming("Ours"))
    assert gone.naming == Naming()
    registry.close()


def test_a_new_run_in_an_old_folder_has_no_name_yet(tmp_path: Path) -> None:
    save_json(tmp_path / CONFIG, QUICK)
    save_naming(tmp_path, Naming("Old"))
    files.clear_run(tmp_path)
    assert not (tmp_path / NAMING).exists()
