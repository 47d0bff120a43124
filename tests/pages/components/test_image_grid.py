"""The images of a grid in one picture, and the tile that describes each of them."""

import re
from pathlib import Path

import numpy as np
import torch

from app_pages.components.image_grid import Tile, sprite, tiles_of
from mnist_core.data.split import Split

PAGES = Path(__file__).parents[3] / "app_pages"
LISTS = re.compile(r'<[^>]*role="listbox"[^>]*>')


def test_no_list_is_without_a_name_before_its_script_has_run() -> None:
    files = [path for path in PAGES.rglob("*") if path.suffix in (".py", ".js")]
    lists = [found for path in files for found in LISTS.findall(path.read_text(encoding="utf-8"))]
    assert all("aria-label" in each for each in lists)


def test_a_sprite_holds_the_images_in_reading_order() -> None:
    images = np.random.default_rng(0).integers(0, 256, (37, 28, 28), dtype=np.uint8)
    sheet = sprite(images)
    assert sheet.shape == (280, 280)
    for place, image in enumerate(images):
        top, left = place // 10 * 28, place % 10 * 28
        assert np.array_equal(sheet[top : top + 28, left : left + 28], image)
    assert not sheet[84:112, 196:].any() and not sheet[112:].any()


def test_a_tile_has_the_names_of_the_label_and_of_the_answer() -> None:
    classes = tuple(f"class {digit}" for digit in range(10))
    split = Split(torch.zeros(3, 28, 28, dtype=torch.uint8), torch.tensor([4, 9, 0]), "train", classes=classes)
    assert tiles_of(split, [2, 1], [0, 4]) == [
        Tile(2, "class 0", "class 0", "train 2, label class 0, read as class 0"),
        Tile(1, "class 9", "class 4", "train 1, label class 9, read as class 4"),
    ]
