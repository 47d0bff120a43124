"""Write a drawing as JSON that `strokes.parse_strokes` reads, with no more detail than fits into a limit."""

import json

import numpy as np

from mnist_core.ink.share_link import detail_of_points
from mnist_core.ink.strokes import Strokes

FINEST = 0.25  # px; less detail than this is never kept
TOLERANCES = (FINEST, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # px that points may be moved off the lines, of a canvas of 280


def strokes_json(drawing: Strokes, limit: int) -> str:
    """Return a drawing as one line of JSON; its lines are simplified until it fits.

    Args:
        drawing: in canvas px.
        limit: characters at most.

    Returns:
        What `parse_strokes` reads, in 0.1 px; "" when the drawing is too complex even as coarse lines.
    """
    details = [detail_of_points(line, FINEST) for line in drawing.lines]
    for tolerance in TOLERANCES:
        lines = [
            np.round(line[detail > tolerance], 1).tolist() for line, detail in zip(drawing.lines, details, strict=True)
        ]
        record = {"strokes": lines, "brush": drawing.brush, "size": drawing.size}
        text = json.dumps(record, separators=(",", ":"))
        if len(text) <= limit:
            return text
    return ""
