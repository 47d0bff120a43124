"""Explanations against captum's own on the same input, against loops written by hand, and by what they promise."""

import subprocess
import sys
from dataclasses import replace
from math import cos, sin
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import torch
from captum.attr import IntegratedGradients, LayerAttribution, LayerGradCam, Occlusion, Saliency
from torch import nn
from torch.nn import functional

from mnist_core.analysis import attribution
from mnist_core.analysis.attribution import (
    METHODS,
    STEPS,
    WINDOW,
    Attribution,
    attribute,
    attribute_beside_random,
    attribute_in_steps,
    randomised,
    rank_correlation,
)
from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import parse_strokes
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import build_model, rotate
from mnist_core.models.storage import TrainedModel, load_trained, model_folder
from mnist_core.paths import ASSETS
from mnist_core.progress import Progress, result_of

PAPER = (0 - MEAN) / STD
SHIPPED = ("linear", "mlp", "cnn")
DEEP = TrainConfig("cnn", width=6, depth=4, looks=3)


def example(digit: int) -> torch.Tensor:
    """Return one of the drawings that the app shows, (1, 28, 28)."""
    line = (ASSETS / "examples.jsonl").read_text(encoding="utf-8").splitlines()[digit]
    stages = preprocess(parse_strokes(line))
    assert stages
    return stages.tensor


@pytest.fixture(scope="module", params=[*SHIPPED, "deep"])
def network(request: pytest.FixtureRequest) -> nn.Sequential:
    """Each shipped model, and random weights of another depth, width and number of views."""
    if request.param == "deep":
        return DEEP.build_model().eval()
    return load_trained(model_folder(request.param)).model


@pytest.fixture(scope="module")
def cnn() -> TrainedModel:
    return load_trained(model_folder("cnn"))


def blank() -> torch.Tensor:
    return torch.full((1, 1, 28, 28), PAPER)


@pytest.mark.parametrize("target", [4, 9])
def test_integrated_gradients_add_up_to_the_difference_of_logits(network: nn.Sequential, target: int) -> None:
    explained = attribute(network, example(4), target)
    with torch.no_grad():
        difference = (network(example(4)[None]) - network(blank()))[0, target].item()
    tolerance = 0.01 * float(np.abs(explained.values).sum())
    assert explained.values.sum() == pytest.approx(difference, abs=tolerance)
    assert explained.total - explained.difference == explained.completeness_gap
    assert explained.difference == pytest.approx(difference, abs=1e-4)
    assert np.abs(explained.values).sum() > abs(difference) > 0


def test_integrated_gradients_equal_captums_own(network: nn.Sequential) -> None:
    tensor, target = example(7), 2
    ours = attribute(network, tensor, target).values
    captums = IntegratedGradients(network).attribute(
        tensor[None], baselines=PAPER, target=target, n_steps=STEPS, method="riemann_middle"
    )
    np.testing.assert_allclose(ours, captums[0, 0].detach(), atol=1e-4 * np.abs(ours).max())


def test_integrated_gradients_are_near_those_of_captums_defaults(cnn: TrainedModel) -> None:
    ours = attribute(cnn.model, example(3), 3).values
    captums = IntegratedGradients(cnn.model).attribute(example(3)[None], baselines=PAPER, target=3)[0, 0].numpy()
    assert np.corrcoef(ours.ravel(), captums.ravel())[0, 1] > 0.999


@pytest.mark.parametrize("method", ["occlusion", "gradient"])
def test_other_methods_equal_captums_own(network: nn.Sequential, method: str) -> None:
    tensor, target = example(5), 3
    ours = attribute(network, tensor, target, method).values
    if method == "gradient":
        captums = Saliency(network).attribute(tensor[None].requires_grad_(), target, abs=False)
    else:
        window = (1, WINDOW, WINDOW)
        with torch.no_grad():
            captums = Occlusion(network).attribute(
                tensor[None], window, baselines=PAPER, target=target, perturbations_per_eval=64
            )
    np.testing.assert_allclose(ours, captums[0, 0].detach(), atol=2e-4 * np.abs(ours).max())


def test_smaller_steps_for_large_networks_give_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    network, tensor = DEEP.build_model().eval(), example(8)
    for method in ("integrated-gradients", "occlusion"):
        few = attribute_in_steps(network, tensor, 8, method)
        fractions = len(list(few))
        with monkeypatch.context() as patched:
            patched.setattr(attribution, "LARGE", 0)
            assert len(list(attribute_in_steps(network, tensor, 8, method))) > 3 * fractions
            many = attribute(network, tensor, 8, method).values
        expected = attribute(network, tensor, 8, method).values
        np.testing.assert_allclose(many, expected, atol=1e-3 * np.abs(expected).max())


def test_the_linear_model_is_explained_by_its_gradient_times_the_change_of_the_input() -> None:
    model, tensor, target = load_trained(model_folder("linear")).model, example(6), 0
    template = model.get_parameter("1.weight")[target].detach().reshape(28, 28)
    by_hand = template * (tensor[0] - PAPER)
    torch.testing.assert_close(torch.tensor(attribute(model, tensor, target).values), by_hand, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(torch.tensor(attribute(model, tensor, target, "gradient").values), template)


def test_occlusion_is_the_mean_drop_over_all_squares_that_cover_a_pixel() -> None:
    class Corner(nn.Module):
        """Ten logits, of which number 1 multiplies two pixels: (0, 0) and (10, 3)."""

        def forward(self, digits: torch.Tensor) -> torch.Tensor:
            product = digits[:, 0, 0, 0] * digits[:, 0, 10, 3]
            return torch.stack([torch.zeros_like(product), product, *[product * 0] * 8], dim=1)

    model, tensor = nn.Sequential(Corner()), example(0).clone()
    tensor[0, 0, 0], tensor[0, 10, 3] = 3.0, 2.0
    total, counts = np.zeros((28, 28)), np.zeros((28, 28))
    for top in range(28 - WINDOW + 1):
        for left in range(28 - WINDOW + 1):
            covered = tensor.clone()
            covered[0, top : top + WINDOW, left : left + WINDOW] = PAPER
            drop = 3.0 * 2.0 - float(covered[0, 0, 0] * covered[0, 10, 3])
            total[top : top + WINDOW, left : left + WINDOW] += drop
            counts[top : top + WINDOW, left : left + WINDOW] += 1
    np.testing.assert_allclose(attribute(model, tensor, 1, "occlusion").values, total / counts, atol=1e-4)
    assert total[0, 0] == pytest.approx(3 * 2 - PAPER * 2)


def test_grad_cam_of_one_view_equals_captums_own() -> None:
    network, tensor = replace(DEEP, looks=1).build_model().eval(), example(2)
    last_relu = network[[isinstance(layer, nn.Flatten) for layer in network].index(True) - 1]
    coarse = LayerGradCam(network, last_relu).attribute(tensor[None].requires_grad_(), 2, relu_attributions=True)
    captums = LayerAttribution.interpolate(coarse, (28, 28), "bilinear")[0, 0].detach()
    assert coarse.shape == (1, 1, 3, 3) and coarse.max() > 0
    np.testing.assert_allclose(attribute(network, tensor, 2, "grad-cam").values, captums, atol=1e-6)


def test_grad_cam_of_several_views_is_the_mean_of_the_views_own_maps_turned_back(cnn: TrainedModel) -> None:
    tensor, config = example(7), cnn.config
    single = replace(config, looks=1).build_model().eval()
    single.load_state_dict(dict(zip(single.state_dict(), cnn.model.state_dict().values(), strict=True)))
    layer = single[[isinstance(each, nn.Flatten) for each in single].index(True) - 1]
    angles = torch.linspace(-6, 6, config.looks).deg2rad().tolist()
    total = torch.zeros(1, 1, 28, 28)
    for angle in angles:
        view = rotate(tensor[None], angle).requires_grad_()
        coarse = LayerGradCam(single, layer).attribute(view, 7, relu_attributions=True).detach()
        upright = functional.interpolate(coarse, (28, 28), mode="bilinear")
        turn = torch.tensor([[[cos(angle), -sin(angle), 0], [sin(angle), cos(angle), 0]]])
        grid = functional.affine_grid(turn, [1, 1, 28, 28], align_corners=False)
        total += functional.grid_sample(upright, grid, padding_mode="border", align_corners=False)
    expected = (total / config.looks)[0, 0]
    np.testing.assert_allclose(attribute(cnn.model, tensor, 7, "grad-cam").values, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["linear", "mlp"])
def test_grad_cam_without_convolutions_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="^Grad-CAM needs a network with convolutions, and this one has none$"):
        attribute_in_steps(build_model(name).eval(), example(1), 1, "grad-cam")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": 10}, "^target must be a digit from 0 to 9, got 10$"),
        (
            {"method": "magic"},
            "^method must be one of integrated-gradients, .*, gradient, got 'magic'$",
        ),
        ({"tensor": torch.zeros(28, 28)}, r"^tensor must have the shape \(1, 28, 28\), got \(28, 28\)$"),
    ],
)
def test_what_cannot_be_explained_is_refused_at_once(change: dict[str, object], message: str) -> None:
    given = {"model": build_model("linear").eval(), "tensor": example(1), "target": 1, "method": "gradient"} | change
    with pytest.raises(ValueError, match=message):
        attribute_in_steps(**given)  # type: ignore[arg-type]


def test_the_target_is_the_models_own_answer_unless_another_is_given(cnn: TrainedModel) -> None:
    assert attribute(cnn.model, example(3), method="gradient").target == 3
    assert attribute(cnn.model, example(3), 8, "gradient").target == 8


@pytest.mark.parametrize("method", METHODS)
def test_an_explanation_leaves_model_and_input_as_they_were(cnn: TrainedModel, method: str) -> None:
    tensor = example(9)
    before = tensor.clone()
    explained = attribute(cnn.model, tensor, 9, method)
    assert torch.equal(tensor, before) and not tensor.requires_grad
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in cnn.model.modules())
    assert all(parameter.grad is None for parameter in cnn.model.parameters())
    assert explained.values.shape == (28, 28) and explained.values.dtype == np.float32
    np.testing.assert_array_equal(explained.picture, tensor[0])
    assert bool(explained.values.min() < 0) is METHODS[method].has_sign


def test_a_step_reports_how_much_is_done(cnn: TrainedModel) -> None:
    for method in ("integrated-gradients", "occlusion"):
        fractions = list(attribute_in_steps(cnn.model, example(1), 1, method))
        assert fractions == sorted(set(fractions)) and fractions[0] == 0 and 0.7 < fractions[-1] < 1


def test_random_weights_are_x(cnn: TrainedModel) -> None:
    random, initial = randomised(cnn.config), cnn.config.build_model()
    assert not any(torch.equal(*pair) for pair in zip(kernels(random), kernels(initial), strict=True))
    assert all(torch.equal(*pair) for pair in zip(kernels(random), kernels(randomised(cnn.config)), strict=True))
    assert not random.training


def test_both_networks_are_explained_one_after_the_other(cnn: TrainedModel) -> None:
    def begin() -> Progress[tuple[Attribution, Attribution]]:
        return attribute_beside_random(cnn.model, cnn.config, example(2), 5, "integrated-gradients")

    fractions, (explained, control) = list(begin()), result_of(begin())
    assert fractions == sorted(set(fractions)) and 0 in fractions and 0.5 in fractions
    np.testing.assert_array_equal(explained.values, attribute(cnn.model, example(2), 5).values)
    np.testing.assert_array_equal(control.values, attribute(randomised(cnn.config), example(2), 5).values)


def kernels(model: nn.Module) -> list[torch.Tensor]:
    return [layer.weight for layer in model.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]


def test_the_largest_seed_has_random_weights_too() -> None:
    assert kernels(randomised(TrainConfig("linear", seed=2**31 - 1)))[0].std() > 0


def test_the_rank_correlation_with_equal_values_is_scipys() -> None:
    one, other = np.array([[0, 0, 1.5], [0, 2, -3]]), np.array([[1, 1, 1], [0, 5, -3.0]])
    assert rank_correlation(one, other) == pytest.approx(scipy.stats.spearmanr(one.ravel(), other.ravel()).statistic)
    assert rank_correlation(one, np.zeros((2, 3))) is None


def test_captum_and_matplotlib_are_loaded_on_request_alone() -> None:
    program = (
        "import sys, torch\n"
        "from mnist_core.analysis.attribution import attribute\n"
        "from mnist_core.models.networks import build_model\n"
        "asked = {'captum', 'matplotlib'}\n"
        "print(sorted(asked & set(sys.modules)))\n"
        "attribute(build_model('linear').eval(), torch.zeros(1, 28, 28))\n"
        "print('captum' in sys.modules)\n"
    )
    root = Path(__file__).parents[3]
    ended = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert ended.stdout.split("\n")[:2] == ["[]", "True"]
