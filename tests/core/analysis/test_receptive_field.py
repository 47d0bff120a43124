import pytest
import torch
from torch import nn

from mnist_core.analysis.receptive_field import Box, field_of, field_of_all, field_spans
from tests.core.analysis.test_activations import made_model

DEPTHS = (1, 3)


def test_two_kernels_of_three_see_five_pixels_within_the_picture() -> None:
    layers = [nn.Conv2d(1, 1, 3, padding=1), nn.ReLU(), nn.Conv2d(1, 1, 3, padding=1)]
    assert field_spans(layers, side=6) == [(0, 3), (0, 4), (0, 5), (1, 6), (2, 6), (3, 6)]


def test_a_stride_multiplies_those_after_it() -> None:
    spans = field_spans([nn.Conv2d(1, 1, 5, 2), nn.MaxPool2d(2)])  # by hand: 7 pixels each, in steps of 4
    assert spans == [(0, 7), (4, 11), (8, 15), (12, 19), (16, 23), (20, 27)]


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("place", [(0, 0), (1, 2), (2, 2)])
def test_no_pixel_outside_the_field_changes_the_unit_and_its_edges_do(depth: int, place: tuple[int, int]) -> None:
    model = made_model("cnn", depth=depth)
    maps = next(layer for layer, module in enumerate(model) if isinstance(module, nn.Flatten))
    picture = torch.randn(1, 1, 28, 28, generator=torch.Generator().manual_seed(3))
    for count in range(1, maps + 1):
        # Linear pooling, and no ReLU: then each pixel that reaches the unit has a gradient, and not only the winners.
        layers = [
            nn.AvgPool2d(2) if isinstance(module, nn.MaxPool2d) else module
            for module in list(model)[:count]
            if not isinstance(module, nn.ReLU)
        ]
        picture.requires_grad_(True)
        output = nn.Sequential(*layers)(picture)
        (gradient,) = torch.autograd.grad(output[0, :, place[0], place[1]].sum(), picture)
        rows, columns = (gradient[0, 0].abs().sum(dim=axis).nonzero().flatten() for axis in (1, 0))
        box = field_of(list(model)[:count], *place)
        expected = Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
        assert box == expected, f"after {count} layers"


def test_the_field_of_a_whole_layer_reaches_from_its_first_unit_to_its_last() -> None:
    model = made_model("cnn", depth=1)
    assert field_of_all(list(model)[:1]) == (0, 0, 27, 27)  # 5 + 11 * 2 pixels
    assert field_of_all([]) == (0, 0, 28, 28)
