from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
import torch
from torch import nn

from mnist_core.data.split import Split
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import build_model
from mnist_core.training.learner import TrainingState
from mnist_core.training.loop import fit, make_learner

Splits = tuple[Split, Split]
PLAIN = TrainConfig("cnn", epochs=3, batch_size=40, seed=4)  # 10 steps an epoch on the tiny split


def weights(model: nn.Module) -> list[torch.Tensor]:
    return list(model.state_dict().values())


def put_down(splits: Splits, config: TrainConfig, after: int) -> TrainingState:
    """Train some steps and give the state after them."""
    model = build_model(config.model, config.seed)
    learner = make_learner(model, splits[0], config)
    list(islice(fit(model, *splits, config, learner=learner), after))
    return learner.state()


def taken_up(splits: Splits, config: TrainConfig, state: TrainingState) -> tuple[nn.Module, list[float]]:
    model = build_model(config.model, config.seed + 1)  # the state alone decides
    learner = make_learner(model, splits[0], config, state=state)
    return model, [report.loss for report in fit(model, *splits, config, learner=learner)]


@pytest.mark.parametrize("after", [9, *(pytest.param(after, marks=pytest.mark.slow) for after in (1, 10, 13))])
@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"augment": 1.0},
        {"average": True, "batch_size": 20},
        {"optimiser": "sgd", "learning_rate": 0.05},
        {"schedule": "step", "model": "mlp"},
        {"schedule": "constant", "optimiser": "sgd", "model": "linear"},
        {"share": 0.6, "label_noise": 0.3},
    ],
    ids=str,
)
def test_a_run_put_down_and_taken_up_ends_with_the_same_weights_to_the_last_bit(
    tiny_splits: Splits, choice: dict[str, Any], after: int
) -> None:
    config = replace(PLAIN, **choice)
    straight = build_model(config.model, config.seed)
    losses = [report.loss for report in fit(straight, *tiny_splits, config)]
    resumed, rest = taken_up(tiny_splits, config, put_down(tiny_splits, config, after))
    assert rest == losses[after:]
    assert all(torch.equal(one, other) for one, other in zip(weights(resumed), weights(straight), strict=True))


def test_a_state_is_a_copy_that_training_on_does_not_change(tiny_splits: Splits) -> None:
    model = build_model("linear")
    config = replace(PLAIN, model="linear")
    learner = make_learner(model, tiny_splits[0], config)
    reports = fit(model, *tiny_splits, config, learner=learner)
    next(reports)
    state = learner.state()
    before = {name: value.clone() for name, value in state.tensors.items()}
    list(reports)
    assert all(torch.equal(value, before[name]) for name, value in state.tensors.items())
    assert not torch.equal(state.tensors["model.1.weight"], model.get_parameter("1.weight"))


def damaged(state: TrainingState, how: str) -> TrainingState:
    tensors = dict(state.tensors)
    if how == "missing":
        del tensors["optimiser.0.exp_avg"]
    elif how == "shape":
        tensors["model.0.weight"] = tensors["model.0.weight"][:, :, :4]
    elif how == "type":
        tensors["model.0.weight"] = tensors["model.0.weight"].double()
    elif how == "infinite":
        tensors["optimiser.0.exp_avg"] = torch.full_like(tensors["optimiser.0.exp_avg"], float("inf"))
    elif how == "more":
        tensors["model.0.bias"] = torch.zeros(16)
    elif how == "random":
        tensors["generator"] = torch.full_like(tensors["generator"], 255)
    elif how in ("int64", "bool", "uint8"):
        tensors["model.0.weight"] = tensors["model.0.weight"].to(getattr(torch, how))
    elif how == "nan":
        tensors["model.0.weight"] = torch.full_like(tensors["model.0.weight"], float("nan"))
    steps = {"early": 0, "late": 30, "negative": -1, "huge": 2**62}
    return replace(state, tensors=tensors, step=steps.get(how, state.step))


DAMAGE = ("missing", "shape", "type", "int64", "bool", "uint8", "nan", "infinite", "more", "random")


@pytest.mark.parametrize("how", [*DAMAGE, "early", "late", "negative", "huge"])
def test_a_state_that_does_not_fit_is_refused_in_one_sentence(tiny_splits: Splits, how: str) -> None:
    state = damaged(put_down(tiny_splits, PLAIN, 2), how)
    with pytest.raises(ValueError, match=r"^(a|the) state (to resume from|of a random generator) must [^\n]+$"):
        make_learner(build_model("cnn"), tiny_splits[0], PLAIN, state=state)


def test_a_state_of_another_optimiser_is_refused(tiny_splits: Splits) -> None:
    state = put_down(tiny_splits, PLAIN, 2)
    with pytest.raises(ValueError, match="this run's tensors"):
        make_learner(build_model("cnn"), tiny_splits[0], replace(PLAIN, optimiser="sgd"), state=state)


def test_sgd_takes_the_step_that_torch_takes(tiny_splits: Splits) -> None:
    config = TrainConfig(
        "linear", batch_size=400, learning_rate=0.1, optimiser="sgd", schedule="constant", weight_decay=0.02, epochs=2
    )
    model, oracle = build_model("linear"), build_model("linear")
    optimiser = torch.optim.SGD(oracle.parameters(), lr=0.1, momentum=0.9, weight_decay=0.02)
    inputs = (tiny_splits[0].images[:, None].float() / 255 - 0.1307) / 0.3081
    for _ in fit(model, *tiny_splits, config):
        optimiser.zero_grad()
        nn.functional.cross_entropy(oracle(inputs), tiny_splits[0].labels).backward()
        optimiser.step()
    for one, other in zip(weights(model), weights(oracle), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
