"""One number explained: what the panel is given is enough to work it out, and the table has every number."""

import base64
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from app_pages.components.unit_panel import ChannelView, SharesView, SumView
from app_pages.inspecting.unit import table_of, title_of, view_of, words_of
from mnist_core.analysis.activations import Flow, trace
from mnist_core.analysis.unit import explain_unit
from mnist_core.models.networks import build_model


def flow_of(name: str, looks: int = 1) -> Flow:
    picture = torch.randn(1, 28, 28, generator=torch.Generator().manual_seed(5))
    return trace(build_model(name, 1, 4, 2, looks).eval(), picture, temperature=1.3)


def floats(text: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.frombuffer(base64.b64decode(text), "<f4").astype(np.float64)


def by_hand(view: ChannelView, row: int, column: int) -> float:
    """Work out a unit as the browser does, with loops, from what the panel is given."""
    if view.is_pooled:
        places = [(2 * row + down, 2 * column + across) for down in (0, 1) for across in (0, 1)]
    else:
        places = [(row, column)]
    channels, height, width = view.before_shape
    before = floats(view.before).reshape(view.before_shape)
    kernel = floats(view.kernel).reshape(channels, view.size, view.size)
    sums = []
    for top, left in places:
        total = 0.0
        for channel in range(channels):
            for down in range(view.size):
                for across in range(view.size):
                    y, x = top * view.stride - view.padding + down, left * view.stride - view.padding + across
                    if 0 <= y < height and 0 <= x < width:
                        total += before[channel, y, x] * kernel[channel, down, across]
        sums.append(total)
    value = max(sums)
    if view.norm:
        norm = view.norm
        value = (value - norm.mean) / math.sqrt(norm.variance + norm.epsilon) * norm.gain + norm.bias
    return max(0.0, value) if view.is_rectified else value


@pytest.mark.parametrize("looks", [1, 3])
def test_what_the_panel_is_given_makes_every_number_of_the_channel(looks: int) -> None:
    flow = flow_of("cnn", looks)
    seen = 0
    for stage in flow.stages[1:]:
        if len(stage.shape) != 3 or str(stage.operation) == "Looks":
            continue
        view = view_of(flow, explain_unit(flow, stage.layer, (1, 0, 2), looks - 1))
        assert isinstance(view, ChannelView)
        values = stage.of_look(looks - 1)[1]
        assert np.array_equal(floats(view.output), values.flatten().numpy())
        for row, column in ((0, 0), (0, 2), (values.shape[0] - 1, values.shape[1] - 1)):
            assert by_hand(view, row, column) == pytest.approx(float(values[row, column]), abs=1e-5)
        assert len(view.spans) == values.shape[0]
        seen += 1
    assert seen == 3 + 4 + 3 + 4  # layers of feature maps


@pytest.mark.parametrize(("name", "layer"), [("linear", 1), ("mlp", 1), ("mlp", 2), ("mlp", 3), ("cnn", 15)])
def test_inputs_times_weights_plus_bias_is_the_value(name: str, layer: int) -> None:
    flow = flow_of(name)
    view = view_of(flow, explain_unit(flow, layer, (3,)))
    assert isinstance(view, SumView)
    value = math.fsum(floats(view.inputs) * floats(view.weights)) + view.bias
    expected = float(flow.stage(layer).values[0, 3])
    assert (max(0.0, value) if view.is_rectified else value) == pytest.approx(expected, abs=1e-5)
    assert math.prod(view.shape) >= view.count == len(floats(view.inputs))


def test_the_ten_products_of_softmax_regression_are_pictures_and_those_of_others_are_not() -> None:
    flow = flow_of("linear")
    view = view_of(flow, explain_unit(flow, 2, (3,)))
    assert isinstance(view, SharesView) and view.chosen == 3
    layer = flow.model[1]
    assert isinstance(layer, nn.Linear)
    products = (flow.stage(0).values * layer.weight).detach()
    back = np.stack([np.frombuffer(base64.b64decode(text), np.int8) for text in view.products])
    assert np.abs(back / 127 * float(products.abs().max()) - products.numpy()).max() < float(products.abs().max()) / 250
    other = flow_of("mlp")
    shares = view_of(other, explain_unit(other, 4, (3,)))
    assert isinstance(shares, SharesView) and not shares.products
    exponentials = [math.exp(logit / shares.temperature) for logit in shares.logits]
    assert exponentials[3] / sum(exponentials) == pytest.approx(float(other.stage(4).values[0, 3]), abs=1e-6)


def test_the_table_has_every_number_and_its_products_make_the_sum() -> None:
    flow = flow_of("cnn")
    table = table_of(explain_unit(flow, 6, (3, 0, 2)))
    assert table["Step"].unique().tolist() == ["Convolution", "Max pooling", "Normalisation and bias", "ReLU"]
    products = table[table["Weight"].notna()]
    assert len(products) == 4 * 9
    assert (products["Input"] * products["Weight"]).to_numpy() == pytest.approx(products["Value"].to_numpy(), abs=1e-6)
    results = table[table["What"] == "result"].set_index("Step")["Value"]
    assert products["Value"].sum() == pytest.approx(results["Convolution"], abs=1e-5)
    assert results["ReLU"] == float(flow.stage(6).values[0, 3, 0, 2])
    weighted = table_of(explain_unit(flow, 15, (2,)))
    total = weighted[weighted["What"] != "result"]["Value"].sum()
    assert total == pytest.approx(float(flow.stage(15).values[0, 2]), abs=1e-5)


def test_a_unit_that_computes_little_is_explained_in_a_sentence() -> None:
    flow = flow_of("cnn", looks=3)
    layers = {str(stage.operation): stage.layer for stage in flow.stages}
    mean = explain_unit(flow, layers["Mean over looks"], (7,))
    assert view_of(flow, mean) is None
    values = flow.stage(layers["Flatten"]).values[:, 7]
    assert words_of(mean).startswith(
        f"({values[0]:.4f} + {values[1]:.4f} + {values[2]:.4f}) ÷ 3 = **{mean.value:.4f}**"
    )
    assert "channel 0, row 2, column 1" in words_of(explain_unit(flow, layers["Flatten"], (7,)))
    assert "rotated by 6°" in words_of(explain_unit(flow, layers["Looks"], (0, 3, 3), look=2))


def test_titles_say_block_layer_and_channel() -> None:
    flow = flow_of("cnn")
    assert title_of(flow, 2, (1, 0, 0)) == "Convolution 1, channel 1"
    assert title_of(flow, 4, (1, 0, 0)) == "Convolution 2 → Max pooling, channel 1"
    assert title_of(flow, len(flow.model), (9,)) == "Probability of 9"
