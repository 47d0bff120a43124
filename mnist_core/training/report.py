"""What one training step did."""

from dataclasses import dataclass, field

from mnist_core.models.config import STANDARD as STANDARD
from mnist_core.models.config import TrainConfig as TrainConfig


@dataclass(frozen=True)
class StepReport:
    """What one training step did.

    Attributes:
        step, steps: steps taken so far, and in the whole run.
        epoch: epochs completed, a fraction within one.
        seconds: time spent inside the training so far, without pauses.
        loss: cross-entropy of this step's mini-batch, in nats.
        learning_rate: used for this step.
        images: training images seen so far.
        test_loss, test_accuracy: over the whole test split where this step was evaluated, else None.
        confusion: (10, 10) counts over the test split, a row a label, where this step was evaluated; no column of
            metrics.csv.
    """

    step: int
    steps: int
    epoch: float
    seconds: float
    loss: float
    learning_rate: float
    images: int
    test_loss: float | None = None
    test_accuracy: float | None = None
    confusion: tuple[tuple[int, ...], ...] | None = field(default=None, repr=False)

    @property
    def seconds_left(self) -> float:
        """Return how long the rest of the run takes at the pace so far, in s."""
        return self.seconds / self.step * (self.steps - self.step)

    @property
    def images_per_second(self) -> float:
        """Return the pace so far, evaluations included."""
        return self.images / self.seconds
