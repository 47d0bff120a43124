"""Where to compute."""

import torch

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
