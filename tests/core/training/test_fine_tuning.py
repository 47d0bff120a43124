import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.evaluation import evaluate
from mnist_core.models.networks import build_model
from mnist_core.progress import result_of
from mnist_core.training.fine_tuning import MAX_DRAWINGS, Drawings, FineTuning, blend_weights, fine_tune
from tests.made import made_split

FEW = FineTuning(steps=3, own=4, rehearsed=6)
LONGER = FineTuning(steps=60, own=16, rehearsed=48, augment=0.0, blend=1.0, learning_rate=0.003)


def drawings(count: int = 12, seed: int = 7) -> Drawings:
    """Blocks as in `made_split`, but the digit d is where d + 1 is there: a person with habits of their own."""
    split = made_split("drawings", count, seed)
    return Drawings(normalise(split.images), (split.labels + 1) % 10)


def trained(name: str, train: Split, steps: int = 150) -> nn.Sequential:
    """Train a model in plain PyTorch on a whole split."""
    model = build_model(name)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.003)
    model.train()
    for _ in range(steps):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(normalise(train.images)), train.labels).backward()
        optimiser.step()
    return model.eval()


def weights(model: nn.Module) -> list[torch.Tensor]:
    return [tensor.clone() for tensor in model.state_dict().values()]


def are_equal(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("name", ["linear", "mlp", "cnn"])
def test_a_copy_learns_and_the_model_stays_as_it_is(name: str) -> None:
    model, train = build_model(name).eval(), made_split("train", 50, 0)
    before = weights(model)
    tuned = result_of(fine_tune(model, drawings(), train, FEW)).model
    assert are_equal(weights(model), before)
    assert not model.training and not tuned.training
    changed = [not torch.equal(a, b) for a, b in zip(model.parameters(), tuned.parameters(), strict=True)]
    assert all(changed)


def test_the_statistics_of_batch_normalisation_stay_as_they_are() -> None:
    model, train = build_model("cnn").eval(), made_split("train", 50, 0)
    tuned = result_of(fine_tune(model, drawings(), train, FEW)).model
    statistics = list(model.buffers())
    assert statistics and are_equal(statistics, list(tuned.buffers()))


def test_without_variation_and_rehearsal_of_the_same_digits_a_step_is_that_of_plain_pytorch() -> None:
    model, one = build_model("linear").eval(), drawings(1)
    # One drawing, and one training image: whatever is drawn at random, the mini-batch is the same.
    train = made_split("train", 1, 0)
    settings = FineTuning(steps=1, own=2, rehearsed=3, learning_rate=0.01, augment=0.0, blend=1.0)
    tuned = result_of(fine_tune(model, one, train, settings))
    oracle = copy.deepcopy(model).train()
    # The first step of Adam does not depend on its momentum, as the mean of one gradient is the gradient.
    optimiser = torch.optim.AdamW(oracle.parameters(), lr=tuned.reports[0].learning_rate, weight_decay=0.0)
    inputs = torch.cat([one.tensors.expand(2, -1, -1, -1), normalise(train.images).expand(3, -1, -1, -1)])
    labels = torch.cat([one.labels.expand(2), train.labels.expand(3)])
    nn.functional.cross_entropy(oracle(inputs), labels).backward()
    optimiser.step()
    for actual, expected in zip(tuned.model.parameters(), oracle.parameters(), strict=True):
        torch.testing.assert_close(actual, expected, atol=1e-5, rtol=0)


def test_the_same_seed_gives_the_same_model_and_another_seed_another() -> None:
    model, train = build_model("mlp").eval(), made_split("train", 50, 0)
    one, same, other = (
        weights(result_of(fine_tune(model, drawings(), train, replace(FEW, seed=seed))).model) for seed in (1, 1, 2)
    )
    assert are_equal(one, same) and not are_equal(one, other)


def test_a_person_with_other_habits_is_learned_from_a_few_drawings() -> None:
    train, test = made_split("train", 400, 0), made_split("test", 200, 1)
    model = trained("mlp", train)
    # They write everything lower, so that the model reads 0 to 4 as 5 to 9.
    lower = Split(test.images.roll(7, dims=1), test.labels, "own")
    own, unseen = Drawings(normalise(lower.images[:40]), lower.labels[:40]), lower.at(slice(40, None))
    tuned = result_of(fine_tune(model, own, train, LONGER)).model
    assert evaluate(model, unseen).accuracy < 0.1 and evaluate(tuned, unseen).accuracy > 0.8
    assert evaluate(tuned, test).accuracy > 0.98


def test_rehearsal_keeps_what_is_known_even_where_the_drawings_contradict_it() -> None:
    train, test = made_split("train", 400, 0), made_split("test", 200, 1)
    model = trained("mlp", train)
    mislabelled = Drawings(normalise(test.images[:40]), torch.full((40,), 3))
    tuned = result_of(fine_tune(model, mislabelled, train, LONGER)).model
    forgetful = result_of(fine_tune(model, mislabelled, train, replace(LONGER, own=64, rehearsed=0))).model
    assert evaluate(tuned, test).accuracy > 0.7 > 0.3 > evaluate(forgetful, test).accuracy


def test_it_reports_every_step_and_how_much_is_done() -> None:
    progress = fine_tune(build_model("linear").eval(), drawings(), made_split("train", 50, 0), FEW)
    fractions = []
    while True:
        try:
            fractions.append(next(progress))
        except StopIteration as end:
            reports = end.value.reports
            break
    assert fractions == [1 / 3, 2 / 3, 1.0]
    assert [(report.step, report.steps, report.images) for report in reports] == [(1, 3, 10), (2, 3, 20), (3, 3, 30)]
    assert all(report.loss > 0 and report.test_accuracy is None for report in reports)


def test_it_can_be_left_after_any_step() -> None:
    model = build_model("linear").eval()
    before = weights(model)
    progress = fine_tune(model, drawings(), made_split("train", 50, 0), FEW)
    next(progress)
    progress.close()
    assert are_equal(weights(model), before)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.25, 2.0), (1.0, 5.0)])
def test_blending_goes_a_part_of_the_way_back(share: float, expected: float) -> None:
    original, tuned = nn.Linear(2, 1), nn.Linear(2, 1)
    for model, value in ((original, 1.0), (tuned, 5.0)):
        for weight in model.parameters():
            nn.init.constant_(weight, value)
    blend_weights(tuned, original, share)
    assert all((weight == expected).all() for weight in tuned.parameters())


def test_a_loss_that_is_not_finite_ends_it_with_a_sentence() -> None:
    model = build_model("linear").eval()
    with torch.no_grad():
        next(iter(model.parameters())).fill_(float("inf"))
    with pytest.raises(FloatingPointError, match="no longer finite"):
        result_of(fine_tune(model, drawings(), made_split("train", 50, 0), FEW))


@pytest.mark.parametrize(
    ("shape", "labels"),
    [
        ((0, 1, 28, 28), []),
        ((2, 28, 28), [1, 2]),
        ((2, 1, 28, 28), [1]),
        ((1, 1, 28, 28), [10]),
        ((1, 1, 28, 28), [-1]),
        ((MAX_DRAWINGS + 1, 1, 28, 28), [0] * (MAX_DRAWINGS + 1)),
    ],
)
def test_what_is_no_drawing_with_its_digit_is_refused(shape: tuple[int, ...], labels: list[int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Drawings(torch.zeros(shape), torch.tensor(labels, dtype=torch.int64))


def test_drawings_must_be_finite() -> None:
    with pytest.raises(ValueError, match="finite"):
        Drawings(torch.full((1, 1, 28, 28), float("nan")), torch.tensor([1]))
