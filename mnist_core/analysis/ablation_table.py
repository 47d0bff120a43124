"""What each unit of a shipped model is worth, measured once on all test images and kept beside its weights.

    python -m mnist_core.analysis.ablation_table [linear] [mlp] [cnn]

writes `assets/MODEL/ablations.json`. Needs MNIST, and ten minutes for the cnn.
"""

import argparse
import re
from dataclasses import dataclass
from pathlib import Path

from mnist_core.analysis.ablation import AblatedUnit, AblationRanking, ablation_ranking, ranked
from mnist_core.analysis.neighbour_table import MODEL_SUM, images_sum, require_weights, weights_sum
from mnist_core.data.split import Split, load_split
from mnist_core.models import storage
from mnist_core.models.networks import MODELS
from mnist_core.progress import result_of

TABLE = "ablations.json"
WHOLE, LAYER = "whole", "layer "  # the file's names for the whole model and, with its number, for a layer
NUMBER = r"\d{1,3}\.\d{1,8}"
PAIR = rf"{NUMBER} {NUMBER}"  # accuracy and loss


@dataclass(frozen=True)
class AblationTable:
    """What a model is without each of its units.

    Attributes:
        ranking: of all units of all layers.
        sum: SHA-256 sum of the test split's images, in hexadecimal.
    """

    ranking: AblationRanking
    sum: str

    def is_of(self, split: Split) -> bool:
        """True when it was measured on exactly this split."""
        return images_sum(split) == self.sum


def save_table(folder: Path, test: Split, *, limit: int = 10**15) -> AblationRanking:
    """Rank all units of the model in a folder, write the result beside its weights, and return it.

    Args:
        folder: of a shipped model.
        test: the images to read.
        limit: see `ablation_ranking`; all images are read by default.

    Raises:
        ValueError: there is no model in the folder, or it is damaged.
        OSError: the file cannot be written.
    """
    ranking = result_of(ablation_ranking(storage.load_trained(folder).model, test, limit=limit))
    record = {test.name: images_sum(test), MODEL_SUM: weights_sum(folder), "images": str(ranking.images)}
    record[WHOLE] = _pair(ranking.accuracy, ranking.loss)
    for layer in sorted({each.layer for each in ranking.units}):
        units = sorted((each for each in ranking.units if each.layer == layer), key=lambda each: each.unit)
        record[f"{LAYER}{layer}"] = ", ".join(_pair(each.accuracy, each.loss) for each in units)
    storage.save_json(folder / TABLE, record)
    return ranking


def _pair(accuracy: float, loss: float) -> str:
    return f"{accuracy:.6f} {loss:.6f}"


def load_table(folder: Path) -> AblationTable | None:
    """Load what each unit of the model in a folder is worth; None when that is not kept there.

    Raises:
        ValueError: the file is damaged, or was made for other weights than those in the folder.
    """
    path = folder / TABLE
    if not path.is_file():
        return None
    record = storage.read_json(path)
    texts = {key: value for key, value in record.items() if isinstance(value, str)}
    layers = {key: value for key, value in texts.items() if re.fullmatch(rf"{LAYER}\d{{1,3}}", key)}
    are_well_formed = (
        re.fullmatch(r"\d{1,9}", texts.get("images", ""), re.ASCII)
        and re.fullmatch(PAIR, texts.get(WHOLE, ""), re.ASCII)
        and layers
        and all(re.fullmatch(rf"{PAIR}(, {PAIR})*", text, re.ASCII) for text in layers.values())
    )
    if not are_well_formed:
        raise ValueError(f"{path} must hold an accuracy and a loss for each unit, got something else")
    require_weights(path, texts.get(MODEL_SUM))
    units = [
        AblatedUnit(int(key.removeprefix(LAYER)), unit, *map(float, pair.split()))
        for key, text in layers.items()
        for unit, pair in enumerate(text.split(", "))
    ]
    accuracy, loss = map(float, texts[WHOLE].split())
    return AblationTable(AblationRanking(accuracy, loss, int(texts["images"]), ranked(units)), texts.get("test", ""))


def main() -> None:
    """Rank the units of the shipped models that are named, or of all."""
    parser = argparse.ArgumentParser(prog="python -m mnist_core.analysis.ablation_table", description=__doc__)
    parser.add_argument("models", nargs="*", default=[], metavar="MODEL", help=f"of {', '.join(MODELS)}; default all")
    names = parser.parse_args().models or MODELS
    test = load_split("test")
    for name in names:
        ranking = save_table(storage.model_folder(name), test)
        first = ranking.units[0]
        print(
            f"{name}: {ranking.accuracy:.2%} of {ranking.images:,} test images; "
            f"{first.accuracy:.2%} without unit {first.unit} of layer {first.layer}.",
            flush=True,
        )


if __name__ == "__main__":
    main()
