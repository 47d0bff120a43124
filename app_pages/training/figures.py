"""The figures of a run that change all the time: its progress, accuracy, loss and speed.

They are one piece of HTML without transitions. While a run trains, everything that the browser draws takes time from
the training, as both share the processor's cores.
"""

import html
from collections.abc import Mapping

STYLE = """<style>
.st-key-train_head h2 { font-size: 1.5rem; padding: .2rem 0; overflow-wrap: anywhere; }
.st-key-train_view, .st-key-train_view .stButtonGroup { max-width: 100%; }
.st-key-train_view [role="radiogroup"] { flex-wrap: wrap; row-gap: .3rem; max-width: 100%; overflow: visible; }
.st-key-train_still .stSkeleton { animation: none; }
.figures p { margin: 0 0 .4rem; font-variant-numeric: tabular-nums; }
.figures .track { height: .55rem; border-radius: 99px; overflow: hidden; background: rgb(128 128 150 / .2); }
.figures .track > div { height: 100%; background: var(--accent); }
.figures dl { display: flex; flex-wrap: wrap; gap: .7rem 2.4rem; margin: 1.1rem 0 0; padding: 0; }
.figures dt { font-size: .85rem; }
.figures dl > div, .figures dt, .figures dd { margin: 0; padding: 0; }
.figures dd { font-size: 2rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
@media (max-width: 640px) { .figures dl { gap: .6rem 1.6rem; } .figures dd { font-size: 1.5rem; } }
</style>"""


def figures_html(words: str, share: float, figures: Mapping[str, str]) -> str:
    """Return HTML with a bar of progress and some figures below it.

    Args:
        words: what the progress is, such as "Step 100 of 1,170".
        share: how much is done, 0 to 1.
        figures: each with its name.
    """
    cells = "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>" for name, value in figures.items()
    )
    percent = 100 * min(max(share, 0.0), 1.0)
    return (
        f'{STYLE}<div class="figures"><p>{html.escape(words)}</p>'
        f'<div class="track" role="progressbar" aria-label="Training" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent:.0f}"><div style="width:{percent:.1f}%"></div></div>'
        f"{f'<dl>{cells}</dl>' if cells else ''}</div>"
    )
