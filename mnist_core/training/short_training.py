"""Train a small network for a moment, to compare it with others that are trained in the same way."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from mnist_core.data.split import Split
from mnist_core.progress import Progress


@dataclass(frozen=True)
class ShortTraining:
    """How networks are trained with Adam (Kingma and Ba, arXiv:1412.6980).

    Attributes:
        batch: images per step, drawn with replacement.
        rate: learning rate.
        validation: images at the end of the split that are not trained on, but at most half of all.
        every: steps between two reports of progress.
    """

    batch: int
    rate: float
    validation: int
    every: int

    def train(
        self, model: nn.Module, train: Split, inputs: Callable[[torch.Tensor], torch.Tensor], *, steps: int, seed: int
    ) -> Progress[float]:
        """Train a model in place, and return its accuracy on the validation images, as a fraction.

        Args:
            model: maps what `inputs` gives to logits (N, 10).
            train: the images to train on, and those for validation.
            inputs: makes the model's input of images (N, 28, 28) uint8.
            steps: to take.
            seed: of the mini-batches.

        Raises:
            ValueError: there are fewer than two images.
        """
        if len(train) < 2:
            raise ValueError(f"training needs at least 2 images, got {len(train)}")
        known = len(train) - min(self.validation, len(train) // 2)
        others = train.at(slice(known, None))
        optimiser = torch.optim.Adam(model.parameters(), lr=self.rate)
        generator = torch.Generator().manual_seed(seed)
        for step in range(steps):
            if step % self.every == 0:
                yield step / steps
            chosen = torch.randint(known, (self.batch,), generator=generator)
            with torch.enable_grad():
                loss = functional.cross_entropy(model(inputs(train.images[chosen])), train.labels[chosen])
                optimiser.zero_grad()
                loss.backward()
            optimiser.step()
        yield 1.0
        with torch.no_grad():
            answers = torch.cat([model(inputs(part)).argmax(dim=1) for part in others.images.split(500)])
        return float((answers == others.labels).float().mean())
