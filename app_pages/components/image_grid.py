"""A grid of small images to choose from: one sprite, one tab stop; arrow keys move, Enter chooses."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import streamlit as st

from app_pages.components.html import data_url
from mnist_core.data.split import Split

COLUMNS, ROWS = 10, 10  # of the sprite; the columns on the screen depend on its width

CSS = """
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(3.1rem, 1fr)); gap: .4rem; padding: 4px; }
.tile { cursor: pointer; border-radius: 7px; outline-offset: 1px; scroll-margin: 4rem 0 var(--covered, 0);
        text-align: center; color: var(--st-text-color); font: .8rem/1.5 var(--st-font); }
.tile > div { aspect-ratio: 1; border-radius: 6px; background-image: var(--sprite); background-size: 1000% 1000%;
              image-rendering: pixelated; }
.tile:hover > div { box-shadow: 0 0 0 2px color-mix(in srgb, var(--st-primary-color) 60%, transparent); }
.tile:focus-visible { outline: 2px solid var(--st-text-color); }
.tile[aria-selected="true"] { font-weight: 700; color: var(--st-primary-color); }
.tile[aria-selected="true"] > div { box-shadow: 0 0 0 3px var(--st-primary-color); }
"""

JS = """
const STEPS = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: (wide) => -wide, ArrowDown: (wide) => wide };

function tile({ number, label, read, name }, at) {
  const [element, picture] = [document.createElement('div'), document.createElement('div')];
  const place = (cell) => `${(cell / 9) * 100}%`;
  picture.style.backgroundPosition = `${place(at % 10)} ${place(Math.floor(at / 10))}`;
  element.className = 'tile';
  element.number = number;
  element.setAttribute('role', 'option');
  element.setAttribute('aria-label', name);
  element.append(picture, read === label ? label : `${label} \u2192 ${read}`);
  return element;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const list = parentElement.querySelector('.tiles');
  const shown = JSON.stringify([data.sprite, data.tiles]);
  const isNew = list.shown !== shown;
  if (isNew) {
    list.shown = shown;
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', data.title);
    list.style.setProperty('--sprite', `url(${data.sprite})`);
    list.replaceChildren(...data.tiles.map(tile));
  }
  const tiles = [...list.children];
  const stopAt = (stop) => tiles.forEach((each) => { each.tabIndex = each === stop ? 0 : -1; });
  const mark = (number) => tiles.forEach((each) => each.setAttribute('aria-selected', each.number === number));
  const choose = (chosen) => {
    stopAt(chosen);
    mark(chosen.number);
    chosen.scrollIntoView({ block: 'nearest' });
    setTriggerValue('chosen', chosen.number);
  };
  if (isNew) stopAt(tiles.find((each) => each.number === data.chosen) ?? tiles[0]);
  mark(data.chosen);

  list.onclick = (event) => {
    const clicked = event.target.closest('.tile');
    if (clicked) choose(clicked);
  };
  list.onkeydown = (event) => {
    const at = tiles.indexOf(event.target);
    const columns = getComputedStyle(list).gridTemplateColumns.split(' ').length;
    const ends = { Home: 0, End: tiles.length - 1 };
    const next = tiles[event.key in STEPS ? at + STEPS[event.key](columns) : ends[event.key]];
    if (event.key === 'Enter' || event.key === ' ') choose(event.target);
    else if (next) { stopAt(next); next.focus(); }
    if (event.key in STEPS || event.key in ends || event.key === 'Enter' || event.key === ' ') event.preventDefault();
  };
}
"""


@dataclass(frozen=True)
class Tile:
    """One image of the grid.

    Attributes:
        number: the index of the image in its split; the grid answers with it.
        label: the name of its class.
        read: the name of the class that the model answers; it is shown when it differs from the label.
        name: the text for screen readers.
    """

    number: int
    label: str
    read: str
    name: str


_mount = st.components.v2.component("picture_grid", html='<div class="tiles"></div>', css=CSS, js=JS)


def picture_grid(
    images: np.ndarray,
    tiles: Sequence[Tile],
    chosen: int | None,
    *,
    title: str,
    key: str,
    on_choose: Callable[[int], None],
) -> None:
    """Show images with their labels, to choose one with the mouse or the keyboard.

    Args:
        images: (N, 28, 28) uint8, 100 at most.
        tiles: one per image.
        chosen: the number of the image to outline, or None.
        title: what the images are, for screen readers.
        key: the widget's key.
        on_choose: called with the number of the chosen image, before the page runs again.
    """
    _mount(
        key=key,
        data={
            "sprite": data_url(sprite(images)),
            "tiles": [asdict(tile) for tile in tiles],
            "chosen": chosen,
            "title": title,
        },
        on_chosen_change=lambda: on_choose(int(st.session_state[key].chosen)),
    )


def tiles_of(split: Split, numbers: Sequence[int], answers: Sequence[int]) -> list[Tile]:
    """Return the tiles of some images of a split; `answers` has the model's answer for each."""
    tiles = []
    for number, answer in zip(numbers, answers, strict=True):
        label, read = split.classes[int(split.labels[number])], split.classes[answer]
        tiles.append(Tile(number, label, read, f"{split.name} {number}, label {label}, read as {read}"))
    return tiles


def sprite(images: np.ndarray) -> np.ndarray:
    """Combine images (N, h, w) into one (ROWS * h, COLUMNS * w), row by row; cells without an image are black."""
    count, height, width = images.shape
    cells = np.zeros((ROWS * COLUMNS, height, width), dtype=images.dtype)
    cells[:count] = images
    return cells.reshape(ROWS, COLUMNS, height, width).swapaxes(1, 2).reshape(ROWS * height, COLUMNS * width)
