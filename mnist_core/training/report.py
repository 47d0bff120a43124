"""The report of one training step."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StepReport:
    """The result of one training step.

    Attributes:
        step, steps: steps taken so far, and in the run.
        epoch: epochs completed, including the fraction of the current one.
        seconds: time spent training so far, without pauses, in s.
        loss: cross-entropy of this step's mini-batch, in nats.
        learning_rate: of this step.
        images: training images seen so far.
        test_loss, test_accuracy: over the test split, in nats and as a fraction; None unless evaluated at this
            step.
        confusion: (10, 10) counts over the test split, one row per label; None unless evaluated at this step. Not a
            column of metrics.csv.
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
        """The time that the rest of the run takes at the current pace, in s."""
        return self.seconds / self.step * (self.steps - self.step)

    @property
    def images_per_second(self) -> float:
        """The average pace so far, including evaluations; 0 as long as no time has passed."""
        return self.images / self.seconds if self.seconds else 0.0
