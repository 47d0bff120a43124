"""Choose the device and the precision to compute with."""

from dataclasses import replace

import torch

from mnist_core.models.config import TrainConfig


def pick_device(name: str = "auto") -> torch.device:
    """Return the device of one of the names in `DEVICES`; "auto" is an accelerator if there is one, else the CPU.

    Raises:
        ValueError: this machine has no such device.
    """
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if available[kind]))
    if not available.get(name):
        usable = ", ".join(kind for kind, is_available in available.items() if is_available)
        raise ValueError(f"device must be auto or one of this machine's ({usable}), got {name!r}")
    return torch.device(name)


def has_bfloat16(device: torch.device | str) -> bool:
    """Return whether the hardware multiplies bfloat16; emulating it is slower than float32."""
    kind = torch.device(device).type
    if kind == "cpu":
        return any(torch.cpu.get_capabilities().get(unit) for unit in ("avx512_bf16", "amx_bf16"))
    return kind == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def resolve_precision(config: TrainConfig, device: torch.device | str) -> TrainConfig:
    """Return the configuration with the precision "auto" replaced by the one to use on the device."""
    if config.precision != "auto":
        return config
    return replace(config, precision="bfloat16" if has_bfloat16(device) else "float32")
