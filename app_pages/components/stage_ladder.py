"""The ladder: the stages from ink to tensor as a row of pictures, the answer at each, and a switch for each step.

One component, because a stroke redraws it: as containers, pictures and toggles of Streamlit's own it took thirty
messages, and the browser longer to lay them out than the model to answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

CSS = """
:host, .rungs, h2, p { color: var(--st-text-color); font-family: var(--st-font); }
h2 { font-size: 1.35rem; font-weight: 600; margin: .5rem 0 .3rem; }
h2 + p { margin: 0 0 1rem; }
.rungs { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.25rem, 1fr)); gap: 1.25rem 1rem; margin: 0;
         padding: 2px; list-style: none; }
.rung { display: flex; flex-direction: column; min-width: 0; }
.rung h4 { font-size: 1rem; font-weight: 600; margin: 0 0 .4rem; }
.rung img { width: 100%; aspect-ratio: 1; object-fit: contain; background: #000; border-radius: 6px;
            image-rendering: pixelated; }
.rung p { font-size: .85rem; line-height: 1.3; margin: .5rem 0 .6rem; opacity: .75; flex: 1; }
.rung .said { display: flex; align-items: baseline; gap: .4rem; }
.rung .said:last-child { margin-bottom: 2.75rem; }
.rung b { font-size: 1.9rem; line-height: 1; }
.rung .agrees b { color: var(--st-primary-color); }
.rung .said span { font-size: .9rem; font-variant-numeric: tabular-nums; }
.rung button { align-self: flex-start; display: inline-flex; align-items: center; gap: .5rem; min-height: 2.75rem;
               margin: 0; padding: 0; border: 0; background: none; color: inherit; font: .9rem var(--st-font);
               cursor: pointer; }
.rung button::before { content: ""; width: 2.1rem; height: 1.2rem; border-radius: 1rem; box-sizing: border-box;
  background: radial-gradient(circle at .6rem 50%, #fff .42rem, transparent .46rem) #80809c; }
.rung button[aria-checked="true"]::before { background:
  radial-gradient(circle at calc(100% - .6rem) 50%, #fff .42rem, transparent .46rem) var(--st-primary-color); }
.rung button:focus-visible { outline: 2px solid var(--st-text-color); outline-offset: 2px; border-radius: 6px; }
.rung.off img, .rung.off h4 { opacity: .45; }
"""

JS = """
function build(list, rungs) {
  list.replaceChildren(...rungs.map((rung) => {
    const item = document.createElement('li');
    item.className = 'rung';
    item.innerHTML = '<h4></h4><img alt=""><p></p><div class="said"><b></b><span></span></div>';
    item.querySelector('h4').textContent = rung.name;
    item.querySelector('p').textContent = rung.meaning;
    if (rung.step) {
      const flip = document.createElement('button');
      flip.setAttribute('role', 'switch');
      flip.setAttribute('aria-label', `${rung.name}: on or off`);
      item.append(flip);
    }
    return item;
  }));
}

export default function ({ parentElement, data, setTriggerValue }) {
  const [sentence, list] = ['h2 + p', '.rungs'].map((part) => parentElement.querySelector(part));
  sentence.textContent = data.sentence;
  if (list.children.length !== data.rungs.length) build(list, data.rungs);
  data.rungs.forEach((rung, at) => {
    const item = list.children[at];
    const [picture, said, flip] = ['img', '.said', 'button'].map((part) => item.querySelector(part));
    if (picture.src !== rung.picture) picture.src = rung.picture;
    picture.alt = `${rung.name}, read as ${rung.label}`;
    said.classList.toggle('agrees', rung.agrees);
    said.children[0].textContent = rung.label;
    said.children[1].textContent = rung.sure;
    if (!flip) return;
    item.classList.toggle('off', !rung.is_on);
    flip.setAttribute('aria-checked', rung.is_on);
    flip.textContent = rung.is_on ? 'on' : 'off';
    flip.onclick = () => setTriggerValue('flipped', rung.step);
  });
}
"""

_mount = st.components.v2.component(
    "ladder",
    html='<h2>Step by step, from ink to tensor</h2><p></p><ol class="rungs"></ol>',
    css=CSS,
    js=JS,
)


@dataclass(frozen=True)
class Rung:
    """One stage as the ladder shows it.

    Attributes:
        name, meaning: what it is called, and what it does.
        picture: the URL of its picture.
        label, sure: what the model would answer here, and how sure it is.
        agrees: True when that is also the answer in the end.
        step: the step of the recipe that leads here, "" for the first rung, which has no switch.
        is_on: False when that step is left out.
    """

    name: str
    meaning: str
    picture: str
    label: str
    sure: str
    agrees: bool
    step: str
    is_on: bool


def ladder(sentence: str, rungs: Sequence[Rung], *, key: str, on_flip: Callable[[str], None]) -> None:
    """Show rungs side by side under a sentence.

    `on_flip` is called with a step whose switch was used, before the page runs again.
    """
    _mount(
        key=key,
        data={"sentence": sentence, "rungs": [asdict(rung) for rung in rungs]},
        on_flipped_change=lambda: on_flip(str(st.session_state[key].flipped)),
    )
