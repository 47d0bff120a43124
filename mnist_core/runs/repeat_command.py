"""The command line that repeats a run."""

from dataclasses import fields

from mnist_core.models.config import TrainConfig


def repeat_command(config: TrainConfig, out: str = "runs/again") -> str:
    """Return the command that trains with a configuration, naming every field.

    Args:
        config: what to repeat.
        out: the folder for the new run.
    """
    options = [f"--model {config.model}"]
    for field in (field for field in fields(config) if field.name != "model"):
        flag, value = field.name.replace("_", "-"), getattr(config, field.name)
        switch = f"--{flag}" if value else f"--no-{flag}"
        options.append(switch if isinstance(value, bool) else f"--{flag} {value}")
    return " ".join(["python -m mnist_core train", *options, f"--out {out}"])
