import pytest
import torch
from torch import nn

from mnist_core.data.split import Split
from mnist_core.models.evaluation import (
    BATCH,
    accuracy_by_class,
    calibrate,
    confusion_matrix,
    evaluate,
    fit_temperature,
    predict_logits,
    reliability,
)
from mnist_core.models.networks import build_model


def random_images(count: int) -> torch.Tensor:
    return torch.randint(0, 256, (count, 28, 28), generator=torch.Generator().manual_seed(count), dtype=torch.uint8)


def test_a_confusion_matrix_has_one_row_per_label() -> None:
    labels = torch.tensor([3, 3, 3, 0, 9])
    predicted = torch.tensor([3, 5, 5, 0, 1])
    by_hand = torch.zeros(10, 10, dtype=torch.int64)
    by_hand[3, 3], by_hand[3, 5], by_hand[0, 0], by_hand[9, 1] = 1, 2, 1, 1
    counted = confusion_matrix(predicted, labels)
    assert torch.equal(counted, by_hand) and counted.dtype == torch.int64


def test_a_confusion_matrix_of_nothing_is_all_zero() -> None:
    nothing = torch.empty(0, dtype=torch.int64)
    assert torch.equal(confusion_matrix(nothing, nothing), torch.zeros(10, 10, dtype=torch.int64))


@pytest.mark.parametrize("count", [1, BATCH, BATCH + 3])
def test_the_logits_do_not_depend_on_the_batches(count: int) -> None:
    torch.manual_seed(0)
    model, images = build_model("cnn"), random_images(count)
    logits = predict_logits(model, images)
    with torch.no_grad():
        at_once = model.eval()((images.float()[:, None] / 255 - 0.1307) / 0.3081)
    assert logits.shape == (count, 10) and not logits.requires_grad
    torch.testing.assert_close(logits, at_once, rtol=1e-4, atol=1e-4)


def test_a_model_predicts_in_evaluation_mode() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(784, 10)).train()
    images = random_images(20)
    assert torch.equal(predict_logits(model, images), predict_logits(model.train(), images))
    assert not model.training


def test_an_evaluation_equals_one_counted_by_hand() -> None:
    torch.manual_seed(1)
    model, images = build_model("mlp"), random_images(BATCH + 50)
    labels = torch.randint(0, 10, (len(images),), generator=torch.Generator().manual_seed(5))
    logits = predict_logits(model, images)
    correct = sum(int(row.argmax()) == label for row, label in zip(logits, labels.tolist(), strict=True))
    nats = [-float(torch.log_softmax(row, dim=0)[label]) for row, label in zip(logits, labels.tolist(), strict=True)]
    evaluation = evaluate(model, Split(images, labels, "test"))
    assert evaluation.accuracy == pytest.approx(correct / len(images))
    assert evaluation.loss == pytest.approx(sum(nats) / len(nats), rel=1e-5)
    assert sum(evaluation.confusion[digit][digit] for digit in range(10)) == correct
    assert torch.equal(torch.tensor(evaluation.confusion), confusion_matrix(logits.argmax(dim=1), labels))
    assert torch.equal(evaluation.logits, logits)


def test_an_exception_before_a_batch_ends_the_evaluation() -> None:
    batches: list[int] = []

    def stop_at_the_second() -> None:
        batches.append(len(batches))
        if len(batches) == 2:
            raise InterruptedError

    split = Split(random_images(3 * BATCH), torch.zeros(3 * BATCH, dtype=torch.int64), "test")
    with pytest.raises(InterruptedError):
        evaluate(build_model("linear"), split, on_batch=stop_at_the_second)
    assert batches == [0, 1]


def test_the_calibration_error_is_the_mean_gap_between_confidence_and_accuracy() -> None:
    confidence = torch.tensor([0.95, 0.95, 0.65, 0.65])
    probabilities = torch.zeros(4, 10)
    probabilities[:, 0], probabilities[:, 1] = confidence, 1 - confidence
    labels = torch.tensor([0, 0, 0, 1])  # both confident predictions are correct, and one of the two others
    bins = reliability(probabilities, labels)
    assert bins.confidence == pytest.approx([0.65, 0.95])
    assert bins.accuracy == pytest.approx([0.5, 1.0])
    assert bins.count == [2, 2]
    assert bins.error == pytest.approx((0.15 * 2 + 0.05 * 2) / 4)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_of_miscalibrated_logits_is_recovered(temperature: float) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(20_000, 10, generator=generator) * 2
    labels = torch.multinomial(torch.softmax(logits, dim=1), 1, generator=generator)[:, 0]
    assert fit_temperature(logits * temperature, labels) == pytest.approx(temperature, rel=0.05)


def test_calibration_is_measured_on_the_half_that_the_temperature_was_not_fitted_on() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(40, 10, generator=generator)
    labels = torch.randint(0, 10, (40,), generator=generator)
    temperature, before, after = calibrate(logits, labels)
    assert temperature == pytest.approx(fit_temperature(logits[:20], labels[:20]))
    assert before == pytest.approx(reliability(torch.softmax(logits[20:], dim=1), labels[20:]).error)
    assert after == pytest.approx(reliability(torch.softmax(logits[20:] / temperature, dim=1), labels[20:]).error)


def test_the_temperature_is_1_without_finite_logits() -> None:
    assert fit_temperature(torch.full((10, 10), torch.nan), torch.arange(10)) == 1.0
    assert calibrate(torch.randn(1, 10), torch.tensor([3]))[0] == 1.0  # the first half of one image is empty


def test_accuracy_by_class_is_right_answers_by_images() -> None:
    confusion = [[0] * 10 for _ in range(10)]
    confusion[3][3], confusion[3][5], confusion[0][0] = 3, 1, 2
    assert accuracy_by_class(confusion) == [1.0, 0, 0, 0.75, 0, 0, 0, 0, 0, 0]
