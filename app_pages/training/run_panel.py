"""One run on the Train page: its state, its buttons, its figures and its views."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from app_pages.components.html import ACCENT, PAPER
from app_pages.state import own_runs, resources
from app_pages.training.charts import RUNAWAY, accuracy_chart, class_chart, confusion_chart, loss_chart, rate_chart
from app_pages.training.export import render_card
from app_pages.training.replay import render_probe, render_weights
from mnist_core.runs.curves import curves, planned_rate
from mnist_core.runs.run import Run, RunState

# Seconds between two looks at a run that lives, by the seconds that the whole run takes: each look takes a tenth of a
# second from those who train on the same cores, and in a long run less happens in a second.
REFRESH = {8: 1.0, 12: 2.0, float("inf"): 3.0}
HEIGHT = 320  # px of a chart
APPLIED_WITHIN = 0.6  # s to wait for a run to obey before the page is shown again
BADGES: dict[RunState, tuple[Literal["gray", "blue", "orange", "green", "red"], str]] = {
    RunState.QUEUED: ("gray", "schedule"),
    RunState.TRAINING: ("blue", "play_arrow"),
    RunState.PAUSED: ("orange", "pause"),
    RunState.FINISHED: ("green", "check"),
    RunState.STOPPED: ("gray", "stop"),
    RunState.FAILED: ("red", "error"),
    RunState.INTERRUPTED: ("orange", "power_off"),
}


def render_run(run: Run) -> None:
    """Show a run: its state, its figures, its curves; again and again while it lives."""
    pace = refresh(run)
    watch = st.fragment(_render_run, run_every=pace)
    watch(run, pace)


def refresh(run: Run) -> float | None:
    """Return the seconds between two looks at a run, None for one that has ended."""
    if not run.state.is_alive:
        return None
    whole = run.reports[-1].seconds + run.reports[-1].seconds_left if run.reports else 0.0
    return next(pace for limit, pace in REFRESH.items() if whole <= limit)


def _render_run(run: Run, pace: float | None) -> None:
    colour, icon = BADGES[run.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(run.name, anchor=False, width="content")
        st.badge(_describe(run), color=colour, icon=f":material/{icon}:")
        st.space("stretch")
        render_controls(run)
    render_figures(run)
    view = st.segmented_control(
        "View", list(VIEWS), default="Curves", required=True, key="train_view", label_visibility="collapsed"
    )
    VIEWS[view or "Curves"](run)
    due = refresh(run)
    if pace is not None and (due is None or due > pace):
        st.rerun()  # once more in full, to look less often from now on, or never, and with the trained model to choose


def _describe(run: Run) -> str:
    place = resources.registry().place_in_queue(run)
    return f"queued, place {place}" if place else run.state.value


def render_controls(run: Run) -> None:
    """Show the buttons that a run in this state obeys: its owner's orders, and what anybody with its link may do."""
    mine = own_runs.is_mine(run)
    if run.state is RunState.PAUSED and mine:
        st.button("Resume", icon=":material/play_arrow:", on_click=_order, args=(run, run.unpause), key="train_resume")
    elif run.state is RunState.TRAINING and mine:
        st.button("Pause", icon=":material/pause:", on_click=_order, args=(run, run.pause), key="train_pause")
    elif run.state is RunState.INTERRUPTED:
        resumed = st.button("Resume", icon=":material/play_arrow:", type="primary", key="train_take_up")
        if resumed:
            own_runs.resume_interrupted(run)
            st.rerun()
    if run.state.is_alive and mine:
        st.button("Stop", icon=":material/stop:", on_click=_order, args=(run, run.stop), key="train_stop")
    worth: Literal["primary", "secondary"] = "secondary" if run.state is RunState.FAILED else "primary"
    if (
        not run.state.is_alive
        and run.latest_model is not None
        and st.button("Draw with it", icon=":material/draw:", type=worth, key="train_use")
    ):
        own_runs.choose_model(run.name)
        st.switch_page("app_pages/draw.py")
    if mine:
        render_delete(run)


def _order(run: Run, wish: Callable[[], None]) -> None:
    """Tell a run a wish, and give it a moment, so that the page shows at once that it obeyed."""
    wish()
    run.wait_until_applied(APPLIED_WITHIN)


def render_delete(run: Run) -> None:
    """Ask once more before a run is gone."""
    with st.popover("Delete", icon=":material/delete:", key="train_delete"):
        st.markdown("The run, its model and its folder will be gone.")
        if st.button("Delete for good", type="primary", key="train_delete_yes"):
            own_runs.delete_run(run)
            st.rerun()


def render_figures(run: Run) -> None:
    """Show how far a run is, and how good."""
    if run.state is RunState.FAILED:
        st.error(run.message)
    if run.state is RunState.INTERRUPTED:
        st.info("The server ended while this run trained. Resume goes on from its last checkpoint.")
    if not own_runs.is_mine(run):
        st.caption("Somebody else's run, seen by its link: look, compare, download, use its model.")
    if not run.reports:
        words = {RunState.QUEUED: "Waiting for its turn", RunState.TRAINING: "Starting"}
        st.progress(0.0, words.get(run.state, "Not one step was taken"))
        return
    last = run.reports[-1]
    left = f", about {last.seconds_left:.0f} s left" if run.state.is_alive else ""
    st.progress(last.step / last.steps, f"Step {last.step:,} of {last.steps:,}{left}")
    best = run.evaluations[-1].test_accuracy if run.evaluations else None
    with st.container(horizontal=True, gap="medium"):
        st.metric("Test accuracy", f"{best:.2%}" if best is not None else "soon", width="content")
        st.metric("Loss", f"{last.loss:.3f}" if last.loss < RUNAWAY else f"{last.loss:.0e}", width="content")
        st.metric("Images a second", f"{last.images_per_second:,.0f}", width="content")
        st.metric("Time", f"{last.seconds:.1f} s", width="content")


def render_curves(run: Run) -> None:
    """Show loss, test accuracy and learning rate, against steps or seconds."""
    axis = st.segmented_control(
        "Against", ["steps", "seconds"], default="steps", required=True, key="train_axis", label_visibility="collapsed"
    )
    accent = ACCENT[theme()]
    if not run.reports:
        st.skeleton(height=HEIGHT)
        return
    axis, reports = axis or "steps", run.reports[:]
    found = curves(reports)
    end = float(reports[-1].steps) if axis == "steps" else None
    loss, accuracy = st.columns(2)
    with loss:
        st.echarts_chart(loss_chart(found, axis, end, accent), key="train_loss", height=HEIGHT, alt="Loss")
    with accuracy:
        st.echarts_chart(
            accuracy_chart(found, axis, end, accent), key="train_accuracy", height=HEIGHT, alt="Test accuracy"
        )
    steps, rates = planned_rate(run.config, reports[-1].steps)
    st.echarts_chart(rate_chart(steps, rates, accent), key="train_rate", height=200, alt="Learning rate")


def render_digits(run: Run) -> None:
    """Show what the last evaluation says of each digit: how often it is read right, and as what else."""
    counted = [report for report in run.reports[:] if report.confusion is not None]
    if not counted or counted[-1].confusion is None:
        st.info("The first evaluation fills this in.")
        return
    last, confusion = counted[-1], counted[-1].confusion
    st.caption(f"The whole test set, read after step {last.step:,}.")
    by_digit, table = st.columns(2)
    with by_digit:
        st.echarts_chart(
            class_chart(confusion, ACCENT[theme()]), key="train_classes", height=380, alt="Right answers by digit"
        )
    with table:
        mistakes = confusion_chart(confusion, ACCENT[theme()], PAPER[theme()])
        st.echarts_chart(mistakes, key="train_confusion", height=380, alt="Mistakes")


def theme() -> str:
    """Return light or dark, as the visitor has it."""
    return st.context.theme.type or "light"


VIEWS: dict[str, Callable[[Run], None]] = {
    "Curves": render_curves,
    "By digit": render_digits,
    "My digit": render_probe,
    "Weights": render_weights,
    "Run card": render_card,
}
