"""Strokes are sent as soon as the pen is lifted: the canvas by itself waits 200 ms first.

The canvas has a button that sends at once, "Update the app with this drawing". A component without a face presses it
whenever the pen leaves a canvas; where there is no such button, the drawing comes after the canvas's own pause.
"""

import streamlit as st

JS = """
let canvas = null;

function onto(event) {
  canvas = event.composedPath().find((element) => element.tagName === 'CANVAS') ?? null;
}

function lifted() {
  if (!canvas) return;
  const send = canvas.getRootNode().querySelector('[aria-label="Update the app with this drawing"]');
  canvas = null;
  setTimeout(() => send?.click());  // once the canvas has taken up the stroke
}

const PEN = [['mousedown', onto], ['touchstart', onto], ['mouseup', lifted], ['touchend', lifted]];

export default function () {
  PEN.forEach(([name, listener]) => document.addEventListener(name, listener, true));
  return () => PEN.forEach(([name, listener]) => document.removeEventListener(name, listener, true));
}
"""

_mount = st.components.v2.component("prompt", js=JS)


def send_at_once() -> None:
    """Have the canvases of this page send a stroke without a pause."""
    _mount(key="prompt")
