"""The confusion matrix as a table of buttons with one tab stop: arrow keys move, Enter chooses a cell."""

from collections.abc import Callable, Sequence

import streamlit as st

CSS = """
table { border-collapse: separate; border-spacing: 2px; width: 100%; table-layout: fixed;
        color: var(--st-text-color); font: .9rem/1 var(--st-font); font-variant-numeric: tabular-nums; }
th { font-weight: 600; text-align: center; padding: .3rem 0; }
th.axis { font-weight: 400; font-size: .85rem; letter-spacing: .01em; }
th.axis > span { white-space: nowrap; }
col.side { width: 1.5rem; }
col.label { width: 1.6rem; }
th.side { padding: 0; }
th.side > span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); }
.named col.label { width: 5.2rem; }
.named th.label { font-size: .72rem; overflow-wrap: anywhere; }
.named th[scope="col"] { font-size: .72rem; overflow-wrap: anywhere; vertical-align: bottom; }
td { padding: 0; }
button { all: unset; box-sizing: border-box; display: block; width: 100%; height: 2.75rem; line-height: 2.75rem;
         text-align: center; border-radius: 5px; cursor: pointer;
         background: color-mix(in srgb, var(--tint) var(--share), rgb(128 128 150 / .08)); }
button[aria-disabled="true"] { cursor: default; }
button[aria-pressed="true"] { box-shadow: 0 0 0 2px var(--st-background-color), 0 0 0 4px var(--st-text-color);
                              font-weight: 700; }
button:not([aria-disabled="true"], [aria-pressed="true"]):hover { box-shadow: 0 0 0 2px var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-text-color); outline-offset: 3px; }
@media (max-width: 640px) {
  table { font-size: .72rem; border-spacing: 1px; }
  th.axis { font-size: .78rem; }
  col.side { width: 1.1rem; }
  col.label { width: 1rem; }
  .named col.label { width: 3.4rem; }
  .named th.label { font-size: .6rem; }
  .named th[scope="col"] { font-size: .5rem; }
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
    const share = !count ? 0 : label === answer ? 22 : 10 + 42 * Math.sqrt(count / most);
    cell.style.setProperty('--tint', label === answer ? 'rgb(128 128 150)' : 'var(--st-primary-color)');
    cell.style.setProperty('--share', `${share}%`);
    cell.textContent = count || '';
    cell.tabIndex = -1;
    const names = `label ${data.names[label]}, read as ${data.names[answer]}`;
    cell.setAttribute('aria-label', `${names}: ${count} image${count === 1 ? '' : 's'}`);
    cell.setAttribute('aria-disabled', !count);
    cell.onclick = () => {
      stopAt(label, answer);
      if (!count) return;
      mark([label, answer]);
      setTriggerValue('chosen', [label, answer]);
    };
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
  const mark = (chosen) => cells.forEach((line, y) => line.forEach((cell, x) => {
    cell.setAttribute('aria-pressed', y === chosen?.[0] && x === chosen?.[1]);
  }));
  const head = (scope, text, kind = '') => {
    const element = document.createElement('th');
    const words = document.createElement('span');
    element.scope = scope;
    element.className = kind;
    words.textContent = text;
    element.append(words);
    return element;
  };
  const axis = (scope, text, across, kind) => {
    const element = head(scope, text, `axis ${kind}`);
    element[scope === 'colgroup' ? 'colSpan' : 'rowSpan'] = across;
    return element;
  };
  const row = (...elements) => { const line = document.createElement('tr'); line.append(...elements); return line; };
  const inCell = (cell) => { const box = document.createElement('td'); box.append(cell); return box; };
  const part = (kind, rows) => { const group = document.createElement(kind); group.append(...rows); return group; };
  const corner = () => { const box = document.createElement('td'); box.colSpan = 2; return box; };
  const shown = JSON.stringify([data.counts, data.names]);
  if (table.shown === shown) { table.mark(data.chosen); return; }
  table.shown = shown;
  table.mark = mark;
  table.className = data.names.some((name) => name.length > 1) ? 'named' : '';
  const column = (kind) => { const each = document.createElement('col'); each.className = kind; return each; };
  table.replaceChildren(
    part('colgroup', [column('side'), column('label'), ...cells.map(() => column('answer'))]),
    part('thead', [
      row(corner(), axis('colgroup', data.axes[1], cells.length, 'top')),
      row(corner(), ...data.names.map((name) => head('col', name))),
    ]),
    part('tbody', cells.map((line, label) => row(
      ...(label ? [] : [axis('rowgroup', data.axes[0], cells.length, 'side')]),
      head('row', data.names[label], 'label'),
      ...line.map(inCell),
    ))),
  );
  table.mark(data.chosen);
  stopAt(...(data.chosen ?? [0, 0]));
}
"""

AXES = "True digit", "Model's answer"

_mount = st.components.v2.component(
    "confusion_matrix",
    html='<table aria-label="Confusion matrix: how often each true digit got each answer"></table>',
    css=CSS,
    js=JS,
)


def confusion_table(
    counts: Sequence[Sequence[int]],
    names: Sequence[str],
    *,
    chosen: tuple[int, int] | None,
    key: str,
    on_choose: Callable[[int, int], None],
) -> None:
    """Show a confusion matrix whose cells can be chosen; its axes are named.

    Args:
        counts: 10 rows of 10, one row per label and one column per answer.
        names: the names of the labels.
        chosen: the label and the answer of the chosen cell, None for none.
        key: the widget's key.
        on_choose: called with the label and the answer of the chosen cell, before the page runs again.
    """
    _mount(
        key=key,
        data={
            "counts": [list(row) for row in counts],
            "names": list(names),
            "axes": list(AXES),
            "chosen": list(chosen) if chosen else None,
        },
        on_chosen_change=lambda: on_choose(*map(int, st.session_state[key].chosen)),
    )
