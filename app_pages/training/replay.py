"""How a run's answers to a few images changed while it trained: the visitor's drawing and four hard test images."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st
import torch

from app_pages.components.chart_table import render_chart
from app_pages.components.html import accent, bars_html, percent
from app_pages.state import drawn, resources
from app_pages.training.charts import GREY, NOT_SHOWN, Chart, line, line_chart
from app_pages.training.findings import probability_finding
from app_pages.training.snapshots import choose_step, figure_html, render_row
from mnist_core.constants import CLASSES
from mnist_core.ink.normalisation import denormalise, normalise
from mnist_core.runs.run import Run
from mnist_core.runs.snapshots import HARD_TEST_IMAGES, snapshot_steps

HEIGHT = 320  # px of the chart


@dataclass(frozen=True)
class ReplayedImage:
    """An image that every snapshot of a run reads.

    Attributes:
        name: what the page calls it.
        tensor: (1, 28, 28) float32, normalised.
        label: the true digit, None for a drawing.
    """

    name: str
    tensor: torch.Tensor
    label: int | None


def render_answers(run: Run) -> None:
    """Show the answers to each image after a step, and the probabilities for one of them over all steps."""
    step = choose_step(run, "train_probe_step")
    if step is None:
        return
    images = replayed_images()
    tensors = torch.stack([image.tensor for image in images])
    steps = snapshot_steps(run.folder)
    try:
        answers = {each: resources.snapshot_probabilities(run, each, tensors) for each in steps}
    except ValueError:  # a snapshot was removed since the steps were listed: the next refresh lists them again
        return
    render_row([_answer_html(image, answers[step][place]) for place, image in enumerate(images)])
    if drawn.drawn_tensor() is None:
        st.caption("Draw a digit on the Draw page and it will appear here.")
    names = [image.name for image in images]
    name = st.segmented_control("Image", names, default=names[0], required=True, key=f"train_probe_{len(names)}")
    place = names.index(name or names[0])
    chart_column, bars_column = st.columns([1.6, 1])
    with chart_column:
        over_steps = {each: answers[each][place] for each in steps}
        label = images[place].label
        highlighted = _answer(answers[steps[-1]][place]) if label is None else label
        render_chart(
            probability_chart(over_steps, step, highlighted),
            name="Probabilities",
            finding=probability_finding(over_steps, highlighted),
            numbers=lambda: probability_table(over_steps),
            key="train_probe_chart",
            height=HEIGHT,
        )
    with bars_column:
        probabilities = answers[step][place]
        st.caption(f"After step {step:,}")
        st.html(bars_html(probabilities, _answer(probabilities)))


def replayed_images() -> list[ReplayedImage]:
    """Return the visitor's drawing, where there is one, and the hard test images."""
    test, drawing = resources.available_split("test"), drawn.drawn_tensor()
    mine = [] if drawing is None else [ReplayedImage("My drawing", drawing, None)]
    numbers = [number % len(test) for number in HARD_TEST_IMAGES]
    return mine + [
        ReplayedImage(f"Test {number}", normalise(test.images[[number]])[0], int(test.labels[number]))
        for number in numbers
    ]


def _answer(probabilities: list[float]) -> int:
    return max(range(CLASSES), key=lambda digit: probabilities[digit])


def _answer_html(image: ReplayedImage, probabilities: list[float]) -> str:
    answer = _answer(probabilities)
    name = image.name if image.label is None else f"{image.name}, label {image.label}"
    big = f'<b style="font-size:1.4rem;color:var(--accent)">{answer}</b> {percent(probabilities[answer])}'
    return figure_html(denormalise(image.tensor[0]).numpy(), name, f"<div>{big}</div>", width="7.2rem")


def probability_chart(answers: dict[int, list[float]], step: int, highlighted: int) -> Chart:
    """Return ten probabilities over the steps, that of one digit in the accent colour and the others grey.

    Args:
        answers: ten probabilities for each step.
        step: where to draw a vertical line.
        highlighted: the digit.
    """
    steps = sorted(answers)
    columns = {str(digit): [100 * answers[each][digit] for each in steps] for digit in range(CLASSES)}
    table = pd.DataFrame({"step": steps} | columns)
    series = [_probability_line(digit, digit == highlighted) for digit in range(CLASSES)]
    series[0]["markLine"] = {
        "symbol": "none",
        "silent": True,
        "label": {"show": False},
        "lineStyle": {"color": GREY},
        "data": [{"xAxis": step}],
    }
    title = f"Probability of {highlighted} (%), others in grey"
    y_axis = {"type": "value", "min": 0, "max": 100}
    return line_chart(title, "steps", float(steps[-1]), [table], series, y_axis) | {"legend": NOT_SHOWN}


def probability_table(answers: dict[int, list[float]]) -> pd.DataFrame:
    """Return the numbers of `probability_chart`: a row per step, and a column per digit."""
    steps = sorted(answers)
    columns = {f"{digit} (%)": [round(100 * answers[each][digit], 2) for each in steps] for digit in range(CLASSES)}
    return pd.DataFrame({"step": steps} | columns)


def _probability_line(digit: int, is_highlighted: bool) -> Chart:
    colour = accent() if is_highlighted else GREY
    return line(
        str(digit),
        0,
        "step",
        str(digit),
        lineStyle={"color": colour, "width": 3 if is_highlighted else 1, "opacity": 1 if is_highlighted else 0.6},
        itemStyle={"color": colour},
        endLabel={"show": True, "formatter": "{a}"} if is_highlighted else {"show": False},
    )
