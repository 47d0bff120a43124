"""The view "My handwriting": what is collected, who judges it, and what a run keeps of it."""

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.handwriting import teaching
from app_pages.handwriting.collecting import hint, pictures
from app_pages.handwriting.teaching import finding
from app_pages.handwriting.view import MODEL
from app_pages.state import resources
from app_pages.state.examples import examples
from app_pages.state.handwriting import MAX_COLLECTED, Collected, Handwriting
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import Strokes
from mnist_core.training.fine_tuning import FineTuning
from mnist_core.training.teaching import Taught, teach
from tests.made import made_split
from tests.pages.opening import components, html_of, open_page, run

TENSOR = torch.zeros(1, 28, 28)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch, standins: tuple[Split, Split]) -> None:
    """Teach for three steps only."""
    settings = FineTuning(steps=3, own=4, rehearsed=4)

    def teach_briefly(model: object, drawings: object, train: object, test: object, **options: object) -> object:
        return teach(model, drawings, train, test, settings, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(teaching, "teach", teach_briefly)


def draw(page: AppTest, strokes: Strokes) -> AppTest:
    """Put a drawing on the canvas, and run the page."""
    state = page.session_state["session"]
    state.strokes = state.initial_strokes = (strokes,)
    return run(page)


def opened(model: str = "linear") -> AppTest:
    page = open_page("learn", view="handwriting")
    return run(page.selectbox(key=MODEL).set_value(model))


def collected(count: int, model: str = "linear") -> AppTest:
    """Open the view with some drawings: the examples, once and again."""
    page = opened(model)
    state: Handwriting = page.session_state["handwriting"] if "handwriting" in page.session_state else Handwriting()
    for place in range(count):
        stages = preprocess(examples()[place % 10])
        assert stages
        state.add(stages.tensor, place % 10)
    page.session_state["handwriting"] = state
    return run(page)


def taught_with(labels: list[int], before: list[int], after: list[int]) -> Taught:
    model = resources.shipped_model("linear").model
    answers = [torch.tensor(each) for each in (labels, before, after)]
    return Taught(model, (), answers[0], answers[1], answers[2], 10, 0.9, 0.9, 1.0, 0.01)


def test_a_drawing_is_collected_with_the_digit_that_was_meant() -> None:
    page = draw(opened(), examples()[3])
    assert any("handwriting-reading" in html for html in html_of(page))
    (yes,) = [button for button in page.button if button.key == "handwriting_yes"]
    answer = int(yes.label.removeprefix("Yes, a "))
    meant = (answer + 1) % 10
    run(page.button(key=f"handwriting_digit_{meant}").click())
    (drawing,) = page.session_state["handwriting"].collected
    stages = preprocess(examples()[3])
    assert drawing.label == meant and stages and torch.equal(drawing.tensor, stages.tensor)
    assert page.session_state["session"].drawing is None  # a blank canvas for the next one
    assert page.header[0].value == "Your drawings: 0 of 1 read correctly"


def test_an_answer_is_confirmed_with_one_button() -> None:
    page = draw(opened("cnn"), examples()[7])
    assert page.button(key="handwriting_yes").label == "Yes, a 7"
    run(page.button(key="handwriting_yes").click())
    assert [each.label for each in page.session_state["handwriting"].collected] == [7]
    assert page.header[0].value == "Your drawings: 1 of 1 read correctly"


def test_nine_drawings_are_too_few_and_ten_can_be_taught() -> None:
    assert collected(9).button(key="handwriting_teach").disabled
    assert not collected(10).button(key="handwriting_teach").disabled


def test_the_result_shows_both_accuracies_and_the_model_is_kept_as_a_run() -> None:
    page = run(collected(12).button(key="handwriting_teach").click())
    (figures,) = [html for html in html_of(page) if 'class="handwriting-figures"' in html]
    teaching, taught = page.session_state["handwriting"].taught
    assert f"<b>{taught.own_after:.0%}</b>" in figures and f"<b>{taught.test_after:.2%}</b>" in figures
    assert teaching.model == "linear" and len(teaching.numbers) == 12
    run(page.button(key="handwriting_keep").click())
    (kept,) = resources.registry().owned_by(page.session_state["session"].visitor)
    assert page.session_state["model"] == kept.name
    assert kept.naming.name == "Linear, my handwriting"
    assert kept.origin.startswith("Fine-tuned from Linear (shipped) on 12 own drawings")
    tensors = normalise(made_split("test", 4, 0).images)
    assert kept.latest_model is not None
    torch.testing.assert_close(kept.latest_model(tensors), taught.model(tensors))


def test_a_kept_model_can_be_chosen_on_the_other_pages_and_its_run_opens_on_train() -> None:
    page = run(collected(10).button(key="handwriting_teach").click())
    page = run(page.button(key="handwriting_keep").click())
    kept = page.session_state["handwriting"].kept
    page.switch_page("app_pages/draw.py")
    assert run(page).selectbox(key="model").value == kept
    page.switch_page("app_pages/train.py")
    assert any("own drawings" in caption.value for caption in run(page).caption)


def test_a_result_says_that_the_drawings_have_changed_since() -> None:
    page = run(collected(10).button(key="handwriting_teach").click())
    assert not [button for button in page.button if button.key == "handwriting_teach"]
    page.session_state["handwriting"].add(TENSOR, 4)
    page = run(page)
    assert any("have changed since then" in caption.value for caption in page.caption)
    assert page.button(key="handwriting_teach")


def test_teaching_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teaching, "computed", lambda *_: None)  # it never ends
    page = run(collected(10).button(key="handwriting_teach").click())
    page = run(page.button(key="handwriting_stop").click())
    assert page.button(key="handwriting_teach") and page.session_state["handwriting"].taught is None


def test_a_chosen_drawing_can_be_removed() -> None:
    page = collected(3)
    page.session_state["handwriting"].chosen = 1
    run(run(page).button(key="handwriting_remove").click())
    assert [each.number for each in page.session_state["handwriting"].collected] == [0, 2]
    (grid,) = components(page, "picture_grid")
    assert grid


def test_removing_all_leaves_an_empty_view() -> None:
    page = run(collected(3).button(key="handwriting_clear").click())
    assert page.session_state["handwriting"].collected == () and not page.header


def test_there_is_a_most_that_can_be_collected() -> None:
    state = Handwriting()
    for _ in range(MAX_COLLECTED + 5):
        state.add(TENSOR, 1)
    assert len(state.collected) == MAX_COLLECTED and state.is_full


def test_the_number_of_a_removed_drawing_is_not_given_again() -> None:
    state = Handwriting()
    state.add(TENSOR, 1)
    state.remove(0)
    state.add(TENSOR, 2)
    assert [each.number for each in state.collected] == [1]


def test_the_pictures_are_what_the_model_sees() -> None:
    images = made_split("own", 3, 0).images
    drawings = [Collected(place, tensor, 0) for place, tensor in enumerate(normalise(images))]
    assert (pictures(drawings) == images.numpy()).all()


def test_the_hint_names_the_digits_that_are_missing() -> None:
    some = tuple(Collected(digit, TENSOR, digit) for digit in range(10) if digit not in (0, 8))
    assert "<b>0, 8</b>" in hint(some)
    assert "Each digit is there" in hint(tuple(Collected(digit, TENSOR, digit) for digit in range(10)))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([1, 2, 0, 0], [1, 2, 3, 0], "one drawing more than before. One drawing is 25 percentage points"),
        ([1, 0, 0, 0], [1, 2, 3, 0], "2 drawings more"),
        ([1, 2, 3, 4], [1, 2, 3, 4], "read all your drawings before"),
        ([1, 2, 0, 0], [1, 0, 3, 0], "as many as before"),
        ([1, 2, 3, 4], [1, 2, 3, 0], "fewer than before"),
    ],
)
def test_the_finding_claims_no_more_than_there_is(before: list[int], after: list[int], words: str) -> None:
    assert words in finding(taught_with([1, 2, 3, 4], before, after), 4)
