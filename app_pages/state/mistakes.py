"""What the active model misreads, as far as it is known without waiting."""

from app_pages.state import own_runs, predictions, resources
from app_pages.state.shipped_tables import ShippedTables
from app_pages.state.singletons import Singleton
from mnist_core.analysis.mistakes import MOST_CONFIDENT, Mistakes, load_mistakes
from mnist_core.analysis.query import select
from mnist_core.data.split import Split


@Singleton
def shipped_mistakes() -> ShippedTables[Mistakes]:
    """Return what the shipped models misread in the test set."""
    return ShippedTables(
        load_mistakes,
        lambda mistakes: mistakes.is_of(resources.available_split("test")),
        "The mistakes are computed instead.",
    )


def known_mistakes(split: Split) -> list[int] | None:
    """Return the numbers of a split's images that the active model misreads, the most confident answers first.

    Returns:
        None while they are not known: `predictions.predictions` computes what tells them.
    """
    probabilities = predictions.completed_probabilities(own_runs.active_model(), split)
    if probabilities is not None:
        return select(split.labels, probabilities, MOST_CONFIDENT).tolist()
    shipped = shipped_mistakes().get(own_runs.active_model()) if split.name == "test" else None
    return list(shipped.numbers) if shipped else None
