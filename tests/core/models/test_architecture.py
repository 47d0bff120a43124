"""The layers of a network as its picture and its cost know them, against the network itself."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mnist_core.models.architecture import LayerKind, LayerSummary, summarise_layers
from mnist_core.models.config import PRESETS, SETTINGS, TrainConfig
from mnist_core.models.networks import MODELS, parameter_count

WIDTHS = st.integers(int(SETTINGS["width"].low), int(SETTINGS["width"].high))
DEPTHS = st.integers(int(SETTINGS["depth"].low), int(SETTINGS["depth"].high))


def shapes_within(model: nn.Sequential) -> list[tuple[int, ...]]:
    """Return the shape that each layer of a model gives for one image, as hooks see them."""
    shapes: list[tuple[int, ...]] = []
    for layer in model:
        layer.register_forward_hook(lambda _layer, _inputs, output: shapes.append(tuple(output.shape[1:])))
    model.eval()(torch.zeros(1, 1, 28, 28))
    return shapes


@given(st.sampled_from(list(MODELS)), WIDTHS, DEPTHS)
def test_shapes_and_parameters_are_those_of_the_network(name: str, width: int, depth: int) -> None:
    config = TrainConfig(name, width=width, depth=depth)
    layers, model = summarise_layers(config), config.build_model()
    assert sum(layer.parameters for layer in layers) == parameter_count(model)
    begins = [place for place, each in enumerate(model) if isinstance(each, nn.Conv2d | nn.Linear | nn.Flatten)]
    ends = [*(place - 1 for place in begins[1:]), len(model) - 1]
    shapes = shapes_within(model)
    assert [layer.shape for layer in layers] == [(1, 28, 28), *(shapes[end] for end in ends)]
    modules = list(model)
    for layer, begin, end in zip(layers[1:], begins, ends, strict=True):
        assert layer.parameters == sum(parameter_count(each) for each in modules[begin : end + 1])


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("width", "depth"), [(4, 1), (16, 2), (64, 4)])
def test_the_multiply_adds_are_those_that_pytorch_counts(name: str, width: int, depth: int) -> None:
    config = TrainConfig(name, width=width, depth=depth)
    with FlopCounterMode(display=False) as counter:
        config.build_model().eval()(torch.zeros(1, 1, 28, 28))
    assert 2 * sum(layer.multiply_adds for layer in summarise_layers(config)) == counter.get_total_flops()


def test_a_layer_says_its_kernel_and_what_follows_it() -> None:
    image, first, second, *_, flat, last = summarise_layers(TrainConfig("cnn"))
    assert image == LayerSummary(LayerKind.IMAGE, (), (1, 28, 28))
    # By hand: 16 kernels of 5 x 5 weights, and a scale and a shift per channel.
    assert first == LayerSummary(
        LayerKind.CONVOLUTION, ("5 × 5, stride 2", "batch norm", "ReLU"), (16, 12, 12), 16 * 27, 16 * 12 * 12 * 25
    )
    assert second.details == ("3 × 3", "max pooling", "batch norm", "ReLU") and second.shape == (32, 6, 6)
    assert flat == LayerSummary(LayerKind.FLATTEN, (), (576,))
    assert last == LayerSummary(LayerKind.DENSE, (), (10,), 5_770, 5_760)


def test_test_time_rotations_are_no_layer() -> None:
    for config in PRESETS["best"].configs.values():
        assert summarise_layers(config) == summarise_layers(replace(config, looks=1))


def test_looking_at_a_network_loads_nothing_that_a_page_would_wait_for() -> None:
    program = (
        "import sys\nfrom mnist_core.models.architecture import summarise_layers\n"
        "from mnist_core.models.config import TrainConfig\nbefore = set(sys.modules)\n"
        "summarise_layers(TrainConfig('cnn'))\nprint(len(set(sys.modules) - before))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(ended.stdout) < 10


def test_looking_at_a_network_draws_no_random_number() -> None:
    before = torch.get_rng_state()
    summarise_layers(TrainConfig("cnn", width=23, depth=3))
    assert torch.equal(torch.get_rng_state(), before)
