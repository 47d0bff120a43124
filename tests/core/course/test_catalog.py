"""The whole course: its order, and every claim of its texts against a run of all its code on MNIST."""

import ast
import re
from typing import Any

import pytest

from mnist_core.course.catalog import CHAPTERS, NUMBERS, STEPS, chapter_of
from mnist_core.course.execution import Output, run_blocks
from mnist_core.course.notebooks import recorded_outputs
from mnist_core.data.split import Split

NUMBER = re.compile(r"\d+\.\d+")
TOLERANCE = 0.03  # of a number that another machine prints


def test_steps_have_keys_and_titles_of_their_own_and_are_in_order() -> None:
    assert len(NUMBERS) == len(STEPS) == len({step.title for step in STEPS}) == 23
    assert [NUMBERS[step.key] for step in STEPS] == list(range(1, 24))
    assert all(step in chapter_of(step.key).steps for step in STEPS)
    with pytest.raises(KeyError):
        chapter_of("nothing")


def test_a_text_that_names_a_step_by_its_number_names_the_right_one() -> None:
    texts = [(step.explanation + step.question.explanation, step) for step in STEPS]
    named = [(step.key, number) for text, step in texts for number in re.findall(r"[Ss]tep (\d+)", text)]
    assert named == [("validation", str(NUMBERS["test-set-purpose"]))]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.key)
def test_code_can_be_read(step: Any) -> None:
    ast.parse(step.code)
    assert max(map(len, step.code.splitlines())) <= 92
    assert bool(step.figure) == ("plt" in step.code)


def numbers_in(output: Output) -> list[float]:
    """Return the numbers in a text with a decimal point, which depend on the machine."""
    return [float(each) for each in NUMBER.findall(output.text)]


def last_place(number: str) -> float:
    """Return the value of one unit in the last decimal place: another machine's number may be rounded the other way."""
    return 10.0 ** -len(number.partition(".")[2])


def accuracy(output: Output) -> float:
    """Return the last percentage in a text, as a fraction."""
    return float(re.findall(r"([\d.]+)%", output.text)[-1]) / 100


@pytest.mark.slow
def test_all_code_runs_in_order_in_one_namespace_and_gives_what_the_texts_say(mnist: tuple[Split, Split]) -> None:
    names: dict[str, Any] = {}
    outputs = {
        step.key: output for step, output in zip(STEPS, run_blocks([step.code for step in STEPS], names), strict=True)
    }
    assert outputs["train-set"].text == "60000" and outputs["test-set"].text == "10000"
    assert 0.55 < accuracy(outputs["templates"]) < 0.65  # about 60 %
    assert names["weights_gradient"][14 * 28 + 14, 0] > 0  # positive
    nudged, by_hand = numbers_in(outputs["gradient"])[:2]
    assert nudged == pytest.approx(by_hand, abs=0.001)
    assert outputs["backward"].text == "True\nTrue" and "moves along: True" in outputs["convolution"].text
    assert 0.91 < accuracy(outputs["loop"]) < 0.93  # more than 91 %, hardly above 92 %
    per_digit = [float(each) for each in re.findall(r"\d: ([\d.]+)%", outputs["accuracy"].text)]
    assert max(per_digit) - min(per_digit) >= 10  # ten points
    _, test_accuracy, margin = numbers_in(outputs["test-metrics"])[:3]
    assert 91 < test_accuracy < 93 and margin == pytest.approx(0.5, abs=0.05)
    validation = (names["validation_images"], names["validation_labels"])
    mlp, cnn = (names["accuracy_on"](names[name], *validation) for name in ("mlp", "cnn"))
    assert 0.95 < mlp < 0.97 and cnn > mlp  # about 4 mistakes in 100, and the CNN makes fewer
    assert "training accuracy 100.0%" in outputs["overfitting"].text
    assert 0.66 < accuracy(outputs["overfitting"]) < 0.75  # roughly 70 %
    losses = names["validation_losses"]
    assert losses[-1] > min(losses) + 0.05 and losses.index(min(losses)) < 100
    chosen, others = (float(each) for each in re.findall(r"([\d.]+)%", outputs["test-set-purpose"].text))
    assert 18 <= chosen <= 24 and others == pytest.approx(10, abs=1)
    shares = [float(each) for each in re.findall(r"([\d.]+)%", outputs["failures"].text)]
    (as_mnist, moved, inverted), confidence = zip(*[iter(shares[:6])] * 2, strict=True), shares[6]
    assert min(as_mnist) > 93 and moved[0] + 10 < moved[1] < 60  # the CNN loses less
    assert max(inverted) < 30 and confidence > 75  # both are defeated, and the CNN is sure
    recorded = recorded_outputs()
    for step in STEPS:
        assert len(recorded[step.key].figures) == len(outputs[step.key].figures) == int(bool(step.figure))
        if step.key not in ("install", "element"):
            here, there = (NUMBER.findall(text.text) for text in (outputs[step.key], recorded[step.key]))
            for one, other in zip(here, there, strict=True):
                allowed = max(TOLERANCE * max(1.0, float(other)), 1.01 * last_place(other))
                assert abs(float(one) - float(other)) <= allowed, f"{step.key}: {one} instead of {other}"


def test_each_chapter_says_what_it_is_about() -> None:
    assert [chapter.name[0] for chapter in CHAPTERS] == ["1", "2", "3", "4", "5"]
    assert all(chapter.summary.endswith(".") and chapter.title for chapter in CHAPTERS)
