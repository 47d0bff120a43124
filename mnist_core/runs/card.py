"""Write a run's card, with everything needed to repeat it, and list the differences between runs."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import parameter_count
from mnist_core.runs.naming import as_markdown
from mnist_core.runs.registry import THREADS
from mnist_core.runs.repeat_command import repeat_command
from mnist_core.runs.run import Run


def run_card(run: Run) -> str:
    """Return a run as Markdown: its result, its configuration and the command that repeats it."""
    history, evaluations = run.history, run.evaluations
    named = [f"Name: {as_markdown(run.naming.name)}", ""] if run.naming.name else []
    state = f"State: {run.state.value}. {run.message}".strip()
    lines = [f"# Run {run.name}", "", *named, state, "", "## Result", ""]
    if evaluations:
        last = evaluations[-1]
        lines += [f"- test accuracy: {last.test_accuracy:.2%}", f"- test loss: {last.test_loss:.4f} nats"]
        lines += [f"- temperature: {run.temperature:.3f}, which the logits are divided by for calibration"]
    if history:
        end = history.last
        lines += [
            f"- steps: {end.step:,} of {end.steps:,}",
            f"- training time: {end.seconds:.1f} s, {end.images_per_second:,.0f} images per second",
        ]
    lines += [f"- parameters: {parameter_count(run.config.build_model()):,}", "", "## Configuration", ""]
    lines += [
        "| field | value |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in asdict(run.config).items()),
    ]
    if run.origin:
        lines += ["", "## Where it comes from", "", as_markdown(run.origin)]
        lines += ["The configuration is that of the training before, so no command repeats this model."]
        return "\n".join(lines) + "\n"
    lines += ["", "## Repeat it", "", "```sh", repeat_command(run.config), "```", ""]
    lines += [f"On the CPU with `OMP_NUM_THREADS={THREADS}`, the same images and the same version of PyTorch, the"]
    lines += ["weights are the same to the last bit."]
    return "\n".join(lines) + "\n"


def differences(configs: Sequence[TrainConfig]) -> dict[str, list[Any]]:
    """Return the fields in which configurations differ, each with one value per configuration, in their order."""
    values = {field.name: [getattr(config, field.name) for config in configs] for field in fields(TrainConfig)}
    return {name: each for name, each in values.items() if any(value != each[0] for value in each)}
