"""Fine-tune a trained model on one person's drawings, with rehearsal of the digits that it already knows.

A network that learns from a few new images alone forgets the old ones (McCloskey and Cohen, 1989, "Catastrophic
interference in connectionist networks"). So each mini-batch mixes varied copies of the drawings with training images,
which is called rehearsal (Robins, 1995, "Catastrophic forgetting, rehearsal and pseudorehearsal"). At the end the
weights are blended with the original ones, which keeps most of what is new and nearly all of what was known (Wortsman
et al., "Robust fine-tuning of zero-shot models", arXiv:2109.01903).
"""

import copy
import time
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from mnist_core.constants import CLASSES, SIDE
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import as_images, normalise
from mnist_core.models.config import TrainConfig
from mnist_core.progress import Progress
from mnist_core.training.augmentation import augment
from mnist_core.training.optimisers import make_optimiser, optimiser_step
from mnist_core.training.report import StepReport
from mnist_core.training.schedules import rate_and_momentum

MAX_DRAWINGS = 500


@dataclass(frozen=True)
class Drawings:
    """A person's drawings with the digits that they meant.

    Attributes:
        tensors: (N, 1, 28, 28) float32, normalised, as `preprocessing.Stages.tensor` gives each; N from 1 to
            `MAX_DRAWINGS`.
        labels: (N,) int64 in 0 to 9.

    Raises:
        ValueError: the shapes or the values are others.
    """

    tensors: torch.Tensor
    labels: torch.Tensor

    def __post_init__(self) -> None:
        count = len(self.labels)
        if not 0 < count <= MAX_DRAWINGS or self.tensors.shape != (count, 1, SIDE, SIDE):
            raise ValueError(
                f"drawings must be (N, 1, {SIDE}, {SIDE}) with N labels, N from 1 to {MAX_DRAWINGS}, "
                f"got {tuple(self.tensors.shape)} with {count} labels"
            )
        if not self.tensors.isfinite().all() or not 0 <= int(self.labels.min()) <= int(self.labels.max()) < CLASSES:
            raise ValueError(f"drawings must be finite and their labels 0 to {CLASSES - 1}, got others")

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, indices: torch.Tensor) -> "Drawings":
        """Return the drawings at the given indices, one or more."""
        return Drawings(self.tensors[indices], self.labels[indices])


@dataclass(frozen=True)
class FineTuning:
    """The settings of a fine-tuning.

    Attributes:
        steps: number of mini-batches.
        own: varied copies of drawings per mini-batch.
        rehearsed: training images per mini-batch.
        learning_rate: the largest one; it follows one cycle, see `schedules`.
        augment: how strongly the copies of the drawings vary, see `augmentation`.
        blend: how far the weights go from the original ones, 0, to those after the last step, 1.
        seed: of all random numbers.
    """

    steps: int = 40
    own: int = 16
    rehearsed: int = 48
    learning_rate: float = 0.001
    augment: float = 1.0
    blend: float = 0.7
    seed: int = 0


@dataclass(frozen=True)
class FineTuned:
    """A fine-tuned model in evaluation mode, and the report of every step."""

    model: nn.Sequential
    reports: tuple[StepReport, ...]


DEFAULT = FineTuning()


def fine_tune(
    model: nn.Sequential, drawings: Drawings, train: Split, settings: FineTuning = DEFAULT
) -> Progress[FineTuned]:
    """Fine-tune a copy of a model on drawings and on training images at once, one step per yield.

    All weights are trained, with AdamW and no weight decay. Batch normalisation keeps the statistics of the original
    training, because those of a few drawings by one person would be others.

    Args:
        model: any of `mnist_core.models.networks`, trained; it is left as it is.
        drawings: what to learn.
        train: the images to rehearse.
        settings: how long and how strongly.

    Returns:
        The copy. With the same arguments and number of threads on the CPU it is the same to the last bit.

    Raises:
        FloatingPointError: the loss is no longer finite.
    """
    # NOTE: channels_last is twice as fast on a CPU as the default layout.
    tuned = copy.deepcopy(model).to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    for layer in tuned.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()
    optimiser = make_optimiser(tuned, TrainConfig(learning_rate=settings.learning_rate, weight_decay=0.0))
    generator = torch.Generator().manual_seed(settings.seed)
    pixels = as_images(drawings.tensors)
    reports: list[StepReport] = []
    seconds = 0.0
    for step in range(settings.steps):
        started = time.perf_counter()
        # Take some drawings, each varied, and some training images as they are.
        own = torch.randint(len(drawings), (settings.own,), generator=generator)
        rehearsed = torch.randint(len(train), (settings.rehearsed,), generator=generator)
        inputs = torch.cat([augment(pixels[own], settings.augment, generator), normalise(train.images[rehearsed])])
        labels = torch.cat([drawings.labels[own], train.labels[rehearsed]])
        # Predict, compute the loss and take a step.
        rate, momentum = rate_and_momentum("one-cycle", settings.learning_rate, step, settings.steps)
        for group in optimiser.param_groups:
            group["lr"], group["betas"] = rate, (momentum, group["betas"][1])
        optimiser.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(tuned(inputs), labels)
        if not loss.isfinite():
            raise FloatingPointError("the loss is no longer finite: the model cannot be fine-tuned")
        loss.backward()
        optimiser_step(optimiser)
        seconds += time.perf_counter() - started
        seen = (step + 1) * len(labels)
        reports.append(
            StepReport(step + 1, settings.steps, seen / len(train), seconds, float(loss.detach()), rate, seen)
        )
        yield (step + 1) / settings.steps
    blend_weights(tuned, model, settings.blend)
    return FineTuned(tuned.eval(), tuple(reports))


@torch.no_grad()
def blend_weights(tuned: nn.Module, original: nn.Module, share: float) -> None:
    """Move the weights of a fine-tuned model back towards the original ones, in place.

    Args:
        tuned: the model to change.
        original: the model that it was fine-tuned from.
        share: how much of the way from the original weights to the fine-tuned ones is kept, 0 to 1.
    """
    for weight, before in zip(tuned.parameters(), original.parameters(), strict=True):
        weight.copy_(torch.lerp(before, weight, share))
