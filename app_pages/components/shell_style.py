"""Style rules of what is around every page: the bar, the heading, and the focus that shows where the keyboard is.

Colours that Streamlit's theme cannot set, and whose contrast by default is below 4.5 : 1 (WCAG 2.2, AA), are set here.
"""

TOKENS = ("keyword", "string", "number", "builtin", "comment")  # of Python's code
CODE_COLOURS = {
    "light": ("#1a56b0", "#0b6b3a", "#8a3d00", "#7a2fa0", "#5c6070"),
    "dark": ("#8ab8ff", "#7ed5b0", "#f2b27d", "#d3a6f5", "#a3a7b8"),
}
SAME_COLOUR = {
    "punctuation": "comment",
    "operator": "comment",
    "boolean": "number",
    "function": "builtin",
    "class-name": "builtin",
    "decorator": "builtin",
}
CAPTION = {"light": "#565967", "dark": "#a9acbb"}
CHOSEN = {"light": "#3340b0", "dark": "#a0abff"}  # text of a chosen option, on a tint of the accent colour
HOVER = {"light": "black", "dark": "white"}  # away from the text on it
STYLE = """<style>
:root { --on-accent: ON_ACCENT; --caption: CAPTION; }
[data-testid="stButtonGroup"] button[aria-checked="true"] :is(p, span) { color: CHOSEN; }
:is([data-testid="stApp"], [data-testid="stPopoverBody"]) [data-testid^="stBaseButton-primary"]:enabled,
:is([data-testid="stApp"], [data-testid="stPopoverBody"]) [data-testid^="stBaseButton-primary"]:enabled :is(p, span) {
  color: var(--on-accent); }
[data-testid="stApp"] [data-testid^="stBaseButton-primary"]:enabled:is(:hover, :active) {
  background: color-mix(in srgb, var(--accent) 88%, HOVER); border-color: transparent; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { color: var(--caption); opacity: 1; }
[data-testid="stHeader"] { height: 0; min-height: 0; background: none; }
[data-testid="stMainBlockContainer"] { position: relative; padding-top: .7rem; }
[data-testid="stMain"]:focus-visible { outline-offset: -3px; }
:is(a, button, input, select, textarea, summary, canvas, [tabindex]):focus-visible,
[role="group"]:has(> input:focus-visible), label:has(input:focus-visible) {
  outline: 3px solid var(--accent) !important; outline-offset: 2px; border-radius: 6px; }
[role="group"] > input:focus-visible { outline: none !important; }
h1:focus-visible { outline-offset: 4px; }
[class*="st-key-draw_canvas_"] { height: var(--canvas); overflow: clip; overflow-clip-margin: 8px; }

.st-key-shell { border-bottom: 1px solid var(--st-border-color, rgb(128 128 150 / .3)); }
.st-key-shell > :has(.shell-promise) { flex: 1 1 0; min-width: 0; }
.st-key-shell p { margin: 0; }
.shell-name { font-size: 1.3rem; font-weight: 700; letter-spacing: -.01em; padding-right: .9rem; color: var(--accent); }
.shell-promise { font-size: .88rem; line-height: 1.25; text-align: right; padding-right: .5rem; opacity: .85; }
.st-key-shell .st-key-shell_nav > * { margin: 0; }
.st-key-shell_nav a { padding: .35rem .75rem; min-height: 2.8rem; margin: 0; }
.st-key-shell_nav a[aria-current] { box-shadow: inset 0 -3px 0 var(--accent); border-radius: 6px 6px 0 0; }

.st-key-shell_link button { min-height: 2.2rem; height: 2.2rem; padding: 0 .7rem; }
.st-key-shell_link button p { font-size: .9rem; }

.st-key-shell_heading h1 { line-height: 1.2; padding: 0 0 .2rem; }
[class*="st-key-purpose_"] :is(p, [data-testid="stMarkdownContainer"]) { margin: 0; }

@media (min-width: 641px) and (max-width: 1024px) { .st-key-shell > :has(.shell-promise) p { display: none; } }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding-top: .3rem; }
  [data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] { gap: .65rem; }
  .st-key-shell { column-gap: .5rem; row-gap: 0; padding-bottom: 0; }
  .st-key-shell > :has(.st-key-shell_nav) { order: 4; width: 100%; flex-basis: 100%; }
  .st-key-shell_nav { width: 100% !important; flex-wrap: nowrap; gap: 0; }
  .st-key-shell_nav > * { flex: 1 1 0; min-width: 0; width: auto !important; }
  .st-key-shell_nav :is(.stPageLink, .stPageLink *) { width: 100%; justify-content: center; text-align: center; }
  .st-key-shell_nav > * { margin: 0; }
.st-key-shell_nav a { padding: .2rem 0; min-height: 2.3rem; }
  .shell-name { font-size: 1.1rem; line-height: 2.35rem; padding-right: .1rem; }
  .shell-promise { text-align: left; font-size: .7rem; line-height: 1.2; padding: 0; text-wrap: balance; }
  .st-key-shell_heading { gap: .3rem; }
}
@media (max-width: 480px) {
  .st-key-shell > :is(.st-key-shell_link, :has(.st-key-shell_link)) { display: none; }
  .st-key-shell_heading h1, .st-key-shell_model [data-testid="stWidgetLabel"] {
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .st-key-shell_heading [data-testid="stElementContainer"]:has(h1) { position: absolute; width: 1px; }
  [data-testid="stLayoutWrapper"]:has(> .st-key-shell_heading .st-key-purpose_draw) {
    position: absolute; top: 0; left: 0; height: 0; }
  .st-key-purpose_draw { display: none; }
  [class*="st-key-purpose_"] p { font-size: .9rem; line-height: 1.35; }
  .st-key-shell_model { position: absolute; top: .3rem; right: 1rem; width: 7rem !important; z-index: 5; }
  [data-testid="stLayoutWrapper"]:has(> .st-key-shell_model) { position: static; }
  .st-key-shell_model [role="group"] { height: 2.15rem; min-height: 0; }
  .st-key-shell > .st-key-shell_tools { position: absolute; right: 0; }
  .st-key-shell_model input { font-size: .8rem; padding: 0 0 0 .45rem; }
  .st-key-shell_model [role="group"] > button { width: 1.5rem; min-width: 0; padding: 0; }
  [data-testid="stMain"]:has(.st-key-shell_model) .shell-promise { padding-right: 7.2rem; }
}
@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { animation-duration: .01ms !important; transition-duration: .01ms !important; }
}
</style>"""


def shell_style(theme: str, on_accent: str) -> str:
    """Return the style rules as HTML.

    Args:
        theme: "light" or "dark".
        on_accent: the CSS colour of text on the accent colour.
    """
    colours = dict(zip(TOKENS, CODE_COLOURS[theme], strict=True))
    tokens = colours | {kind: colours[same] for kind, same in SAME_COLOUR.items()}
    rules = "".join(f'[data-testid="stCode"] .token.{kind} {{ color: {colour}; }}\n' for kind, colour in tokens.items())
    own = (
        STYLE.replace("ON_ACCENT", on_accent)
        .replace("CAPTION", CAPTION[theme])
        .replace("CHOSEN", CHOSEN[theme])
        .replace("HOVER", HOVER[theme])
    )
    return f"{own}<style>{rules}</style>"
