"""The confusion matrix as a table of buttons with one tab stop: arrow keys move, Enter chooses a cell."""

from collections.abc import Callable, Sequence

import streamlit as st

CSS = """
table { border-collapse: separate; border-spacing: 2px; width: 100%; max-width: 40rem; table-layout: fixed;
        color: var(--st-text-color); font: .85rem/1 var(--st-font); font-variant-numeric: tabular-nums; }
th { font-weight: 600; text-align: center; padding: .3rem 0; }
td { padding: 0; }
button { all: unset; box-sizing: border-box; display: block; width: 100%; height: 2.5rem; line-height: 2.5rem;
         text-align: center; border-radius: 5px; cursor: pointer;
         background: color-mix(in srgb, var(--tint) var(--share), rgb(128 128 150 / .08)); }
button[aria-disabled="true"] { cursor: default; }
button:not([aria-disabled="true"]):hover { box-shadow: 0 0 0 2px var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-text-color); outline-offset: 1px; }
@media (max-width: 640px) {
  table { font-size: .68rem; border-spacing: 1px; }
  button { height: 2.2rem; line-height: 2.2rem; }
}
"""

JS = """
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export default function ({ parentElement, data, setTriggerValue }) {
  const table = parentElement.querySelector('table');
  const most = Math.max(1, ...data.counts.flatMap((row, label) => row.filter((_, answer) => answer !== label)));
  const cells = data.counts.map((row, label) => row.map((count, answer) => {
    const cell = document.createElement('button');
    const share = !count ? 0 : label === answer ? 22 : 12 + 68 * Math.sqrt(count / most);
    cell.style.setProperty('--tint', label === answer ? 'rgb(128 128 150)' : 'var(--st-primary-color)');
    cell.style.setProperty('--share', `${share}%`);
    cell.textContent = count || '';
    cell.tabIndex = -1;
    const names = `label ${data.names[label]}, read as ${data.names[answer]}`;
    cell.setAttribute('aria-label', `${names}: ${count} image${count === 1 ? '' : 's'}`);
    cell.setAttribute('aria-disabled', !count);
    cell.onclick = () => { stopAt(label, answer); if (count) setTriggerValue('chosen', [label, answer]); };
    cell.onkeydown = (event) => {
      if (!(event.key in STEPS)) return;
      event.preventDefault();
      const [down, right] = STEPS[event.key];
      const [y, x] = [label + down, answer + right];
      if (cells[y]?.[x]) { stopAt(y, x); cells[y][x].focus(); }
    };
    return cell;
  }));
  const stopAt = (label, answer) => {
    cells.flat().forEach((cell) => { cell.tabIndex = -1; });
    cells[label][answer].tabIndex = 0;
  };
  const head = (scope, text) => {
    const element = document.createElement('th');
    element.scope = scope;
    element.textContent = text;
    return element;
  };
  const row = (...elements) => { const line = document.createElement('tr'); line.append(...elements); return line; };
  const inCell = (cell) => { const box = document.createElement('td'); box.append(cell); return box; };
  const shown = JSON.stringify(data.counts);
  if (table.shown === shown) return;
  table.shown = shown;
  table.replaceChildren(
    row(head('col', ''), ...cells.map((_, answer) => head('col', answer))),
    ...cells.map((line, label) => row(head('row', data.names[label]), ...line.map(inCell))),
  );
  stopAt(0, 0);
}
"""

_mount = st.components.v2.component(
    "confusion_matrix",
    html='<table aria-label="Confusion matrix: one row per label, one column per answer"></table>',
    css=CSS,
    js=JS,
)


def confusion_table(
    counts: Sequence[Sequence[int]], names: Sequence[str], *, key: str, on_choose: Callable[[int, int], None]
) -> None:
    """Show a confusion matrix whose cells can be chosen.

    Args:
        counts: 10 rows of 10, one row per label and one column per answer.
        names: the names of the labels.
        key: the widget's key.
        on_choose: called with the label and the answer of the chosen cell, before the page runs again.
    """
    _mount(
        key=key,
        data={"counts": [list(row) for row in counts], "names": list(names)},
        on_chosen_change=lambda: on_choose(*map(int, st.session_state[key].chosen)),
    )
