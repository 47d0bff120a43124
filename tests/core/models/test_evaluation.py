import pytest
import torch
from torch import nn

from mnist_core.data.split import Split
from mnist_core.models.evaluation import (
    BATCH,
    accuracy_and_loss,
    calibrate,
    confusion_matrix,
    fit_temperature,
    predict_logits,
    reliability,
)
from mnist_core.models.networks import build_model


def some_images(count: int) -> torch.Tensor:
    return torch.randint(0, 256, (count, 28, 28), generator=torch.Generator().manual_seed(count), dtype=torch.uint8)


def test_a_confusion_matrix_counts_a_row_a_label() -> None:
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
def test_logits_are_those_of_the_whole_split_at_once(count: int) -> None:
    torch.manual_seed(0)
    model, images = build_model("cnn"), some_images(count)
    logits = predict_logits(model, images)
    with torch.no_grad():
        max_concurrent = model.eval()((images.float()[:, None] / 255 - 0.1307) / 0.3081)
    assert logits.shape == (count, 10) and not logits.requires_grad
    torch.testing.assert_close(logits, max_concurrent, rtol=1e-4, atol=1e-4)


def test_a_model_is_asked_in_evaluation_mode() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(784, 10)).train()
    images = some_images(20)
    assert torch.equal(predict_logits(model, images), predict_logits(model.train(), images))
    assert not model.training


def test_accuracy_and_loss_are_those_counted_directly() -> None:
    torch.manual_seed(1)
    model, images = build_model("mlp"), some_images(BATCH + 50)
    labels = torch.randint(0, 10, (len(images),), generator=torch.Generator().manual_seed(5))
    logits = predict_logits(model, images)
    right = sum(int(row.argmax()) == label for row, label in zip(logits, labels.tolist(), strict=True))
    nats = [-float(torch.log_softmax(row, dim=0)[label]) for row, label in zip(logits, labels.tolist(), strict=True)]
    accuracy, loss = accuracy_and_loss(model, Split(images, labels, "test"))
    assert accuracy == pytest.approx(right / len(images))
    assert loss == pytest.approx(sum(nats) / len(nats), rel=1e-5)
    confusion = confusion_matrix(logits.argmax(dim=1), labels)
    assert int(confusion.trace()) == right and int(confusion.sum()) == len(images)


def test_reliability_is_the_gap_between_confidence_and_accuracy() -> None:
    sure = torch.tensor([0.95, 0.95, 0.65, 0.65])
    probabilities = torch.zeros(4, 10)
    probabilities[:, 0], probabilities[:, 1] = sure, 1 - sure
    labels = torch.tensor([0, 0, 0, 1])  # both sure answers are right, and one of the two others
    found = reliability(probabilities, labels)
    assert found.confidence == pytest.approx([0.65, 0.95])
    assert found.accuracy == pytest.approx([0.5, 1.0])
    assert found.count == [2, 2]
    assert found.error == pytest.approx((0.15 * 2 + 0.05 * 2) / 4)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_spoilt_the_logits_is_found_again(temperature: float) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(20_000, 10, generator=generator) * 2
    labels = torch.multinomial(torch.softmax(logits, dim=1), 1, generator=generator)[:, 0]
    assert fit_temperature(logits * temperature, labels) == pytest.approx(temperature, rel=0.05)


def test_calibrating_judges_on_digits_that_the_temperature_has_not_seen() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(40, 10, generator=generator)
    labels = torch.randint(0, 10, (40,), generator=generator)
    temperature, before, after = calibrate(logits, labels)
    assert temperature == pytest.approx(fit_temperature(logits[:20], labels[:20]))
    assert before == pytest.approx(reliability(torch.softmax(logits[20:], dim=1), labels[20:]).error)
    assert after == pytest.approx(reliability(torch.softmax(logits[20:] / temperature, dim=1), labels[20:]).error)


def test_a_model_that_answers_no_numbers_keeps_a_temperature_that_is_one() -> None:
    assert fit_temperature(torch.full((10, 10), torch.nan), torch.arange(10)) == 1.0
    assert calibrate(torch.randn(1, 10), torch.tensor([3]))[0] == 1.0  # half of one image is none
