import pytest
import torch

from mnist_core.constants import DEVICES
from mnist_core.models.config import TrainConfig
from mnist_core.training.device import has_bfloat16, pick_device, resolve_precision


def pretend(monkeypatch: pytest.MonkeyPatch, *, cuda: bool, mps: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(("cuda", "mps", "best"), [(0, 0, "cpu"), (1, 0, "cuda"), (0, 1, "mps"), (1, 1, "cuda")])
def test_auto_is_an_accelerator_if_there_is_one(
    monkeypatch: pytest.MonkeyPatch, cuda: int, mps: int, best: str
) -> None:
    pretend(monkeypatch, cuda=bool(cuda), mps=bool(mps))
    assert pick_device() == pick_device("auto") == torch.device(best)
    assert pick_device(best) == torch.device(best)
    assert pick_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda", "mps", "tpu", ""])
def test_an_unavailable_device_is_refused_with_the_available_ones(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    pretend(monkeypatch, cuda=False, mps=False)
    with pytest.raises(ValueError, match=rf"^device must be auto or one of this machine's \(cpu\), got '{name}'$"):
        pick_device(name)


def test_every_choice_can_be_picked(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, cuda=True, mps=True)
    assert {str(pick_device(name)) for name in DEVICES} == {"cpu", "cuda", "mps"}


@pytest.mark.parametrize(
    ("units", "expected"), [({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({"avx2": True}, False)]
)
def test_a_cpu_has_bfloat16_if_one_of_its_units_has(
    monkeypatch: pytest.MonkeyPatch, units: dict[str, bool], expected: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: units)
    assert has_bfloat16("cpu") == expected


@pytest.mark.parametrize(("fast", "precision"), [(True, "bfloat16"), (False, "float32")])
def test_auto_precision_follows_the_hardware_and_other_choices_stay(
    monkeypatch: pytest.MonkeyPatch, fast: bool, precision: str
) -> None:
    monkeypatch.setattr("mnist_core.training.device.has_bfloat16", lambda device: fast)
    assert resolve_precision(TrainConfig(precision="auto"), "cpu").precision == precision
    for chosen in ("float32", "bfloat16"):
        assert resolve_precision(TrainConfig(precision=chosen), "cpu").precision == chosen
