"""Letters as tables of pen strokes, each in a few hands."""

import numpy as np

from .strokes import Polyline

Figure = list[Polyline]  # strokes in a unit square, x to the right and y down

# Strokes on a grid of ten by ten, two figures a point, x then y; "/" lifts the pen, "~" makes a stroke a smooth curve.
LETTERS: dict[str, tuple[str, ...]] = {
    "A": ("09 40 89/16 76", "09 40 89/25 65", "~09 21 40 61 89/15 75", "40 09/40 89/05 85"),
    "C": ("~82 40 12 05 17 49 88", "~71 30 03 06 39 78", "~82 71 41 04 27 59 77"),
    "E": ("80 00 09 89/05 65", "00 09/00 70/05 65/09 79", "~82 50 21 34 55 25 06 28 59 87"),
    "F": ("80 00 09/05 65", "20 29/20 90/24 74", "00 80/10 19/15 65"),
    "H": ("00 09/80 89/05 85", "10 09/80 79/15 84", "00 09/70 79/06 74"),
    "J": ("~70 73 77 59 28 06", "30 90/~60 63 67 49 18", "~80 84 88 59 27 05"),
    "K": ("00 09/80 05 89", "00 09/80 05/25 89", "00 09/~70 44 05 26 89"),
    "L": ("00 09 79", "00 09 99", "~10 04 09 49 89", "00 09 69 67"),
    "M": ("09 00 45 80 89", "09 10 46 70 99", "~09 10 28 47 60 88 99", "09 00 49 80 89"),
    "N": ("09 00 89 80", "09 00/00 79/79 70", "09 10 69 80"),
    "P": ("00 09/~00 60 82 64 05", "10 09/~01 40 72 64 25", "00 09/00 70 75 05"),
    "R": ("00 09/~00 60 82 64 05/35 89", "09 00/~00 70 83 05/05 99", "10 19/~11 50 82 54 15 36 89"),
    "T": ("00 90/40 49", "00 80/50 49", "00 90 92/40 49"),
    "U": ("~00 05 29 69 85 80", "00 06 39 69 86 80", "~00 05 28 68 75 70/70 89"),
    "V": ("00 49 80", "00 39 90", "~00 28 49 68 80"),
    "W": ("00 29 43 69 90", "~00 18 39 44 69 88 90", "00 29 40 69 80"),
    "a": ("~74 33 05 08 39 68 74/73 78 99", "~62 22 05 17 57 63/62 66 98 97", "~14 42 74 79/~75 25 07 29 77/79 99"),
    "d": ("~75 44 16 18 49 77/70 79", "~64 24 07 39 67/80 79", "~75 34 07 49 76/70 78 99"),
    "e": ("~05 76 73 42 13 06 29 69 87", "~15 65 73 32 05 18 59 88", "05 85/~85 62 22 05 18 59 88"),
    "f": ("~80 50 41 45 49/15 75", "~70 40 33 39/05 74", "~81 60 42 46 48 29/25 85"),
    "h": ("00 09/~06 34 65 79", "10 09/~15 43 65 69", "00 09/~05 44 75 78 99"),
    "k": ("00 09/73 06 79", "10 09/64 16 69", "00 09/~06 54 65 06/26 79"),
    "m": ("03 09/~05 23 44 49/~45 63 84 89", "~03 08 24 38 54 68 84 99", "02 09/~04 32 44 49/~44 72 84 89"),
    "n": ("03 09/~05 33 65 69", "02 09/~04 42 74 79", "~02 09 05 43 75 77 99"),
    "p": ("03 09/~04 43 75 47 07", "12 09/~14 52 74 56 17", "02 09/~03 52 84 57 16"),
    "r": ("12 19/~15 42 73", "02 09/~05 32 62 74", "~03 12 19 15 42 73"),
    "t": ("~30 36 48 79/03 73", "~40 35 38 69 88/13 83", "30 38 59/04 63"),
    "u": ("~02 07 29 59 75/72 79", "~02 06 39 65 72/72 78 99", "02 07 29 69 72/72 79"),
    "w": ("~03 18 39 45 69 88 93", "~02 07 29 44 69 87 92", "03 29 44 69 93"),
}
WORD_LETTERS = "ACEFHJKLMNPRTUVWadefhkmnprtuw"


def curve(points: np.ndarray, steps: int = 8) -> Polyline:
    """Return a Catmull-Rom spline through points (n, axes), `steps` pieces between two of them."""
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    before, start, end, after = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    cubic = 2 * start + (end - before) * t + (2 * before - 5 * start + 4 * end - after) * t**2
    cubic = cubic + (3 * start - before - 3 * end + after) * t**3
    return np.concatenate([(cubic / 2).reshape(-1, points.shape[1]), points[-1:]])


def glyph(table: str, rng: np.random.Generator, jitter: float = 0.04) -> Figure:
    """Write one entry of `LETTERS`, every point of the grid off by about `jitter` of the figure's side."""
    figure = []
    for stroke in table.split("/"):
        points = np.array([[int(axis) for axis in point] for point in stroke.strip("~ ").split()], dtype=np.float64) / 9
        points += rng.normal(0, jitter, points.shape)
        figure.append(curve(points) if "~" in stroke else points)
    return figure
