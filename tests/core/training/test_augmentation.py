import torch

from mnist_core.ink.normalisation import MEAN, STD, normalise
from mnist_core.training.augmentation import augment


def bars(count: int = 6) -> torch.Tensor:
    """Upright bars, as MNIST's bytes: (N, 28, 28) uint8."""
    images = torch.zeros(count, 28, 28, dtype=torch.uint8)
    images[:, 4:24, 13:15] = 255
    return images


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_strength_0_changes_nothing() -> None:
    torch.testing.assert_close(augment(bars(), 0.0, seeded()), normalise(bars()), atol=1e-5, rtol=0)


def test_full_strength_distorts_every_digit_differently() -> None:
    varied = augment(bars(), 1.0, seeded())
    assert varied.shape == (6, 1, 28, 28)
    assert varied.dtype == torch.float32
    assert float(varied.min()) >= (0 - MEAN) / STD - 1e-5
    assert float(varied.max()) <= (1 - MEAN) / STD + 1e-5
    differences = (varied[1:] - varied[:-1]).abs().mean(dim=(1, 2, 3))
    assert (differences > 0.01).all()


def test_the_same_seed_repeats_the_distortion() -> None:
    first = augment(bars(), 1.0, seeded(1))
    assert torch.equal(first, augment(bars(), 1.0, seeded(1)))
    assert not torch.equal(first, augment(bars(), 1.0, seeded(2)))


def test_some_1s_get_a_base_or_a_flag_and_no_2_does() -> None:
    ones, twos = torch.full((300,), 1), torch.full((300,), 2)
    wider = augment(bars(300), 1.0, seeded(), ones) > 0
    plain = augment(bars(300), 1.0, seeded(), twos) > 0
    assert wider.any(dim=2).sum() > 1.1 * plain.any(dim=2).sum()  # columns that hold ink


def test_the_images_are_not_changed_in_place() -> None:
    images = bars()
    augment(images, 1.0, seeded(), torch.full((6,), 1))
    assert torch.equal(images, bars())


def test_blank_images_stay_blank_unless_a_style_adds_a_line() -> None:
    labels = torch.arange(10).repeat(50)
    varied = augment(torch.zeros(500, 28, 28, dtype=torch.uint8), 1.0, torch.Generator().manual_seed(0), labels)
    assert varied.isfinite().all()
    paper = normalise(torch.zeros(1, 28, 28, dtype=torch.uint8))
    for digit in (2, 3, 5, 8):
        assert torch.allclose(varied[labels == digit], paper)
