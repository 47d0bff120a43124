"""The configuration of a run, a frozen dataclass whose fields are described in place, and the presets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mnist_core.constants import DEPTH, WIDTH
from mnist_core.models.config_fields import ConfigError, setting, settings_of

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class TrainConfig:
    """Everything that makes a run on the same images repeatable.

    Raises:
        ConfigError: a field has a value that its setting does not allow.
    """

    model: str = setting(
        "cnn",
        label="Model",
        help="Linear is softmax regression: one layer with ten outputs. An MLP has one hidden layer. A CNN looks "
        "at patches of the image.",
        group="Model",
        noun="a model",
        choices={"linear": "Linear", "mlp": "MLP", "cnn": "CNN"},
    )
    epochs: int = setting(
        1,
        label="Epochs",
        help="How often the model sees every training image.",
        group="Optimisation",
        noun="a whole number of epochs",
        low=1,
        high=1000,
    )
    batch_size: int = setting(
        256,
        label="Batch size",
        help="How many images the model sees before each change of its weights.",
        group="Optimisation",
        noun="a whole number of images per batch",
        low=8,
        high=8192,
        unit="images",
    )
    learning_rate: float = setting(
        0.01,
        label="Learning rate",
        help="The largest step that the weights take downhill. Too small a rate learns slowly; too large a rate never "
        "settles.",
        group="Optimisation",
        noun="a learning rate",
        low=1e-6,
        high=10,
        step=0.001,
        decimals=4,
    )
    seed: int = setting(
        0,
        label="Seed",
        help="The start value of all random numbers. A run with the same seed and settings repeats itself to the "
        "last bit.",
        group="Arithmetic",
        noun="a whole-number seed",
        low=0,
        high=2**31 - 1,
    )
    weight_decay: float = setting(
        0.01,
        label="Weight decay",
        help="How strongly weights are pulled towards zero, which keeps a model simple. It is decoupled with AdamW and "
        "an L2 penalty with SGD.",
        group="Optimisation",
        noun="a weight decay",
        low=0,
        high=1,
        step=0.01,
        decimals=3,
    )
    label_smoothing: float = setting(
        0.0,
        label="Label smoothing",
        help="The fraction of each label that is spread evenly over all ten digits.",
        group="Optimisation",
        noun="an amount of label smoothing",
        low=0,
        high=0.5,
        step=0.05,
        decimals=2,
    )
    augment: float = setting(
        0.0,
        label="Augmentation",
        help="How strongly each training image is slanted, stretched and bent before the model sees it. 0 changes "
        "nothing; 1 is about the variation between people's handwriting.",
        group="Data",
        noun="an amount of augmentation",
        low=0,
        high=2,
        step=0.25,
        decimals=2,
    )
    reink: bool = setting(
        False,
        label="Re-inked digits",
        help="Learn from every digit a second time, redrawn as if it came from the canvas.",
        group="Data",
        noun="whether to add re-inked digits",
    )
    average: bool = setting(
        False,
        label="Averaged weights",
        help="Evaluate and keep an exponential moving average of the weights.",
        group="Optimisation",
        noun="whether to average the weights",
    )
    evaluations: int = setting(
        1,
        label="Evaluations per epoch",
        help="How often the model is tested per epoch, at even intervals. The last test is at the end of the epoch.",
        group="Evaluation",
        noun="a whole number of evaluations per epoch",
        low=1,
        high=100,
    )
    optimiser: str = setting(
        "adamw",
        label="Optimiser",
        help="AdamW adapts the size of the step for each weight. SGD with momentum needs a learning rate about ten "
        "times larger.",
        group="Optimisation",
        noun="an optimiser",
        choices={"adamw": "AdamW", "sgd": "SGD with momentum"},
    )
    schedule: str = setting(
        "one-cycle",
        label="Schedule",
        help="How the learning rate changes during the run. One cycle raises it and then lowers it; constant keeps it; "
        "in steps divides it by ten after half and after three quarters of the run.",
        group="Optimisation",
        noun="a schedule",
        choices={"one-cycle": "One cycle", "constant": "Constant", "step": "In steps"},
    )
    share: float = setting(
        1.0,
        label="Share of the images",
        help="The part of the 60,000 training images that the model learns from, chosen by the seed. A small share "
        "shows how much the data matters.",
        group="Data",
        noun="a share of the images",
        low=0.001,
        high=1,
        percent=True,
        step=5,
        decimals=1,
    )
    label_noise: float = setting(
        0.0,
        label="Wrong labels",
        help="The part of the training labels that are made wrong on purpose, chosen by the seed. It shows how many "
        "errors the model tolerates.",
        group="Data",
        noun="a share of wrong labels",
        low=0,
        high=1,
        percent=True,
        step=5,
        decimals=1,
    )
    width: int = setting(
        WIDTH,
        label="Width",
        help="The number of channels in a CNN's first layer, or an eighth of the hidden units of an MLP. Wider models "
        "can learn more and take longer.",
        group="Model",
        noun="a whole number for the width",
        low=4,
        high=64,
        models=("mlp", "cnn"),
    )
    depth: int = setting(
        DEPTH,
        label="Depth",
        help="The number of a CNN's convolutions at 6x6 px. Deeper models put smaller patterns together into larger "
        "ones.",
        group="Model",
        noun="a whole number for the depth",
        low=1,
        high=4,
        models=("cnn",),
    )
    looks: int = setting(
        1,
        label="Looks",
        help="How often the model looks at a digit before it answers, slightly rotated each time. A few looks make it "
        "surer of slanted handwriting; each takes as long as the first.",
        group="Model",
        noun="a whole number of looks",
        low=1,
        high=9,
    )
    precision: str = setting(
        "float32",
        label="Precision",
        help="The precision of the layers' multiplications. 16 bits are enough to learn and are faster on some "
        "processors; auto uses them where the hardware supports them.",
        group="Arithmetic",
        noun="a precision",
        choices={"float32": "32 bits", "bfloat16": "16 bits (bfloat16)", "auto": "Whichever is faster here"},
    )

    def __post_init__(self) -> None:
        for name, described in SETTINGS.items():
            value = getattr(self, name)
            if not described.allows(value):
                raise ConfigError(name, described.advice(), value)

    def build_model(self) -> "nn.Sequential":
        """Return the run's model with its initial weights."""
        from mnist_core.models.networks import build_model  # PyTorch, which a configuration needs for nothing else

        return build_model(self.model, self.seed, self.width, self.depth, self.looks)


SETTINGS = settings_of(TrainConfig)  # by the names of the fields


@dataclass(frozen=True)
class Preset:
    """Settings for a purpose: its label, a sentence about it, and a configuration per model."""

    label: str
    sentence: str
    configs: Mapping[str, TrainConfig]


# Good values for each model, chosen on held-out training images.
STANDARD = {
    "linear": TrainConfig("linear", epochs=3, learning_rate=0.003),
    "mlp": TrainConfig("mlp", epochs=5, learning_rate=0.003),
    "cnn": TrainConfig("cnn", epochs=3, learning_rate=0.01, precision="auto"),
}

PRESETS = {
    "quick": Preset(
        "Quick look",
        "A quick first try: no image is seen twice.",
        {
            "linear": replace(STANDARD["linear"], epochs=1, evaluations=8),
            "mlp": replace(STANDARD["mlp"], epochs=1, evaluations=8),
            # With label smoothing and small mini-batches, 60% of the images are enough for 99%.
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
    ),
    "standard": Preset(
        "Good",
        "A few passes over the images: a good default.",
        {name: replace(config, evaluations=4) for name, config in STANDARD.items()},
    ),
    # The best test accuracy of each model without additional digits.
    "best": Preset(
        "Best",
        "The best accuracy: many passes over the images, and averaged weights.",
        {
            "linear": replace(STANDARD["linear"], epochs=12, average=True, evaluations=2),
            "mlp": replace(STANDARD["mlp"], epochs=15, augment=0.5, average=True, evaluations=2),
            "cnn": replace(STANDARD["cnn"], epochs=15, augment=1.0, average=True, evaluations=2, looks=3),
        },
    ),
}


def passes_in_words(config: TrainConfig) -> str:
    """Return which training images a run sees, and how often: "60% of the images, once"."""
    images = "Every image" if config.share == 1 else f"{SETTINGS['share'].in_words(config.share)} of the images"
    times = {1: "once", 2: "twice"}.get(config.epochs, f"{config.epochs:,} times")
    comma = "" if config.share == 1 else ","
    return f"{images}{comma} {times}" + (", varied each time" if config.augment else "")
