"""Lines in one chart can be told apart: by eyes that lack receptors, in grey, and without colour."""

import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest

from app_pages.components.html import ACCENT
from app_pages.components.palette import (
    AGAINST,
    BACKGROUND,
    CLASS_COLOURS,
    DASHES,
    FAINT,
    INK,
    MAX_SERIES,
    MUTED,
    SERIES,
    SYMBOLS,
)

CONFIG = tomllib.loads((Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
# Full deficiency, in linear RGB: Machado, Oliveira and Fernandes, IEEE TVCG 15 (2009), table 1.
EYES = {
    "all receptors": np.eye(3),
    "without green (deuteranopia)": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "without red (protanopia)": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "without blue (tritanopia)": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour: str) -> np.ndarray:
    """Return a colour such as #4353d6 in linear RGB (sRGB, IEC 61966-2-1)."""
    parts = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Return a colour in CIELAB, where a distance of 2.3 is just noticeable side by side."""
    ratios = (TO_XYZ @ np.clip(rgb, 0, 1)) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(ratios > 216 / 24389, np.cbrt(ratios), (24389 / 27 * ratios + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2."""
    low, high = sorted(float(TO_XYZ[1] @ linear(each)) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", SERIES)
@pytest.mark.parametrize("eyes", EYES.values(), ids=EYES)
@pytest.mark.parametrize("colours", [SERIES, CLASS_COLOURS], ids=["lines", "classes"])
def test_any_two_lines_or_classes_differ_in_colour(
    theme: str, eyes: list[list[float]], colours: dict[str, tuple[str, ...]]
) -> None:
    seen = [lab(np.asarray(eyes) @ linear(colour)) for colour in colours[theme]]
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) > 20


@pytest.mark.parametrize("theme", SERIES)
def test_any_two_lines_differ_in_grey(theme: str) -> None:
    lightness = sorted(lab(linear(colour))[0] for colour in SERIES[theme])
    assert np.diff(lightness).min() > 7


@pytest.mark.parametrize("theme", SERIES)
def test_every_line_stands_out_from_the_background_and_what_is_faint_less(theme: str) -> None:
    background = CONFIG["theme"][theme]["backgroundColor"]
    assert min(contrast(colour, background) for colour in SERIES[theme]) >= 3  # WCAG 1.4.11
    assert min(contrast(colour, background) for colour in CLASS_COLOURS[theme]) >= 3
    assert 1.3 < contrast(FAINT[theme], background) < min(contrast(colour, background) for colour in SERIES[theme])
    assert contrast(MUTED[theme], background) >= 4.5  # WCAG 1.4.3
    assert (BACKGROUND[theme], INK[theme]) == (background, CONFIG["theme"][theme]["textColor"])


def test_lines_differ_without_any_colour() -> None:
    assert len(set(SYMBOLS)) == len(set(DASHES)) == MAX_SERIES
    assert {len(set(colours)) for colours in SERIES.values()} == {MAX_SERIES}


@pytest.mark.parametrize("theme", AGAINST)
@pytest.mark.parametrize("eyes", EYES.values(), ids=EYES)
def test_for_and_against_differ_in_colour(theme: str, eyes: list[list[float]]) -> None:
    above, below = (lab(np.asarray(eyes) @ linear(colours[theme])) for colours in (ACCENT, AGAINST))
    assert np.linalg.norm(above - below) > 60
    assert contrast(AGAINST[theme], BACKGROUND[theme]) >= 3  # WCAG 1.4.11
