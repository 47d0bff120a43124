"""Walking back through a run: what its model made of my drawing then, and what its first layer looked for."""

import html
from dataclasses import dataclass

import pandas as pd
import streamlit as st
import torch

from app_pages.components.html import ACCENT, bars_html, data_url, percent
from app_pages.state import canvas, resources
from app_pages.training.charts import GREY, HIDDEN, Chart, chart, line
from mnist_core.ink.normalisation import denormalise, normalise
from mnist_core.runs.run import Run
from mnist_core.runs.snapshots import HARD_TEST_IMAGES, first_layer_images, load_snapshot, snapshot_steps

SHOWN = 32  # pictures of the first layer at most
SIDE = 84  # px of a picture


@dataclass(frozen=True)
class Probe:
    """An image that is read again at every evaluation; `tensor` is (1, 28, 28) float32, normalised."""

    name: str
    tensor: torch.Tensor
    label: int | None


def render_probe(run: Run) -> None:
    """Show how the answers to my drawing and to four hard images changed while the model learnt."""
    step = _walk(run, "train_probe_step")
    if step is None:
        return
    probes = _probes()
    tensors = torch.stack([probe.tensor for probe in probes])
    steps = snapshot_steps(run.folder)
    try:
        answers = {each: resources.snapshot_probabilities(run, each, tensors) for each in steps}
    except ValueError:  # a moment was dropped since the list was made: the next look has another
        return
    names = [probe.name for probe in probes]
    st.html(_row([_tile(probe, answers[step][place]) for place, probe in enumerate(probes)]))
    if canvas.drawn_tensor() is None:
        st.caption("Draw a digit on the Draw page, and it stands here too.")
    chosen = st.segmented_control("Image", names, default=names[0], required=True, key=f"train_probe_{len(names)}")
    place = names.index(chosen or names[0])
    curve, now = st.columns([1.6, 1])
    with curve:
        table = {each: answers[each][place] for each in steps}
        st.echarts_chart(_probe_chart(table, step, probes[place]), key="train_probe_chart", height=320, alt="Answers")
    with now:
        probabilities = answers[step][place]
        st.caption(f"After step {step:,}")
        st.html(bars_html(probabilities, _best(probabilities)))


def render_weights(run: Run) -> None:
    """Show what the first layer looks for: the templates, the hidden units or the filters."""
    step = _walk(run, "train_weights_step")
    if step is None:
        return
    try:
        pictures = first_layer_images(load_snapshot(run.folder, run.config, step))
    except ValueError:
        return
    words = {
        "linear": "One template a digit: ink on white speaks for the digit, ink on black against it.",
        "mlp": f"The first {SHOWN} of the hidden units: each is stirred by ink on white and calmed by ink on black.",
        "cnn": "The filters of the first convolution: each looks for its little pattern all over the image.",
    }
    st.caption(words[run.config.model])
    grey = (pictures[:SHOWN] + 1) / 2
    st.html(_row([_weight_tile(run.config.model, place, each) for place, each in enumerate(grey)]))


def _walk(run: Run, key: str) -> int | None:
    """Ask for one of the moments of a run; the newest unless one walks back."""
    steps = snapshot_steps(run.folder)
    if not steps:
        st.info("The first evaluation fills this in.")
        return None
    if len(steps) == 1:
        return steps[0]
    chosen = st.select_slider("After step", steps, steps[-1], key=f"{key}_{run.name}_{len(steps)}")
    return int(chosen)


def _probes() -> list[Probe]:
    test, drawn = resources.available_split("test"), canvas.drawn_tensor()
    mine = [] if drawn is None else [Probe("My drawing", drawn, None)]
    hard = [place % len(test) for place in HARD_TEST_IMAGES]
    return mine + [
        Probe(f"Test {place}", normalise(test.images[[place]])[0], int(test.labels[place])) for place in hard
    ]


def _best(probabilities: list[float]) -> int:
    return max(range(10), key=lambda digit: probabilities[digit])


def _row(tiles: list[str]) -> str:
    return f'<div style="display:flex;flex-wrap:wrap;gap:.9rem">{"".join(tiles)}</div>'


def _tile(probe: Probe, probabilities: list[float]) -> str:
    best = _best(probabilities)
    picture = data_url(denormalise(probe.tensor[0]).numpy())
    label = "" if probe.label is None else f", label {probe.label}"
    words = f"{html.escape(probe.name)}{label}"
    answer = f'<b style="font-size:1.4rem;color:var(--accent)">{best}</b> {percent(probabilities[best])}'
    return (
        f'<figure style="margin:0;width:7.2rem">{_picture(picture, words)}<div>{answer}</div>{_small(words)}</figure>'
    )


def _weight_tile(model: str, place: int, picture: torch.Tensor) -> str:
    name = f"digit {place}" if model == "linear" else f"{'filter' if model == 'cnn' else 'unit'} {place + 1}"
    return f'<figure style="margin:0">{_picture(data_url(picture.numpy()), name)}{_small(name)}</figure>'


def _picture(url: str, words: str) -> str:
    return f'<img class="crisp" src="{url}" alt="{words}" style="width:{SIDE}px">'


def _small(words: str) -> str:
    return f'<figcaption style="font-size:.8rem;opacity:.75">{words}</figcaption>'


def _probe_chart(answers: dict[int, list[float]], step: int, probe: Probe) -> Chart:
    """Return the ten probabilities over the steps: the label, or the last answer, in the accent, the others grey."""
    steps = sorted(answers)
    wanted = probe.label if probe.label is not None else _best(answers[steps[-1]])
    columns = {str(digit): [100 * answers[each][digit] for each in steps] for digit in range(10)}
    table = pd.DataFrame({"step": steps, "seconds": steps} | columns)
    accent = ACCENT[st.context.theme.type or "light"]
    series = [_probe_line(digit, accent if digit == wanted else GREY, digit == wanted) for digit in range(10)]
    series[0]["markLine"] = {
        "symbol": "none",
        "silent": True,
        "label": {"show": False},
        "lineStyle": {"color": GREY},
        "data": [{"xAxis": step}],
    }
    title = f"Probability of {wanted} (%), and of the others"
    y_axis = {"type": "value", "min": 0, "max": 100}
    return chart(title, "steps", float(steps[-1]), [table], series, y_axis) | {"legend": HIDDEN}


def _probe_line(digit: int, colour: str, chosen: bool) -> Chart:
    style = {"color": colour, "width": 3 if chosen else 1, "opacity": 1 if chosen else 0.6}
    looks = {"lineStyle": style, "itemStyle": {"color": colour}, "endLabel": {"show": True, "formatter": "{a}"}}
    return line(str(digit), 0, "step", str(digit), **looks if chosen else looks | {"endLabel": {"show": False}})
