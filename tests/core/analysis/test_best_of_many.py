"""The best of many equally good models: worked out by hand, simulated, and as in the step of the course."""

import math

import pytest
import torch

from mnist_core.analysis.best_of_many import expected_best


def test_two_models_on_two_images_by_hand() -> None:
    # Each is right for 0, 1 or 2 images with 1/4, 1/2 and 1/4. The best of two has 0 with 1/16, at most 1 with 9/16.
    assert expected_best([1, 2], 2, 0.5) == pytest.approx([0.5, (15 / 16 + 7 / 16) / 2])


def test_on_one_image_one_lucky_model_is_enough() -> None:
    assert expected_best([1, 7, 50], 1, 0.1) == pytest.approx([1 - 0.9**count for count in (1, 7, 50)])


@pytest.mark.parametrize(("images", "accuracy"), [(100, 0.1), (1_000, 0.92), (10_000, 0.98)])
def test_one_model_is_as_good_as_it_is_on_average(images: int, accuracy: float) -> None:
    assert expected_best([1], images, accuracy)[0] == pytest.approx(accuracy)


def test_a_simulation_finds_the_same() -> None:
    generator = torch.Generator().manual_seed(0)
    for models, images, accuracy in ((20, 100, 0.1), (10, 200, 0.92)):
        right = torch.rand(400, models, images, generator=generator) < accuracy
        best = right.double().mean(dim=2).max(dim=1).values
        error = float(best.std()) / math.sqrt(len(best))
        assert expected_best([models], images, accuracy)[0] == pytest.approx(float(best.mean()), abs=4 * error)


def test_a_thousand_guessing_models_look_as_the_course_says() -> None:
    assert expected_best([1_000], 100, 0.1)[0] == pytest.approx(0.2, abs=0.01)


def test_more_tries_bring_more_luck_and_more_images_less() -> None:
    tries = [1, 10, 100, 1_000, 10_000]
    few, many = (expected_best(tries, images, 0.92) for images in (100, 10_000))
    assert few == sorted(few) and many == sorted(many) and few[-1] <= 1
    assert all(lucky > honest for lucky, honest in zip(few[1:], many[1:], strict=True))


@pytest.mark.parametrize(("models", "images", "accuracy"), [([0], 10, 0.5), ([1], 0, 0.5), ([1], 10, 1.0)])
def test_what_cannot_be_tried_is_refused(models: list[int], images: int, accuracy: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        expected_best(models, images, accuracy)
