"""Colours that can be read: contrasts as WCAG 2.2 defines them, 4.5 : 1 for text and 3 : 1 for the focus."""

import re
import tomllib
from itertools import product
from pathlib import Path

import pytest

from app_pages.components.html import ACCENT, ON_ACCENT
from app_pages.components.presentation import COLOURS
from app_pages.components.shell_style import CAPTION, CODE_COLOURS, TOKENS, shell_style

SETTINGS = Path(__file__).parents[3] / ".streamlit" / "config.toml"
THEME = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))["theme"]
THEMES = ("light", "dark")


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb, in [0, 1]."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_oracle_knows_the_extremes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the well-known grey that just fails


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_on_both_backgrounds(theme: str) -> None:
    papers = [THEME[theme]["backgroundColor"], THEME[theme]["secondaryBackgroundColor"]]
    texts = [THEME[theme]["textColor"], THEME[theme]["codeTextColor"], CAPTION[theme], *CODE_COLOURS[theme]]
    low = [(text, paper) for text, paper in product(texts, papers) if contrast(text, paper) < 4.5]
    assert not low


@pytest.mark.parametrize("theme", THEMES)
def test_the_accent_colour_is_the_themes_and_can_be_seen_and_written_on(theme: str) -> None:
    assert ACCENT[theme] == THEME[theme]["primaryColor"]
    assert contrast(ACCENT[theme], ON_ACCENT[theme]) >= 4.5
    for paper in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(ACCENT[theme], THEME[theme][paper]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_a_presentation_has_much_more_contrast_than_text_needs(theme: str) -> None:
    assert contrast(COLOURS[theme]["TEXT"], COLOURS[theme]["PAPER"]) >= 18
    assert contrast(COLOURS[theme]["ACCENT"], COLOURS[theme]["PAPER"]) >= 7


@pytest.mark.parametrize("theme", THEMES)
def test_every_placeholder_is_filled_and_every_token_has_its_colour(theme: str) -> None:
    style = shell_style(theme, ON_ACCENT[theme])
    assert not re.search(r"[A-Z]_?ACCENT|CAPTION(?!C)\b", style)
    for token, colour in zip(TOKENS, CODE_COLOURS[theme], strict=True):
        assert f".token.{token} {{ color: {colour}; }}" in style


@pytest.mark.parametrize("theme", THEMES)
def test_the_text_of_a_button_can_be_read_while_the_mouse_is_on_it(theme: str) -> None:
    share, other = re.findall(r"color-mix\(in srgb, var\(--accent\) (\d+)%, (\w+)\)", shell_style(theme, "x"))[0]
    end = {"black": 0, "white": 255}[other]
    channels = [int(ACCENT[theme][at : at + 2], 16) for at in (1, 3, 5)]
    mixed = "#" + "".join(f"{round(int(share) / 100 * each + (1 - int(share) / 100) * end):02x}" for each in channels)
    assert contrast(mixed, ON_ACCENT[theme]) >= 4.5
