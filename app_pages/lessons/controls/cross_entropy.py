"""Cross-entropy of one picture: how large the loss is, whatever its label."""

import pandas as pd
import streamlit as st
import torch

from app_pages.components.chart_table import render_chart
from app_pages.components.html import percent
from app_pages.lessons.controls.curve_chart import Line, curve_chart
from app_pages.lessons.controls.subject import Picture, picture_and_view
from app_pages.state import resources
from mnist_core.analysis.surprise import surprise, surprise_curve
from mnist_core.constants import CLASSES
from mnist_core.formatting import MINUS

MODEL = "linear"
LABEL = "course_cross_entropy_label"
MOST = 10.0  # nats, the end of the chart
SENTENCE = (
    "The loss is minus the logarithm of the probability that the model gives to the true label: nothing if it is sure "
    "and right, and very much if it is sure and wrong. **Try it:** pretend that the label is another digit. Which "
    "label would cost the most?"
)


def render_cross_entropy() -> None:
    """Show the loss of a picture for the label that is chosen, as a point on the curve of minus the logarithm."""
    st.markdown(SENTENCE)
    with picture_and_view() as (picture, view), view:
        probabilities = _probabilities(picture)
        losses: list[float] = surprise(probabilities).tolist()
        label = int(
            st.pills(
                "The label is",
                range(CLASSES),
                default=int(probabilities.argmax()),
                required=True,
                key=LABEL,
                wrap=True,
            )
        )
        words = finding(label, float(probabilities[label]), losses[label])
        st.markdown(words)
        render_chart(
            curve_chart(
                "Loss (nats)",
                "probability of the label (%)",
                [Line(f"{MINUS}log p", [(100 * p, loss) for p, loss in surprise_curve()], 0)],
                x_range=(0, 100),
                y_range=(0, MOST),
                dot=(100 * float(probabilities[label]), min(losses[label], MOST)),
            ),
            name="Loss for each label",
            finding=words,
            numbers=lambda: labels_table(probabilities.tolist(), losses),
            key="course_cross_entropy_curve",
            height=320,
        )


def _probabilities(picture: Picture) -> torch.Tensor:
    """Return the ten probabilities of the linear model, (10,) float64: the softmax of its logits."""
    model = resources.predictor_for(MODEL).model

    @torch.no_grad()
    def work() -> torch.Tensor:
        logits: torch.Tensor = model(picture.tensor[None])[0]
        return logits.double().softmax(dim=0)

    probabilities: torch.Tensor = resources.run_inference(work)
    return probabilities


def finding(label: int, probability: float, loss: float) -> str:
    """Return in words what a label costs."""
    return (
        f"The model gives the label {label} a probability of {percent(probability, escaped=False)}, "
        f"so the loss is {MINUS}log({probability:.4g}) = **{loss:.4f} nats**."
    )


def labels_table(probabilities: list[float], losses: list[float]) -> pd.DataFrame:
    """Return a row per label: its probability, and the loss if it were the true one."""
    return pd.DataFrame(
        {
            "Label": list(range(CLASSES)),
            "Probability (%)": [round(100 * each, 4) for each in probabilities],
            "Loss (nats)": [round(each, 4) for each in losses],
        }
    )
