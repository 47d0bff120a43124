"""Dreams: they excite their unit more than anything random, and they are the same each time."""

import pytest
import torch
from torch import nn

from mnist_core.analysis.dream import FRAMES, NOISE, dream
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import MEAN, STD, normalise
from mnist_core.models.networks import MODELS, build_model
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.progress import result_of


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("digit", [1, 8])
def test_a_class_dreams_of_an_image_with_a_higher_logit_than_any_random_one(name: str, digit: int) -> None:
    model = load_trained(model_folder(name)).model
    last = result_of(dream(model, len(model) - 1, digit)).frames[-1]
    generator = torch.Generator().manual_seed(1)
    noise = torch.rand(200, 1, 28, 28, generator=generator)
    sparse = noise * (torch.rand(200, 1, 28, 28, generator=generator) < 0.2)
    smooth = nn.functional.avg_pool2d(noise, 5, stride=1, padding=2)
    with torch.no_grad():
        dreamt = model((last[None, None] - MEAN) / STD)[0]
        others = model((torch.cat([noise, sparse, smooth]) - MEAN) / STD)[:, digit]
    assert dreamt[digit] > others.max()
    assert int(dreamt.argmax()) == digit


def test_the_same_seed_gives_the_same_dream_and_another_seed_another() -> None:
    model = build_model("cnn", width=4, views=3).eval()
    first, again, other = (result_of(dream(model, len(model) - 1, 3, seed=seed, steps=20)) for seed in (0, 0, 1))
    torch.testing.assert_close(first.frames, again.frames, rtol=0, atol=0)
    assert (first.frames - other.frames).abs().max() > 0.01


def test_the_frames_go_from_noise_to_the_last_image_in_the_range_of_ink() -> None:
    shown = result_of(dream(load_trained(model_folder("mlp")).model, 2, 5))
    assert shown.frames.shape == (FRAMES, 28, 28) and shown.activations.shape == (FRAMES,)
    assert shown.frames.min() >= 0 and shown.frames.max() <= 1
    assert shown.frames[0].max() <= NOISE < shown.frames[-1].max()
    assert shown.activations[-1] > shown.activations[0]


def test_the_activations_are_those_of_the_layer_before_its_relu() -> None:
    model = build_model("cnn", width=4).eval()
    shown = result_of(dream(model, 6, 2, steps=40))
    for frame, activation in zip(shown.frames, shown.activations, strict=True):
        with torch.no_grad():
            expected = model[:6]((frame[None, None] - MEAN) / STD)[0, 2].max()
        torch.testing.assert_close(activation, expected)


def test_a_dead_unit_can_dream_too() -> None:
    model = load_trained(model_folder("mlp")).model
    nn.init.constant_(model.get_parameter("1.bias"), -1000.0)
    shown = result_of(dream(model, 2, 0))
    assert shown.activations[-1] > shown.activations[0]


@pytest.mark.parametrize("channel", range(16))
def test_every_channel_dreams_of_what_excites_it_more_than_19_of_20_training_images(
    channel: int, mnist: tuple[Split, Split]
) -> None:
    model = load_trained(model_folder("cnn")).model  # its layers: views, convolution 1, normalisation 2, ReLU 3
    last = result_of(dream(model, 3, channel)).frames[-1]
    with torch.no_grad():
        dreamt = model[1:4]((last[None, None] - MEAN) / STD)[0, channel].square().mean()
        paper = model[1:4](normalise(torch.zeros(1, 28, 28, dtype=torch.uint8)))[0, channel].square().mean()
        others = model[1:4](normalise(mnist[0].images[:500]))[:, channel].square().mean(dim=(1, 2))
    assert dreamt > others.quantile(0.95)
    likes_paper = bool(paper > others.quantile(0.95))
    assert bool(last.max() > 0.5) != likes_paper  # of ink, or, where blank paper excites it so much too, of paper


def test_the_weights_are_not_changed_and_get_no_gradient() -> None:
    model = build_model("mlp", width=1).eval()
    before = {name: values.clone() for name, values in model.state_dict().items()}
    result_of(dream(model, 3, 0, steps=5))
    for name, parameter in model.named_parameters():
        assert parameter.grad is None
        torch.testing.assert_close(parameter.detach(), before[name], rtol=0, atol=0)


@pytest.mark.parametrize("unit", [-1, 10])
def test_a_unit_that_does_not_exist_is_refused(unit: int) -> None:
    with pytest.raises(ValueError, match="unit must be 0 to 9"):
        next(dream(build_model("linear").eval(), 1, unit))


def test_each_step_is_reported() -> None:
    assert list(dream(build_model("linear").eval(), 1, 0, steps=4)) == [0.25, 0.5, 0.75, 1.0]
