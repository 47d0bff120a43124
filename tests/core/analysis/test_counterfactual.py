"""The smallest change: exact on linear models, checked on others, and never outside the ink's range."""

import numpy as np
import pytest
import torch
from scipy.optimize import linprog, minimize
from torch import nn

from mnist_core.analysis.counterfactual import (
    FRAMES,
    VISIBLE,
    Change,
    Norm,
    nearest,
    nearest_in_few_pixels,
    smallest_change,
)
from mnist_core.ink.normalisation import STD, normalise
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import parse_strokes
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.paths import ASSETS
from mnist_core.progress import result_of

RIVAL, TARGET = 3, 8


def softmax_regression(weight: torch.Tensor, bias: torch.Tensor) -> nn.Sequential:
    """Return a linear model with these weights (10, 784) and biases (10,)."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    model.load_state_dict({"1.weight": weight, "1.bias": bias})
    return model.eval()


def duel() -> nn.Sequential:
    """Return a linear model that answers `RIVAL` or `TARGET`, and never any other digit."""
    weight = torch.zeros(10, 784)
    weight[[RIVAL, TARGET]] = torch.randn(2, 784, generator=torch.Generator().manual_seed(1)) / 28
    bias = torch.full((10,), -1e3)
    bias[RIVAL], bias[TARGET] = 1.0, 0.0
    return softmax_regression(weight, bias)


def flat(level: float) -> torch.Tensor:
    """Return a picture of one shade, as model input."""
    return normalise(torch.full((1, 28, 28), round(level * 255), dtype=torch.uint8))[0]


def image(digit: int = 4) -> torch.Tensor:
    """Return a digit from the pen of the examples, as model input."""
    drawing = parse_strokes((ASSETS / "examples.jsonl").read_text().splitlines()[digit])
    stages = preprocess(drawing)
    assert stages
    return stages.tensor


@pytest.fixture(scope="module")
def network() -> nn.Sequential:
    """The shipped convolutional network, which looks at five rotated views."""
    return load_trained(model_folder("cnn")).model


def changed(model: nn.Module, tensor: torch.Tensor, target: int, **options: object) -> Change:
    return result_of(smallest_change(model, tensor, target, **options))  # type: ignore[arg-type]


def test_on_a_linear_model_the_change_is_as_small_as_the_distance_to_the_boundary() -> None:
    model, tensor = duel(), flat(0.5)
    weight = model.state_dict()["1.weight"].double()
    logits = model(tensor[None])[0].detach().double()
    assert logits[RIVAL] > logits[TARGET]
    across = (weight[TARGET] - weight[RIVAL]) / STD  # per unit of ink
    distance = float((logits[RIVAL] - logits[TARGET]) / across.norm())  # |f| / ||w||, as in DeepFool
    change = changed(model, tensor, TARGET)
    assert change.is_found and change.probabilities[-1].argmax() == TARGET
    assert change.l2 == pytest.approx(distance, rel=2e-3)
    assert change.l2 >= distance
    assert torch.allclose(change.difference.flatten().double() / change.l2, across / across.norm(), atol=1e-4)


def test_on_a_linear_model_the_sparse_change_uses_the_steepest_pixels_in_full() -> None:
    model, tensor = duel(), flat(0.5)
    weight = model.state_dict()["1.weight"].double()
    across = ((weight[TARGET] - weight[RIVAL]) / STD).abs().sort(descending=True).values
    logits = model(tensor[None])[0].detach().double()
    missing = float(logits[RIVAL] - logits[TARGET])
    shade = float(tensor.flatten()[0] * STD + 0.1307)
    room = min(shade, 1 - shade)  # ink can be taken from 0.502 down to 0, or added up to 1
    whole = int((across.cumsum(0) * room < missing).sum())
    change = changed(model, tensor, TARGET, norm=Norm.L1)
    assert change.is_found
    assert change.pixels <= whole + 1
    assert change.l1 == pytest.approx(missing / float(across[: whole + 1].mean()), rel=0.02)


def test_nearest_agrees_with_a_general_solver() -> None:
    random = np.random.default_rng(5)
    for _ in range(6):
        point, slopes = random.random(7), random.normal(size=(4, 7))
        offsets = -slopes @ random.random(7)  # some picture meets all conditions exactly
        assert nearest(point, slopes, offsets) == pytest.approx(solved(point, slopes, offsets), abs=2e-5)


def solved(point: np.ndarray, slopes: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Return the nearest picture that sequential quadratic programming finds."""
    for precision in (1e-12, 1e-11, 1e-10):  # on some processors the solver's line search cannot go as far as the first
        solution = minimize(
            lambda picture: ((picture - point) ** 2).sum(),
            point,
            bounds=[(0, 1)] * len(point),
            constraints={"type": "ineq", "fun": lambda picture: slopes @ picture + offsets},
            options={"ftol": precision, "maxiter": 500},
        )
        if solution.success:
            break
    assert solution.success
    found: np.ndarray = solution.x
    return found


def test_nearest_in_few_pixels_agrees_with_linear_programming() -> None:
    random = np.random.default_rng(6)
    for _ in range(6):
        point, slope = random.random(9), random.normal(size=9)
        offset = -float(slope @ random.random(9)) - 0.2
        split = np.concatenate([slope, -slope])  # what is added and what is removed, both 0 or more
        room = np.concatenate([1 - point, point])
        solution = linprog(
            np.ones(18), A_ub=-split[None], b_ub=[slope @ point + offset], bounds=np.c_[np.zeros(18), room]
        )
        changed_point = nearest_in_few_pixels(point, slope[None], np.array([offset]))
        if solution.success:
            assert slope @ changed_point + offset >= -1e-9
            assert np.abs(changed_point - point).sum() == pytest.approx(solution.fun, abs=1e-7)
        else:
            assert changed_point == pytest.approx((slope > 0).astype(float))


@pytest.mark.parametrize("norm", Norm)
@pytest.mark.parametrize("sureness", [None, 0.9])
def test_what_is_found_has_the_wanted_answer_and_stays_within_the_ink(
    network: nn.Sequential, norm: Norm, sureness: float | None
) -> None:
    found = 0
    for digit, target in ((7, 3), (4, 9), (1, 8)):
        change = changed(network, image(digit), target, norm=norm, sureness=sureness, temperature=0.5)
        assert change.path.min() >= 0 and change.path.max() <= 1
        assert torch.allclose(change.path[0], image(digit)[0] * STD + 0.1307, atol=1e-6)
        with torch.no_grad():
            logits = network((change.path[-1][None, None] - 0.1307) / STD)[0]
        probability = torch.softmax(logits / 0.5, dim=0)[target]
        assert change.is_found == (logits.argmax() == target and (sureness is None or probability >= sureness))
        found += change.is_found
    assert found == 3


def test_the_sparse_change_has_less_ink_in_all_and_the_other_one_is_shorter(network: nn.Sequential) -> None:
    tensor = image()
    spread, sparse = (changed(network, tensor, 9, norm=norm) for norm in Norm)
    assert spread.is_found and sparse.is_found
    assert sparse.l1 < spread.l1 and sparse.pixels < spread.pixels
    assert spread.l2 < sparse.l2


def test_the_path_leads_straight_from_the_picture_to_the_changed_one(network: nn.Sequential) -> None:
    change = changed(network, image(), 4)
    assert change.path.shape == (FRAMES, 28, 28) and change.probabilities.shape == (FRAMES, 10)
    half = (change.path[0] + change.path[-1]) / 2
    assert torch.allclose(change.path[FRAMES // 2], half, atol=1e-6)
    assert change.probabilities.sum(dim=1) == pytest.approx(torch.ones(FRAMES).numpy(), abs=1e-5)
    difference = change.difference
    assert change.added - change.removed == pytest.approx(float(difference.sum()), abs=1e-4)
    assert change.l1 == pytest.approx(float(difference.abs().sum()), rel=1e-5)
    assert change.pixels == int((difference.abs() > VISIBLE).sum())


def test_an_answer_that_the_model_gives_already_needs_no_change(network: nn.Sequential) -> None:
    answer = int(network(image()[None]).argmax())
    change = changed(network, image(), answer)
    assert change.is_found and change.l1 == 0


def test_an_answer_that_the_model_never_gives_is_not_claimed_to_be_found() -> None:
    bias = torch.zeros(10)
    bias[5] = -1e4
    weight = torch.randn(10, 784, generator=torch.Generator().manual_seed(4)) / 28
    assert not changed(softmax_regression(weight, bias), flat(0.3), 5).is_found


def test_the_progress_rises_to_below_one(network: nn.Sequential) -> None:
    fractions = list(smallest_change(network, image(), 4))
    assert fractions == sorted(fractions) and fractions[0] >= 0 and fractions[-1] < 1


@pytest.mark.parametrize(("target", "sureness"), [(10, None), (-1, None), (3, 0.4), (3, 1.0)])
def test_what_cannot_be_asked_for_is_refused(network: nn.Sequential, target: int, sureness: float | None) -> None:
    with pytest.raises(ValueError, match="must be"):
        changed(network, image(), target, sureness=sureness)
