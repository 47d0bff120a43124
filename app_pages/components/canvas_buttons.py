"""Undo and Clear, done by the canvas itself at the moment they are pressed.

The server hears of a press only after a while, and of several presses within that while only once; and a canvas that it
replaces takes along the strokes drawn meanwhile. So an invisible component catches the presses and uses the canvas's
own undo and reset buttons: the canvas holds what is left, and sends that. Strokes that the canvas began with are its
background, out of reach of its buttons: the component counts how many of them are removed.
"""

import streamlit as st

from app_pages.state.canvas import PRESSES

UNDO, CLEAR = "draw_undo", "draw_clear"  # the keys of the two buttons

JS = """
let shown = null;  // the canvas on the screen, and how many of the strokes in its background are removed

function canvasRoot() {
  const inside = document.querySelectorAll(`.st-key-${shown?.canvas} *`);
  return [...inside].find((element) => element.shadowRoot)?.shadowRoot;
}

function canvasTools() {
  const root = canvasRoot();
  const [undo, reset] = ['Undo', 'Reset canvas & history'].map((name) => root?.querySelector(`[aria-label="${name}"]`));
  return undo && reset ? { undo, reset } : null;
}

// The canvas's toolbar, invisible without a pointer above it, lies on a corner and takes the strokes that begin there.
function keepToolbarOffCanvas(tries = 100) {
  const root = canvasRoot();
  if (root?.querySelector('#toolbar_above')) return;
  if (root?.querySelector('.dc-toolbar')) {
    const style = document.createElement('style');
    style.id = 'toolbar_above';
    style.textContent = '.dc-root .dc-toolbar { top: -2.65rem; }';
    root.append(style);
  } else if (tries) {
    setTimeout(keepToolbarOffCanvas, 50, tries - 1);  // the canvas is not there yet
  }
}

function removeFromBackground(count) {
  const removed = Math.min(count, shown.began_with);
  if (removed === shown.removed) return;
  shown.removed = removed;
  shown.report('removed', { canvas: shown.canvas, count: removed });
}

function press(event) {
  const button = event.target.closest?.('.st-key-draw_undo button, .st-key-draw_clear button');
  const tools = button && shown && canvasTools();
  if (!tools) return;  // the server does it
  event.stopPropagation();
  if (button.closest('.st-key-draw_clear')) {
    tools.reset.click();
    removeFromBackground(shown.began_with);
  } else if (tools.undo.disabled) {
    removeFromBackground(shown.removed + 1);
  } else {
    tools.undo.click();
  }
}

export default function ({ data, setStateValue }) {
  const removed = shown?.canvas === data.canvas ? shown.removed : 0;
  shown = { ...data, removed, report: setStateValue };
  document.addEventListener('click', press, true);
  keepToolbarOffCanvas();
  return () => {
    document.removeEventListener('click', press, true);
    shown = null;
  };
}
"""

_mount = st.components.v2.component("canvas_buttons", js=JS)


def catch_presses(canvas: str, began_with: int) -> None:
    """Have the presses of Undo and Clear done by a canvas.

    Args:
        canvas: its widget key.
        began_with: how many strokes are in its background.
    """
    _mount(key=PRESSES, data={"canvas": canvas, "began_with": began_with}, on_removed_change=lambda: None)
