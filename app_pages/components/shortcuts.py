"""The right end of the bar: "Present", and "?" with the keyboard shortcuts of the page.

Both work while the server is busy with something else: the list is a dialog of the browser's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app_pages.components import presentation
from app_pages.components.presentation import FOLLOWING, PREVIOUS


@dataclass(frozen=True)
class Shortcut:
    """A key, or several pressed together or instead of one another, and what it does.

    Attributes:
        keys: as they are written on the keyboard, in the order to show them: ("Ctrl", "Z").
        does: what happens, in a few words that begin with a capital letter.
    """

    keys: tuple[str, ...]
    does: str


EVERYWHERE = (
    Shortcut(("?",), "Show this list"),
    Shortcut(("<", ">"), "Go to the page before or after this one"),
    Shortcut(("Tab",), "Go to the next control; with Shift, to the one before"),
)
IN_A_PRESENTATION = (
    Shortcut(("←", "→", "Page Up", "Page Down"), "Show the step before or after, where there are steps"),
    Shortcut(("Esc",), "Leave the presentation"),
)
STEP_KEYS = {"ArrowLeft": PREVIOUS, "PageUp": PREVIOUS, "ArrowRight": FOLLOWING, "PageDown": FOLLOWING}

HTML = """
<div class="tools">
  <button type="button" class="present"><span></span></button>
  <button type="button" class="help" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)">?</button>
</div>
<dialog aria-labelledby="shortcuts_title">
  <h2 id="shortcuts_title">Keyboard shortcuts</h2>
  <div class="lists"></div>
  <p><button type="button" class="close">Close</button></p>
</dialog>
"""
CSS = """
.tools { display: flex; justify-content: flex-end; gap: .35rem; }
button { font: inherit; font-size: .9rem; color: var(--st-text-color); background: none; cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: 8px; height: 2.2rem; padding: 0 .7rem; white-space: nowrap; }
button:hover { border-color: var(--st-primary-color); }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
.help { width: 2.2rem; padding: 0; font-weight: 600; }
.presenting .help { display: none; }
.presenting .present { font-size: .6rem; height: 1.6rem; background: var(--st-background-color); }
dialog { color: var(--st-text-color); background: var(--st-background-color); max-width: min(34rem, 92vw);
  border: 1px solid var(--st-border-color); border-radius: 14px; padding: 1.4rem 1.6rem; }
dialog::backdrop { background: rgb(0 0 0 / .5); }
h2 { font-size: 1.25rem; margin: 0 0 .4rem; }
h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .45rem 1.1rem; margin: 0; align-items: baseline; }
dt { white-space: nowrap; }
dd { margin: 0; }
kbd { font: inherit; font-size: .85rem; font-weight: 600; background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-bottom-width: 2px; border-radius: 5px; padding: .05rem .45rem;
  margin-right: .25rem; }
dialog p { margin: 1.3rem 0 0; text-align: right; }
@media (max-width: 480px) { .tools:not(.presenting) { display: none; } }
"""
JS = """
const DARK = matchMedia('(prefers-color-scheme: dark)');
const THEME_KNOWN = 200; // ms after the browser's change between light and dark until Streamlit's own theme has changed
const TRIES = 4; // to have the server know it, because that may take longer on a busy machine
let triesLeft = TRIES;
const NAVIGATION = '.st-key-shell_nav';

// A letter typed into a field is text, and an open list or dialog has keys of its own.
function isTaken(event) {
  const inner = event.composedPath()[0];
  const isField = inner.matches?.('textarea, select, [contenteditable="true"], [role="listbox"] *') ||
    (inner.tagName === 'INPUT' && !['checkbox', 'radio', 'range', 'button'].includes(inner.type));
  return event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isField;
}

function isOverlayOpen() {
  return !!document.querySelector('[role="dialog"], [role="listbox"], [role="menu"], [data-testid="stPopoverBody"]');
}

function stepButton(key) {
  return key && document.querySelector(`.st-key-${key} button:not(:disabled)`);
}

function openNeighbour(title, step) {
  const links = [...document.querySelectorAll(`${NAVIGATION} a`)];
  const here = links.findIndex((link) => link.textContent.trim() === title);
  links[(here + step + links.length) % links.length]?.click();
}

// Streamlit's containers have no role, and its links do not say which of them is the current page.
function nameNavigation(title, tries = 40) {
  const navigation = document.querySelector(NAVIGATION);
  const links = [...(navigation?.querySelectorAll('a') ?? [])];
  if (!links.length) {
    if (tries) setTimeout(nameNavigation, 50, title, tries - 1);
    return;
  }
  navigation.setAttribute('role', 'navigation');
  navigation.setAttribute('aria-label', 'Pages');
  links.forEach((link) => {
    if (link.textContent.trim() === title) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  });
}

// "Skip to main content" is Streamlit's own link; what it leads to would begin with the bar again.
function skipBar(event) {
  const heading = event.target.closest?.('[data-testid="stSkipToContent"]') && document.querySelector('main h1');
  if (!heading) return;
  event.preventDefault();
  event.stopPropagation();
  heading.tabIndex = -1;
  heading.focus();
  heading.scrollIntoView({ block: 'nearest' });
}

function fillLists(lists, groups) {
  lists.replaceChildren(...groups.flatMap(([name, shortcuts]) => {
    const heading = document.createElement('h3');
    heading.textContent = name;
    const list = document.createElement('dl');
    shortcuts.forEach(({ keys, does }) => {
      const [term, meaning] = [document.createElement('dt'), document.createElement('dd')];
      keys.forEach((key) => term.append(Object.assign(document.createElement('kbd'), { textContent: key })));
      meaning.textContent = does;
      list.append(term, meaning);
    });
    return [heading, list];
  }));
}

export default function ({ data, parentElement, setTriggerValue }) {
  const { title, groups, presenting } = data;
  const [tools, dialog] = ['.tools', 'dialog'].map((each) => parentElement.querySelector(each));
  const [present, help] = ['.present', '.help'].map((each) => tools.querySelector(each));
  tools.classList.toggle('presenting', presenting);
  present.firstElementChild.textContent = presenting ? 'Leave presentation' : 'Present';
  present.title = presenting ? 'Leave presentation (Esc)' : 'Large type for a projector, and nothing else';
  fillLists(dialog.querySelector('.lists'), groups);
  nameNavigation(title);
  const openList = () => {
    if (dialog.open) return;
    const before = parentElement.activeElement ?? document.activeElement;
    dialog.addEventListener('close', () => before?.focus(), { once: true });
    dialog.showModal();
  };
  const change = () => setTriggerValue('toggled', true);
  const press = (event) => {
    if (isTaken(event)) return;
    if (event.key === '?') openList();
    else if (dialog.open || isOverlayOpen()) return;
    else if (event.key === '<') openNeighbour(title, -1);
    else if (event.key === '>') openNeighbour(title, 1);
    else if (event.key === 'Escape' && presenting) change();
    else if (presenting && stepButton(data.step_keys[event.key])) stepButton(data.step_keys[event.key]).click();
    else return;
    event.preventDefault();
  };
  present.onclick = change;
  help.onclick = openList;
  dialog.onclick = (event) => [dialog, dialog.querySelector('.close')].includes(event.target) && dialog.close();
  // Pictures and charts have colours that the server chose: the page runs again to have those of the new theme.
  let recolouring;
  const recolour = () => {
    clearTimeout(recolouring);
    if (DARK.matches === data.dark || triesLeft-- <= 0) return;
    recolouring = setTimeout(() => setTriggerValue('recoloured', DARK.matches), THEME_KNOWN);
  };
  const recolourAnew = () => {
    triesLeft = TRIES;
    recolour();
  };
  recolour();
  DARK.addEventListener('change', recolourAnew);
  document.addEventListener('keydown', press);
  document.addEventListener('click', skipBar, true);
  return () => {
    clearTimeout(recolouring);
    DARK.removeEventListener('change', recolourAnew);
    document.removeEventListener('keydown', press);
    document.removeEventListener('click', skipBar, true);
  };
}
"""

_mount = st.components.v2.component("shell_tools", html=HTML, css=CSS, js=JS)


def show_tools(title: str, shortcuts: Sequence[Shortcut]) -> None:
    """Show "Present" and "?", which lists the shortcuts of the page and those of every page.

    Args:
        title: of the page.
        shortcuts: its own.
    """
    everywhere = [*EVERYWHERE, *(IN_A_PRESENTATION if presentation.is_presenting() else ())]
    groups = [(f"On the {title} page", list(shortcuts)), ("On every page", everywhere)]
    _mount(
        key="shell_tools",
        data={
            "title": title,
            "presenting": presentation.is_presenting(),
            "dark": st.context.theme.type == "dark",
            "step_keys": STEP_KEYS,
            "groups": [
                [name, [{"keys": list(each.keys), "does": each.does} for each in listed]]
                for name, listed in groups
                if listed
            ],
        },
        on_toggled_change=presentation.toggle,
        on_recoloured_change=_run_again,
        width="content",
    )


def _run_again() -> None:
    """Do nothing more than what follows every callback: the page runs again."""
