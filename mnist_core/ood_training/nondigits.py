"""Draw non-digits with a parametric pen: letters, signs, shapes and scribbles, each time slightly different.

The OOD detector is trained and measured on them, by family. Figures that look like a digit in handwriting are left out:
O, D, Q (0), I, l, i, j (1), Z (2), S (5), b, G (6), q, g (9), B (8), Y, y (4), a circle, and lines as steep as a 1.
"""

import math
from functools import partial

import numpy as np

from mnist_core.ink.spline import arc_lengths, catmull_rom, resample
from mnist_core.ink.strokes import CANVAS_SIZE, Polyline, Strokes
from mnist_core.ood_training.glyphs import WORD_LETTERS, Figure, draw_glyph, load_glyphs
from mnist_core.ood_training.random_figures import RANDOM_FIGURES, FigureMaker, arc, rotate

LETTERS, SIGNS, SHAPE_GLYPHS = load_glyphs().values()


def _letter(name: str, rng: np.random.Generator) -> Figure:
    return draw_glyph(str(rng.choice(LETTERS[name])), rng)


def _rotated_letter(rng: np.random.Generator) -> Figure:
    """Rotate a letter by quarter turns, or mirror it."""
    letter, quarter_turns = _letter(str(rng.choice(list(LETTERS))), rng), int(rng.integers(0, 4))
    return [rotate(line, quarter_turns * math.pi / 2) if quarter_turns else line * (-1, 1) for line in letter]


def _word(rng: np.random.Generator) -> Figure:
    letters = [_letter(str(name), rng) for name in rng.choice(list(WORD_LETTERS), rng.integers(2, 5))]
    return [line * (0.8, 1) + (position, 0) for position, letter in enumerate(letters) for line in letter]


def _polygon(count: int, rng: np.random.Generator, radius: float = 0.5, rotation: float = 0.0) -> Polyline:
    """Return a closed, slightly irregular polygon of `count` corners around (0.5, 0.5); the rotation is in radians."""
    angle = np.arange(count) * 2 * math.pi / count + rotation + rng.normal(0, 0.07, count)
    radii = radius * (1 + rng.normal(0, 0.06, count))
    points = np.stack([0.5 + radii * np.sin(angle), 0.5 - radii * np.cos(angle)], axis=1)
    return np.concatenate([points, points[:1]])


def _dot(rng: np.random.Generator) -> Figure:
    return [rng.uniform(0, 0.02, (int(rng.integers(1, 4)), 2))]


def _dots(rng: np.random.Generator) -> Figure:
    return [point[None] for point in rng.uniform(0, 1, (int(rng.integers(2, 9)), 2))]


def _line(rng: np.random.Generator) -> Figure:
    """Draw a line that no 1 looks like: nearly horizontal, or leaning at least 35 degrees to the left."""
    angle = math.radians(rng.uniform(-22, 22) if rng.random() < 0.5 else rng.uniform(22, 55))
    return [np.array([[0.0, 0.0], [math.cos(angle), math.sin(angle)]])]


def _parallels(rng: np.random.Generator) -> Figure:
    lines = [np.array([[0.0, y], [1.0, y + rng.normal(0, 0.05)]]) for y in np.arange(rng.integers(2, 5)) * 0.35]
    return [line[:, ::-1] for line in lines] if rng.random() < 0.5 else lines


def _zigzag(rng: np.random.Generator) -> Figure:
    count = int(rng.integers(6, 14))
    points = np.stack([np.linspace(0, 1, count), np.arange(count) % 2 * rng.uniform(0.2, 0.9)], axis=1)
    return [rotate(points + rng.normal(0, 0.03, points.shape), rng.uniform(0, math.pi))]


def _wave(rng: np.random.Generator) -> Figure:
    x = np.linspace(0, 1, 60)
    periods = rng.uniform(2, 5)
    points = np.stack([x, rng.uniform(0.1, 0.3) * np.sin(2 * math.pi * (periods * x + rng.random()))], axis=1)
    return [rotate(points, rng.uniform(-0.6, 0.6))]


def _spiral(rng: np.random.Generator) -> Figure:
    t = np.linspace(0, 1, 120)
    angle = (rng.uniform(2, 4.5) * t + rng.random()) * 2 * math.pi * rng.choice([-1, 1])
    return [np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1) / 2]


def _scribble(rng: np.random.Generator) -> Figure:
    return [catmull_rom(rng.uniform(0, 1, (int(rng.integers(7, 30)), 2)))]


def _tangle(rng: np.random.Generator) -> Figure:
    """Draw several short strokes at random, straight or smooth."""
    strokes = [rng.uniform(0, 1, (int(rng.integers(2, 5)), 2)) for _ in range(rng.integers(3, 8))]
    return [catmull_rom(points) if rng.random() < 0.5 else points for points in strokes]


def _polyline(rng: np.random.Generator) -> Figure:
    return [rng.uniform(0, 1, (int(rng.integers(6, 12)), 2))]


def _loops(rng: np.random.Generator) -> Figure:
    """Draw a row of loops, as people do to try a pen."""
    t = np.linspace(0, 1, 120)
    angle = 2 * math.pi * rng.uniform(3, 7) * t * rng.choice([-1, 1])
    return [rotate(np.stack([t + 0.2 * np.cos(angle), 0.3 * np.sin(angle)], axis=1), rng.uniform(-0.6, 0.6))]


def _hatching(rng: np.random.Generator) -> Figure:
    count = int(rng.integers(10, 24))
    x = np.linspace(0, 1, count)
    points = np.stack([x, np.arange(count) % 2 + rng.normal(0, 0.08, count)], axis=1)
    figure = [rotate(points, rng.uniform(0, math.pi))]
    return [*figure, rotate(points, rng.uniform(0, math.pi))] if rng.random() < 0.4 else figure


def _star(rng: np.random.Generator) -> Figure:
    if rng.random() < 0.5:  # in one stroke, with crossing lines
        return [_polygon(5, rng)[[0, 2, 4, 1, 3, 0]]]
    tips, notches = _polygon(5, rng), _polygon(5, rng, 0.22, math.pi / 5)
    return [np.concatenate([np.stack([tips[:5], notches[:5]], axis=1).reshape(-1, 2), tips[:1]])]


def _asterisk(rng: np.random.Generator) -> Figure:
    ends = _polygon(2 * int(rng.integers(3, 5)), rng)[:-1]
    half = len(ends) // 2
    return [np.stack([ends[i], ends[i + half]]) for i in range(half)]


def _triangle(rng: np.random.Generator) -> Figure:
    return [_polygon(3, rng, rotation=rng.choice([0, math.pi]) + rng.normal(0, 0.15))]


def _rectangle(rng: np.random.Generator) -> Figure:
    return [_polygon(4, rng, rotation=math.pi / 4) * (rng.uniform(0.6, 1.6), 1)]


def _diamond(rng: np.random.Generator) -> Figure:
    return [_polygon(4, rng)]


def _house(rng: np.random.Generator) -> Figure:
    return [*_shape("house")(rng), *(_shape("door")(rng) if rng.random() < 0.5 else [])]


def _heart(rng: np.random.Generator) -> Figure:
    return draw_glyph(str(rng.choice(SHAPE_GLYPHS["heart"])), rng, 0.02)


def _smiley(rng: np.random.Generator) -> Figure:
    eyes = [np.array([[x, 0.35], [x, rng.uniform(0.35, 0.45)]]) for x in (0.35, 0.65)]
    mouth = arc((0.5, 0.5), 0.27, (0.05, 0.45)) if rng.random() < 0.8 else arc((0.5, 0.85), 0.25, (0.55, 0.95))
    return [arc((0.5, 0.5), 0.5), *eyes, mouth]


def _flower(rng: np.random.Generator) -> Figure:
    angle = np.linspace(0, 2 * math.pi, 120)
    radius = 0.35 + 0.15 * np.cos(int(rng.integers(4, 8)) * angle)
    petals = np.stack([0.5 + radius * np.cos(angle), 0.5 + radius * np.sin(angle)], axis=1)
    return [petals, arc((0.5, 0.5), 0.12)][: rng.integers(1, 3)]


def _arrow(rng: np.random.Generator) -> Figure:
    reach = rng.uniform(0.2, 0.4)
    head = np.array([[1 - reach, -reach], [1, 0], [1 - reach, reach]])
    angle = rng.uniform(0, 2 * math.pi)
    return [rotate(np.array([[0.0, 0.0], [1.0, 0.0]]), angle), rotate(head, angle)]


def _one_of(*tables: str) -> FigureMaker:
    return lambda rng: draw_glyph(str(rng.choice(tables)), rng)


def _shape(name: str) -> FigureMaker:
    return _one_of(*SHAPE_GLYPHS[name])


SHAPES: dict[str, FigureMaker] = {
    "dot": _dot,
    "dots": _dots,
    "line": _line,
    "parallels": _parallels,
    "zigzag": _zigzag,
    "wave": _wave,
    "spiral": _spiral,
    "scribble": _scribble,
    "tangle": _tangle,
    "polyline": _polyline,
    "loops": _loops,
    "hatching": _hatching,
    "cross": _shape("cross"),
    "plus": _shape("plus"),
    "tick": _shape("tick"),
    "hash": _shape("hash"),
    "infinity": _shape("infinity"),
    "arrow": _arrow,
    "triangle": _triangle,
    "rectangle": _rectangle,
    "diamond": _diamond,
    "star": _star,
    "asterisk": _asterisk,
    "heart": _heart,
    "smiley": _smiley,
    "flower": _flower,
    "house": _house,
    "stickman": _shape("stickman"),
    "word": _word,
}
FAMILIES: dict[str, FigureMaker] = (
    SHAPES
    | {f"sign {name}": _one_of(*tables) for name, tables in SIGNS.items()}
    | {f"letter {name}": partial(_letter, name) for name in LETTERS}
    | RANDOM_FIGURES
    | {"turned letter": _rotated_letter}
)


def draw_nondigit(family: str, rng: np.random.Generator) -> Strokes:
    """Draw one non-digit on the canvas like handwriting: slanted, stretched, wobbly, of any size and brush width.

    Args:
        family: a name in `FAMILIES`.
        rng: source of the randomness.

    Returns:
        Strokes with a brush of 8 to 28 px on a canvas of 280 px; never blank.

    Raises:
        ValueError: there is no family of that name.
    """
    if family not in FAMILIES:
        raise ValueError(f"family must be one of {', '.join(FAMILIES)}, got {family!r}")
    return _draw_by_hand(FAMILIES[family](rng), rng)


def _draw_by_hand(figure: Figure, rng: np.random.Generator) -> Strokes:
    """Place a figure on the canvas at random, with the slant, proportions, wobble and round corners of handwriting."""
    slant = np.array([[rng.uniform(0.7, 1.3), 0.0], [-rng.normal(0, 0.18), 1.0]])
    tilt = rng.normal(0, 0.09)
    smoothing, waves = int(rng.integers(0, 5)), rng.normal(0, 1, (2, 3))
    lines = [_round_corners(_densify(line), smoothing) for line in figure]
    lines = [rotate(_wobble(line, waves) + rng.normal(0, 0.015, 2), tilt) @ slant for line in lines]
    points = np.concatenate(lines)
    low, extent = points.min(axis=0), max(float(np.ptp(points, axis=0).max()), 0.3)  # a dot is not enlarged
    brush, side = rng.uniform(8, 28), rng.uniform(70, 240)
    corner = rng.uniform(0, 1, 2) * max(0.0, CANVAS_SIZE - side - brush) + brush / 2
    return Strokes(tuple((line - low) * (side / extent) + corner for line in lines), brush, CANVAS_SIZE)


def _densify(line: Polyline, step: float = 0.04) -> Polyline:
    """Resample a line to points about `step` apart, so that it can bend."""
    if len(line) < 2:
        return line
    return resample(line, max(2, round(arc_lengths(line)[-1] / step) + 1))


def _round_corners(line: Polyline, width: int) -> Polyline:
    """Round the corners by a moving average over 2 `width` + 1 points; the ends do not move."""
    if width == 0 or len(line) < 2:
        return line
    padded = np.pad(line, ((width, width), (0, 0)), mode="reflect", reflect_type="odd")
    kernel = np.full(2 * width + 1, 1 / (2 * width + 1))
    return np.stack([np.convolve(padded[:, axis], kernel, mode="valid") for axis in (0, 1)], axis=1)


def _wobble(line: Polyline, waves: np.ndarray) -> Polyline:
    """Add a slow wave along each axis, 2% of the figure high; `waves` (2, 3) holds their directions and phases."""
    return line + 0.02 * np.sin(line @ waves[:, :2].T * 5 + waves[:, 2] * math.pi)
