import time
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from mnist_core.data.split import Split
from mnist_core.models.config import STANDARD, TrainConfig
from mnist_core.models.evaluation import evaluate
from mnist_core.models.networks import MODELS, build_model
from mnist_core.training.augmentation import augment
from mnist_core.training.handwriting_styles import UNSTYLED
from mnist_core.training.loop import fit
from mnist_core.training.report import StepReport

Splits = tuple[Split, Split]
QUICK = TrainConfig("linear", epochs=2, batch_size=40, learning_rate=0.003)  # 10 steps per epoch on the tiny split


def trained(splits: Splits, config: TrainConfig) -> tuple[nn.Sequential, list[StepReport]]:
    model = build_model(config.model, config.seed)
    return model, list(fit(model, *splits, config))


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def linear_layer(model: nn.Sequential) -> nn.Linear:
    layer = model[1]
    assert isinstance(layer, nn.Linear)
    return layer


def without_time(reports: list[StepReport]) -> list[StepReport]:
    return [replace(report, seconds=0) for report in reports]


@pytest.mark.parametrize("name", MODELS)
def test_the_same_seed_repeats_a_run_bit_for_bit(tiny_splits: Splits, name: str) -> None:
    config = replace(STANDARD[name], epochs=1, batch_size=40)
    (one, its_reports), (again, again_reports) = trained(tiny_splits, config), trained(tiny_splits, config)
    assert same(one, again) and without_time(its_reports) == without_time(again_reports)
    other, _ = trained(tiny_splits, replace(config, seed=config.seed + 1))
    assert not same(one, other)


def test_the_seed_decides_the_order_and_the_augmentation_of_the_images(tiny_splits: Splits) -> None:
    for config in (QUICK, replace(QUICK, augment=1.0)):
        models = []
        for seed in (0, 1):
            models.append(build_model("linear", seed=7))
            list(fit(models[-1], *tiny_splits, replace(config, seed=seed)))
        assert not same(*models)


def test_training_neither_uses_nor_changes_the_global_random_state(tiny_splits: Splits) -> None:
    torch.manual_seed(3)
    model, before = build_model("linear"), torch.get_rng_state()
    list(fit(model, *tiny_splits, replace(QUICK, augment=1.0)))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", MODELS)
def test_training_lowers_the_loss_and_learns_the_digits(tiny_splits: Splits, name: str) -> None:
    _, reports = trained(tiny_splits, replace(STANDARD[name], epochs=3, batch_size=40))
    losses = [report.loss for report in reports]
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])
    assert reports[-1].test_accuracy is not None and reports[-1].test_accuracy > 0.9


def test_reports_count_steps_epochs_and_images(tiny_splits: Splits) -> None:
    _, reports = trained(tiny_splits, replace(QUICK, batch_size=64, epochs=2))
    assert [report.step for report in reports] == list(range(1, 13))  # 6 whole batches of 64 in 400, twice
    assert {report.steps for report in reports} == {12}
    assert [report.images for report in reports] == [64 * step for step in range(1, 13)]
    assert [report.epoch for report in reports] == pytest.approx([step / 6 for step in range(1, 13)])
    seconds = [report.seconds for report in reports]
    assert seconds[0] > 0 and seconds == sorted(seconds)


def test_a_batch_larger_than_the_split_holds_every_image_once(tiny_splits: Splits) -> None:
    _, reports = trained(tiny_splits, replace(QUICK, batch_size=512, epochs=1))
    assert [report.images for report in reports] == [400]


@pytest.mark.parametrize(("evaluations", "at"), [(1, [10, 20]), (2, [5, 10, 15, 20]), (5, list(range(2, 21, 2)))])
def test_evaluations_are_evenly_spread_over_an_epoch_and_the_last_is_at_its_end(
    tiny_splits: Splits, evaluations: int, at: list[int]
) -> None:
    model, reports = trained(tiny_splits, replace(QUICK, evaluations=evaluations))
    assert [report.step for report in reports if report.test_accuracy is not None] == at
    assert [report.step for report in reports if report.test_loss is not None] == at
    evaluation = evaluate(model, tiny_splits[1])
    assert (reports[-1].test_accuracy, reports[-1].test_loss) == (evaluation.accuracy, evaluation.loss)
    assert reports[-1].confusion == evaluation.confusion


@pytest.mark.parametrize("name", MODELS)
def test_the_last_report_evaluates_the_final_weights(tiny_splits: Splits, name: str) -> None:
    model, reports = trained(tiny_splits, replace(STANDARD[name], epochs=2, batch_size=40))
    assert not model.training
    assert reports[-1].test_accuracy == evaluate(model, tiny_splits[1]).accuracy


def test_evaluating_does_not_change_the_training(tiny_splits: Splits) -> None:
    config = TrainConfig("cnn", epochs=1, batch_size=40)
    one, _ = trained(tiny_splits, config)
    other, _ = trained(tiny_splits, replace(config, evaluations=5))
    assert same(one, other)


def test_the_learning_rate_rises_to_its_peak_and_falls_again(tiny_splits: Splits) -> None:
    _, reports = trained(tiny_splits, replace(QUICK, epochs=8, learning_rate=0.02))
    rates = [report.learning_rate for report in reports]
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(0.02, rel=0.01)
    assert 0 < peak < len(rates) - 1
    assert rates[: peak + 1] == sorted(rates[: peak + 1]) and rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[0] < 0.2 * 0.02 and rates[-1] < 0.01 * 0.02


@pytest.mark.parametrize(("weight_decay", "smoothing"), [(0.0, 0.0), (0.5, 0.0), (0.1, 0.2)])
def test_one_step_equals_a_step_of_plain_torch(tiny_splits: Splits, weight_decay: float, smoothing: float) -> None:
    train, test = tiny_splits[0].first(64), tiny_splits[1]
    config = replace(
        QUICK, epochs=1, batch_size=64, learning_rate=0.1, weight_decay=weight_decay, label_smoothing=smoothing
    )
    torch.manual_seed(11)
    model = build_model("linear")
    oracle = nn.Linear(784, 10)
    oracle.load_state_dict(linear_layer(model).state_dict())
    (report,) = fit(model, train, test, config)
    # All images are in one batch, so their order does not matter.
    optimiser = torch.optim.AdamW(oracle.parameters(), lr=report.learning_rate, weight_decay=weight_decay)
    inputs = ((train.images.reshape(64, 784).double() / 255 - 0.1307) / 0.3081).float()
    loss = nn.CrossEntropyLoss(label_smoothing=smoothing)(oracle(inputs), train.labels)
    loss.backward()
    before = oracle.weight.detach().clone()
    optimiser.step()
    assert report.loss == pytest.approx(float(loss.detach()), rel=1e-5)
    # Where a gradient is almost 0, rounding decides AdamW's step: a few weights in a thousand may differ.
    weight = linear_layer(model).weight.detach()
    close = torch.isclose(weight, oracle.weight.detach(), rtol=0, atol=1e-6)
    assert close.float().mean() > 0.998
    torch.testing.assert_close(linear_layer(model).bias, oracle.bias, rtol=0, atol=1e-5)
    assert (weight - before).abs().mean() > 1e-3


def test_every_image_is_used_once_per_epoch(tiny_splits: Splits) -> None:
    train, test = tiny_splits
    seen: list[torch.Tensor] = []
    model = build_model("linear")
    model.register_forward_pre_hook(
        lambda module, given: seen.append(given[0].detach().clone()) if module.training else None
    )
    list(fit(model, train, test, replace(QUICK, epochs=2, augment=0.0)))
    epochs = [torch.cat(seen[:10]), torch.cat(seen[10:])]
    whole = (train.images.float()[:, None] / 255 - 0.1307) / 0.3081
    for epoch in epochs:
        assert sorted(epoch.sum(dim=(1, 2, 3)).tolist()) == pytest.approx(
            sorted(whole.sum(dim=(1, 2, 3)).tolist()), abs=0.01
        )
    assert not torch.equal(*epochs)


def test_training_does_not_change_the_splits(tiny_splits: Splits) -> None:
    before = [(split.images.clone(), split.labels.clone()) for split in tiny_splits]
    trained(tiny_splits, replace(QUICK, augment=1.0))
    for split, (images, labels) in zip(tiny_splits, before, strict=True):
        assert torch.equal(split.images, images) and torch.equal(split.labels, labels)


def test_a_pause_between_reports_changes_nothing_and_does_not_count_as_training_time(tiny_splits: Splits) -> None:
    torch.manual_seed(0)
    model = build_model("linear")
    reports = fit(model, *tiny_splits, QUICK)
    first = next(reports)
    paused = linear_layer(model).weight.detach().clone()
    time.sleep(0.3)
    assert torch.equal(linear_layer(model).weight, paused)
    resumed = time.perf_counter()
    second = next(reports)
    assert second.seconds - first.seconds <= time.perf_counter() - resumed
    assert not torch.equal(linear_layer(model).weight, paused)
    rest = list(reports)
    straight, straight_reports = trained(tiny_splits, QUICK)
    assert same(model, straight)
    assert without_time([first, second, *rest]) == without_time(straight_reports)


def test_a_run_with_averaging_evaluates_and_keeps_the_averaged_weights(tiny_splits: Splits) -> None:
    config = replace(QUICK, epochs=4, batch_size=8, average=True)
    model, reports = trained(tiny_splits, config)
    plain, _ = trained(tiny_splits, replace(config, average=False))
    assert not same(model, plain)
    assert reports[-1].test_accuracy is not None and reports[-1].test_accuracy > 0.9
    assert reports[-1].test_loss == pytest.approx(evaluate(model, tiny_splits[1]).loss, rel=1e-4)


def test_averaging_does_not_undo_a_short_run(tiny_splits: Splits) -> None:
    config = replace(QUICK, epochs=1, batch_size=64, average=True)  # 6 steps
    fresh = build_model("linear", config.seed)
    model, reports = trained(tiny_splits, config)
    assert not same(model, fresh)
    assert reports[-1].loss < reports[0].loss


def test_bfloat16_learns_like_float32_and_keeps_its_weights_in_float32(tiny_splits: Splits) -> None:
    config = replace(QUICK, epochs=4)
    (exact, expected), (rounded, reports) = (
        trained(tiny_splits, replace(config, precision=precision)) for precision in ("float32", "bfloat16")
    )
    assert all(weight.dtype == torch.float32 for weight in rounded.parameters())
    assert not same(exact, rounded)
    assert [report.loss for report in reports] == pytest.approx([report.loss for report in expected], abs=0.05)


def test_only_reinked_digits_are_restyled(tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    train, test = tiny_splits
    seen: list[torch.Tensor] = []

    def recorded(images: torch.Tensor, strength: float, generator: torch.Generator, labels: torch.Tensor) -> Any:
        seen.append(labels)
        return augment(images, strength, generator, labels)

    monkeypatch.setattr("mnist_core.training.loop.augment", recorded)
    redrawn = torch.arange(len(train)) % 2 == 0
    list(fit(build_model("linear"), replace(train, redrawn=redrawn), test, replace(QUICK, epochs=1, augment=1.0)))
    style_labels = torch.cat(seen)
    assert int((style_labels == UNSTYLED).sum()) == len(train) // 2
    assert torch.equal(style_labels[style_labels != UNSTYLED].sort().values, train.labels[redrawn].sort().values)
