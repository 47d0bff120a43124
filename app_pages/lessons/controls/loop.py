"""What each line of the training loop is for: the loop without one of its lines, and how its loss goes."""

import html
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import NARROW, percent
from app_pages.lessons.controls.curve_chart import Line, curve_chart
from app_pages.lessons.controls.kept import kept
from app_pages.state import resources
from app_pages.state.computations import computed
from mnist_core.data.split import fingerprint
from mnist_core.training.missing_line import (
    BACKWARD,
    MISSING,
    NOTHING,
    SHUFFLING,
    STEP,
    STEPS,
    ZERO_GRAD,
    LoopRun,
    train_without,
)

LINE, TRAINED, RUNS = "course_loop_line", "course_loop_trained", "course_loop_runs"
SENTENCE = (
    "Take one line out of the loop, and see how the loss goes without it. **Try it:** predict the curve before each "
    "choice. Which two mistakes look the same, and for which of them does Python report an error?"
)
# A line of code, the name of the line where it can be missing, and the line in its place.
CODE = (
    ("order = torch.randperm(len(images))", SHUFFLING, "order = torch.arange(len(images))"),
    ("for index in order.split(100):", "", ""),
    ("    x, y = images[index], labels[index]", "", ""),
    ("    logits = x @ weights + bias", "", ""),
    ("    loss = F.cross_entropy(logits, y)", "", ""),
    ("    optimiser.zero_grad()", ZERO_GRAD, ""),
    ("    loss.backward()", BACKWARD, ""),
    ("    optimiser.step()", STEP, ""),
)
WHY = {
    NOTHING: "With all lines",
    ZERO_GRAD: "Without `zero_grad()`, PyTorch adds each gradient to all those before it, so the steps overshoot",
    BACKWARD: "Without `backward()` there is no gradient, so `step()` changes nothing",
    STEP: "Without `step()`, every gradient is computed and never used",
    SHUFFLING: "These images are sorted by digit. Unshuffled, the loop sees 0 for a while, then only 1, and forgets 0",
}
STYLE = f"""<style>
.loop-code {{ margin: 0; font-size: .75rem; line-height: 1.9; white-space: pre-wrap; overflow-wrap: anywhere;
  border-radius: 8px; padding: .8rem .9rem; background: rgb(128 128 150 / .1); }}
.loop-code del {{ color: var(--accent); text-decoration-thickness: 2px; }}
.loop-code ins {{ color: var(--accent); text-decoration: none; }}
@media (max-width: {NARROW}) {{ .loop-code {{ font-size: .68rem; }} }}
</style>"""


def render_loop() -> None:
    """Train without the line that is chosen, and show how the loss went, beside the loops that were chosen before."""
    st.markdown(SENTENCE)
    missing = str(st.pills("Missing line", MISSING, default=NOTHING, required=True, key=LINE))
    words = st.container()
    code, chart = st.columns(2, gap="medium")
    code.html(STYLE + code_html(missing))
    chosen: list[str] = st.session_state.get(TRAINED, [NOTHING])
    chosen = st.session_state[TRAINED] = [*chosen, *([] if missing in chosen else [missing])]
    with chart:
        runs = {run.missing: run for run in map(_run_without, chosen) if run}
        if runs:
            _render_curves([runs[each] for each in MISSING if each in runs])
    if missing in runs:
        words.markdown(finding(runs[missing]))


def _run_without(missing: str) -> LoopRun | None:
    train = resources.available_split("train")
    request = (missing, train.source, fingerprint())
    words = f"Training for {STEPS} steps"
    return kept(
        RUNS,
        request,
        lambda: computed("course_loop", request, lambda: train_without(train, missing), words, is_shared=True),
    )


def code_html(missing: str) -> str:
    """Return the code of the loop, with the line that is missing struck out."""
    lines = []
    for code, name, instead in CODE:
        indent = code[: len(code) - len(code.lstrip())]
        text = html.escape(code.strip())
        is_out = bool(name) and name == missing
        lines.append(indent + (f"<del>{text}</del>" if is_out else text))
        if is_out and instead:
            lines.append(f"{indent}<ins>{html.escape(instead)}</ins>")
    return f'<pre class="loop-code"><code>{chr(10).join(lines)}</code></pre>'


def finding(run: LoopRun) -> str:
    """Return in words what became of the loss, and why."""
    first, last = run.losses[0], run.losses[-1]
    if run.missing in (BACKWARD, STEP):
        went = f"the loss stays at **{last:.3f} nats**"
    else:
        went = f"the loss goes from {first:.3f} to **{last:.3f} nats**"
    right = f"{percent(run.accuracies[-1], escaped=False)} of the validation images are answered correctly"
    silence = "" if run.missing == NOTHING else " Python reports no error."
    return f"{WHY[run.missing]}: {went} in {run.steps[-1]} steps, and {right}.{silence}"


def _render_curves(runs: Sequence[LoopRun]) -> None:
    lines = [
        Line(
            run.missing if run.missing != NOTHING else "all lines",
            list(zip(run.steps, run.losses, strict=True)),
            MISSING.index(run.missing),
        )
        for run in runs
    ]
    render_chart(
        curve_chart("Validation loss (nats)", "step", lines, x_range=(0, runs[0].steps[-1])),
        name="Loss by missing line",
        finding=" ".join(map(finding, runs)).replace("**", "").replace("`", ""),
        numbers=lambda: points_table(runs),
        key="course_loop_curves",
        height=400,
    )


def points_table(runs: Sequence[LoopRun]) -> pd.DataFrame:
    """Return all evaluations, a row each."""
    return pd.DataFrame(
        [
            {
                "Missing": run.missing,
                "Step": step,
                "Loss (nats)": round(loss, 4),
                "Accuracy (%)": round(100 * accuracy, 2),
            }
            for run in runs
            for step, loss, accuracy in zip(run.steps, run.losses, run.accuracies, strict=True)
        ]
    )
