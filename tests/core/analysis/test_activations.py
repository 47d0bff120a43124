import pytest
import torch
from torch import nn

from mnist_core.analysis.activations import INPUT_LAYER, Operation, trace
from mnist_core.models import networks
from mnist_core.models.networks import build_model
from mnist_core.recognition.ood_detector import load_ood_detector
from mnist_core.recognition.predictor import Predictor

NETWORKS = [  # name, width, depth, looks
    ("linear", 16, 2, 1),
    ("linear", 16, 2, 3),
    ("mlp", 4, 2, 1),
    ("mlp", 16, 2, 5),
    ("cnn", 4, 1, 1),
    ("cnn", 8, 2, 5),
    ("cnn", 5, 4, 3),
]


def made_model(name: str, width: int = 4, depth: int = 2, looks: int = 1, seed: int = 0) -> nn.Sequential:
    """A model in evaluation mode whose normalisations have seen something, so that none of them does nothing."""
    model = build_model(name, seed, width, depth, looks)
    generator = torch.Generator().manual_seed(seed)
    for module in model:
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.copy_(torch.randn(module.num_features, generator=generator) / 5)
            module.running_var.copy_(torch.rand(module.num_features, generator=generator) + 0.1)
            with torch.no_grad():
                module.weight.copy_(torch.rand(module.num_features, generator=generator) + 0.5)
                module.bias.copy_(torch.randn(module.num_features, generator=generator) / 3)
    return model.eval()


def made_picture(seed: int = 0) -> torch.Tensor:
    return torch.randn(1, 28, 28, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_every_stage_is_what_torch_hands_to_a_forward_hook(network: tuple[str, int, int, int]) -> None:
    model, picture = made_model(*network), made_picture()
    seen: list[torch.Tensor] = []
    for module in model:
        module.register_forward_hook(lambda _, __, output: seen.append(output.detach().clone()))
    with torch.no_grad():
        model(picture[None])
    hooked = list(seen)
    flow = trace(model, picture)
    stages = flow.stages[1:-1]
    assert [stage.layer for stage in stages] == list(range(len(model)))
    for stage, expected in zip(stages, hooked, strict=True):
        torch.testing.assert_close(stage.values, expected, rtol=0, atol=0)
    assert torch.equal(flow.stage(INPUT_LAYER).values[0], picture)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_last_stage_is_what_the_predictor_answers(network: tuple[str, int, int, int]) -> None:
    model, picture = made_model(*network), made_picture(1)
    predictor = Predictor(model, load_ood_detector(), temperature=1.7)
    flow = trace(model, picture, predictor.temperature)
    torch.testing.assert_close(flow.stages[-1].values, predictor.probabilities(picture[None]))
    assert flow.stages[-1].layer == len(model)


def test_a_convolution_and_what_follows_it_is_one_block() -> None:
    flow = trace(made_model("cnn", depth=1, looks=3), made_picture())
    assert [(block.name, [str(stage.operation) for stage in block.stages]) for block in flow.blocks()] == [
        ("Input", ["Input"]),
        ("Looks", ["Looks"]),
        ("Convolution 1", ["Convolution", "Normalisation and bias", "ReLU"]),
        ("Convolution 2", ["Convolution", "Max pooling", "Normalisation and bias", "ReLU"]),
        ("Convolution 3", ["Convolution", "Max pooling", "Normalisation and bias", "ReLU"]),
        ("Flatten", ["Flatten", "Mean over looks"]),
        ("Logits", ["Logits"]),
        ("Probabilities", ["Softmax"]),
    ]
    assert [block.output.shape for block in flow.blocks()] == [
        (1, 28, 28), (1, 28, 28), (4, 12, 12), (8, 6, 6), (16, 3, 3), (144,), (10,), (10,),
    ]  # fmt: skip


def test_a_hidden_layer_and_its_relu_are_one_block() -> None:
    blocks = trace(made_model("mlp"), made_picture()).blocks()
    assert [block.name for block in blocks] == ["Input", "Flatten", "Hidden layer", "Logits", "Probabilities"]
    assert [stage.operation for stage in blocks[2].stages] == [Operation.DENSE, Operation.RELU]


def test_a_look_has_activations_of_its_own_until_their_mean() -> None:
    model, picture = made_model("cnn", looks=5), made_picture()
    flow = trace(model, picture)
    assert flow.looks == pytest.approx((-6, -3, 0, 3, 6))
    layers = [module for module in model if not isinstance(module, networks.TestTimeRotations | networks.MeanOverViews)]
    by_itself = trace(nn.Sequential(*layers).eval(), picture)
    unturned = flow.stage(1).of_look(2)  # the third look is the picture itself
    torch.testing.assert_close(unturned, by_itself.stage(0).of_look(0))
    assert not torch.equal(flow.stage(1).of_look(0), unturned)
    assert torch.equal(flow.stages[-1].of_look(0), flow.stages[-1].of_look(4))


def test_a_model_without_rotations_looks_once() -> None:
    assert trace(made_model("linear"), made_picture()).looks == (0.0,)


def test_wrong_input_is_refused_in_words() -> None:
    model = made_model("linear")
    with pytest.raises(ValueError, match="shape"):
        trace(model, torch.zeros(28, 28))
    with pytest.raises(ValueError, match="layer must be"):
        trace(model, made_picture()).stage(3)
    with pytest.raises(ValueError, match="evaluation mode"):
        trace(model.train(), made_picture())
