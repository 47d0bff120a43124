"""What each unit of a shipped model is worth, as far as it is kept beside its weights."""

from app_pages.state import resources
from app_pages.state.shipped_tables import ShippedTables
from app_pages.state.singletons import Singleton
from mnist_core.analysis.ablation import AblationRanking
from mnist_core.analysis.ablation_table import AblationTable, load_table


@Singleton
def shipped_rankings() -> ShippedTables[AblationTable]:
    """Return what the units of the shipped models are worth on the test set."""
    return ShippedTables(
        load_table,
        lambda table: table.is_of(resources.available_split("test")),
        "The ranking is computed instead.",
    )


def kept_ranking(model: str) -> AblationRanking | None:
    """Return the ranking of all units of a shipped model on the test images at hand; None when it is not kept."""
    table = shipped_rankings().get(model)
    return table.ranking if table else None
