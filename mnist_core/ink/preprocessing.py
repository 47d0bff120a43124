"""From ink to tensor: turn a drawing, or an image of one, into the picture that it would be in MNIST.

The steps are MNIST's own (http://yann.lecun.com/exdb/mnist): the digit is scaled to fit 20x20 pixels with its aspect
ratio kept, which gives it grey anti-aliased edges, and its centre of mass is moved to the centre of 28x28 pixels. One
step that MNIST did not need precedes these: all lines are redrawn with one thickness, whatever the brush was. The
result of every step can be looked at, and every step can be left out to show its effect.

A picture of thick lines does not say which line filled a loop. It is therefore prepared in two ways, and a model reads
both: with its lines redrawn along their skeleton, and with its ink eroded to the same thickness.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from PIL import Image

from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import BOX, INK_THRESHOLD, denormalise, to_tensor
from mnist_core.ink.strokes import Strokes, rasterise

LINE_WIDTH = 2.4  # px in the 20x20 box, thickness of the redrawn lines
WORK_SIDE = 160  # px, longer side of the crop: 8 px per pixel of the box
BLOB = 1.15  # ink deeper than this many half line widths is a blob, not a line
THIN_QUANTILE = 0.1  # of the depth along the skeleton: half the line width; filled loops distort the median
MARGIN = 16  # px added around the crop while the lines are redrawn
ROWS, COLUMNS = np.indices((SIDE, SIDE), dtype=np.float64)  # the row and the column of each pixel
SURE_BRUSH = 4  # px; a point on the canvas that is drawn with at least this brush covers a whole pixel


@dataclass(frozen=True)
class Recipe:
    """Which preprocessing steps to apply; leaving one out shows its effect."""

    crop: bool = True
    thickness: bool = True
    box: bool = True
    centre: bool = True
    normalise: bool = True


MNIST_RECIPE = Recipe()


@dataclass(frozen=True)
class Stages:
    """The result of each preprocessing step; every picture is float32 coverage in [0, 1], 1 for ink.

    Each is computed when it is first asked for: the tensor of strokes needs neither `ink` nor `crop`, as a rule.

    Attributes:
        source: the strokes, on a canvas of `WORK_SIDE` to 512 px, or the coverage (H, W); it has ink.
        recipe: which steps are applied.
    """

    source: Strokes | np.ndarray
    recipe: Recipe

    @cached_property
    def ink(self) -> np.ndarray:
        """The whole canvas or image: (H, W)."""
        return rasterise(self.source) if isinstance(self.source, Strokes) else self.source

    @cached_property
    def crop(self) -> np.ndarray:
        """The ink's bounding box, scaled to a longer side of `WORK_SIDE`: (h, w)."""
        return _crop_to_ink(self.ink) if self.recipe.crop else self.ink

    @cached_property
    def thickness(self) -> np.ndarray:
        """The same lines, redrawn with one thickness: (h, w)."""
        return self._with_redrawn_lines() if self.recipe.thickness else self.crop

    @cached_property
    def box(self) -> np.ndarray:
        """The lines, scaled to fit the 20x20 pixels in the middle: (28, 28)."""
        return _fit_into_box(self.thickness) if self.recipe.box else _squash(self.thickness)

    @cached_property
    def centre(self) -> np.ndarray:
        """The box, shifted so that the centre of mass is in the middle: (28, 28)."""
        return _centre_mass(self.box) if self.recipe.centre else self.box

    @cached_property
    def tensor(self) -> torch.Tensor:
        """The model's input: (1, 28, 28) float32, normalised with `MEAN` and `STD`."""
        return to_tensor(self.centre, self.recipe.normalise)

    @cached_property
    def pictures(self) -> tuple[np.ndarray, ...]:
        """What a model reads, each (28, 28): `centre`, and for a picture of thick lines also its eroded ink."""
        eroded = self._eroded_ink()
        if eroded is None:
            return (self.centre,)
        box = _fit_into_box(eroded) if self.recipe.box else _squash(eroded)
        return self.centre, _centre_mass(box) if self.recipe.centre else box

    @property
    def tensors(self) -> tuple[torch.Tensor, ...]:
        """The same as `pictures`, as a model's inputs: each (1, 28, 28) float32; the first one is `tensor`."""
        return self.tensor, *(to_tensor(picture, self.recipe.normalise) for picture in self.pictures[1:])

    def picture(self, stage: str) -> np.ndarray:
        """Return the named stage as a picture in [0, 1]; the tensor's normalisation is undone."""
        return np.asarray(denormalise(self.tensor[0]) if stage == "tensor" else getattr(self, stage))

    def _with_redrawn_lines(self) -> np.ndarray:
        """Redraw the lines so that they are `LINE_WIDTH` wide in the 20x20 box.

        Strokes contain their centre lines; in a picture the skeleton of the ink replaces them. The result is cropped
        to the ink again if the recipe crops, and otherwise keeps the size of `crop`.
        """
        source, is_cropped = self.source, self.recipe.crop
        if isinstance(source, Strokes) and is_cropped:
            lines = _redraw_strokes(source)
        else:
            lines = None if self._skeleton is None else _redraw_skeleton(self._skeleton)
        if lines is None:
            return self.crop
        return _cut_out(lines) if is_cropped else lines[MARGIN:-MARGIN, MARGIN:-MARGIN]

    def _eroded_ink(self) -> np.ndarray | None:
        """Return the ink eroded until its lines are `LINE_WIDTH` wide, (h, w); None where they are no thicker."""
        if isinstance(self.source, Strokes) or not (self.recipe.thickness and self.recipe.crop):
            return None
        skeleton = self._skeleton
        if skeleton is None or skeleton.half_width <= skeleton.line_width / 2:
            return None
        reach = skeleton.half_width - skeleton.line_width / 2
        return _cut_out(np.clip(skeleton.depth - reach, 0, 1).astype(np.float32))

    @cached_property
    def _skeleton(self) -> "_Skeleton | None":
        return _find_skeleton(self.crop)


def preprocess(ink: Strokes | np.ndarray, recipe: Recipe = MNIST_RECIPE) -> Stages | None:
    """Apply the steps of a recipe to ink.

    Args:
        ink: strokes, or ink coverage (H, W) in [0, 1], for example from `photo.extract_ink`.
        recipe: which steps to apply.

    Returns:
        The stages, or None when there is no ink.
    """
    if isinstance(ink, Strokes):
        if ink.is_blank:
            return None
        ink = _limit_canvas(ink)
        if _is_surely_ink(ink):
            return Stages(ink, recipe)
    else:
        ink = np.asarray(ink, dtype=np.float32)
    stages = Stages(ink, recipe)
    return stages if (stages.ink >= INK_THRESHOLD).any() else None


def on_small_canvas(strokes: Strokes) -> Strokes:
    """Return strokes that fill a small canvas: preprocessing gives the same tensor in half the time."""
    left, top, right, bottom = strokes.bounds()
    scale = WORK_SIDE / (max(right - left, bottom - top) + strokes.brush)
    edge = strokes.brush / 2
    return strokes.transformed(scale, (edge - left) * scale, (edge - top) * scale, strokes.brush * scale, WORK_SIDE)


def stage_tensors(stages: Stages, normalise: bool = True) -> dict[str, torch.Tensor]:
    """Return, by stage name, the tensor that the model would get if preprocessing ended there.

    Each is (1, 28, 28) float32. Stages of another size are squashed to 28x28, as a simple first attempt would do.
    Either all are normalised or none, because otherwise the stages would differ mostly by their range of values.
    """
    pictures = {name: _squash(getattr(stages, name)) for name in ("ink", "crop", "thickness")}
    pictures |= {name: getattr(stages, name) for name in ("box", "centre")}
    return {name: to_tensor(picture, normalise) for name, picture in pictures.items()} | {"tensor": stages.tensor}


def _limit_canvas(strokes: Strokes) -> Strokes:
    """Scale tiny and huge canvases to between `WORK_SIDE` and 512 px, which bounds the work and keeps the detail."""
    side = min(max(strokes.size, WORK_SIDE), 512)
    scale = side / max(strokes.size, 1)
    return strokes.transformed(scale, 0, 0, strokes.brush * scale, side)


def _is_surely_ink(strokes: Strokes) -> bool:
    """Tell whether a stroke begins on the canvas with a wide enough brush; if so, it need not be drawn to see its ink.

    Every line begins with a round cap, and so wide a cap covers the whole pixel in which it begins.
    """
    last = strokes.size - 1  # px, as far from the right and bottom edges as 1 is from the left and top
    return strokes.brush >= SURE_BRUSH and any(line[0].min() >= 1 and line[0].max() <= last for line in strokes.lines)


def _ink_bounds(picture: np.ndarray) -> tuple[int, int, int, int]:
    """Return (left, top, right, bottom) of the ink in px; right and bottom are exclusive."""
    is_ink = picture >= INK_THRESHOLD
    rows, columns = np.flatnonzero(is_ink.any(axis=1)), np.flatnonzero(is_ink.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _crop_to_ink(picture: np.ndarray) -> np.ndarray:
    """Crop a picture to its ink and scale its longer side to `WORK_SIDE`."""
    left, top, right, bottom = _ink_bounds(picture)
    scale = WORK_SIDE / max(right - left, bottom - top)
    size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    crop = _resize(picture[top:bottom, left:right], size)
    return crop / float(crop.max())  # averaging makes hairlines fade, but they are still ink


def _redraw_strokes(strokes: Strokes) -> np.ndarray | None:
    left, top, right, bottom = strokes.bounds()
    extent = max(right - left, bottom - top)
    if extent < strokes.brush / 2:  # a dot has no centre line
        return None
    scale = WORK_SIDE * (1 - LINE_WIDTH / BOX) / extent
    brush = WORK_SIDE * LINE_WIDTH / BOX
    width, height = round((right - left) * scale + 2 * MARGIN), round((bottom - top) * scale + 2 * MARGIN)
    moved = strokes.transformed(scale, MARGIN - left * scale, MARGIN - top * scale, brush, WORK_SIDE)
    return rasterise(moved, width, height)


@dataclass(frozen=True)
class _Skeleton:
    """The centre lines of a crop, and how thick its ink is.

    Attributes:
        is_line: the skeleton, with `MARGIN` px around the crop: (h, w) bool.
        depth: the distance of each pixel to the nearest paper in px, 0 for paper: (h, w).
        half_width: of the ink's lines, in px.
        line_width: that redrawn lines shall have, in px.
    """

    is_line: np.ndarray
    depth: np.ndarray
    half_width: float
    line_width: float


def _find_skeleton(crop: np.ndarray) -> _Skeleton | None:
    """Return the skeleton of a crop's ink; None for a dot, which has no centre line."""
    # NOTE: late imports, because only images need them and they would delay the first page.
    from scipy.ndimage import distance_transform_edt
    from skimage.morphology import skeletonize

    is_ink = np.pad(crop, MARGIN) >= INK_THRESHOLD
    is_line = skeletonize(is_ink)
    left, top, right, bottom = _ink_bounds(is_line)
    extent = max(right - left, bottom - top)
    if extent < WORK_SIDE / 3:
        return None
    depth = distance_transform_edt(is_ink)
    half_width = float(np.quantile(depth[is_line], THIN_QUANTILE))
    return _Skeleton(is_line, depth, half_width, extent * LINE_WIDTH / (BOX - LINE_WIDTH))


def _redraw_skeleton(skeleton: _Skeleton) -> np.ndarray:
    from scipy.ndimage import distance_transform_edt

    # A loop that the brush filled stays a blob and does not become a line.
    lines = skeleton.is_line | (skeleton.depth > BLOB * skeleton.half_width)
    return np.clip(skeleton.line_width / 2 + 0.5 - distance_transform_edt(~lines), 0, 1).astype(np.float32)


def _cut_out(picture: np.ndarray) -> np.ndarray:
    """Crop a picture to its ink, without scaling it."""
    left, top, right, bottom = _ink_bounds(picture)
    return picture[top:bottom, left:right]


def _fit_into_box(picture: np.ndarray) -> np.ndarray:
    """Scale a picture to fit the 20x20 pixels in the middle of 28x28, keeping its aspect ratio."""
    height, width = picture.shape
    scale = BOX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    boxed = np.zeros((SIDE, SIDE), dtype=np.float32)
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    boxed[top : top + size[1], left : left + size[0]] = _resize(picture, size)
    return boxed


def _squash(picture: np.ndarray) -> np.ndarray:
    """Scale a picture to 28x28, ignoring its aspect ratio."""
    return _resize(picture, (SIDE, SIDE))


def _centre_mass(picture: np.ndarray) -> np.ndarray:
    """Shift a picture (28, 28) by whole pixels so that its centre of mass is as close to the middle as possible."""
    middle, mass = (SIDE - 1) / 2, picture.sum()
    dy = round(middle - float((ROWS * picture).sum() / mass))
    dx = round(middle - float((COLUMNS * picture).sum() / mass))
    left, top, right, bottom = _ink_bounds((picture > 0).astype(np.float32))
    dx, dy = min(max(dx, -left), SIDE - right), min(max(dy, -top), SIDE - bottom)  # keep all ink inside the picture
    return np.roll(picture, (dy, dx), axis=(0, 1))


def _resize(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize to (width, height); reducing the size averages pixels, which anti-aliases the lines."""
    image = Image.fromarray(np.ascontiguousarray(picture, dtype=np.float32))
    return np.clip(np.asarray(image.resize(size, Image.Resampling.BILINEAR)), 0, 1)
