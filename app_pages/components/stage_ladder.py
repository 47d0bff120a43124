"""The stages from ink to tensor as a row of images, the model's answer at each, and a switch for each step.

One component shows all of it, because every stroke redraws it. Built from Streamlit's own containers, images and
toggles, it took thirty messages, and the browser laid them out more slowly than the model answered.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

CSS = """
:host, .stages, h2, p { color: var(--st-text-color); font-family: var(--st-font); }
h2 { font-size: 1.35rem; font-weight: 600; margin: .5rem 0 .3rem; }
h2 + p { margin: 0 0 1rem; }
.stages { display: grid; grid-template-columns: repeat(auto-fit, minmax(var(--stage, 8.25rem), 1fr));
          gap: 1.25rem 1rem; margin: 0;
          padding: 2px; list-style: none; }
.stage { display: flex; flex-direction: column; min-width: 0; }
.stage h3 { font-size: 1rem; font-weight: 600; margin: 0 0 .4rem; }
.stage img { width: 100%; aspect-ratio: 1; object-fit: contain; background: #000; border-radius: 6px;
             image-rendering: pixelated; }
.stage p { font-size: .85rem; line-height: 1.3; margin: .5rem 0 .6rem; opacity: .75; flex: 1; }
.stage .answer { display: flex; align-items: baseline; gap: .4rem; }
.stage .answer:last-child { margin-bottom: 2.75rem; }
.stage b { font-size: 1.9rem; line-height: 1; }
.stage .agrees b { color: var(--st-primary-color); }
.stage .answer span { font-size: .9rem; font-variant-numeric: tabular-nums; }
.stage button { align-self: flex-start; display: inline-flex; align-items: center; gap: .5rem; min-height: 2.75rem;
                margin: 0; padding: 0; border: 0; background: none; color: inherit; font: .9rem var(--st-font);
                cursor: pointer; }
.stage button::before { content: ""; width: 2.1rem; height: 1.2rem; border-radius: 1rem; box-sizing: border-box;
  background: radial-gradient(circle at .6rem 50%, #fff .42rem, transparent .46rem) #80809c; }
.stage button[aria-checked="true"]::before { background:
  radial-gradient(circle at calc(100% - .6rem) 50%, #fff .42rem, transparent .46rem) var(--st-primary-color); }
.stage button:focus-visible { outline: 2px solid var(--st-text-color); outline-offset: 2px; border-radius: 6px; }
.stage.off img, .stage.off h3 { opacity: .45; }
.stage .scale { display: flex; justify-content: space-between; align-items: center; gap: .4rem; margin-top: .4rem;
                font-size: .8rem; font-variant-numeric: tabular-nums; }
.stage .scale::before { content: ""; order: 1; flex: 1; height: .5rem; border-radius: 3px;
                        background: linear-gradient(90deg, rgb(38 30 92), rgb(67 118 214), rgb(250 232 140)); }
.stage .scale :last-child { order: 2; }
.stage .scale[hidden] { display: none; }
"""

JS = """
function build(list, stages) {
  list.replaceChildren(...stages.map((stage) => {
    const item = document.createElement('li');
    item.className = 'stage';
    item.innerHTML = '<h3></h3><img alt=""><div class="scale" hidden><span></span><span></span></div><p></p>'
      + '<div class="answer"><b></b><span></span></div>';
    item.querySelector('h3').textContent = stage.name;
    item.querySelector('p').textContent = stage.description;
    if (stage.step) {
      const toggle = document.createElement('button');
      toggle.setAttribute('role', 'switch');
      toggle.setAttribute('aria-label', `${stage.name}: on or off`);
      item.append(toggle);
    }
    return item;
  }));
}

export default function ({ parentElement, data, setTriggerValue }) {
  const [sentence, list] = ['h2 + p', '.stages'].map((part) => parentElement.querySelector(part));
  sentence.textContent = data.sentence;
  if (list.children.length !== data.stages.length) build(list, data.stages);
  data.stages.forEach((stage, at) => {
    const item = list.children[at];
    const [image, answer, toggle] = ['img', '.answer', 'button'].map((part) => item.querySelector(part));
    if (image.src !== stage.image) image.src = stage.image;
    image.alt = `${stage.name}, read as ${stage.label}`;
    const scale = item.querySelector('.scale');
    scale.hidden = !stage.scale.length;
    [...scale.children].forEach((end, place) => { end.textContent = stage.scale[place] ?? ''; });
    answer.classList.toggle('agrees', stage.agrees);
    answer.children[0].textContent = stage.label;
    answer.children[1].textContent = stage.probability;
    if (!toggle) return;
    item.classList.toggle('off', !stage.is_on);
    toggle.setAttribute('aria-checked', stage.is_on);
    toggle.textContent = stage.is_on ? 'on' : 'off';
    toggle.onclick = () => setTriggerValue('toggled', stage.step);
  });
}
"""

_mount = st.components.v2.component(
    "stage_ladder",
    html='<h2>Step by step, from ink to tensor</h2><p></p><ol class="stages"></ol>',
    css=CSS,
    js=JS,
)


@dataclass(frozen=True)
class StageView:
    """One stage as the page shows it.

    Attributes:
        name: what the stage is called.
        description: what its step does.
        image: the URL of its image.
        label: the digit that the model would answer here.
        probability: the probability of that answer, as text.
        agrees: True when that is also the final answer.
        step: the step of the recipe that leads to this stage; "" for the first stage, which has no switch.
        is_on: False when that step is switched off.
        scale: the values at the two ends of the image's colours; empty for grey levels.
    """

    name: str
    description: str
    image: str
    label: str
    probability: str
    agrees: bool
    step: str
    is_on: bool
    scale: Sequence[str] = ()


def stage_ladder(sentence: str, stages: Sequence[StageView], *, key: str, on_toggle: Callable[[str], None]) -> None:
    """Show stages side by side under a sentence.

    Args:
        sentence: shown below the heading; says what the stages show.
        stages: from the ink to the tensor.
        key: the widget's key.
        on_toggle: called with the step whose switch was used, before the page runs again.
    """
    _mount(
        key=key,
        data={"sentence": sentence, "stages": [asdict(stage) for stage in stages]},
        on_toggled_change=lambda: on_toggle(str(st.session_state[key].toggled)),
    )
