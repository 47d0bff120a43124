"""The look of the challenges."""

from app_pages.components.drawing_canvas import canvas_row_style
from app_pages.components.html import NARROW

READABLE = 760  # px, the longest line of text
STYLE = f"""<style>{canvas_row_style("challenges", "34rem")}
.challenge-verdict {{ margin: 0 0 .4rem; font-size: 1.05rem; line-height: 1.5; }}
.challenge-verdict b {{ color: var(--accent); }}
.stHtml dl.challenge-figures {{ display: flex; flex-wrap: wrap; gap: .6rem 2.2rem; margin: 0 0 .8rem; padding: 0; }}
.challenge-figures > div {{ margin: 0; padding: 0; }}
.challenge-figures dt {{ font-size: .875rem; color: var(--caption); margin: 0; padding: 0; font-weight: 400; }}
.challenge-figures dd {{ margin: 0; padding: 0; font-size: 1.7rem; line-height: 1.25;
  font-variant-numeric: tabular-nums; white-space: nowrap; }}
.challenge-figures dd small {{ font-size: .95rem; font-weight: 400; }}
.challenge-figures .main dd b {{ color: var(--accent); }}
.challenge-meter {{ height: .6rem; border-radius: 4px; overflow: hidden; background: rgb(128 128 150 / .16); }}
.challenge-meter div {{ height: 100%; background: var(--accent); }}
.challenge-meter.over div {{ background: rgb(128 128 150 / .8); }}
.challenge-note {{ font-size: .875rem; color: var(--caption); margin: .3rem 0 .9rem; }}
.challenge-row {{ display: grid; grid-template-columns: repeat(6, minmax(0, 5.5rem)); gap: .5rem;
  margin: .2rem 0 .4rem; }}
.challenge-row figure {{ margin: 0; min-width: 0; text-align: center; }}
.challenge-row img {{ width: 100%; aspect-ratio: 1; image-rendering: pixelated; border-radius: 6px; display: block; }}
.challenge-row .own img {{ outline: 2px solid var(--accent); outline-offset: 2px; }}
.challenge-row figcaption {{ font-size: .875rem; line-height: 1.6; font-variant-numeric: tabular-nums; }}
.st-key-challenges_set_up a {{ border: 1px solid rgb(128 128 150 / .35); border-radius: .5rem; }}
.challenge-run {{ margin: 0; line-height: 1.4; }}
.challenge-run small {{ font-size: .875rem; color: var(--caption); display: block; }}
[class*="st-key-challenges_run_"] {{ border-bottom: 1px solid rgb(128 128 150 / .25); padding-bottom: .5rem;
  max-width: 47.5rem; }}
.challenge-board {{ border-collapse: collapse; width: 100%; max-width: 60rem; font-variant-numeric: tabular-nums; }}
.challenge-board th, .challenge-board td {{ text-align: left; padding: .5rem 1.2rem .5rem 0; vertical-align: baseline;
  border-bottom: 1px solid rgb(128 128 150 / .25); font-weight: 400; line-height: 1.4; }}
.challenge-board thead th {{ font-size: .875rem; color: var(--caption); padding-top: 0; }}
.challenge-board .rank {{ width: 2.5rem; }}
.challenge-board .score {{ width: 20rem; }}
.challenge-board .first td {{ font-weight: 700; }}
.challenge-board .first .rank {{ color: var(--accent); }}
@media (max-width: {NARROW}) {{
  .st-key-challenges_digit button {{ padding-inline: 0; min-width: 0; width: 1.85rem; }}
  .challenge-board .score {{ width: auto; }}
  .stHtml dl.challenge-figures {{ gap: .4rem 1.4rem; }}
  .challenge-figures dd {{ font-size: 1.4rem; }}
  .challenge-row {{ grid-template-columns: repeat(6, minmax(0, 1fr)); gap: .25rem; }}
  .challenge-row figcaption {{ font-size: .8rem; }}
  .challenge-board th, .challenge-board td {{ padding-right: .7rem; }}
}}
</style>"""
