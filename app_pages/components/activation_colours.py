"""How activations and weights are coloured and sent to the browser: below zero, zero and above zero."""

import base64

import torch

from app_pages.components.html import accent, paper, theme_type

NEGATIVE = {"light": "#c2570c", "dark": "#f5a620"}  # orange beside the accent's blue: they differ for every kind of eye


def diverging_colours() -> tuple[str, str, str]:
    """Return the colours, in the visitor's theme, of the lowest value, of zero and of the highest."""
    return NEGATIVE[theme_type()], paper(), accent()


def packed_bytes(values: torch.Tensor, scale: float = 0.0) -> tuple[str, float]:
    """Return values as signed bytes in base64, and their scale: the value that 127 stands for.

    Args:
        values: any shape, float32.
        scale: at least as large as any of them; by default the largest absolute value.
    """
    scale = scale or float(values.abs().amax()) or 1.0
    return _base64((values / scale * 127).round().to(torch.int8)), scale


def packed_floats(values: torch.Tensor) -> str:
    """Return values as little-endian float32 in base64: what the browser computes with is what the model did."""
    return _base64(values.to(torch.float32))


def _base64(values: torch.Tensor) -> str:
    return base64.b64encode(values.detach().contiguous().numpy().tobytes()).decode()
