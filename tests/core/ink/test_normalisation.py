"""Conversion between images and normalised tensors, compared with torchvision's transforms."""

import math

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mnist_core.data.split import Split
from mnist_core.data.torchvision_import import import_transforms
from mnist_core.ink.normalisation import MEAN, STD, as_images, denormalise, normalise, to_tensor


def test_normalising_images_is_what_torchvision_does() -> None:
    images = torch.randint(0, 256, (16, 28, 28), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)
    before = images.clone()
    transforms = import_transforms()
    steps = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    oracle = torch.stack([steps(Image.fromarray(image.numpy())) for image in images])
    torch.testing.assert_close(normalise(images), oracle, rtol=0, atol=1e-6)
    assert torch.equal(images, before)
    picture = images[0].numpy().astype(np.float32) / 255
    torch.testing.assert_close(to_tensor(picture), oracle[0], rtol=0, atol=1e-6)


def test_a_picture_can_become_a_tensor_without_normalisation() -> None:
    picture = np.random.default_rng(0).random((28, 28))
    tensor = to_tensor(picture, normalise=False)
    assert tensor.shape == (1, 28, 28) and tensor.dtype == torch.float32
    assert np.array_equal(tensor[0].numpy(), picture.astype(np.float32))


@given(st.integers(0, 2**31))
def test_denormalising_undoes_normalising(seed: int) -> None:
    images = torch.randint(0, 256, (2, 28, 28), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)
    assert torch.equal(as_images(normalise(images)), images)


def test_denormalised_values_are_clamped_to_0_and_1() -> None:
    assert denormalise(torch.tensor([-9.0, 9.0])).tolist() == [0, 1]


def test_the_constants_are_mean_and_deviation_of_the_training_images(mnist: tuple[Split, Split]) -> None:
    counts = torch.bincount(mnist[0].images.flatten(), minlength=256).double()
    levels = torch.arange(256) / 255
    mean = float((counts * levels).sum() / counts.sum())
    deviation = math.sqrt((counts * (levels - mean) ** 2).sum() / counts.sum())
    assert (round(mean, 4), round(deviation, 4)) == (MEAN, STD) == (0.1307, 0.3081)
