import os
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from mnist_core.data.split import Split
from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.models.evaluation import predict_logits
from mnist_core.models.networks import build_model
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.runs import files, snapshots
from mnist_core.runs.snapshots import (
    HARD_TEST_IMAGES,
    load_snapshot,
    save_snapshot,
    snapshot_temperature,
)


def test_a_snapshot_reads_back_as_the_model_it_was(tmp_path: Path) -> None:
    models = {step: build_model("cnn", seed=step) for step in (5, 100, 20)}
    for step, model in models.items():
        save_snapshot(tmp_path, step, model)
    assert snapshots.snapshot_steps(tmp_path) == [5, 20, 100]
    for step, model in models.items():
        back = load_snapshot(tmp_path, TrainConfig("cnn"), step)
        assert not back.training
        pairs = zip(back.state_dict().values(), model.state_dict().values(), strict=True)
        assert all(torch.equal(one, other) for one, other in pairs)


def test_a_snapshot_keeps_the_temperature_that_calibrates_it(tmp_path: Path) -> None:
    model = build_model("linear")
    save_snapshot(tmp_path, 3, model, temperature=0.75)
    save_snapshot(tmp_path, 4, model)
    storage.save_weights(tmp_path / files.SNAPSHOTS / "5.safetensors", model)  # as an earlier version did
    assert [snapshot_temperature(tmp_path, step) for step in (3, 4, 5)] == [0.75, 1.0, 1.0]
    for step, words in ((6, "nan"), (7, "-2"), (8, "warm")):
        save_file({"a": torch.zeros(1)}, tmp_path / files.SNAPSHOTS / f"{step}.safetensors", {"temperature": words})
        with pytest.raises(ValueError, match="must (be|have)"):
            snapshot_temperature(tmp_path, step)
    with pytest.raises(ValueError, match="is missing or cannot be read"):
        snapshot_temperature(tmp_path, 9)


def test_a_run_without_snapshots_has_none(tmp_path: Path) -> None:
    assert snapshots.snapshot_steps(tmp_path) == []
    with pytest.raises(ValueError, match="missing"):
        load_snapshot(tmp_path, TrainConfig("linear"), 3)


@pytest.mark.parametrize("name", ["٣", "²", "007", "-3", "1_0", "1.5", "9" * 200, " 4", "0"])
def test_a_file_whose_name_is_no_step_is_no_snapshot(tmp_path: Path, name: str) -> None:
    save_snapshot(tmp_path, 3, build_model("linear"))
    (tmp_path / files.SNAPSHOTS / f"{name}.safetensors").touch()
    assert snapshots.snapshot_steps(tmp_path) == [3]


@pytest.mark.parametrize("kind", ["pipe", "/dev/zero", "folder"])
def test_a_snapshot_that_is_no_file_is_refused_in_one_sentence(tmp_path: Path, kind: str) -> None:
    (tmp_path / files.SNAPSHOTS).mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / files.SNAPSHOTS / "3.safetensors").symlink_to(tmp_path / kind)
    for read in (lambda: load_snapshot(tmp_path, TrainConfig("linear"), 3), lambda: snapshot_temperature(tmp_path, 3)):
        with pytest.raises(ValueError, match=r"^[^\n]+ (must be a regular file|cannot be read)[^\n]+$"):
            read()


def test_a_snapshot_of_another_type_is_refused(tmp_path: Path) -> None:
    (tmp_path / files.SNAPSHOTS).mkdir()
    tensors = {name: tensor.long() for name, tensor in build_model("linear").state_dict().items()}
    save_file(tensors, tmp_path / files.SNAPSHOTS / "3.safetensors")
    with pytest.raises(ValueError, match="types"):
        load_snapshot(tmp_path, TrainConfig("linear"), 3)


def test_at_most_forty_snapshots_are_kept_spread_over_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "save_weights", lambda path, model, temperature: path.touch())
    for step in range(10, 2_010, 10):
        save_snapshot(tmp_path, step, nn.Identity())
        assert len(snapshots.snapshot_steps(tmp_path)) <= snapshots.MAX_SNAPSHOTS
    kept = snapshots.snapshot_steps(tmp_path)
    assert (kept[0], kept[-1]) == (10, 2_000) and len(kept) == snapshots.MAX_SNAPSHOTS
    assert max(later - earlier for earlier, later in pairwise(kept)) <= 2_000 / 15


def test_the_hard_images_are_hard_for_softmax_regression_and_not_for_a_cnn(mnist: tuple[Split, Split]) -> None:
    images, labels = mnist[1].images[list(HARD_TEST_IMAGES)], mnist[1].labels[list(HARD_TEST_IMAGES)]
    right = {
        name: predict_logits(load_trained(model_folder(name)).model, images).argmax(dim=1) == labels
        for name in ("linear", "cnn")
    }
    assert not right["linear"].any() and right["cnn"].all() and len(set(labels.tolist())) == len(HARD_TEST_IMAGES)
