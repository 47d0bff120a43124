"""What each unit of a shipped model is worth, as far as it is kept beside its weights."""

import functools
import logging

from app_pages.state import resources
from mnist_core.analysis.ablation import AblationRanking
from mnist_core.analysis.ablation_table import load_table
from mnist_core.data.split import fingerprint
from mnist_core.models.networks import MODELS
from mnist_core.models.storage import model_folder


def kept_ranking(model: str) -> AblationRanking | None:
    """Return the ranking of all units of a shipped model on the test images at hand; None when it is not kept."""
    files = fingerprint()
    return _kept(model, files) if model in MODELS and files else None


@functools.lru_cache(maxsize=16)
def _kept(model: str, files: tuple[object, ...]) -> AblationRanking | None:  # noqa: ARG001 - the test images depend on it
    try:
        table = load_table(model_folder(model))
    except ValueError as error:
        logging.getLogger(__name__).warning("%s. The ranking is computed instead.", error)
        return None
    return table.ranking if table and table.is_of(resources.available_split("test")) else None
