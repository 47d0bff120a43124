import pytest
import torch

from mnist_core.device import DEVICES, pick_device


def pretend(monkeypatch: pytest.MonkeyPatch, *, cuda: bool, mps: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(("cuda", "mps", "best"), [(0, 0, "cpu"), (1, 0, "cuda"), (0, 1, "mps"), (1, 1, "cuda")])
def test_auto_is_an_accelerator_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, cuda: int, mps: int, best: str
) -> None:
    pretend(monkeypatch, cuda=bool(cuda), mps=bool(mps))
    assert pick_device() == pick_device("auto") == torch.device(best)
    assert pick_device(best) == torch.device(best)
    assert pick_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda", "mps", "tpu", ""])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    pretend(monkeypatch, cuda=False, mps=False)
    with pytest.raises(ValueError, match=rf"^device must be auto or one that this machine has \(cpu\), got '{name}'$"):
        pick_device(name)


def test_the_choices_are_those_that_can_be_picked(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, cuda=True, mps=True)
    assert {str(pick_device(name)) for name in DEVICES} == {"cpu", "cuda", "mps"}
