import pytest
import torch
from torch import nn

from mnist_core.analysis.first_layer import first_layer_images
from mnist_core.models.networks import build_model


def test_the_templates_of_softmax_regression_are_its_weights_scaled() -> None:
    model = build_model("linear")
    pictures = first_layer_images(model)
    assert pictures.shape == (10, 28, 28)
    assert pictures.abs().amax(dim=(1, 2)).tolist() == pytest.approx([1.0] * 10)
    by_hand = model.get_parameter("1.weight")[3].detach()
    torch.testing.assert_close(pictures[3].flatten() * by_hand.abs().max(), by_hand)


@pytest.mark.parametrize(("name", "shape"), [("mlp", (128, 28, 28)), ("cnn", (16, 5, 5))])
def test_the_first_layer_gives_one_image_per_unit(name: str, shape: tuple[int, ...]) -> None:
    assert first_layer_images(build_model(name)).shape == shape


def test_zero_weights_give_finite_images() -> None:
    model = build_model("linear")
    nn.init.zeros_(model.get_parameter("1.weight"))
    assert not first_layer_images(model).any()
