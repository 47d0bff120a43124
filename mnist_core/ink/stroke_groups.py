"""Group pen strokes into digits, from left to right, and cut lines that write several digits without lifting the pen.

Strokes are first cut into tokens that belong to one digit whatever happens: whole lines or, where that is not enough,
pieces of lines. Every run of neighbouring tokens may be a digit. A score says how much a run looks like one, and the
cheapest division of all tokens into runs wins (dynamic programming, as in Casey and Lecolinet, "A survey of methods and
strategies in character segmentation", 1996). Time plays no part: a bar may be added to a digit when others are written.
"""

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, pairwise
from typing import TypeVar

import numpy as np

from mnist_core.ink.strokes import Polyline, Strokes

Score = Callable[[Sequence[Strokes]], Sequence[float]]
T = TypeVar("T")
Rounds = Generator[Sequence[Strokes], Sequence[float], T]  # yields drawings, is sent their scores, and returns T

SURE = 0.9  # a drawing with this score and no gap is one digit, and nothing else is tried
DOUBTFUL = 0.5  # a digit with a lower score may be several digits that the pen wrote without being lifted
CUT_DOUBT = 0.3  # a line is cut only between two digits with at least this score
MAX_TOKENS, MAX_POINTS = 24, 4_000  # of a drawing; more are not a number, and are not divided
MAX_RUN = 5  # tokens of one digit
ONE_DIGIT_WIDTH = 1.2  # row heights; no line of a drawing that is no wider is cut, and
NARROW_SURE = 0.8  # it is only divided into digits with at least this score, unless
CLEAR_GAP = 0.18  # row heights are between any two of them
MAX_WIDTH = 2.2  # of a digit in heights of the row
MIN_HEIGHT = 0.4  # of a digit in heights of the row; a shorter run is a bar, a dot or a hook
WIDEST_GAP = 0.4  # row heights, within a digit
SLACK = 0.08  # row heights; a gap up to this wide may be within a digit, and often is between two

# Costs in nats, added to -log(score). They say how much more probable one digit must look than two, or the reverse.
FLOOR = 1e-3  # the lowest score, so that one illegible digit does not decide how all others are divided
SPLIT = 1.0  # for every digit after the first that is not clearly apart
OVERLAP = 25.0  # per row height that the columns of two digits overlap by more than the slack
WIDEST_OVERLAP = -0.35  # row heights; tokens that overlap by more belong to one digit
GAP = 20.0  # per row height that a gap within a digit is wider than the slack
LINE_CUT = 3.0  # for cutting a line
SHORT = 5.0  # for a run that is too short to be a digit


@dataclass(frozen=True)
class Grouping:
    """A drawing divided into digits.

    Attributes:
        digits: the strokes of each digit, from left to right, at their places on the canvas; empty for a blank drawing.
        touching: the number of neighbouring digits whose ink touches or overlaps horizontally.
        cuts: the number of lines that were cut between two digits.
    """

    digits: tuple[Strokes, ...]
    touching: int = 0
    cuts: int = 0


@dataclass(frozen=True)
class _Token:
    """A piece of a line: the points from `first` to `last` of line `line`, and the columns and rows that it takes."""

    line: int
    first: int
    last: int
    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True)
class _Run:
    """The tokens from `first` up to `last`, exclusive, as one digit."""

    first: int
    last: int


def has_gap(strokes: Strokes) -> bool:
    """Tell whether some column between the lines is clearly free of them, so that they are probably several digits."""
    if len(strokes.lines) < 2:
        return False
    tokens = _tokens([line for line in strokes.lines if len(line)])
    return max(_gaps(tokens), default=0.0) > SLACK * _row_height(tokens)


def group_strokes(strokes: Strokes, score: Score, whole: float) -> Grouping:
    """Divide a drawing into digits.

    Args:
        strokes: the drawing.
        score: tells for drawings how much each looks like one digit, in [0, 1].
        whole: the score of the whole drawing.
    """
    return group_all([strokes], score, [whole])[0]


def group_all(drawings: Sequence[Strokes], score: Score, wholes: Sequence[float]) -> list[Grouping]:
    """Divide each of several drawings into digits; what they want to know in one round is scored at once.

    Args:
        drawings: the drawings.
        score: tells for drawings how much each looks like one digit, in [0, 1].
        wholes: the score of each whole drawing.
    """
    groupings = [Grouping(())] * len(drawings)
    rounds = dict(enumerate(map(_group, drawings, wholes)))
    sent: dict[int, Sequence[float] | None] = dict.fromkeys(rounds)
    while sent:
        asked: dict[int, Sequence[Strokes]] = {}
        for place, scores in sent.items():
            try:
                asked[place] = rounds[place].send(scores)  # type: ignore[arg-type] # None starts it
            except StopIteration as ended:
                groupings[place] = ended.value
        every = list(chain.from_iterable(asked.values()))
        following = iter(score(every) if every else ())
        sent = {place: list(islice(following, len(parts))) for place, parts in asked.items()}
    return groupings


def _group(strokes: Strokes, whole: float) -> Rounds[Grouping]:
    """Divide a drawing into digits, and ask for the scores of its parts on the way."""
    if not any(map(len, strokes.lines)):
        return Grouping(())
    if whole >= SURE and not has_gap(strokes):
        return Grouping((strokes,))
    lines: Sequence[Polyline] = [line for line in strokes.lines if len(line)]
    if len(lines) > MAX_TOKENS or sum(map(len, lines)) > MAX_POINTS:
        return Grouping((strokes,))
    tokens = _tokens(lines)
    runs, scores = yield from _divide(strokes, lines, tokens, whole)
    if min(scores) < DOUBTFUL:
        cut_lines, cut_tokens = _cut_at_ligatures(lines, tokens)
        if len(tokens) < len(cut_tokens) <= MAX_TOKENS:
            cut_runs, cut_scores = yield from _divide(strokes, cut_lines, cut_tokens, whole)
            if _are_cuts_sure(cut_tokens, cut_runs, cut_scores):
                lines, tokens, runs, scores = cut_lines, cut_tokens, cut_runs, cut_scores
    if len(runs) == 1:
        return Grouping((strokes,))
    gaps = _gaps(tokens)
    between = [gaps[run.first - 1] for run in runs[1:]]
    cuts = sum(_is_within_line(tokens, run.first) for run in runs[1:])
    height = _row_height(tokens)
    may_be_one = _width(tokens) <= ONE_DIGIT_WIDTH * height and min(between) < CLEAR_GAP * height
    if may_be_one and (cuts or min(scores) < NARROW_SURE):
        return Grouping((strokes,))
    digits = tuple(replace(strokes, lines=_lines_of(lines, tokens[run.first : run.last])) for run in runs)
    return Grouping(digits, sum(gap < strokes.brush for gap in between), cuts)


def _tokens(lines: Sequence[Polyline]) -> list[_Token]:
    """Return a token for every line, sorted by the middle of its columns."""
    return sorted((_token(lines, place, 0, len(line) - 1) for place, line in enumerate(lines)), key=_middle)


def _token(lines: Sequence[Polyline], line: int, first: int, last: int) -> _Token:
    points = lines[line][first : last + 1]
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return _Token(line, first, last, left, right, top, bottom)


def _middle(token: _Token) -> float:
    return token.left + token.right


def _row_height(tokens: Sequence[_Token]) -> float:
    """Return the height of the row: that of its tallest token, or of the widest if all lie flat, at least 1 px."""
    tallest = max(token.bottom - token.top for token in tokens)
    return max(1.0, tallest, 0.3 * max(token.right - token.left for token in tokens))


def _gaps(tokens: Sequence[_Token]) -> list[float]:
    """Return the columns (px) between all tokens before each place and all after it; negative if they overlap."""
    right = np.maximum.accumulate([token.right for token in tokens])[:-1]
    left = np.minimum.accumulate([token.left for token in tokens][::-1])[::-1][1:]
    return list((left - right).tolist())


def _is_within_line(tokens: Sequence[_Token], place: int) -> bool:
    """Tell whether a line has tokens before a place as well as after it."""
    return bool({token.line for token in tokens[:place]} & {token.line for token in tokens[place:]})


def _are_cuts_sure(tokens: Sequence[_Token], runs: Sequence[_Run], scores: Sequence[float]) -> bool:
    """Tell whether the digits on both sides of every cut line look like digits."""
    pairs = zip(runs[1:], pairwise(scores), strict=False)
    return all(min(both) >= CUT_DOUBT for run, both in pairs if _is_within_line(tokens, run.first))


def _divide(
    strokes: Strokes, lines: Sequence[Polyline], tokens: Sequence[_Token], whole: float
) -> Rounds[tuple[list[_Run], list[float]]]:
    """Return the cheapest division of the tokens into runs, and the score of each run."""
    height = _row_height(tokens)
    gaps = [gap / height for gap in _gaps(tokens)]
    drawings = {
        _Run(first, last): replace(strokes, lines=_lines_of(lines, tokens[first:last]))
        for first in range(len(tokens))
        for last in range(first + 1, min(first + MAX_RUN, len(tokens)) + 1)
        if last - first < len(tokens) and max(gaps) > WIDEST_OVERLAP
    }
    scores = {_Run(0, len(tokens)): whole}

    singles = [run for run in drawings if run.last - run.first == 1]
    scores.update(zip(singles, (yield [drawings[run] for run in singles]), strict=True))
    is_sure = [scores.get(_Run(place, place + 1), 0.0) >= SURE for place in range(len(tokens))]
    others = [
        run
        for run in drawings
        if run not in scores
        and _width(tokens[run.first : run.last]) <= MAX_WIDTH * height
        and max(gaps[run.first : run.last - 1]) < WIDEST_GAP
        and (not all(is_sure[run.first : run.last]) or min(gaps[run.first : run.last - 1]) < SLACK)
    ]
    scores.update(zip(others, (yield [drawings[run] for run in others]), strict=True))
    splits = [
        math.inf
        if gap < WIDEST_OVERLAP
        else SPLIT * min(1.0, max(0.0, 2 - gap / SLACK))
        + OVERLAP * max(0.0, -gap - SLACK)
        + LINE_CUT * _is_within_line(tokens, place)
        for place, gap in enumerate(gaps, start=1)
    ]
    joins = [GAP * max(0.0, gap - SLACK) for gap in gaps]

    def cost(run: _Run) -> float:
        parts = tokens[run.first : run.last]
        looks = -math.log(max(scores[run], FLOOR)) * max(1.0, _width(parts) / height)
        is_short = max(part.bottom for part in parts) - min(part.top for part in parts) < MIN_HEIGHT * height
        split = splits[run.first - 1] if run.first else 0.0
        return looks + SHORT * is_short + split + sum(joins[run.first : run.last - 1])

    best: list[tuple[float, list[_Run]]] = [(0.0, [])]
    for last in range(1, len(tokens) + 1):
        options = [(best[run.first][0] + cost(run), run) for run in scores if run.last == last]
        lowest, run = min(options, key=lambda option: option[0], default=(math.inf, _Run(last - 1, last)))
        best.append((lowest, [*best[run.first][1], run]))
    chosen = best[-1][1]
    return chosen, [scores.get(run, 0.0) for run in chosen]


def _width(tokens: Sequence[_Token]) -> float:
    return max(token.right for token in tokens) - min(token.left for token in tokens)


def _lines_of(lines: Sequence[Polyline], tokens: Sequence[_Token]) -> tuple[Polyline, ...]:
    """Return the lines of tokens; pieces that follow one another in a line are one again."""
    pieces: list[tuple[int, int, int]] = []
    for line, first, last in sorted((token.line, token.first, token.last) for token in tokens):
        if pieces and pieces[-1][0] == line and pieces[-1][2] == first:
            pieces[-1] = line, pieces[-1][1], last
        else:
            pieces.append((line, first, last))
    return tuple(lines[line][first : last + 1] for line, first, last in pieces)


def _cut_at_ligatures(lines: Sequence[Polyline], tokens: Sequence[_Token]) -> tuple[list[Polyline], list[_Token]]:
    """Cut lines in the middle of all columns that only one segment crosses, and return the new lines and tokens."""
    columns = _ligatures(lines, _row_height(tokens))
    cut_lines, cut_tokens = [], []
    for line in lines:
        cut, places = _with_points_at(line, columns)
        cut_lines.append(cut)
        ends = [0, *places, len(cut) - 1]
        cut_tokens += [_token(cut_lines, len(cut_lines) - 1, first, last) for first, last in pairwise(ends)]
    return cut_lines, sorted(cut_tokens, key=_middle)


def _ligatures(lines: Sequence[Polyline], height: float) -> list[float]:
    """Return the middle of each range of columns that exactly one segment of all lines crosses."""
    starts = np.concatenate([np.minimum(line[:-1, 0], line[1:, 0]) for line in lines])
    stops = np.concatenate([np.maximum(line[:-1, 0], line[1:, 0]) for line in lines])
    if not len(starts):
        return []
    columns = np.arange(starts.min(), stops.max(), height / 40) + height / 80
    crossings = np.searchsorted(np.sort(starts), columns, "right") - np.searchsorted(np.sort(stops), columns, "right")
    is_single = np.r_[False, crossings == 1, False]
    edges = np.flatnonzero(np.diff(is_single.astype(int)))
    return [float((columns[first] + columns[last - 1]) / 2) for first, last in edges.reshape(-1, 2).tolist()]


def _with_points_at(line: Polyline, columns: Sequence[float]) -> tuple[Polyline, list[int]]:
    """Return a line with a point wherever it crosses one of the columns, and the places of these points."""
    points: list[np.ndarray] = [line[0]]
    places = []
    for start, end in pairwise(line):
        low, high = sorted((start[0], end[0]))
        crossed = [column for column in columns if low < column < high]
        for column in crossed if start[0] < end[0] else reversed(crossed):
            places.append(len(points))
            points.append(start + (end - start) * (column - start[0]) / (end[0] - start[0]))
        points.append(end)
    return np.array(points), places
