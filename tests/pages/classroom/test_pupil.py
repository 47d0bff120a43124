"""What a pupil of a class sees and does: the bar, handing in, answers, the race, and leaving without a trace."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app_pages.classroom.class_pupils import place_of
from app_pages.classroom.own_work import counts_in_words
from app_pages.components.class_bar import GOES_ON, GONE, PAUSED
from app_pages.state import class_places, classes
from app_pages.state.own_lessons import LessonPlace, known_lessons
from app_pages.state.session import Session
from mnist_core.classroom.database import FILE
from mnist_core.classroom.records import MAX_DRAWINGS, MAX_PUPILS, Drawing, Pupil, StorageError
from mnist_core.course.catalog import STEPS
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import Strokes, parse_strokes
from mnist_core.paths import classes_root
from mnist_core.recognition.predictor import load_predictor
from tests.fabric import fabric_from_strokes
from tests.made import Miniature
from tests.pages.opening import address_of, components, html_of, open_page, run

SEVEN = Strokes((np.array([[80.0, 70], [190, 70], [120, 220]]),))
ONE = Strokes((np.array([[150.0, 60], [135, 220]]),))
TWO_DIGITS = Strokes((np.array([[60.0, 60], [50, 220]]), np.array([[200.0, 60], [205, 220]])))
HOSTILE = "<b>[x](y) **z**"
ESCAPED = r"\<b\>\[x\](y) \*\*z\*\*"
FIRST = STEPS[0]


@pytest.fixture
def code(miniature: Miniature, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(classes, "DELAY", 0.0)
    return classes.class_store().open_class("7b", "t", "/learn?step=cnn").code


@pytest.fixture
def pupil(code: str) -> AppTest:
    """The Draw page of a pupil without a nickname."""
    return join(open_page(**{"class": code}))


def join(page: AppTest, nickname: str = "") -> AppTest:
    page.text_input(key="class_invitation_nickname").set_value(nickname)
    return run(page.button(key="class_invitation_join").click())


def bar(page: AppTest) -> str:
    """Return the HTML of who one is in which class, "" without a bar."""
    return "".join(each for each in html_of(page) if 'class="class-who"' in each)


def keys(page: AppTest) -> set[str | None]:
    return {button.key for button in page.button}


def words(page: AppTest) -> str:
    shown = (page.markdown, page.caption, page.info, page.success, page.error)
    return "\n".join(each.value for kind in shown for each in kind)


def visitor(page: AppTest) -> Session:
    session: Session = page.session_state["session"]
    return session


def pupils(code: str) -> list[Pupil]:
    return classes.class_store().pupils(code)


def drawings(code: str) -> list[Drawing]:
    return classes.class_store().drawings(code)


def draw(page: AppTest, drawing: Strokes) -> AppTest:
    """Draw on a new canvas."""
    visitor(page).canvas += 1
    visitor(page).initial_strokes = ()
    paths = fabric_from_strokes(drawing, "#ffffff")["objects"]
    page.session_state[visitor(page).canvas_key] = {"drawing": {"raw": {"objects": paths}, "data": ""}}
    run(page)
    page.session_state["draw_hand_in"] = True  # the menu is open
    return run(page)


def hand_in(page: AppTest, digit: int | None = None, *, consents: bool = False) -> AppTest:
    (meant,) = (each for each in page.segmented_control if str(each.key).startswith("draw_meant_"))
    if digit is not None:
        run(meant.set_value(digit))
    if consents:
        (box,) = (each for each in page.checkbox if str(each.key).startswith("draw_consent_"))
        run(box.set_value(True))
    return run(page.button(key="draw_hand_in_press").click())


@pytest.mark.parametrize("name", ["draw", "browse", "train", "inside"])
def test_a_link_to_any_page_invites_to_the_class_and_the_bar_is_on_every_page(name: str, code: str) -> None:
    page = open_page(name, **{"class": code.lower()})
    assert "**7b**" in words(page) and not bar(page) and address_of(page)["class"] == [code]
    join(page, "Ada")
    assert "<b>Ada</b> in 7b" in bar(page) and "class" not in address_of(page)
    assert [each.name for each in pupils(code)] == ["Ada"]
    run(page.switch_page("app_pages/learn.py"))
    assert "<b>Ada</b> in 7b" in bar(page)
    (watch,) = components(page, "class_watch")
    assert '"part": "pupils"' in watch.proto.json


def test_an_invitation_can_be_declined_and_learn_asks_too(code: str) -> None:
    page = open_page("learn", **{"class": code})
    assert "class_invitation_join" in keys(page)
    run(page.button(key="class_invitation_decline").click())
    assert "class_invitation_join" not in keys(page) and "class" not in address_of(page) and pupils(code) == []
    view = open_page("learn", **{"view": "class", "class": code})
    assert view.text_input(key="class_code").value == code and "class_invitation_join" not in keys(view)


def test_a_wrong_closed_or_full_class_gets_a_sentence(code: str) -> None:
    for wrong in ("BBBBBB", "<b>", "x" * 5_000):
        page = open_page(**{"class": wrong})
        assert [each.value for each in page.warning] == [
            "This link names a class that does not exist. Ask your teacher for the code."
        ]
        assert not bar(page) and "class_invitation_join" not in keys(page)
    store = classes.class_store()
    for number in range(MAX_PUPILS):
        store.join(code, f"{number:032x}")
    page = join(open_page(**{"class": code}))
    assert page.error[0].value == f"This class has {MAX_PUPILS} pupils, as many as it may have." and not bar(page)
    store.close_class(code)
    assert "class_invitation_join" not in keys(run(page))


def test_what_a_pupil_writes_is_shown_as_it_was_written(code: str) -> None:
    page = join(open_page(**{"class": code}), HOSTILE)
    assert "&lt;b&gt;[x](y) **z**</b> in 7b" in bar(page) and "<b>[x]" not in bar(page)
    run(page.switch_page("app_pages/learn.py"))
    assert f"“{ESCAPED}”" in words(page)
    run(page.segmented_control(key="learn_view").set_value("class"))
    assert page.success[0].value == f"You are **{ESCAPED}** in class **{code}**."
    texts = [*html_of(page), words(page), *(link.proto.label for link in page.get("page_link"))]
    assert not any("<b>[x]" in each or "[x](y)" in each.replace("&lt;b&gt;[x](y)", "") for each in texts)


def test_a_pupil_is_known_again_after_a_restart_of_the_server(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = join(open_page(**{"class": code}), "Ada")
    token = visitor(page).visitor
    classes.class_store().close()
    classes.class_store.forget()
    class_places.places.forget()
    monkeypatch.setattr("app_pages.state.session.cookie_token", lambda: token)
    again = open_page()
    assert "<b>Ada</b> in 7b" in bar(again) and [each.number for each in pupils(code)] == [1]


def test_the_teacher_sees_where_a_pupil_is(pupil: AppTest, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [(each.page, each.step) for each in pupils(code)] == [("draw", "")]
    monkeypatch.setattr(class_places, "EVERY", 0.0)
    run(pupil.switch_page("app_pages/learn.py"))
    assert [(each.page, each.step) for each in pupils(code)] == [("learn", FIRST.key)]
    run(pupil.button(key="lessons_next").click())
    assert pupils(code)[0].step == STEPS[1].key
    run(pupil.switch_page("app_pages/train.py"))
    assert [(each.page, each.step) for each in pupils(code)] == [("train", "")]


def test_the_teacher_sees_the_step_of_a_lesson(pupil: AppTest, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_places, "EVERY", 0.0)
    pupil.session_state["lesson_place"] = LessonPlace("example", 2)
    run(pupil)
    (seen,) = pupils(code)
    assert (seen.page, seen.step) == ("draw", "lesson/example.2")
    assert place_of(seen) == f"{known_lessons()[0]['example'].title}, step 2"
    assert place_of(replace(seen, step="lesson/Gone.12")) == "A lesson, step 12"


def test_a_file_that_breaks_gets_a_sentence_where_one_hands_in(
    pupil: AppTest, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise StorageError("the disk is full")

    draw(pupil, SEVEN)
    monkeypatch.setattr(classes.class_store(), "drawings_of", broken)
    assert "The disk is full." in words(run(pupil))
    run(pupil.switch_page("app_pages/learn.py"))
    assert "The disk is full." in words(run(pupil.segmented_control(key="learn_view").set_value("class")))
    monkeypatch.setattr(classes.class_store(), "leave", broken)
    run(pupil.button(key="class_bar_leave_press").click())
    assert "The disk is full." in words(pupil) and bar(pupil)


def test_a_drawing_is_handed_in_as_the_model_sees_it(pupil: AppTest, code: str) -> None:
    draw(pupil, SEVEN)
    stages, prediction = preprocess(SEVEN), load_predictor("cnn").predict(SEVEN)
    assert stages is not None and "The model reads **7**" in words(pupil)
    hand_in(pupil)
    (drawing,) = drawings(code)
    assert (drawing.digit, drawing.answer, drawing.may_be_shown, drawing.pupil) == (7, 7, False, 1)
    assert drawing.confidence == pytest.approx(prediction.probability, abs=1e-6)
    assert np.array_equal(drawing.image, np.rint(255 * stages.centre).astype(np.uint8))
    assert np.allclose(parse_strokes(drawing.strokes).lines[0], SEVEN.lines[0], atol=1)
    assert f"You can hand in {MAX_DRAWINGS - 1} more." in words(pupil) and "draw_hand_in_press" not in keys(pupil)


def test_the_digit_can_be_corrected_and_consent_is_asked_for_each_drawing(pupil: AppTest, code: str) -> None:
    hand_in(draw(pupil, SEVEN), 2, consents=True)
    hand_in(draw(pupil, ONE))
    new, old = drawings(code)
    assert (old.digit, old.answer, old.may_be_shown) == (2, 7, True) and (new.digit, new.may_be_shown) == (1, False)
    hand_in(draw(pupil, SEVEN), 2)  # once more; it is not kept twice, and what was said last counts
    assert len(drawings(code)) == 2 and not drawings(code)[1].may_be_shown


def test_what_cannot_be_handed_in_gets_a_sentence(pupil: AppTest, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pupil.session_state["draw_hand_in"] = True
    assert "Draw a digit on the canvas first." in words(run(pupil))
    assert "Hand in one digit at a time" in words(draw(pupil, TWO_DIGITS))
    store = classes.class_store()
    store.freeze(code, True)
    assert "Your drawing stays here" in words(draw(pupil, SEVEN)) and "draw_hand_in_press" not in keys(pupil)
    store.freeze(code, False)
    run(pupil)
    store.freeze(code, True)  # between the look and the press
    hand_in(pupil)
    assert any("is paused" in each.value for each in pupil.error) and drawings(code) == []
    store.freeze(code, False)
    monkeypatch.setattr("app_pages.drawing.hand_in.MAX_DRAWINGS", 0)
    assert "as many as you may. Remove one under" in words(run(pupil))


def test_a_paused_class_says_so_and_nothing_is_lost(pupil: AppTest, code: str) -> None:
    store = classes.class_store()
    assert not any(PAUSED in each for each in html_of(pupil)) and components(pupil, "announcer") == []
    run(pupil.switch_page("app_pages/learn.py"))
    store.freeze(code, True)
    run(pupil)
    assert any(PAUSED in each for each in html_of(pupil))
    assert PAUSED in components(pupil, "announcer")[0].proto.json
    run(pupil.radio(key=f"lessons_answer_{FIRST.key}").set_value(1))
    run(pupil.radio(key=f"lessons_answer_{FIRST.key}").set_value(0))
    assert store.answers(code) == [] and "is handed in when your teacher goes on" in words(pupil)
    store.freeze(code, False)
    run(pupil)
    assert [(each.pupil, each.question, each.option) for each in store.answers(code)] == [(1, FIRST.key, 1)]
    assert not any(PAUSED in each for each in html_of(pupil))
    assert GOES_ON in components(pupil, "announcer")[0].proto.json


def test_the_first_answer_goes_to_the_class_and_the_page_says_so_once(pupil: AppTest, code: str) -> None:
    said = "Your class's teacher sees your first answer, not your name: you are Pupil 1."
    run(pupil.switch_page("app_pages/learn.py"))
    assert said in words(pupil)
    for option in (0, 1):
        run(pupil.radio(key=f"lessons_answer_{FIRST.key}").set_value(option))
    assert [(each.question, each.option) for each in classes.class_store().answers(code)] == [(FIRST.key, 0)]
    run(pupil.button(key="lessons_next").click())
    assert said not in words(pupil)
    nobody = open_page("learn")
    run(nobody.radio(key=f"lessons_answer_{FIRST.key}").set_value(0))
    assert "Your class" not in words(nobody) and len(classes.class_store().answers(code)) == 1


def test_a_run_enters_the_race_and_a_line_beside_start_says_so(pupil: AppTest, code: str) -> None:
    run(pupil.switch_page("app_pages/train.py"))
    assert "Runs that you start enter your class's race" in words(pupil)
    run(pupil.segmented_control(key="train_model").set_value("linear"))
    run(pupil.button(key="train_start").click())
    (entry,) = classes.class_store().entries(code)
    assert (entry.pupil, entry.run) == (1, visitor(pupil).run)
    nobody = open_page("train")
    assert "class's race" not in words(nobody)
    run(nobody.segmented_control(key="train_model").set_value("linear"))
    run(nobody.button(key="train_start").click())
    assert len(classes.class_store().entries(code)) == 1


def test_a_run_that_is_one_too_many_trains_without_the_race(
    pupil: AppTest, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_core.classroom.store.MAX_RUNS", 0)
    run(pupil.switch_page("app_pages/train.py"))
    run(pupil.segmented_control(key="train_model").set_value("linear"))
    run(pupil.button(key="train_start").click())
    assert visitor(pupil).run and classes.class_store().entries(code) == []
    assert "Your last run is not in your class's race: you have handed in 0 runs" in words(pupil)


def test_a_pupil_sees_what_they_handed_in_takes_consent_back_and_deletes_it(pupil: AppTest, code: str) -> None:
    hand_in(draw(pupil, SEVEN), consents=True)
    store, (drawing,) = classes.class_store(), drawings(code)
    store.show_drawing(code, drawing.number)
    run(pupil.switch_page("app_pages/learn.py"))
    run(pupil.radio(key=f"lessons_answer_{FIRST.key}").set_value(0))
    run(pupil.segmented_control(key="learn_view").set_value("class"))
    assert "1 answer and 1 drawing." in words(pupil) and "**7**, read as **7**" in words(pupil)
    assert pupil.expander[-1].proto.expanded  # what is kept
    run(pupil.toggle(key=f"class_own_shown_{drawing.number}").set_value(False))
    room = store.find(code)
    assert not drawings(code)[0].may_be_shown and room is not None and room.shown_drawing is None
    run(pupil.button(key=f"class_own_remove_{drawing.number}").click())
    assert drawings(code) == [] and "1 answer." in words(pupil)
    run(pupil.button(key="class_own_delete_press").click())
    assert store.answers(code) == [] and "Nothing so far." in words(pupil) and len(pupils(code)) == 1
    links = {link.proto.label: link.proto.query_string for link in pupil.get("page_link")}
    assert "view=class" in links["What is kept"] and "step=cnn" in links["Go to what your class works on"]


def test_leaving_deletes_everything_and_removes_the_bar(pupil: AppTest, code: str) -> None:
    hand_in(draw(pupil, SEVEN))
    run(pupil.button(key="class_bar_leave_press").click())
    assert not bar(pupil) and pupils(code) == [] and drawings(code) == [] and GONE not in words(pupil)
    assert not classes.score("fool", 3)


def test_whoever_was_removed_or_whose_class_was_closed_is_told_on_that_page(pupil: AppTest, code: str) -> None:
    classes.class_store().leave(pupils(code)[0])
    run(pupil)
    assert GONE in words(pupil) and not bar(pupil)
    run(pupil.switch_page("app_pages/learn.py"))
    assert GONE not in words(pupil)
    other = join(open_page(**{"class": code}))
    classes.class_store().close_class(code)
    assert GONE in words(run(other)) and not bar(other)


def test_a_damaged_file_of_classes_stops_no_page(pupil: AppTest) -> None:
    classes.class_store().close()
    classes.class_store.forget()
    (classes_root() / FILE).write_bytes(b"nothing of the kind" * 1_000)
    assert not bar(run(pupil))
    assert not bar(run(pupil.switch_page("app_pages/train.py")))


def test_an_audience_sees_no_bar(pupil: AppTest) -> None:
    pupil.query_params["present"] = "1"
    assert not bar(run(pupil))


def test_a_score_is_kept_for_the_class_if_it_is_the_best(pupil: AppTest, code: str) -> None:
    def report() -> None:
        import streamlit as st

        from app_pages.state import classes
        from mnist_core.classroom.records import ClassroomError

        st.session_state.told = [
            classes.score("fewest-strokes", 3, "a 7", is_higher_better=False),
            classes.score("fewest-strokes", 4, is_higher_better=False),
            classes.score("accuracy", 0.9),
            classes.score("accuracy", 0.95, "wider"),
        ]
        try:
            classes.score("accuracy", float("nan"))
        except ClassroomError as error:
            st.session_state.told.append(str(error))

    page = AppTest.from_function(report)
    for name in ("session", "class_state"):
        page.session_state[name] = pupil.session_state[name]
    assert not page.run().exception
    assert page.session_state["told"] == [True, False, True, True, "a score is a finite number"]
    kept = [(each.challenge, each.value, each.detail) for each in classes.class_store().scores(code)]
    assert kept == [("fewest-strokes", 3.0, "a 7"), ("accuracy", 0.95, "wider")]


def test_what_was_handed_in_is_counted_in_words() -> None:
    assert counts_in_words(2, 0, 1, 0) == "2 answers and 1 run in the race."
    assert counts_in_words(1, 3, 2, 2) == "1 answer, 3 drawings, 2 runs in the race and 2 scores."
