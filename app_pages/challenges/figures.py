"""The numbers, the pictures and the board of a challenge as HTML."""

import html
from collections.abc import Sequence

import numpy as np

from app_pages.components.html import data_url
from mnist_core.challenges.catalog import Challenge
from mnist_core.challenges.scoring import Score, ranked
from mnist_core.challenges.unusual import Neighbours

MAIN, FIRST = ' class="main"', ' class="first"'


def verdict_html(text: str, emphasised: str = "") -> str:
    """Return what there is to say about the drawing now; screen readers say it when it changes.

    Args:
        text: one or two sentences.
        emphasised: what comes before them, in the accent colour.
    """
    strong = f"<b>{html.escape(emphasised)}</b> " if emphasised else ""
    return f'<p class="challenge-verdict" role="status">{strong}{html.escape(text)}</p>'


def figures_html(figures: Sequence[tuple[str, str, str]]) -> str:
    """Return numbers side by side: the name of each, the number, and its unit; the first one decides."""
    rows = "".join(
        f"<div{MAIN if place == 0 else ''}><dt>{html.escape(name)}</dt>"
        f"<dd><b>{html.escape(number)}</b> <small>{html.escape(unit)}</small></dd></div>"
        for place, (name, number, unit) in enumerate(figures)
    )
    return f'<dl class="challenge-figures">{rows}</dl>'


def meter_html(fraction: float, note: str) -> str:
    """Return a bar that is filled by a fraction, with its meaning below; above 1 it is full and grey."""
    kind = "challenge-meter over" if fraction > 1 else "challenge-meter"
    return (
        f'<div class="{kind}" aria-hidden="true"><div style="width:{min(max(fraction, 0), 1):.1%}"></div></div>'
        f'<p class="challenge-note">{html.escape(note)}</p>'
    )


def neighbours_html(picture: np.ndarray, digit: int, neighbours: Neighbours) -> str:
    """Return a drawing beside the training images that are nearest to it.

    Args:
        picture: (28, 28) float32 in [0, 1].
        digit: that it shows.
        neighbours: of that digit.
    """
    own = f'<figure class="own"><img src="{data_url(picture)}" alt="your {digit}, as the model sees it">'
    others = "".join(
        f'<figure><img src="{data_url(image.numpy())}" alt="training image {index:,}, a {digit}, at {distance:.2f}">'
        f"<figcaption>{distance:.2f}</figcaption></figure>"
        for index, distance, image in zip(neighbours.indices, neighbours.distances, neighbours.images, strict=True)
    )
    return f'<div class="challenge-row">{own}<figcaption>yours</figcaption></figure>{others}</div>'


def board_html(challenge: Challenge, scores: Sequence[Score]) -> str:
    """Return the scores of a challenge as a table with their ranks, the best first."""
    rows = "".join(
        f'<tr{FIRST if rank == 1 else ""}><td class="rank">{rank}</td>'
        f'<td class="score">{html.escape(score.words)}</td><td>{html.escape(score.detail)}</td></tr>'
        for rank, score in ranked(scores, lower_wins=challenge.lower_wins)
    )
    return _table(("Rank", "Score", "How"), rows)


def bests_html(bests: Sequence[tuple[Challenge, Score]]) -> str:
    """Return the best score of each of some challenges as a table."""
    rows = "".join(
        f"<tr><td>{html.escape(challenge.title)}</td><td>{html.escape(score.words)}</td></tr>"
        for challenge, score in bests
    )
    return _table(("Challenge", "Best"), rows)


def _table(names: Sequence[str], rows: str) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    return f'<table class="challenge-board"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def run_html(name: str, facts: str) -> str:
    """Return a run's name with what there is to say about it below."""
    return f'<p class="challenge-run">{html.escape(name)}<small>{html.escape(facts)}</small></p>'
