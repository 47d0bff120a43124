"""The part of a plane of features that is on the screen."""

from dataclasses import dataclass

import numpy as np
import torch

from mnist_core.data.split import Split

MARGIN = 0.04  # of the square's side, around all points


@dataclass(frozen=True)
class PlaneFrame:
    """A square of the plane: its left and lower edge (2,) float32, and its side."""

    corner: torch.Tensor
    side: float

    @classmethod
    def around(cls, places: torch.Tensor) -> "PlaneFrame":
        """Return the smallest square around places (N, 2), and a margin."""
        low, high = places.amin(dim=0), places.amax(dim=0)
        side = float((high - low).max()) * (1 + 2 * MARGIN) or 1.0
        return cls((low + high) / 2 - side / 2, side)

    def on_screen(self, places: torch.Tensor) -> np.ndarray:
        """Return places (..., 2) as parts of the square, in [0, 1]; what lies outside is moved to the edge."""
        inside: np.ndarray = ((places - self.corner) / self.side).clamp(0, 1).numpy()
        return inside


def labels_in_words(split: Split) -> str:
    """Return a sentence about which number is drawn for which class; empty for digits, which are their own names."""
    named = [f"{label} {name}" for label, name in enumerate(split.classes) if name != str(label)]
    return f" The numbers are classes: {', '.join(named)}." if named else ""
