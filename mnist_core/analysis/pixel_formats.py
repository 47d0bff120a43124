"""The same image in three formats: as bytes, as torchvision's `ToTensor` returns it, and normalised after that."""

from dataclasses import dataclass
from enum import StrEnum

import torch

from mnist_core.ink.normalisation import MEAN, STD

LARGEST_BYTE = 255


class PixelFormat(StrEnum):
    """How an image is kept, by the transform that makes it."""

    BYTES = "PIL image"
    TO_TENSOR = "ToTensor"
    NORMALIZE = "Normalize"

    @property
    def code(self) -> str:
        """The argument of `MNIST(...)` that gives this format."""
        return {
            PixelFormat.BYTES: "transform=None",
            PixelFormat.TO_TENSOR: "transform=ToTensor()",
            PixelFormat.NORMALIZE: f"transform=Compose([ToTensor(), Normalize(({MEAN},), ({STD},))])",
        }[self]

    @property
    def ends(self) -> tuple[float, float]:
        """The values of paper and of full ink."""
        paper, ink = convert(torch.tensor([[0, LARGEST_BYTE]], dtype=torch.uint8), self).flatten().tolist()
        return paper, ink


@dataclass(frozen=True)
class TensorFacts:
    """What can be said of a tensor in numbers.

    Attributes:
        shape: of the tensor.
        dtype: as PyTorch names it, without "torch.".
        smallest, largest, mean, std: of its values; the standard deviation is that of the population.
        memory: of its values, in bytes.
    """

    shape: tuple[int, ...]
    dtype: str
    smallest: float
    largest: float
    mean: float
    std: float
    memory: int


def convert(image: torch.Tensor, kept_as: PixelFormat) -> torch.Tensor:
    """Return an image in a format.

    Args:
        image: (H, W) uint8, 0 for paper and 255 for ink.
        kept_as: the format.

    Returns:
        The image itself for `BYTES`; otherwise (1, H, W) float32, in [0, 1] or normalised.

    Raises:
        ValueError: the image is not (H, W) uint8.
    """
    if image.dtype != torch.uint8 or image.dim() != 2:
        raise ValueError(f"image must be (H, W) uint8, got {tuple(image.shape)} {image.dtype}")
    if kept_as == PixelFormat.BYTES:
        return image
    values = image[None].float() / LARGEST_BYTE
    return values if kept_as == PixelFormat.TO_TENSOR else (values - MEAN) / STD


def facts_of(tensor: torch.Tensor) -> TensorFacts:
    """Return the facts of a tensor of any shape and type that is not empty."""
    values = tensor.double()
    return TensorFacts(
        tuple(tensor.shape),
        str(tensor.dtype).removeprefix("torch."),
        float(values.min()),
        float(values.max()),
        float(values.mean()),
        float(values.std(correction=0)),
        tensor.nbytes,
    )
