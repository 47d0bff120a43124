"""The colours of several lines in one chart, and the marks that tell them apart without colour.

The colours begin from Okabe and Ito's idea (Color Universal Design, 2008): they differ for eyes without red, green or
blue receptors. They differ in lightness too, so that they can be told apart in grey, and each is visible on its theme's
background.
"""

from app_pages.components.html import theme_type

SERIES = {
    "light": ("#4144bf", "#ec2b81", "#7e6918", "#4b97e2", "#740b6f", "#223100"),
    "dark": ("#7c72f5", "#f5a620", "#30b163", "#e7c5fa", "#cb188f", "#c3fbd0"),
}
INK = {"light": "#11131b", "dark": "#eceef6"}  # as in .streamlit/config.toml
MUTED = {"light": "#5d6275", "dark": "#a9aec2"}  # of axes, legends and captions in a chart
BACKGROUND = {"light": "#ffffff", "dark": "#12131a"}
FAINT = {"light": "#c3c6d4", "dark": "#4a4d5e"}  # of lines that only stand behind others
CLASS_COLOURS = {  # of the ten digits or classes, 0 to 9, found like those above
    "light": (
        "#bc4fa8", "#513a59", "#879953", "#a31a06", "#b28f11", "#2552d3", "#740686", "#2399f9", "#e85b8c", "#7a242b",
    ),
    "dark": (
        "#e2e245", "#3faca7", "#20f8ca", "#9398d8", "#a9e2ff", "#fbb878", "#db7809", "#9f62e6", "#e53374", "#ac723e",
    ),
}  # fmt: skip
AGAINST = {"light": "#c85a00", "dark": "#f5a620"}  # of what speaks against something, where the accent colour is for it
MAX_SERIES = len(SERIES["light"])
SYMBOLS = ("circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect")  # of ECharts
DASHES = ((), (8, 4), (2, 3), (8, 3, 2, 3), (14, 4), (5, 2, 1, 2, 1, 2))  # px drawn and left out, in turn; () is solid


def series_colours() -> tuple[str, ...]:
    """Return `MAX_SERIES` colours for lines, in the visitor's theme; the first is close to the accent colour."""
    return SERIES[theme_type()]


def class_colours() -> tuple[str, ...]:
    """Return ten colours for points of ten classes, in the visitor's theme; a mark has to tell them apart as well."""
    return CLASS_COLOURS[theme_type()]


def ink() -> str:
    """Return the colour of text in the visitor's theme."""
    return INK[theme_type()]


def muted() -> str:
    """Return the colour, in the visitor's theme, of small text that is not the point of a chart."""
    return MUTED[theme_type()]


def background() -> str:
    """Return the colour of the page, in the visitor's theme."""
    return BACKGROUND[theme_type()]


def faint() -> str:
    """Return the colour, in the visitor's theme, of what only stands behind."""
    return FAINT[theme_type()]


def against() -> str:
    """Return the colour, in the visitor's theme, of values below 0 where the accent colour is that of values above."""
    return AGAINST[theme_type()]
