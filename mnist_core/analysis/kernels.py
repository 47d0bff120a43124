"""One 3x3 kernel by hand: the presets that every course shows, and what a kernel makes of a picture."""

from collections.abc import Sequence

import torch
from torch.nn import functional

SIZE = 3  # side of a kernel, in px
Kernel = tuple[tuple[float, ...], ...]
KERNELS: dict[str, Kernel] = {
    "Horizontal lines": ((-1, -1, -1), (2, 2, 2), (-1, -1, -1)),
    "Vertical lines": ((-1, 2, -1), (-1, 2, -1), (-1, 2, -1)),
    "Upper edges": ((-1, -1, -1), (0, 0, 0), (1, 1, 1)),
    "Outline": ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)),
    "Blur": ((1 / 9, 1 / 9, 1 / 9),) * 3,
    "Unchanged": ((0, 0, 0), (0, 1, 0), (0, 0, 0)),
}


def convolve(picture: torch.Tensor, kernel: Sequence[Sequence[float]]) -> torch.Tensor:
    """Slide a kernel over a picture and return the weighted sum at every place, as `nn.Conv2d` does with padding 1.

    Like PyTorch, this does not flip the kernel: strictly, it is a cross-correlation.

    Args:
        picture: (H, W) float32.
        kernel: three rows of three weights.

    Returns:
        (H, W) float32; beyond its edge the picture counts as 0.

    Raises:
        ValueError: the kernel is not 3x3, or has a weight that is not finite.
    """
    rows = [list(row) for row in kernel]
    if len(rows) != SIZE or any(len(row) != SIZE for row in rows):
        raise ValueError(f"kernel must have {SIZE} rows of {SIZE} weights, got {[len(row) for row in rows]}")
    weights = torch.tensor(rows, dtype=torch.float32)
    if not weights.isfinite().all():
        raise ValueError(f"kernel must have finite weights, got {rows}")
    return functional.conv2d(picture[None, None], weights[None, None], padding=1)[0, 0]
