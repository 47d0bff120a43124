"""Style rules of the view "Class"."""

from app_pages.components.html import NARROW

STYLE = f"""<style>
.class-code {{ font: 700 3.2rem/1.1 "Source Code Pro", ui-monospace, monospace; letter-spacing: .12em; margin: 0;
  color: var(--accent); white-space: nowrap; }}
.class-card {{ display: flex; gap: 1.4rem; align-items: center; margin: 0; }}
.class-card img {{ width: 9.5rem; border-radius: 8px; flex: none; }}
.class-card p {{ margin: 0; }}
.class-card h2 {{ margin: 0; padding: 0 0 .35rem; font-size: 1.25rem; overflow-wrap: anywhere; }}
.class-card .how {{ margin-top: .5rem; max-width: 30rem; overflow-wrap: anywhere; }}
.stHtml :is(.class-figures, .class-where) {{ padding: 0; }}
.class-figures {{ display: flex; flex-wrap: wrap; gap: .6rem 2.6rem; margin: .2rem 0 .4rem; }}
.class-figures dt {{ font-size: .9rem; padding: 0; margin: 0; color: var(--caption); }}
.class-figures dd {{ font-size: 1.9rem; line-height: 1.25; margin: 0; padding: 0; font-variant-numeric: tabular-nums; }}
.class-where {{ display: grid; grid-template-columns: max-content minmax(3rem, 1fr) 2rem; gap: .25rem .8rem;
  align-items: center; margin: .2rem 0 .6rem; max-width: 46rem; }}
.class-where dt, .class-where dd {{ margin: 0; padding: 0; }}
.class-where .track {{ height: .85rem; border-radius: 4px; background: var(--accent); }}
.class-where .count {{ font-variant-numeric: tabular-nums; text-align: right; }}
.class-drawing {{ display: flex; gap: 1.2rem; align-items: center; }}
.class-drawing p {{ margin: 0; }}
.class-drawing .read {{ font-size: 1.15rem; font-weight: 600; }}
.class-projector {{ display: flex; gap: 4vw; align-items: center; justify-content: center; min-height: 74vh;
  text-align: left; }}
.class-projector p {{ margin: 0; }}
.class-projector .class-code {{ font-size: min(12.5vw, 38vh); line-height: 1.15; }}
.class-projector img.qr {{ width: min(32vw, 74vh); max-width: none; border-radius: 10px; flex: none; }}
.class-projector img.crisp {{ width: min(46vw, 74vh) !important; max-width: none; }}
.class-projector .lead {{ font-size: min(2.6vw, 1.6rem); }}
.class-projector .large {{ font-size: min(9vw, 4.6rem); line-height: 1.1; font-weight: 700; }}
.class-projector .note {{ font-size: min(2.4vw, 1.3rem); margin-top: 1.2rem; }}
.st-key-class_controls [data-testid="stBaseLinkButton-primary"] :is(p, span) {{ color: var(--on-accent); }}
.class-paused {{ background: var(--accent); color: var(--on-accent); text-align: center; border-radius: 8px;
  font-size: min(1.3rem, 6vw); font-weight: 600; padding: .3rem 1rem; margin: 0; }}
@media (max-width: {NARROW}) {{
  .class-code {{ font-size: 2.5rem; }}
  .class-card {{ flex-direction: column-reverse; align-items: flex-start; gap: .8rem; }}
  .class-where {{ grid-template-columns: minmax(0, 11rem) minmax(2rem, 1fr) 1.6rem; font-size: .9rem; }}
  .class-projector {{ flex-direction: column; text-align: center; min-height: 0; }}
  .class-projector .class-code {{ font-size: 15vw; }}
  .class-projector :is(.lead, .note) {{ font-size: 1rem; }}
  .class-projector img.qr, .class-projector img.crisp {{ width: 68vw !important; }}
}}
</style>"""
