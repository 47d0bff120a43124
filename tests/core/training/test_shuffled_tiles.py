"""Images of shuffled tiles: tiles keep their pixels, an MLP does not care about their order, and a CNN does."""

import pytest
import torch
from torch import nn

from mnist_core.data.split import Split
from mnist_core.models.networks import parameter_count
from mnist_core.progress import result_of
from mnist_core.training.shuffled_tiles import (
    CNN,
    MLP,
    NETWORKS,
    TILES,
    TileRun,
    shuffle_tiles,
    small_network,
    tile_order,
    train_on_tiles,
)
from tests.made import made_split

SPLIT = made_split("train", 300, seed=9)


def trained(network: str, tile: int, steps: int, split: Split = SPLIT) -> TileRun:
    return result_of(train_on_tiles(split, network, tile, steps=steps))


def cut(image: torch.Tensor, tile: int) -> list[list[list[float]]]:
    """Return the tiles of an image, row by row."""
    places = range(0, 28, tile)
    return [image[row : row + tile, column : column + tile].tolist() for row in places for column in places]


@pytest.mark.parametrize("tile", TILES)
def test_every_tile_is_there_once_and_whole(tile: int) -> None:
    image = torch.arange(784.0).reshape(28, 28)
    shuffled = shuffle_tiles(image, tile)
    assert sorted(cut(shuffled, tile)) == sorted(cut(image, tile))
    assert torch.equal(shuffled, image) == (tile == 28)


def test_all_images_are_shuffled_in_the_same_way() -> None:
    together = shuffle_tiles(SPLIT.images[:3], 4)
    assert all(torch.equal(together[place], shuffle_tiles(SPLIT.images[place], 4)) for place in range(3))
    assert not torch.equal(shuffle_tiles(SPLIT.images[0], 4, seed=1), together[0])


def test_the_networks_are_half_those_of_the_course() -> None:
    assert parameter_count(small_network(MLP)) == 784 * 64 + 64 + 64 * 10 + 10
    assert parameter_count(small_network(CNN)) == 8 * 10 + 16 * (8 * 9 + 1) + 16 * 49 * 10 + 10
    for name in NETWORKS:
        assert small_network(name)(torch.zeros(3, 28, 28)).shape == (3, 10)


def test_an_mlp_with_its_weights_shuffled_too_answers_the_same_and_a_cnn_cannot() -> None:
    order, images = tile_order(1), SPLIT.images[:5].float() / 255
    shuffled = shuffle_tiles(images, 1)
    model = small_network(MLP)
    before = model(images)
    layer = model[1]
    assert isinstance(layer, nn.Linear)
    with torch.no_grad():
        layer.weight.copy_(layer.weight[:, order])
    assert torch.allclose(model(shuffled), before, atol=1e-5)
    network = small_network(CNN)
    assert not torch.allclose(network(shuffled), network(images), atol=1e-2)


@pytest.mark.parametrize("network", NETWORKS)
def test_both_learn_a_pattern(network: str) -> None:
    run = trained(network, 28, 60)
    assert run.accuracy > 0.6 and (run.network, run.tile) == (network, 28)


def test_the_same_seed_repeats_a_run_and_it_says_how_far_it_is() -> None:
    assert trained(CNN, 7, 4) == trained(CNN, 7, 4)
    assert list(train_on_tiles(SPLIT, MLP, 7, steps=10)) == [0, 0.5, 1]


def test_what_cannot_be_trained_is_refused() -> None:
    with pytest.raises(ValueError, match="tile must be one of 28, 14"):
        tile_order(3)
    with pytest.raises(ValueError, match="network must be one of MLP, CNN"):
        small_network("linear")
    with pytest.raises(ValueError, match="at least 2 images"):
        trained(MLP, 28, 1, SPLIT.first(1))
