"""Write a model that was not trained from its configuration alone, such as a fine-tuned one, as the folder of a run."""

from dataclasses import dataclass, field
from pathlib import Path

from torch import nn

from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import parameter_count
from mnist_core.runs import files, tables
from mnist_core.runs.limits import BYTES_PER_EVALUATION, BYTES_PER_STEP, BYTES_PER_WEIGHT
from mnist_core.runs.naming import Naming, save_naming
from mnist_core.runs.snapshots import save_snapshot
from mnist_core.training.report import StepReport

COPIES = 2  # of the weights in the folder: the model and its snapshot


@dataclass(frozen=True)
class KeptModel:
    """A model to keep as a run that has finished.

    Attributes:
        model: one that `config.build_model` builds, trained and in evaluation mode.
        config: of the training that the model began with.
        reports: of the steps that followed; the last one has the test accuracy.
        origin: where the model comes from, in sentences.
        data: what it was trained on, for the card.
        naming: what its owner calls it.
        temperature, calibration_error: see `evaluation.calibrate`.
    """

    model: nn.Sequential = field(repr=False)
    config: TrainConfig
    reports: tuple[StepReport, ...] = field(repr=False)
    origin: str
    data: str
    naming: Naming
    temperature: float
    calibration_error: float | None = None

    @property
    def largest_size(self) -> int:
        """An upper bound for the size of the folder, in bytes."""
        weights = COPIES * parameter_count(self.model) * BYTES_PER_WEIGHT
        return weights + len(self.reports) * BYTES_PER_STEP + BYTES_PER_EVALUATION


def save_kept(folder: Path, kept: KeptModel) -> None:
    """Write everything but the record of a run, which is the registry's, into an empty folder.

    Raises:
        OSError: the folder cannot be written.
    """
    last = kept.reports[-1]
    assert last.test_accuracy is not None, "the last step has been evaluated"
    tables.start_tables(folder)
    tables.append_to_tables(folder, list(kept.reports))
    storage.save_weights(folder / storage.WEIGHTS, kept.model)
    save_snapshot(folder, last.step, kept.model, kept.temperature)
    card = storage.ModelCard(
        data=kept.data,
        command="",
        seed=kept.config.seed,
        epochs=kept.config.epochs,
        parameters=parameter_count(kept.model),
        test_accuracy=last.test_accuracy,
        seconds=round(last.seconds, 1),
        temperature=kept.temperature,
        calibration_error=kept.calibration_error,
        notes=kept.origin,
    )
    storage.save_json(folder / storage.CARD, card)
    files.save_origin(folder, kept.origin)
    save_naming(folder, kept.naming)
    storage.save_json(folder / storage.CONFIG, kept.config)
