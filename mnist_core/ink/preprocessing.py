"""Ink to tensor: make of a drawing, or of a picture of one, what MNIST would have looked like.

The recipe is MNIST's own (http://yann.lecun.com/exdb/mnist): the digit is fitted into 20x20 pixels keeping its aspect
ratio, the grey levels come from that anti-aliasing, and its centre of mass is put at the centre of 28x28. Before it
comes a step that MNIST did not need: the lines are brought to one thickness, whatever the brush was. Every stage is
kept, and every step can be left out, to see what it is good for.
"""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import BOX, INK, denormalise, to_tensor
from mnist_core.ink.strokes import Strokes, rasterise

LINE_WIDTH = 2.4  # px in the 20x20 box, what lines are brought to
WORK_SIDE = 160  # px, the longer side of the crop that is worked on: eight to a pixel of the box
BLOB = 1.15  # times half the line width: ink that is deeper is no line
THIN_PART = 0.1  # of the skeleton: where the line is no deeper than the brush; filled loops would mislead a median
MARGIN = 16  # px around the crop while lines are redrawn


@dataclass(frozen=True)
class Recipe:
    """Which steps to take; leaving one out shows what it is good for."""

    crop: bool = True
    thickness: bool = True
    box: bool = True
    centre: bool = True
    normalise: bool = True


MNIST_RECIPE = Recipe()


@dataclass(frozen=True)
class Stages:
    """A drawing on its way to the model; every picture is float32 coverage in [0, 1], 1 where the ink is.

    Attributes:
        ink: (H, W), the whole canvas.
        crop: (h, w), the ink's bounding box, its longer side `WORK_SIDE`.
        thickness: (h, w), the same lines, all of one thickness.
        box: (28, 28), fitted into the 20x20 pixels in the middle.
        centre: (28, 28), the centre of mass moved to the middle.
        tensor: (1, 28, 28) float32, normalised with `MEAN` and `STD`: what the model sees.
    """

    ink: np.ndarray
    crop: np.ndarray
    thickness: np.ndarray
    box: np.ndarray
    centre: np.ndarray
    tensor: torch.Tensor

    def picture(self, stage: str) -> np.ndarray:
        """Return a stage by its name as a picture in [0, 1]; the tensor's values are stretched over that range."""
        return np.asarray(denormalise(self.tensor[0]) if stage == "tensor" else getattr(self, stage))


def preprocess(ink: Strokes | np.ndarray, recipe: Recipe = MNIST_RECIPE) -> Stages | None:
    """Take ink through every stage of a recipe.

    Args:
        ink: strokes, or a picture (H, W) of ink coverage in [0, 1] such as `picture.extract_ink` finds.
        recipe: the steps to take.

    Returns:
        The stages, or None when there is no ink.
    """
    if isinstance(ink, Strokes):
        if ink.is_blank:
            return None
        ink = _onto_canvas(ink)
    painted = rasterise(ink) if isinstance(ink, Strokes) else np.asarray(ink, dtype=np.float32)
    if not (painted >= INK).any():
        return None
    crop = _crop(painted) if recipe.crop else painted
    thin = _one_thickness(ink, crop, tight=recipe.crop) if recipe.thickness else crop
    box = _fit(thin) if recipe.box else _squash(thin)
    centre = _centre_of_mass(box) if recipe.centre else box
    return Stages(painted, crop, thin, box, centre, to_tensor(centre, recipe.normalise))


def stage_tensors(stages: Stages, normalise: bool = True) -> dict[str, torch.Tensor]:
    """Return the tensor a model would get had the preparation ended at each stage, by the stage's name.

    Each is (1, 28, 28) float32. Pictures of another size are squashed to 28x28, as a first attempt would; all are
    normalised, or none, for else every rung would but show what a model makes of numbers it has never seen.
    """
    pictures = {name: _squash(getattr(stages, name)) for name in ("ink", "crop", "thickness")}
    pictures |= {name: getattr(stages, name) for name in ("box", "centre")}
    return {name: to_tensor(picture, normalise) for name, picture in pictures.items()} | {"tensor": stages.tensor}


def _onto_canvas(strokes: Strokes) -> Strokes:
    """Return the strokes on a canvas of `WORK_SIDE` to 512 px, so that tiny and huge canvases are worked on alike."""
    side = min(max(strokes.size, WORK_SIDE), 512)
    scale = side / max(strokes.size, 1)
    return strokes.transformed(scale, 0, 0, strokes.brush * scale, side)


def _bounds(picture: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero((picture >= INK).any(axis=1)), np.flatnonzero((picture >= INK).any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _crop(picture: np.ndarray) -> np.ndarray:
    """Cut out the ink and bring its longer side to `WORK_SIDE`."""
    left, top, right, bottom = _bounds(picture)
    scale = WORK_SIDE / max(right - left, bottom - top)
    size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    crop = _resized(picture[top:bottom, left:right], size)
    return crop / float(crop.max())  # hairlines fade when they are averaged: they are ink all the same


def _one_thickness(ink: Strokes | np.ndarray, crop: np.ndarray, *, tight: bool) -> np.ndarray:
    """Draw the lines again, so that they are `LINE_WIDTH` wide once they are in the box.

    Strokes know their centre lines; in a picture they are the skeleton of the ink. `tight` cuts off the paper around
    them, which is right for what was cropped before.
    """
    lines = _centre_lines(ink) if isinstance(ink, Strokes) and tight else _skeleton(crop)
    if lines is None:
        return crop
    return _tight(lines) if tight else lines[MARGIN:-MARGIN, MARGIN:-MARGIN]


def _centre_lines(strokes: Strokes) -> np.ndarray | None:
    left, top, right, bottom = strokes.bounds()
    extent = max(right - left, bottom - top)
    if extent < strokes.brush / 2:  # a dot has no lines
        return None
    scale = WORK_SIDE * (1 - LINE_WIDTH / BOX) / extent
    brush = WORK_SIDE * LINE_WIDTH / BOX
    width, height = round((right - left) * scale + 2 * MARGIN), round((bottom - top) * scale + 2 * MARGIN)
    moved = strokes.transformed(scale, MARGIN - left * scale, MARGIN - top * scale, brush, WORK_SIDE)
    return rasterise(moved, width, height)


def _skeleton(crop: np.ndarray) -> np.ndarray | None:
    # NOTE: imported here because only pictures need them, and the first page should not wait.
    from scipy.ndimage import distance_transform_edt
    from skimage.morphology import skeletonize

    padded = np.pad(crop, MARGIN)
    bones = skeletonize(padded >= INK)
    left, top, right, bottom = _bounds(bones)
    extent = max(right - left, bottom - top)
    if extent < WORK_SIDE / 3:
        return None
    line_width = extent * LINE_WIDTH / (BOX - LINE_WIDTH)
    depth = distance_transform_edt(padded >= INK)
    # A loop that the brush filled stays a blob, not a line.
    bones |= depth > BLOB * np.quantile(depth[bones], THIN_PART)
    distance = distance_transform_edt(~bones)
    return np.clip(line_width / 2 + 0.5 - distance, 0, 1).astype(np.float32)


def _tight(picture: np.ndarray) -> np.ndarray:
    left, top, right, bottom = _bounds(picture)
    return picture[top:bottom, left:right]


def _fit(picture: np.ndarray) -> np.ndarray:
    """Fit a picture into the 20x20 pixels in the middle of 28x28, keeping its aspect ratio."""
    height, width = picture.shape
    scale = BOX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    boxed = np.zeros((SIDE, SIDE), dtype=np.float32)
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    boxed[top : top + size[1], left : left + size[0]] = _resized(picture, size)
    return boxed


def _squash(picture: np.ndarray) -> np.ndarray:
    return _resized(picture, (SIDE, SIDE))


def _centre_of_mass(picture: np.ndarray) -> np.ndarray:
    """Move a picture by whole pixels so that its centre of mass is as near to the middle as they allow."""
    y, x = np.indices(picture.shape)
    middle = (SIDE - 1) / 2
    dy = round(middle - float((y * picture).sum() / picture.sum()))
    dx = round(middle - float((x * picture).sum() / picture.sum()))
    left, top, right, bottom = _bounds_of_any(picture)
    dx, dy = min(max(dx, -left), SIDE - right), min(max(dy, -top), SIDE - bottom)  # no ink may fall off
    return np.roll(picture, (dy, dx), axis=(0, 1))


def _bounds_of_any(picture: np.ndarray) -> tuple[int, int, int, int]:
    return _bounds((picture > 0).astype(np.float32))


def _resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize to (width, height); pixels are averaged when there are fewer of them, which is the anti-aliasing."""
    image = Image.fromarray(np.ascontiguousarray(picture, dtype=np.float32))
    return np.clip(np.asarray(image.resize(size, Image.Resampling.BILINEAR)), 0, 1)
