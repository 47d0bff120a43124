"""Several runs as small multiples: one small chart per run on the same axes, with the other runs faint behind it.

They are SVG, which costs the browser next to nothing, and which the page can lay out in as many columns as fit. The
heading of each shows the line and the symbol that the run has in a chart of all, as a legend does.
"""

import base64
import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 200.0, 110.0  # of the drawing's own coordinates; it is stretched to the width of its box
MAX_POINTS = 60  # of a line
SYMBOL_SHAPES = {  # around the middle of a legend's line, at 24, 8
    "circle": '<circle cx="24" cy="8" r="5" fill="COLOUR"/>',
    "rect": '<rect x="19" y="3" width="10" height="10" fill="COLOUR"/>',
    "triangle": '<path d="M24 2l6 11H18z" fill="COLOUR"/>',
    "diamond": '<path d="M24 1l7 7-7 7-7-7z" fill="COLOUR"/>',
    "emptyCircle": '<circle cx="24" cy="8" r="5" fill="PAPER" stroke="COLOUR" stroke-width="2"/>',
    "emptyRect": '<rect x="19.5" y="3.5" width="9" height="9" fill="PAPER" stroke="COLOUR" stroke-width="2"/>',
}

STYLE = """<style>
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.4rem, 1fr)); gap: 1rem .9rem; margin: 0; }
.multiples figure { margin: 0; min-width: 0; font-size: .8rem; font-variant-numeric: tabular-nums; }
.multiples figcaption { line-height: 1.3; margin-bottom: .25rem; overflow-wrap: anywhere; }
.multiples figcaption b { display: block; font-weight: 600; }
.multiples figcaption img { display: block; height: .9rem; width: 2.4rem; margin-bottom: .1rem; }
.multiples .plot { display: grid; grid-template-columns: auto 1fr; column-gap: .35rem; }
.multiples .y { display: flex; flex-direction: column; justify-content: space-between; text-align: right;
  line-height: 1; }
.multiples .plot img { display: block; width: 100%; height: 6.5rem; }
.multiples .x { grid-column: 2; display: flex; justify-content: space-between; line-height: 1.5; }
</style>"""


@dataclass(frozen=True)
class Small:
    """The curve of one run.

    Attributes:
        name: what people call the run.
        points: (x, y) pairs of finite numbers in the order of x.
        colour: a CSS colour.
        dash: px drawn and left out, in turn; () for a solid line.
        symbol: one of `SYMBOL_SHAPES`; "" for none.
    """

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    dash: Sequence[int] = ()
    symbol: str = ""


def small_multiples(smalls: Sequence[Small], x_title: str, unit: str, faint: str, paper: str) -> str:
    """Return HTML with a small chart per curve.

    Args:
        smalls: the curves.
        x_title: the unit of the horizontal axis, such as "steps".
        unit: what follows a value, such as "%".
        faint: the CSS colour of the other curves in each chart, and of the frame.
        paper: the CSS colour of the page.
    """
    axes = shared_axes(smalls)
    figures = "".join(_figure(small, smalls, axes, x_title, unit, (faint, paper)) for small in smalls)
    return f'{STYLE}<div class="multiples">{figures}</div>'


def shared_axes(smalls: Sequence[Small]) -> tuple[float, float, float]:
    """Return the largest x, and the smallest and largest y, of all curves, the latter widened to round numbers."""
    right = max((x for small in smalls for x, _ in small.points), default=1.0) or 1.0
    values = [y for small in smalls for _, y in small.points]
    low, high = min(values, default=0.0), max(values, default=1.0)
    unit = 10.0 ** math.floor(math.log10(max(high - low, abs(high) / 100, 1e-3)))
    low, high = math.floor(low / unit) * unit, math.ceil(high / unit) * unit
    return right, low, high if high > low else low + unit


def plot_svg(small: Small, smalls: Sequence[Small], axes: tuple[float, float, float], faint: str) -> str:
    """Return the drawing of one curve with the others faint behind it, to be stretched to any size.

    Args:
        small: the curve.
        smalls: all curves, itself among them.
        axes: see `shared_axes`.
        faint: the CSS colour of the other curves and of the frame.
    """
    dashes = f' stroke-dasharray="{" ".join(map(str, small.dash))}"' if small.dash else ""
    lines = [f'<polyline points="0,0 0,{HEIGHT:g} {WIDTH:g},{HEIGHT:g}" stroke="{faint}" stroke-width="2"/>']
    for other in smalls:
        if other is not small:
            lines.append(f'<polyline points="{_points(other, axes)}" stroke="{faint}" stroke-width="1.5"/>')
    lines.append(f'<polyline points="{_points(small, axes)}" stroke="{small.colour}" stroke-width="3"{dashes}/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none">'
        "<style>polyline{fill:none;vector-effect:non-scaling-stroke;stroke-linejoin:round}</style>"
        f"{''.join(lines)}</svg>"
    )


def swatch_svg(small: Small, paper: str) -> str:
    """Return what a legend shows of a line: a piece of it with its symbol."""
    dashes = f' stroke-dasharray="{" ".join(map(str, small.dash))}"' if small.dash else ""
    symbol = SYMBOL_SHAPES.get(small.symbol, "").replace("COLOUR", small.colour).replace("PAPER", paper)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 16">'
        f'<path d="M0 8h48" stroke="{small.colour}" stroke-width="3"{dashes}/>{symbol}</svg>'
    )


def _figure(
    small: Small,
    smalls: Sequence[Small],
    axes: tuple[float, float, float],
    x_title: str,
    unit: str,
    colours: tuple[str, str],
) -> str:
    right, low, high = axes
    faint, paper = colours
    last = f"{_number(small.points[-1][1])}{unit}" if small.points else "no value yet"
    words = html.escape(_words(small, unit), quote=True)
    return (
        f'<figure><figcaption><img src="{_data_url(swatch_svg(small, paper))}" alt=""><b>{html.escape(small.name)}</b>'
        f'{last}</figcaption><div class="plot">'
        f'<div class="y" aria-hidden="true"><span>{_number(high)}</span><span>{_number(low)}</span></div>'
        f'<img src="{_data_url(plot_svg(small, smalls, axes, faint))}" alt="{words}">'
        f'<div class="x" aria-hidden="true"><span>0</span><span>{_number(right)} {html.escape(x_title)}</span></div>'
        "</div></figure>"
    )


def _data_url(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _words(small: Small, unit: str) -> str:
    if not small.points:
        return f"{small.name}: no value yet"
    return f"{small.name}: from {_number(small.points[0][1])}{unit} to {_number(small.points[-1][1])}{unit}"


def _points(small: Small, axes: tuple[float, float, float]) -> str:
    right, low, high = axes
    count = len(small.points)
    places = (
        range(count)
        if count <= MAX_POINTS
        else (round(place * (count - 1) / (MAX_POINTS - 1)) for place in range(MAX_POINTS))
    )
    return " ".join(
        f"{WIDTH * x / right:.1f},{HEIGHT * (high - y) / (high - low):.1f}"
        for x, y in map(small.points.__getitem__, places)
    )


def _number(value: float) -> str:
    """Return a number with three digits or so: 98.6, 0.052, 1,170."""
    if value and not 1e-3 <= abs(value) < 1e6:
        return f"{value:.0e}"
    digits = 0 if abs(value) >= 1000 or value == round(value) else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"
