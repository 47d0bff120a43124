"""Send each stroke as soon as the pen is lifted; the canvas by itself waits 200 ms first.

The canvas has a button that sends at once, "Update the app with this drawing". An invisible component presses it
whenever the pen is lifted. Where there is no such button, the drawing is sent after the canvas's own pause.
"""

import streamlit as st

JS = """
let canvas = null;

function penDown(event) {
  canvas = event.composedPath().find((element) => element.tagName === 'CANVAS') ?? null;
}

function penUp() {
  if (!canvas) return;
  const send = canvas.getRootNode().querySelector('[aria-label="Update the app with this drawing"]');
  canvas = null;
  setTimeout(() => send?.click());  // after the canvas has added the stroke
}

const PEN = [['mousedown', penDown], ['touchstart', penDown], ['mouseup', penUp], ['touchend', penUp]];

export default function () {
  PEN.forEach(([name, listener]) => document.addEventListener(name, listener, true));
  return () => PEN.forEach(([name, listener]) => document.removeEventListener(name, listener, true));
}
"""

_mount = st.components.v2.component("send_on_lift", js=JS)


def send_at_once() -> None:
    """Have the canvases of this page send each stroke without a pause."""
    _mount(key="prompt")
