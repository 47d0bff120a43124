"""The formats of an image: those of torchvision's own transforms, and facts that can be worked out by hand."""

import numpy as np
import pytest
import torch
from PIL import Image

from mnist_core.analysis.pixel_formats import PixelFormat, convert, facts_of
from mnist_core.data.torchvision_import import import_transforms

IMAGE = torch.randint(0, 256, (28, 28), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)


@pytest.mark.parametrize("kept_as", list(PixelFormat))
def test_each_format_is_what_the_code_that_it_names_gives(kept_as: PixelFormat) -> None:
    names = vars(import_transforms())
    transform = eval(kept_as.code.removeprefix("transform="), {name: names[name] for name in names})
    image = Image.fromarray(IMAGE.numpy())
    expected = torch.from_numpy(np.array(image)) if transform is None else transform(image)
    converted = convert(IMAGE, kept_as)
    assert converted.dtype == expected.dtype and converted.shape == expected.shape
    assert torch.allclose(converted, expected, atol=1e-6)


def test_paper_and_ink_are_the_ends_of_each_format() -> None:
    assert PixelFormat.BYTES.ends == (0, 255)
    assert PixelFormat.TO_TENSOR.ends == (0, 1)
    assert PixelFormat.NORMALIZE.ends == pytest.approx((-0.1307 / 0.3081, (1 - 0.1307) / 0.3081))


def test_floats_take_four_times_the_memory_of_bytes() -> None:
    assert [facts_of(convert(IMAGE, each)).memory for each in PixelFormat] == [784, 3136, 3136]


def test_the_facts_are_those_of_a_small_example() -> None:
    facts = facts_of(torch.tensor([[1, 3], [5, 7]], dtype=torch.uint8))
    assert (facts.shape, facts.dtype, facts.memory) == ((2, 2), "uint8", 4)
    assert (facts.smallest, facts.largest, facts.mean) == (1, 7, 4)
    assert facts.std == pytest.approx(5**0.5)


@pytest.mark.parametrize("wrong", [torch.zeros(28, 28), torch.zeros(1, 28, 28, dtype=torch.uint8)])
def test_what_is_no_grey_image_of_bytes_is_refused(wrong: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="must be"):
        convert(wrong, PixelFormat.BYTES)
