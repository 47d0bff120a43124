"""Where to compute, and in which numbers."""

from dataclasses import replace

import torch

from mnist_core.models.config import TrainConfig

DEVICES = ("auto", "cpu", "cuda", "mps")


def pick_device(name: str = "auto") -> torch.device:
    """Return the device of that name; "auto" is an accelerator where there is one.

    Raises:
        ValueError: this machine has no such device.
    """
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if available[kind]))
    if not available.get(name):
        usable = ", ".join(kind for kind, there in available.items() if there)
        raise ValueError(f"device must be auto or one that this machine has ({usable}), got {name!r}")
    return torch.device(name)


def has_bfloat16(device: torch.device | str) -> bool:
    """True where the hardware itself multiplies bfloat16; elsewhere that is imitated, and slower than float32."""
    kind = torch.device(device).type
    if kind == "cpu":
        return any(torch.cpu.get_capabilities().get(unit) for unit in ("avx512_bf16", "amx_bf16"))
    return kind == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def resolve_precision(config: TrainConfig, device: torch.device | str) -> TrainConfig:
    """Return a configuration whose precision is no longer "auto", but what that is on a device."""
    if config.precision != "auto":
        return config
    return replace(config, precision="bfloat16" if has_bfloat16(device) else "float32")
