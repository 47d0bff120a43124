import torch
from torch import nn

from mnist_core.analysis.ablation import ablatable_layers, region_pixels
from mnist_core.analysis.unit_pictures import index_in_single_view, single_view, unit_pictures
from mnist_core.ink.normalisation import denormalise
from mnist_core.models.networks import build_model

IMAGE = torch.randn(1, 28, 28, generator=torch.Generator().manual_seed(0))


def test_a_channel_is_shown_by_its_feature_map_of_the_image_as_it_is() -> None:
    plain, views = (build_model("cnn", width=4, views=count).eval() for count in (1, 3))
    for one, other in zip(ablatable_layers(plain), ablatable_layers(views), strict=True):
        maps = plain[: one.number + 1](IMAGE[None])[0].detach()
        for pictures in (unit_pictures(plain, one, IMAGE), unit_pictures(views, other, IMAGE)):
            torch.testing.assert_close(pictures * maps.max(), maps)
            assert pictures.max() == 1 and pictures.min() == 0


def test_a_single_view_has_the_same_layers_without_the_rotations() -> None:
    model = build_model("cnn", width=4, views=3)
    single = single_view(model)
    for number, layer in enumerate(model):
        if not type(layer).__name__.endswith(("Rotations", "Views")):
            assert single[index_in_single_view(model, number)] is layer
    tensors = IMAGE[None].repeat(2, 1, 1, 1)
    plain = build_model("cnn", width=4)
    torch.testing.assert_close(single.eval()(tensors), plain.eval()(tensors))


def test_a_hidden_unit_is_shown_by_its_weights() -> None:
    model = build_model("mlp", width=1)
    weights = model.get_parameter("1.weight")[3].detach().reshape(28, 28)
    picture = unit_pictures(model, ablatable_layers(model)[0], IMAGE)[3]
    torch.testing.assert_close((2 * picture - 1) * weights.abs().max(), weights)


def test_a_region_is_shown_by_its_pixels() -> None:
    model = build_model("linear")
    pictures = unit_pictures(model, ablatable_layers(model)[0], IMAGE)
    assert pictures.shape == (49, 4, 4)
    for region in range(49):
        torch.testing.assert_close(pictures[region].flatten(), denormalise(IMAGE).flatten()[region_pixels(region)])


def test_a_layer_of_dead_channels_is_black() -> None:
    model = build_model("cnn", width=4).eval()
    nn.init.constant_(model.get_parameter("1.bias"), -1e6)
    assert not unit_pictures(model, ablatable_layers(model)[0], IMAGE).any()
