"""Features, neighbours and the map, against torch's own layers, a search in 64 bits and torch's PCA."""

import pytest
import torch
from torch.nn import functional

from mnist_core.analysis.embedding import (
    BATCH,
    SplitFeatures,
    features,
    l2_normalise,
    nearest_neighbours,
    nearest_points,
    principal_plane,
)
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import MODELS, build_model


def computed(model: torch.nn.Sequential, images: torch.Tensor) -> SplitFeatures:
    split_features = SplitFeatures(model, images)
    while not split_features.is_done:
        split_features.step()
    return split_features


@pytest.mark.parametrize("name", MODELS)
def test_the_last_layer_makes_the_logits_of_the_features(name: str) -> None:
    model = build_model(name).eval()
    tensors = normalise(torch.randint(0, 256, (5, 28, 28), dtype=torch.uint8))
    seen = features(model, tensors)
    assert seen.shape == (5, {"linear": 784, "mlp": 128, "cnn": 576}[name])
    with torch.no_grad():
        torch.testing.assert_close(model[-1](seen), model(tensors))


@pytest.mark.parametrize("name", MODELS)
def test_computing_in_batches_equals_computing_all_at_once(name: str) -> None:
    model = build_model(name).eval()
    images = torch.randint(0, 256, (BATCH + 3, 28, 28), dtype=torch.uint8)
    split_features = SplitFeatures(model, images)
    assert (split_features.done, split_features.fraction, split_features.is_done) == (0, 0.0, False)
    split_features.step()
    assert split_features.done == BATCH and not split_features.is_done
    split_features.step()
    assert split_features.is_done and split_features.fraction == 1
    split_features.step()  # nothing is left to do
    with torch.no_grad():
        torch.testing.assert_close(split_features.logits, model(normalise(images)), atol=1e-4, rtol=1e-4)
    expected = functional.normalize(features(model, normalise(images)))
    torch.testing.assert_close(split_features.unit_features.float(), expected, atol=1e-3, rtol=1e-2)


def test_nearest_neighbours_equal_those_of_an_exhaustive_search_in_64_bits(tiny_splits: tuple[Split, Split]) -> None:
    train, test = tiny_splits
    model = build_model("mlp").eval()
    unit_features = computed(model, train.images).unit_features
    exact = features(model, normalise(train.images)).double()
    for wanted in features(model, normalise(test.images[:20])):
        cosines = [float(wanted.double() @ row / (wanted.double().norm() * row.norm())) for row in exact]
        neighbours = nearest_neighbours(unit_features, wanted, 10)
        best = sorted(cosines, reverse=True)[:10]
        assert len(set(neighbours.indices)) == 10
        assert [cosines[number] for number in neighbours.indices] == pytest.approx(best, abs=1e-3)
        assert neighbours.similarity == pytest.approx(best, abs=1e-3)


def test_an_image_is_its_own_nearest_unless_it_is_left_out() -> None:
    unit_features = l2_normalise(torch.eye(6) + 0.1).half()
    assert nearest_neighbours(unit_features, unit_features[4], 3).indices[0] == 4
    others = nearest_neighbours(unit_features, unit_features[4], 10, exclude=4)
    assert sorted(others.indices) == [0, 1, 2, 3, 5]


def test_similarity_depends_on_direction_and_not_on_length() -> None:
    unit_features = l2_normalise(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])).half()
    neighbours = nearest_neighbours(unit_features, torch.tensor([200.0, 190.0]), 3)
    assert neighbours.indices == [2, 0, 1]
    assert neighbours.similarity == pytest.approx(
        [390 / (2**0.5 * 76100**0.5), 200 / 76100**0.5, 190 / 76100**0.5], abs=1e-3
    )


def test_a_zero_vector_has_similarity_0() -> None:
    assert torch.equal(l2_normalise(torch.zeros(2, 3)), torch.zeros(2, 3))
    assert nearest_neighbours(l2_normalise(torch.eye(3)), torch.zeros(3), 2).similarity == [0, 0]


def test_the_plane_equals_that_of_torchs_pca() -> None:
    generator = torch.Generator().manual_seed(0)
    vectors = torch.randn(400, 12, generator=generator) * torch.linspace(5, 1, 12) + 3
    plane = principal_plane(vectors)
    _, singular, axes = torch.pca_lowrank(vectors, q=12, niter=10)
    torch.testing.assert_close(plane.axes.abs(), axes[:, :2].abs(), atol=1e-3, rtol=1e-3)
    shares = singular**2 / (singular**2).sum()
    assert plane.share == pytest.approx(shares[:2].tolist(), rel=1e-3)
    torch.testing.assert_close(plane.axes.T @ plane.axes, torch.eye(2), atol=1e-5, rtol=0)


def test_the_plane_of_few_long_vectors_equals_that_of_a_singular_value_decomposition() -> None:
    vectors = torch.randn(30, 80, generator=torch.Generator().manual_seed(0)) * torch.linspace(5, 1, 80) - 2
    plane = principal_plane(vectors)
    _, singular, axes = torch.linalg.svd(vectors - vectors.mean(dim=0), full_matrices=False)
    torch.testing.assert_close(plane.axes.abs(), axes[:2].T.abs(), atol=1e-4, rtol=1e-3)
    shares = singular**2 / (singular**2).sum()
    assert plane.share == pytest.approx(shares[:2].tolist(), rel=1e-3)
    torch.testing.assert_close(plane.axes.T @ plane.axes, torch.eye(2), atol=1e-5, rtol=0)


def test_the_plane_of_equal_vectors_has_them_all_at_its_origin() -> None:
    for count, width in ((3, 8), (8, 3)):
        plane = principal_plane(torch.ones(count, width))
        torch.testing.assert_close(plane.axes.T @ plane.axes, torch.eye(2), atol=1e-5, rtol=0)
        assert plane.project(torch.ones(count, width)).abs().max() == 0


def test_projections_are_centred_and_reproducible() -> None:
    vectors = torch.rand(50, 8, generator=torch.Generator().manual_seed(1))
    plane = principal_plane(vectors)
    places = plane.project(vectors)
    assert places.shape == (50, 2)
    torch.testing.assert_close(places.mean(dim=0), torch.zeros(2), atol=1e-6, rtol=0)
    assert torch.equal(places, principal_plane(vectors).project(vectors))
    assert torch.equal(plane.project(plane.mean[None]), torch.zeros(1, 2))


def test_nearest_points_are_ordered_by_distance() -> None:
    places = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 2.0], [-1.0, 0.0]])
    assert nearest_points(places, torch.tensor([0.0, 0.0]), 3).tolist() == [0, 3, 2]  # 0, 1 and 2 away
    assert nearest_points(places, torch.tensor([3.0, 4.0])).tolist() == [1, 2, 0, 3]  # 0, sqrt 13, 5 and sqrt 32 away
