"""Train a model in the background and watch it learn."""

from typing import Literal

import pandas as pd
import streamlit as st

from app_pages import state
from mnist_core.models import MODELS
from mnist_core.run import Run, RunState
from mnist_core.training import STANDARD, TrainConfig

REFRESH = 1.0  # s between two looks at a run that lives
SMOOTH = 20  # steps that the smoothed loss is averaged over
BADGES: dict[RunState, tuple[Literal["gray", "blue", "orange", "green", "red"], str]] = {
    RunState.QUEUED: ("gray", "schedule"),
    RunState.TRAINING: ("blue", "play_arrow"),
    RunState.PAUSED: ("orange", "pause"),
    RunState.FINISHED: ("green", "check"),
    RunState.STOPPED: ("gray", "stop"),
    RunState.FAILED: ("red", "error"),
    RunState.INTERRUPTED: ("orange", "power_off"),
}


def render_form() -> TrainConfig | None:
    """Ask for a configuration; returns it when Start was pressed and nothing is wrong with it."""
    model = st.segmented_control(
        "Model",
        list(MODELS),
        format_func=lambda name: state.MODEL_NAMES[name],
        default="cnn",
        required=True,
        key="train_model",
        help="Linear is the linear regression of the lesson with ten outputs; a CNN looks at patches of the image.",
    )
    standard = STANDARD[model or "cnn"]
    epochs = st.number_input(
        "Epochs", 1, 50, standard.epochs, key=f"train_epochs_{model}", help="How often it sees every training image."
    )
    batch = st.select_slider(
        "Batch size (images)",
        [32, 64, 128, 256, 512, 1024],
        standard.batch_size,
        key=f"train_batch_{model}",
        help="How many images it looks at before it changes its weights once.",
    )
    rate = st.number_input(
        "Learning rate",
        min_value=0.0,
        value=standard.learning_rate,
        step=0.001,
        format="%.4f",
        key=f"train_rate_{model}",
        help="The largest step it takes downhill. Too small learns slowly, too large never settles.",
    )
    seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="train_seed", help="The same seed repeats the same run.")
    started = st.button("Start", type="primary", icon=":material/play_arrow:", width="stretch", key="train_start")
    try:
        config = TrainConfig(model or "cnn", int(epochs), int(batch), float(rate), int(seed), evaluations=4)
    except ValueError as error:
        st.error(str(error).replace("_", " ").capitalize() + ".")
        return None
    return config if started else None


def start(config: TrainConfig) -> None:
    """Start a run, and show it from now on."""
    try:
        run = state.registry().start(config, state.both_splits(), state.session().visitor)
    except OSError as error:
        st.error(f"The run's folder could not be made ({error.strerror}); make {state.RUNS.name}/ writable.")
        return
    state.choose_run(run.name)
    st.rerun()


def render_run(run: Run) -> None:
    """Show a run: its state, its figures, its curves; again and again while it lives."""
    watch = st.fragment(_render_run, run_every=REFRESH if run.state.is_alive else None)
    watch(run, run.state.is_alive)


def _render_run(run: Run, was_alive: bool) -> None:
    colour, icon = BADGES[run.state]
    title, controls = st.columns([2, 1], vertical_alignment="center")
    with title.container(horizontal=True, vertical_alignment="center"):
        st.subheader(run.name, anchor=False, width="content")
        st.badge(_describe(run), color=colour, icon=f":material/{icon}:")
    with controls:
        render_controls(run)
    render_figures(run)
    render_curves(run)
    if was_alive and not run.state.is_alive:
        st.rerun()  # once more in full, without looking again every second, and with the trained model to choose


def _describe(run: Run) -> str:
    place = state.registry().place_in_queue(run)
    return f"queued, place {place}" if place else run.state.value


def render_controls(run: Run) -> None:
    """Show the buttons that a run in this state obeys."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        if run.state is RunState.PAUSED:
            st.button("Resume", icon=":material/play_arrow:", on_click=run.resume, key="train_resume")
        elif run.state is RunState.TRAINING:
            st.button("Pause", icon=":material/pause:", on_click=run.pause, key="train_pause")
        if run.state.is_alive:
            st.button("Stop", icon=":material/stop:", on_click=run.stop, key="train_stop")
        elif run.snapshot is not None and st.button(
            "Draw with it", icon=":material/draw:", type="primary", key="train_use"
        ):
            state.choose_model(run.name)
            st.switch_page("app_pages/draw.py")


def render_figures(run: Run) -> None:
    """Show how far a run is, and how good."""
    if run.state is RunState.FAILED:
        st.error(run.message)
    if not run.reports:
        st.progress(0.0, "Waiting for its turn" if run.state is RunState.QUEUED else "Starting")
        return
    last = run.reports[-1]
    text = f"Step {last.step:,} of {last.steps:,}" + (
        f", about {last.seconds_left:.0f} s left" if run.state.is_alive else ""
    )
    st.progress(last.step / last.steps, text)
    best = run.evaluations[-1].test_accuracy if run.evaluations else None
    columns = st.columns(4)
    columns[0].metric("Test accuracy", f"{best:.2%}" if best is not None else "soon")
    columns[1].metric("Loss", f"{last.loss:.3f}")
    columns[2].metric("Images a second", f"{last.images_per_second:,.0f}")
    columns[3].metric("Time", f"{last.seconds:.1f} s")


def render_curves(run: Run) -> None:
    """Show loss and test accuracy against steps, side by side."""
    if not run.reports:
        st.skeleton(height=320)
        return
    reports = run.reports[:]
    table = pd.DataFrame({"step": [report.step for report in reports], "loss": [report.loss for report in reports]})
    table["smoothed"] = table.loss.rolling(SMOOTH, min_periods=1).mean()
    evaluations = [report for report in reports if report.test_accuracy is not None]
    judged = pd.DataFrame(
        {
            "step": [report.step for report in evaluations],
            "test": [report.test_loss for report in evaluations],
            "accuracy": [(report.test_accuracy or 0) * 100 for report in evaluations],
        }
    )
    loss, accuracy = st.columns(2)
    with loss:
        st.echarts_chart(_loss_chart(table, judged, reports[-1].steps), key="train_loss", height=320, alt="Loss")
    with accuracy:
        st.echarts_chart(
            _accuracy_chart(judged, reports[-1].steps), key="train_accuracy", height=320, alt="Test accuracy"
        )


def _loss_chart(training: pd.DataFrame, judged: pd.DataFrame, steps: int) -> dict[str, object]:
    faint = {"opacity": 0.25, "width": 1}
    series = [
        _line("each step", 0, "step", "loss", lineStyle=faint),
        _line("smoothed", 0, "step", "smoothed", lineStyle={"width": 2.5}),
        _line("test set", 1, "step", "test", symbolSize=7, showSymbol=True),
    ]
    return _chart("Loss (nats)", steps, [training, judged], series, {"type": "value", "min": 0})


def _accuracy_chart(judged: pd.DataFrame, steps: int) -> dict[str, object]:
    low = max(0, int(judged.accuracy.min() // 10 * 10) - 0) if len(judged) else 0
    series = [_line("test set", 0, "step", "accuracy", symbolSize=7, showSymbol=True, lineStyle={"width": 2.5})]
    return _chart("Test accuracy (%)", steps, [judged], series, {"type": "value", "min": low, "max": 100})


def _line(name: str, dataset: int, x: str, y: str, **options: object) -> dict[str, object]:
    line = {"type": "line", "name": name, "datasetIndex": dataset, "encode": {"x": x, "y": y}, "showSymbol": False}
    return line | options


def _chart(
    title: str, steps: int, tables: list[pd.DataFrame], series: list[dict[str, object]], y_axis: dict[str, object]
) -> dict[str, object]:
    return {
        "animation": False,
        "title": {"text": title, "left": 0, "top": 6},
        "legend": {"right": 0, "top": 6},
        "grid": {"left": 8, "right": 16, "top": 48, "bottom": 32, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "name": "step", "nameLocation": "middle", "nameGap": 28, "min": 0, "max": steps},
        "yAxis": y_axis,
        "dataset": [{"source": table} for table in tables],
        "series": series,
    }


def render_empty() -> None:
    """Say what will be here."""
    st.info("No run yet. Press Start: the curves grow while it learns, and you may draw or browse meanwhile.")


state.heading("Train", "Choose a model and watch it learn; it goes on while you draw or browse.")
for split in ("train", "test"):
    state.split_or_stop(split, "Training")
form, watch = st.columns([1, 2.6], gap="large")
with form:
    wanted = render_form()
if wanted:
    start(wanted)
with watch:
    shown = state.shown_run()
    if shown:
        render_run(shown)
    else:
        render_empty()
