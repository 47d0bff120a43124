"""The path of a drawing through a model's plane of features, from the first touch of the pen to the last."""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import torch
from torch import nn

from mnist_core.analysis.embedding import Plane, features, l2_normalise
from mnist_core.ink.preprocessing import Stages, on_small_canvas, preprocess
from mnist_core.ink.strokes import Strokes, first_part

PARTS = 12  # of the drawing's length


@dataclass(frozen=True)
class DrawingPath:
    """Where a drawing was on the plane while it was drawn, n times.

    Attributes:
        parts: (n,) float64, how much of the drawing's length was drawn, rising to 1.
        lifts: (n,) bool, True where the pen was lifted.
        places: (n, 2) float32, on the plane.
        probabilities: (n, 10) float32, what the model answered.
        unit: (D,) float32, the features of the whole drawing, divided by their length.
    """

    parts: np.ndarray
    lifts: np.ndarray
    places: torch.Tensor
    probabilities: torch.Tensor
    unit: torch.Tensor


@torch.no_grad()
def path_on_plane(
    model: nn.Sequential, plane: Plane, drawing: Strokes, *, temperature: float = 1.0, parts: int = PARTS
) -> DrawingPath | None:
    """Follow a drawing through the plane of features.

    The drawing is cut off after equal parts of its length, and where the pen was lifted. Each beginning is prepared
    like a whole drawing, so its picture may jump: the box around it grows with it.

    Args:
        model: in evaluation mode on the CPU.
        plane: of features that are divided by their length, like `SplitFeatures.unit_features`.
        drawing: what was drawn.
        temperature: divides the logits before the softmax.
        parts: in how many equal parts the drawing is cut.

    Returns:
        None when there is no ink.
    """
    ends = stroke_ends(drawing)
    cuts = sorted({round(part, 6) for part in [*(np.arange(1, parts + 1) / parts), *ends]})
    seen = [(cut, _prepared(part)) for cut in cuts if (part := first_part(drawing, cut)).lines]
    kept = [(cut, stages.tensor) for cut, stages in seen if stages]
    if not kept:
        return None
    vectors = features(model, torch.stack([tensor for _, tensor in kept]))
    units = l2_normalise(vectors)
    done = np.array([cut for cut, _ in kept])
    return DrawingPath(
        parts=done,
        lifts=np.isin(done, np.round(ends, 6)),
        places=plane.project(units),
        probabilities=torch.softmax(model[-1](vectors) / temperature, dim=1),
        unit=units[-1],
    )


def _prepared(drawing: Strokes) -> Stages | None:
    """Prepare a drawing; on a small canvas, unless a part of it lies off its own."""
    left, top, right, bottom = drawing.bounds()
    is_inside = min(left, top) >= 0 and max(right, bottom) <= drawing.size
    return preprocess(on_small_canvas(drawing) if is_inside else drawing)


def stroke_ends(drawing: Strokes) -> list[float]:
    """Return after which part of the drawing's length each stroke ends, in (0, 1]; empty for no ink.

    Dots have no length; a drawing of dots alone ends at 1.
    """
    lengths = [float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in drawing.lines]
    total = sum(lengths)
    if not total:
        return [1.0] if lengths else []
    return sorted({done / total for done in accumulate(lengths) if done} | {1.0})
