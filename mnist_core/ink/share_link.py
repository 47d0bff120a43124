"""Pack a drawing into a short text for a link, and unpack it again.

The text is a version, a checksum and bits, six per character of the URL-safe base64 alphabet. Lines are simplified,
their points are moved to a grid, and the differences between points are written as exponential Golomb codes (Teuhola,
1978), so small ones take few bits. Whatever the bits say, a text of limited length can only hold few points.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from mnist_core.ink.strokes import MAX_SIZE, MIN_SIZE, REACH, Polyline, Strokes, check_bounds

LIMIT = 1_800  # characters; leaves 200 of the 2,000 that a link may have for the address of the app
MAX_LENGTH = 2_000  # characters of a text to unpack
SHORTEST_LIMIT = 50  # characters; any drawing fits into them, if need be as a dot
VERSION = "1"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
CHARACTER_BITS = 6
CHECKSUM_CHARACTERS = 2

# The grid has FINEST_GRID cells along the canvas (0.5 px of 280), and each next rung is coarser by a factor of sqrt(2).
# A line may be off by one cell. NOTE: texts that are out there rely on these numbers; others need another version.
FINEST_GRID = 560
TOLERANCE = 1.0  # cells: points that are closer to the line through others are left out
RUNG_BITS, ORDER_BITS = 5, 3
SIZE_UNIT = 8  # brushes and sizes are rounded to 1/8 px
SIZE_ORDER, BRUSH_ORDER, COUNT_ORDER = 11, 7, 2  # of the Golomb codes: about the number of bits that are expected
MAX_PREFIX = 24  # zeros at the beginning of a code; the numbers of a drawing have fewer
LEAST_POINT_BITS = 4  # of two differences, at least for most points
PIECE = 256  # points that are simplified together, which bounds the time for a long line

DAMAGED = "this link's drawing is damaged or incomplete: copy the whole link again"
OTHER_VERSION = "this link's drawing was packed by another version of the app: share it again from there"

Cells = tuple[tuple[int, int], ...]


def pack_drawing(strokes: Sequence[Strokes], limit: int = LIMIT) -> str:
    """Pack a drawing into a text that can stand in a URL as it is.

    The lines of a usual drawing are moved by less than 1 px. A drawing too complex for the limit is simplified further
    until it fits.

    Args:
        strokes: the drawing stroke by stroke, each with its own brush width, all on a canvas of the same size.
        limit: the most characters to use, at least `SHORTEST_LIMIT`.

    Returns:
        1 to `limit` characters of A-Z, a-z, 0-9, - and _.

    Raises:
        ValueError: the canvases differ, the limit is too low, or the drawing is beyond `strokes.check_bounds`.
    """
    if limit < SHORTEST_LIMIT:
        raise ValueError(f"a drawing needs a limit of at least {SHORTEST_LIMIT} characters, got {limit}")
    filled = [replace(stroke, lines=tuple(line for line in stroke.lines if len(line))) for stroke in strokes]
    drawn = [stroke for stroke in filled if not stroke.is_blank]
    sizes = {stroke.size for stroke in drawn}
    if len(sizes) > 1:
        raise ValueError(f"all strokes of a drawing must be on one canvas, got sizes of {sorted(sizes)} px")
    if not drawn:
        return VERSION
    _check(drawn)
    finest = TOLERANCE * _cell(drawn[0].size, 0)
    detail = [[detail_of_points(line, finest) for line in stroke.lines] for stroke in drawn]
    all_points = np.concatenate([line for stroke in drawn for line in stroke.lines])
    all_detail = np.concatenate([of_points for of_lines in detail for of_points in of_lines])
    most_points = limit * CHARACTER_BITS // LEAST_POINT_BITS
    for rung in range(2**RUNG_BITS):
        cell = _cell(drawn[0].size, rung)
        if len(np.unique(np.rint(all_points[all_detail > TOLERANCE * cell] / cell), axis=0)) > most_points:
            continue
        simplified = _simplify(drawn, detail, rung)
        text = _write(simplified, rung)
        if len(text) <= limit and _is_within_bounds(text):
            return text
    raise AssertionError("the coarsest grid leaves one point")


def unpack_drawing(text: str) -> tuple[Strokes, ...]:
    """Unpack a drawing that `pack_drawing` packed; the text may come from anybody.

    Returns:
        The drawing stroke by stroke, within `strokes.check_bounds`; an empty tuple for a blank drawing.

    Raises:
        ValueError: the text is damaged, too long or of another version; the message is one sentence.
    """
    if not text or len(text) > MAX_LENGTH:
        raise ValueError(DAMAGED)
    if text[0] != VERSION:
        raise ValueError(OTHER_VERSION if text[0] in ALPHABET else DAMAGED)
    if text == VERSION:
        return ()
    checksum, body = text[1 : 1 + CHECKSUM_CHARACTERS], text[1 + CHECKSUM_CHARACTERS :]
    if set(text) - set(ALPHABET) or checksum != _checksum(body):
        raise ValueError(DAMAGED)
    strokes = _read(_Reader("".join(f"{ALPHABET.index(character):06b}" for character in body)))
    _check(strokes)
    return strokes


def _check(strokes: Sequence[Strokes]) -> None:
    lines = [line for stroke in strokes for line in stroke.lines]
    check_bounds(lines, max(stroke.brush for stroke in strokes), strokes[0].size)
    for stroke in strokes:
        check_bounds((), stroke.brush, stroke.size)


def _is_within_bounds(text: str) -> bool:
    """Tell whether a text can be unpacked: moving its points to the grid may have made a drawing longer."""
    try:
        unpack_drawing(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class _Simplified:
    """A stroke as it is written: its lines as cells of the grid, brush and size in units of 1/8 px."""

    lines: tuple[Cells, ...]
    brush: int
    size: int


def _cell(size: float, rung: int) -> float:
    """Return the side of a grid cell in px."""
    return size / FINEST_GRID * 2 ** (rung / 2)


def _simplify(strokes: Sequence[Strokes], detail: Sequence[Sequence[np.ndarray]], rung: int) -> list[_Simplified]:
    """Simplify all lines and move them to a grid; lines that became equal are kept once, with the widest brush.

    Args:
        strokes: the drawing.
        detail: for each stroke and line how much detail each of its points (n,) adds, as `detail_of_points` tells.
        rung: of the grid.
    """
    cell = _cell(strokes[0].size, rung)
    furthest = int(REACH * strokes[0].size / cell)
    lines = [
        [
            _to_cells(line[of_points > TOLERANCE * cell], cell, furthest)
            for line, of_points in zip(stroke.lines, of_lines, strict=True)
        ]
        for stroke, of_lines in zip(strokes, detail, strict=True)
    ]
    widest: dict[Cells, tuple[float, int, int]] = {}
    for number, stroke in enumerate(strokes):
        for place, cells in enumerate(lines[number]):
            widest[cells] = max(widest.get(cells, (0.0, 0, 0)), (stroke.brush, number, place))
    kept = {(number, place) for _, number, place in widest.values()}
    simplified = []
    for number, stroke in enumerate(strokes):
        left = tuple(cells for place, cells in enumerate(lines[number]) if (number, place) in kept)
        if left:
            simplified.append(_Simplified(left, round(stroke.brush * SIZE_UNIT), round(stroke.size * SIZE_UNIT)))
    return simplified


def _to_cells(line: Polyline, cell: float, furthest: int) -> Cells:
    points = np.clip(np.rint(line / cell), -furthest, furthest).astype(np.int64)
    is_new = np.r_[True, (np.diff(points, axis=0) != 0).any(axis=1)]
    return tuple((int(x), int(y)) for x, y in points[is_new])


def detail_of_points(line: Polyline, finest: float) -> np.ndarray:
    """Return how much detail (px) each point of a polyline (n, 2) adds: (n,) float64, infinite for the ends.

    The points with more detail than a tolerance are those that the algorithm of Ramer, Douglas and Peucker keeps: all
    other points are within the tolerance of the line through them. Details of `finest` px or less are all 0. Lines of
    more than `PIECE` points are taken piece by piece, which bounds the time.
    """
    detail = np.zeros(len(line))
    places = _spaced(line, finest / 2)
    points = line[places]
    ends = [*range(0, len(points) - 1, PIECE), len(points) - 1]
    detail[[places[end] for end in ends]] = np.inf
    waiting = [(first, last, np.inf) for first, last in pairwise(ends)]
    while waiting:
        first, last, least = waiting.pop()
        if last - first < 2:
            continue
        distances = _distances(points[first + 1 : last], points[first], points[last])
        furthest = int(distances.argmax())
        least = min(least, float(distances[furthest]))
        if least > finest:
            middle = first + 1 + furthest
            detail[places[middle]] = least
            waiting += [(first, middle, least), (middle, last, least)]
    return detail


def _spaced(line: Polyline, gap: float) -> list[int]:
    """Return the places of the first point, of each at least `gap` px from the one kept before, and of the last."""
    kept, (last_x, last_y) = [0], line[0].tolist()
    for place, (x, y) in enumerate(line[1:].tolist(), start=1):
        if (x - last_x) ** 2 + (y - last_y) ** 2 >= gap**2:
            kept.append(place)
            last_x, last_y = x, y
    if kept[-1] != len(line) - 1:
        kept.append(len(line) - 1)
    return kept


def _distances(points: Polyline, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the distances (n,) of points (n, 2) from the segment between two points."""
    along = end - start
    squared = float(along @ along)
    places = np.clip((points - start) @ along / squared, 0, 1) if squared else np.zeros(len(points))
    return np.asarray(np.hypot(*(points - start - places[:, None] * along).T))


@dataclass
class _Writer:
    """Bits, written one after another."""

    bits: list[str] = field(default_factory=list)

    def fixed(self, value: int, count: int) -> None:
        self.bits.append(f"{value:0{count}b}")

    def number(self, value: int, order: int) -> None:
        """Write a number from 0 up as an exponential Golomb code."""
        code = f"{value + (1 << order):b}"
        self.bits.append("0" * (len(code) - 1 - order) + code)

    def difference(self, value: int, order: int) -> None:
        """Write a number of either sign."""
        self.number(_folded(value), order)


@dataclass
class _Reader:
    """Bits, read one after another; every method raises ValueError at the end of the bits."""

    bits: str
    at: int = 0

    def fixed(self, count: int) -> int:
        self.at += count
        if self.at > len(self.bits):
            raise ValueError(DAMAGED)
        return int(self.bits[self.at - count : self.at] or "0", 2)

    def number(self, order: int) -> int:
        prefix = self.bits.find("1", self.at) - self.at
        if not 0 <= prefix <= MAX_PREFIX:
            raise ValueError(DAMAGED)
        self.at += prefix
        return self.fixed(prefix + 1 + order) - (1 << order)

    def difference(self, order: int) -> int:
        folded = self.number(order)
        return -(folded >> 1) - 1 if folded & 1 else folded >> 1


def _folded(value: int) -> int:
    """Map 0, -1, 1, -2, 2 to 0, 1, 2, 3, 4, and so on."""
    return -2 * value - 1 if value < 0 else 2 * value


def _differences(strokes: Iterable[_Simplified]) -> np.ndarray:
    """Return how each point differs from the one before, across lines and strokes: (n, 2) int64, the first from 0."""
    points = np.array([cell for stroke in strokes for line in stroke.lines for cell in line], dtype=np.int64)
    return np.diff(points, axis=0, prepend=0)


def _best_order(differences: np.ndarray) -> int:
    """Return the order of the Golomb code that needs the fewest bits for differences."""
    values = np.where(differences < 0, -2 * differences - 1, 2 * differences)
    orders = range(2**ORDER_BITS)
    return min(orders, key=lambda order: int((2 * np.floor(np.log2((values >> order) + 1)) + 1 + order).sum()))


def _write(strokes: Sequence[_Simplified], rung: int) -> str:
    differences = _differences(strokes)
    order = _best_order(differences)
    writer = _Writer()
    writer.fixed(rung, RUNG_BITS)
    writer.fixed(order, ORDER_BITS)
    writer.number(strokes[0].size, SIZE_ORDER)
    writer.number(len(strokes) - 1, COUNT_ORDER)
    following, brush = iter(differences.tolist()), 0
    for stroke in strokes:
        writer.fixed(int(stroke.brush != brush), 1)
        if stroke.brush != brush:
            brush = stroke.brush
            writer.number(brush, BRUSH_ORDER)
        writer.number(len(stroke.lines) - 1, 0)
        for line in stroke.lines:
            writer.number(len(line) - 1, COUNT_ORDER)
            for _ in line:
                for difference in next(following):
                    writer.difference(difference, order)
    bits = "".join(writer.bits)
    bits += "0" * (-len(bits) % CHARACTER_BITS)
    body = "".join(ALPHABET[int(bits[at : at + CHARACTER_BITS], 2)] for at in range(0, len(bits), CHARACTER_BITS))
    return VERSION + _checksum(body) + body


def _read(reader: _Reader) -> tuple[Strokes, ...]:
    rung, order = reader.fixed(RUNG_BITS), reader.fixed(ORDER_BITS)
    size = reader.number(SIZE_ORDER) / SIZE_UNIT
    if not MIN_SIZE <= size <= MAX_SIZE:
        raise ValueError(DAMAGED)
    cell = _cell(size, rung)
    strokes = []
    brush, x, y = 0.0, 0, 0
    # NOTE: these numbers may be huge, but every turn of every loop below reads at least one bit.
    for _ in range(reader.number(COUNT_ORDER) + 1):
        if reader.fixed(1):
            brush = reader.number(BRUSH_ORDER) / SIZE_UNIT
        lines = []
        for _ in range(reader.number(0) + 1):
            points = []
            for _ in range(reader.number(COUNT_ORDER) + 1):
                x, y = x + reader.difference(order), y + reader.difference(order)
                points.append((x, y))
            lines.append(np.array(points, dtype=np.float64) * cell)
        strokes.append(Strokes(tuple(lines), brush, size))
    if len(reader.bits) - reader.at >= CHARACTER_BITS or "1" in reader.bits[reader.at :]:
        raise ValueError(DAMAGED)
    return tuple(strokes)


def _checksum(body: str) -> str:
    """Return two characters that tell whether a text was cut off or changed."""
    value = zlib.crc32(body.encode("ascii", "replace"))
    return ALPHABET[value & 63] + ALPHABET[value >> 6 & 63]
