from dataclasses import replace

import pytest
import torch
from torch import nn

from mnist_core.ink.normalisation import normalise
from mnist_core.models.evaluation import calibrate, evaluate
from mnist_core.models.networks import build_model
from mnist_core.progress import Progress, result_of
from mnist_core.training import teaching
from mnist_core.training.fine_tuning import Drawings, FineTuned, FineTuning, fine_tune
from mnist_core.training.teaching import folds, folds_in_words, teach
from tests.made import made_split

FEW = FineTuning(steps=2, own=4, rehearsed=4)
TRAIN, TEST = made_split("train", 60, 0), made_split("test", 40, 1)


def drawings(count: int = 12) -> Drawings:
    split = made_split("drawings", count, 7)
    return Drawings(normalise(split.images), split.labels)


@pytest.mark.parametrize("count", [10, 11, 25, 500])
def test_every_drawing_is_in_one_fold_and_folds_have_nearly_one_size(count: int) -> None:
    parts = folds(torch.arange(count) % 10)
    assert sorted(torch.cat(parts).tolist()) == list(range(count))
    assert len(parts) == 10 and {len(part) for part in parts} <= {count // 10, -(-count // 10)}


def test_the_drawings_of_a_digit_are_spread_over_the_folds() -> None:
    labels = torch.tensor([3] * 10 + [8] * 10)
    assert all(sorted(labels[part].tolist()) == [3, 8] for part in folds(labels))


def test_ten_drawings_are_judged_one_by_one() -> None:
    assert folds_in_words(10, 10) == "leave-one-out"
    assert folds_in_words(10, 30) == "10-fold cross-validation"


def test_no_drawing_is_judged_by_a_model_that_learned_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge that knows only what it learned by heart: for any other drawing it answers 0."""

    def learn_by_heart(
        model: nn.Sequential, known: Drawings, train: object, settings: FineTuning
    ) -> Progress[FineTuned]:
        learned = [(tensor, int(label)) for tensor, label in zip(known.tensors, known.labels, strict=True)]

        class Memory(nn.Module):
            def forward(self, tensors: torch.Tensor) -> torch.Tensor:
                found = [next((label for each, label in learned if torch.equal(each, one)), 0) for one in tensors]
                return torch.eye(10)[found]

        tuned = result_of(fine_tune(model, known, TRAIN, settings))
        yield 1.0
        return replace(tuned, model=nn.Sequential(Memory()))

    monkeypatch.setattr(teaching, "fine_tune", learn_by_heart)
    own = drawings()
    own = Drawings(own.tensors, own.labels.clamp(min=1))  # none is a 0
    taught = result_of(teach(build_model("linear").eval(), own, TRAIN, TEST, FEW))
    assert taught.own_after == 0.0
    assert torch.equal(taught.model(own.tensors).argmax(dim=1), own.labels)  # it was taught all of them


def test_the_numbers_are_those_of_both_models() -> None:
    model, own = build_model("mlp").eval(), drawings()
    taught = result_of(teach(model, own, TRAIN, TEST, FEW))
    oracle = result_of(fine_tune(model, own, TRAIN, FEW)).model
    for one, other in zip(taught.model.parameters(), oracle.parameters(), strict=True):
        assert torch.equal(one, other)
    assert taught.test_before == evaluate(model, TEST).accuracy
    after = evaluate(oracle, TEST)
    assert (taught.test_after, taught.reports[-1].test_accuracy) == (after.accuracy, after.accuracy)
    assert taught.reports[-1].confusion == after.confusion
    assert torch.equal(taught.answers_before, model(own.tensors).argmax(dim=1))
    assert taught.own_before == float((taught.answers_before == own.labels).float().mean())
    temperature, _, error = calibrate(after.logits, TEST.labels)
    assert (taught.temperature, taught.calibration_error) == (temperature, error)


def test_each_answer_is_that_of_the_model_without_its_fold() -> None:
    model, own = build_model("linear").eval(), drawings(10)
    taught = result_of(teach(model, own, TRAIN, TEST, FEW))
    for left_out in (0, 7):
        others = torch.tensor([at for at in range(10) if at != left_out])
        judge = result_of(fine_tune(model, own.at(others), TRAIN, FEW)).model
        assert taught.answers_after[left_out] == judge(own.tensors[[left_out]]).argmax()


def test_an_accuracy_that_is_known_is_not_measured_again() -> None:
    model = build_model("linear").eval()
    assert result_of(teach(model, drawings(), TRAIN, TEST, FEW, test_before=0.25)).test_before == 0.25


def test_the_progress_rises_to_the_end() -> None:
    fractions = list(teach(build_model("linear").eval(), drawings(), TRAIN, TEST, FEW))
    assert fractions == sorted(fractions) and fractions[0] > 0 and fractions[-1] == pytest.approx(1.0)


def test_others_may_compute_between_two_steps_with_gradients() -> None:
    progress = teach(build_model("linear").eval(), drawings(), TRAIN, TEST, FEW)
    assert all(torch.is_grad_enabled() for _ in progress)


def test_few_drawings_are_refused() -> None:
    with pytest.raises(ValueError, match="10 drawings or more, got 9"):
        next(teach(build_model("linear").eval(), drawings(9), TRAIN, TEST, FEW))


def test_the_result_by_digit_counts_the_drawings_and_both_kinds_of_right_answers() -> None:
    taught = result_of(teach(build_model("linear").eval(), drawings(), TRAIN, TEST, FEW))
    taught = replace(
        taught,
        labels=torch.tensor([7, 3, 7, 7]),
        answers_before=torch.tensor([7, 1, 1, 1]),
        answers_after=torch.tensor([7, 3, 7, 3]),
    )
    assert taught.by_digit() == [(3, 1, 0, 1), (7, 3, 1, 2)]
