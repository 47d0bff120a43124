"""What a run is asked to do: one frozen record, checked when it is made, and the records that suit each model."""

from dataclasses import dataclass, fields, replace

from torch import nn

from mnist_core.models.networks import DEPTH, MODELS, WIDTH, build_model

OPTIMISERS = ("adamw", "sgd")
SCHEDULES = ("one-cycle", "constant", "step")
PRECISIONS = ("float32", "bfloat16", "auto")
CHOICES = {"optimiser": OPTIMISERS, "schedule": SCHEDULES, "precision": PRECISIONS}
RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, 1000),
    "batch_size": (8, 8192),
    "learning_rate": (1e-6, 10),
    "seed": (0, 2**31 - 1),
    "weight_decay": (0, 1),
    "label_smoothing": (0, 0.5),
    "augment": (0, 2),
    "evaluations": (1, 100),
    "share": (0.001, 1),
    "label_noise": (0, 1),
    "width": (4, 64),
    "depth": (1, 4),
    "looks": (1, 9),
}
_KINDS = {str: "a name", int: "a whole number", float: "a number", bool: "true or false"}


@dataclass(frozen=True)
class TrainConfig:
    """Everything that makes a run repeatable, given the same digits."""

    model: str = "cnn"
    epochs: int = 1
    batch_size: int = 256  # images
    learning_rate: float = 0.01  # the largest of the schedule
    seed: int = 0
    weight_decay: float = 0.01  # decoupled with AdamW, an L2 penalty with SGD
    label_smoothing: float = 0.0  # fraction of the label that is spread over all classes
    augment: float = 0.0  # strength of made-up variation in the training images: 0 none, 1 that of different hands
    reink: bool = False  # learn from every digit a second time, drawn again as the canvas would give it
    average: bool = False  # evaluate and keep an exponential average of the weights
    evaluations: int = 1  # per epoch, evenly spread; the last one is at its end
    optimiser: str = "adamw"  # or sgd, with momentum
    schedule: str = "one-cycle"  # how the learning rate changes over the run
    share: float = 1.0  # fraction of the training images that are learnt from, chosen by the seed
    label_noise: float = 0.0  # fraction of those images that get a wrong label, chosen by the seed
    width: int = WIDTH  # channels of the cnn's first layer; the mlp has eight times as many hidden units
    depth: int = DEPTH  # convolutions of the cnn at its smallest pictures
    looks: int = 1  # how often it looks at a digit before it answers, each time turned a little
    precision: str = "float32"  # of the layers' arithmetic; auto takes bfloat16 where the hardware has it

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            _check_kind(field.name, value, type(field.default))
            choices = MODELS if field.name == "model" else CHOICES.get(field.name, (value,))
            if value not in choices:
                raise ValueError(f"{field.name} must be one of {', '.join(choices)}, got {value!r}")
            if field.name in RANGES:
                _check_range(field.name, value, *RANGES[field.name])

    def build_model(self) -> nn.Sequential:
        """Return the run's model with the weights that it begins with."""
        return build_model(self.model, self.seed, self.width, self.depth, self.looks)


def _check_kind(name: str, value: object, kind: type) -> None:
    fits = isinstance(value, int | float if kind is float else kind) and (kind is bool or not isinstance(value, bool))
    if not fits:
        raise ValueError(f"{name} must be {_KINDS[kind]}, got {value!r:.40}")


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} must be {low:,} to {high:,}, got {value:,}"[:120])


# What suits each model when one wants to watch it; chosen on training images that were held out.
STANDARD = {
    "linear": TrainConfig("linear", epochs=3, learning_rate=0.003),
    "mlp": TrainConfig("mlp", epochs=5, learning_rate=0.003),
    "cnn": TrainConfig("cnn", epochs=3, learning_rate=0.01, precision="auto"),
}

# Three depths for each model: enough to see it learn, what suits it, and as good as it gets without new digits.
PRESETS = {
    "quick": {
        "linear": replace(STANDARD["linear"], epochs=1, evaluations=8),
        "mlp": replace(STANDARD["mlp"], epochs=1, evaluations=8),
        # Smoothed labels and small mini-batches: three fifths of the images are enough for 99 %.
        "cnn": replace(
            STANDARD["cnn"],
            epochs=1,
            batch_size=128,
            learning_rate=0.02,
            label_smoothing=0.1,
            share=0.6,
            depth=1,
            evaluations=5,
        ),
    },
    "standard": {name: replace(config, evaluations=4) for name, config in STANDARD.items()},
    "best": {
        "linear": replace(STANDARD["linear"], epochs=12, average=True, evaluations=2),
        "mlp": replace(STANDARD["mlp"], epochs=15, augment=0.5, average=True, evaluations=2),
        "cnn": replace(STANDARD["cnn"], epochs=15, augment=1.0, average=True, evaluations=2, looks=3),
    },
}
