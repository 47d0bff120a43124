"""Draw random figures: strokes, outlines and patterns combined at random.

People draw things that no table lists. Strokes that are joined, mirrored, repeated and nested at random cover more of
them than a table could. Some figures look like digits by chance: see `examples.far_from_digits`.
"""

import math
from collections.abc import Callable

import numpy as np

from mnist_core.ink.spline import catmull_rom
from mnist_core.ink.strokes import Polyline
from mnist_core.ood_training.glyphs import Figure

FigureMaker = Callable[[np.random.Generator], Figure]


def rotate(points: Polyline, angle: float) -> Polyline:
    """Rotate points about the origin by an angle in radians, clockwise on the screen."""
    cos, sin = math.cos(angle), math.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]])


def arc(centre: tuple[float, float], radius: float, turns: tuple[float, float] = (0, 1)) -> Polyline:
    """Draw a circle, or an arc of it; `turns` are its start and its end as fractions of a full turn."""
    angle = np.linspace(*turns, 24) * 2 * math.pi
    return np.stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)], axis=1)


def _stroke(start: np.ndarray, end: np.ndarray, rng: np.random.Generator) -> Polyline:
    """Connect two points by a straight line, a curve, a hook, an S or a loop."""
    along = end - start
    across = np.array([-along[1], along[0]]) * rng.choice([-1, 1])
    kind = rng.choice(5, p=(0.5, 0.25, 0.1, 0.1, 0.05))
    if kind == 0:
        return np.stack([start, end])
    if kind == 1:
        return catmull_rom(np.stack([start, start + along / 2 + across * rng.uniform(0.15, 0.6), end]))
    if kind == 2:
        return catmull_rom(
            np.stack([start, start + along * rng.uniform(0.7, 1.1), end + across * rng.uniform(0.2, 0.5)])
        )
    bend = across * rng.uniform(0.15, 0.4)
    if kind == 3:
        return catmull_rom(np.stack([start, start + along * 0.3 + bend, start + along * 0.7 - bend, end]))
    middle = start + along / 2
    return catmull_rom(np.stack([start, middle + along * 0.2, middle + bend, middle - along * 0.2, end]))


def glyph_like(rng: np.random.Generator) -> Figure:
    """Draw a sign of up to six strokes on a coarse grid, like a letter of an unknown alphabet."""
    columns, rows = rng.integers(2, 4), rng.integers(2, 5)
    across, down = np.linspace(0, rng.uniform(0.5, 1), columns), np.linspace(0, 1, rows)
    nodes = np.array([(x, y) for x in across for y in down])
    figure: Figure = []
    for _ in range(rng.integers(2, 7)):
        start = nodes[rng.integers(len(nodes))]
        if figure and rng.random() < 0.6:  # most strokes start on an earlier one
            line = figure[rng.integers(len(figure))]
            start = line[rng.choice([0, len(line) // 2, len(line) - 1])]
        end = nodes[rng.integers(len(nodes))]
        if np.hypot(*(end - start)) > 0.2:
            figure.append(_stroke(start, end, rng))
    return figure or glyph_like(rng)


def walk(rng: np.random.Generator) -> Figure:
    """Draw one line whose curvature changes at random."""
    count = int(rng.integers(40, 160))
    bend = np.convolve(rng.normal(0, 1, count + 8), np.ones(8) / 8, mode="valid")[:count] * rng.uniform(0.15, 0.6)
    heading = np.cumsum(bend + rng.normal(0, 0.05)) + rng.uniform(0, 2 * math.pi)
    return [np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=1), axis=0) / 20]


def splines(rng: np.random.Generator) -> Figure:
    """Draw one to four lines, smooth or with corners, through random points."""
    count = int(rng.integers(1, 5))
    knots = [rng.uniform(0, 1, (int(rng.integers(3, 6 if count > 1 else 9)), 2)) for _ in range(count)]
    return [catmull_rom(points) if rng.random() < 0.7 else points for points in knots]


def symmetric(rng: np.random.Generator) -> Figure:
    """Draw strokes and their mirror image, like faces, insects, vases and many letters."""
    half = glyph_like(rng) if rng.random() < 0.5 else splines(rng)
    half = half[: rng.integers(1, 4)]
    points = np.concatenate(half)
    edge = points[:, 0].max() + rng.choice([0.0, 0.05, 0.2])
    figure = [*half, *(np.stack([2 * edge - line[:, 0], line[:, 1]], axis=1) for line in half)]
    if rng.random() < 0.3:
        low, high = points[:, 1].min(), points[:, 1].max()
        figure.append(np.array([[edge, low], [edge, high]]))
    return [line[:, ::-1] for line in figure] if rng.random() < 0.3 else figure


def radial(rng: np.random.Generator) -> Figure:
    """Repeat a stroke around a centre, like suns, wheels, snowflakes and flowers."""
    inner, outer = rng.choice([0.0, 0.15, 0.3]), rng.uniform(0.45, 0.6)
    start, end = np.array([inner, 0.0]), np.array([outer, 0.0])
    motif = [_stroke(start, end, rng)]
    if rng.random() < 0.3:
        motif.append(_stroke(end * 0.7, end + rng.normal(0, 0.15, 2), rng))
    count = int(rng.integers(3, 10))
    turns = np.arange(count) * 2 * math.pi / count + rng.uniform(0, 1)
    figure = [rotate(line, turn) for turn in turns for line in motif]
    if rng.random() < 0.4:
        figure.append(arc((0, 0), float(rng.choice([inner, outer])) or 0.2))
    return figure


def rows(rng: np.random.Generator) -> Figure:
    """Draw two to five small signs side by side, or one above the other."""
    count = int(rng.integers(2, 6))
    signs = [glyph_like(rng)[:4] for _ in range(count)]
    if rng.random() < 0.3:
        signs = [signs[0]] * count
    step = np.array([rng.uniform(0.8, 1.3), 0.0])
    if rng.random() < 0.3:
        step = step[::-1]
    return [line + position * step for position, sign in enumerate(signs) for line in sign]


def outline(rng: np.random.Generator) -> Polyline:
    """Draw a closed line around (0.5, 0.5): a polygon or a blob, round, indented or star-like."""
    count = int(rng.integers(3, 10))
    turns = (np.arange(count) + rng.uniform(-0.3, 0.3, count)) / count + rng.random()
    angle = turns * 2 * math.pi
    radius = 0.5 * np.exp(rng.normal(0, rng.uniform(0.02, 0.45), count))
    if count % 2 == 0 and rng.random() < 0.3:
        radius[::2] *= rng.uniform(0.3, 0.7)
    points = 0.5 + np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    points = (points - 0.5) * np.exp(rng.normal(0, 0.2, 2)) + 0.5
    if rng.random() < 0.5:
        return np.concatenate([points, points[:1]])
    return catmull_rom(np.concatenate([points, points[:3]]))[8:-8]


def outlines(rng: np.random.Generator) -> Figure:
    """Draw a closed outline, usually with details inside or attached."""
    outer = outline(rng)
    figure = [outer]
    for _ in range(rng.choice([0, 1, 2, 3, 4], p=(0.3, 0.25, 0.2, 0.15, 0.1))):
        kind, position = rng.integers(0, 6), rng.uniform(0.25, 0.75, 2)
        if kind == 0:
            figure.append(position + rng.uniform(-0.03, 0.03, (2, 2)))
        elif kind == 1:
            figure.append((outline(rng) - 0.5) * rng.uniform(0.15, 0.5) + position)
        elif kind == 2:
            figure.append(_stroke(position, rng.uniform(0.2, 0.8, 2), rng))
        elif kind == 3:  # across the outline
            start, end = outer[rng.integers(0, len(outer), 2)]
            figure.append(_stroke(start, end, rng))
        elif kind == 4:  # outwards
            wall = outer[rng.integers(len(outer))]
            figure.append(_stroke(wall, wall + (wall - 0.5) * rng.uniform(0.4, 1.2) + rng.normal(0, 0.1, 2), rng))
        else:
            figure.extend((line - 0.5) * 0.4 + position for line in glyph_like(rng)[:3])
    return [rotate(line, rng.choice([0.0, 0.0, math.pi / 2])) for line in figure]


def nested(rng: np.random.Generator) -> Figure:
    """Draw one figure into or over another."""
    makers = (glyph_like, splines, outlines, walk, symmetric)
    one, other = (makers[i](rng) for i in rng.integers(0, len(makers), 2))
    scale, shift = rng.uniform(0.3, 1.0), rng.uniform(-0.2, 0.4, 2)
    return [*one[:5], *(line * scale + shift for line in other[:5])]


RANDOM_FIGURES: dict[str, FigureMaker] = {
    "random sign": glyph_like,
    "random walk": walk,
    "random splines": splines,
    "random symmetry": symmetric,
    "random wheel": radial,
    "random row": rows,
    "random outline": outlines,
    "random nest": nested,
}
