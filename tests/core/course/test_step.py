"""What a step of the course must be like."""

import pytest

from mnist_core.course.step import Question, Step

QUESTION = Question("Why?", ("Because", "No"), 0, "So.")


@pytest.mark.parametrize("options", [("one",), ("a", "b", "c", "d", "e"), ("same", "same")])
def test_a_question_has_two_to_four_different_options(options: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="two to four different"):
        Question("Why?", options, 0, "So.")


@pytest.mark.parametrize("answer", [-1, 2])
def test_the_answer_is_one_of_the_options(answer: int) -> None:
    with pytest.raises(ValueError, match="one of 2 options"):
        Question("Why?", ("Because", "No"), answer, "So.")


@pytest.mark.parametrize("key", ["", "One", "a_b", "-a", "a--b", "2"])
def test_a_key_is_made_for_links(key: str) -> None:
    with pytest.raises(ValueError, match="lower-case words"):
        Step(key, "A title", "", "1", QUESTION)
    assert Step("one-hot", "A title", "", "1", QUESTION).figure == ""
