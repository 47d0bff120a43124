"""The view "Class" of Learn: joining, and what a teacher sees and does."""

import io
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app_pages.classroom.class_answers import answer_chart, answer_table, finding
from app_pages.classroom.class_pupils import ago, where_html
from app_pages.classroom.class_race import Racer, evaluations, race_chart, race_figures, score_table, standings
from app_pages.classroom.kept import date_of
from app_pages.classroom.projector import code_html, drawing_html
from app_pages.state import classes, resources, teacher
from mnist_core.classroom.database import FILE
from mnist_core.classroom.export import class_zip
from mnist_core.classroom.records import MAX_CLASSES, Classroom, Drawing, Pupil, Score
from mnist_core.course.catalog import NUMBERS, STEPS
from mnist_core.ink.normalisation import as_images
from mnist_core.models.config import TrainConfig
from mnist_core.paths import classes_root
from tests.made import Miniature
from tests.pages.opening import address_of, components, html_of, open_page, run
from tests.waiting import wait_for

SCRIPT = "<script>x</script>"
TINY = TrainConfig("linear", epochs=1, batch_size=200)


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(teacher.PASSWORD, "chalk and cheese")
    monkeypatch.setattr(teacher, "DELAY", 0.0)
    return "chalk and cheese"


def log_in(page: AppTest, attempt: str) -> AppTest:
    page.text_input(key="class_password").set_value(attempt)
    return run(page.button(key="class_log_in_press").click())


def open_class(title: str = "7b") -> str:
    return classes.class_store().open_class(title, "t").code


def join(code: str, number: int = 1, nickname: str = "") -> Pupil:
    return classes.class_store().join(code, f"{number:032x}", nickname)


def hand_in(pupil: Pupil, digit: int, answer: int, *, may_be_shown: bool = True) -> Drawing:
    image = np.full((28, 28), digit, dtype=np.uint8)
    return classes.class_store().hand_in(pupil, digit, image, answer, 0.875, may_be_shown=may_be_shown)


@pytest.fixture
def taught(miniature: Miniature, password: str) -> tuple[AppTest, str]:
    """The page of a teacher with one class."""
    code = open_class()
    return log_in(open_page("learn", view="class"), password), code


def look_at(page: AppTest, part: str) -> None:
    run(page.segmented_control(key="class_part").set_value(part))


def infos(page: AppTest) -> list[str]:
    return [each.value for each in page.info]


def test_a_visitor_joins_by_code_and_leaves_without_a_trace(miniature: Miniature) -> None:
    code = open_class()
    page = open_page("learn", view="class")
    page.text_input(key="class_code").set_value(f" {code[:3].lower()}-{code[3:]} ")
    page.text_input(key="class_nickname").set_value("Ada *L*")
    run(page.button(key="class_join_press").click())
    assert page.success[0].value == f"You are **Ada \\*L\\*** in class **{code}**."
    (pupil,) = classes.class_store().pupils(code)
    assert (pupil.name, pupil.number) == ("Ada *L*", 1)
    run(page.button(key="class_leave_press").click())
    assert not classes.class_store().pupils(code) and page.text_input(key="class_code").value is not None


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "has 6 letters"), ("BCDFHJ", "There is no such class"), ("ABCDEF", "A is none of them")],
)
def test_a_code_that_is_wrong_gets_a_sentence(
    miniature: Miniature, typed: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classes, "DELAY", 0.0)
    open_class()
    page = open_page("learn", view="class")
    page.text_input(key="class_code").set_value(typed)
    run(page.button(key="class_join_press").click())
    (error,) = page.error
    assert said in error.value and error.value.endswith(".")


def test_a_link_fills_in_the_code_and_an_unknown_one_is_named(miniature: Miniature) -> None:
    code = open_class()
    page = open_page("learn", **{"view": "class", "class": code})
    assert page.text_input(key="class_code").value == code and address_of(page)["class"] == [code]
    page = open_page("learn", **{"view": "class", "class": SCRIPT})
    assert "names a class that does not exist" in page.warning[0].value and "class" not in address_of(page)


def test_without_a_password_the_page_says_how_to_set_one(miniature: Miniature, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(teacher.PASSWORD, raising=False)
    page = open_page("learn", view="class")
    assert any("TEACHER_PASSWORD" in each.value for each in page.markdown)
    assert any("until your teacher closes the class" in each.value for each in page.markdown)
    assert not classes_root().exists()  # a look makes no file


def test_a_wrong_password_shows_nothing_of_a_class(miniature: Miniature, password: str) -> None:
    code = open_class()
    page = log_in(open_page("learn", view="class"), "chalk")
    assert [each.value for each in page.error] == ["That isn't the teacher's password."]
    assert code not in str(page.main)


def test_the_teacher_opens_classes_and_chooses_among_them(miniature: Miniature, password: str) -> None:
    page = log_in(open_page("learn", view="class"), password)
    page.text_input(key="class_title").set_value(SCRIPT)
    run(next(each for each in page.button if each.label == "Open a class").click())
    (room,) = classes.class_store().all_classes()
    assert room.title == SCRIPT and room.lesson == "/learn" and address_of(page)["class"] == [room.code]
    (card,) = (each for each in html_of(page) if "class-card" in each and "<style>" not in each)
    assert "&lt;script&gt;" in card and "<script>" not in card and f">{room.code}</p>" in card
    other = open_class("8c")
    run(page)
    run(page.selectbox(key="class_choice").set_value(other))
    assert address_of(page)["class"] == [other]
    assert any(f">{other}</p>" in each for each in html_of(page))


def test_a_limit_is_said(miniature: Miniature, password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(MAX_CLASSES):
        open_class("")
    page = log_in(open_page("learn", view="class"), password)
    run(next(each for each in page.button if each.label == "Open a class").click())
    assert page.error[0].value.replace("\\", "") == f"There are {MAX_CLASSES} classes already: close one of them first."


def test_the_teacher_sees_who_is_at_which_step(taught: tuple[AppTest, str]) -> None:
    page, code = taught
    assert infos(page) == ["Nobody has joined yet. Show the code with the projector."]
    store = classes.class_store()
    ada = store.move(join(code, 1, SCRIPT), "learn", "gradient")
    store.move(join(code, 2), "browse")
    store.answer(ada, "install", 0)
    run(page)
    table = page.dataframe[0].value
    assert table.values.tolist() == [
        [1, SCRIPT, f"{NUMBERS['gradient']}. {STEPS[NUMBERS['gradient'] - 1].title}", "now", 1, 0],
        [2, "Pupil 2", "Browse", "now", 0, 0],
    ]
    (figures,) = (each for each in html_of(page) if "here now" in each)
    assert figures.count("<dd>2</dd>") == 2 and SCRIPT not in figures


def test_the_teacher_removes_a_pupil(taught: tuple[AppTest, str]) -> None:
    page, code = taught
    join(code, 1, "rude"), join(code, 2)
    run(page)
    run(page.selectbox(key="class_remove").set_value(1))
    run(page.button(key="class_remove_press").click())
    assert [pupil.number for pupil in classes.class_store().pupils(code)] == [2]


def test_the_teacher_sees_what_the_class_answered(taught: tuple[AppTest, str]) -> None:
    page, code = taught
    look_at(page, "answers")
    assert "Nobody has answered yet" in infos(page)[0] and address_of(page)["part"] == ["answers"]
    question = STEPS[0].question
    for number, option in enumerate([0, 1, 1], start=1):
        classes.class_store().answer(join(code, number), STEPS[0].key, option)
    classes.class_store().answer(join(code, 1), "a-lab/1", 2)
    run(page)
    assert page.selectbox(key="class_question").options == [f"1. {STEPS[0].title}", "a-lab/1"]
    run(page.selectbox(key="class_question").set_value(STEPS[0].key))
    assert any(each.value == f"**{question.words}**" for each in page.markdown)
    assert not any(question.explanation in each.value for each in page.markdown)
    run(page.toggle[0].set_value(True))
    assert any(question.explanation in each.value for each in page.markdown)


def test_a_teacher_presents_the_answers_and_nobody_else_does(taught: tuple[AppTest, str]) -> None:
    page, code = taught
    classes.class_store().answer(join(code), STEPS[0].key, 1)
    look_at(page, "answers")
    page.query_params["present"] = "1"
    run(page)
    assert len(page.selectbox) == 1 and not any('<div class="class-projector">' in each for each in html_of(page))
    stranger = open_page("learn", **{"view": "class", "class": code, "part": "answers", "present": "1"})
    assert not stranger.selectbox and any('<div class="class-projector">' in each for each in html_of(stranger))


def test_the_chart_of_answers_counts_them() -> None:
    counts, options = Counter({0: 1, 2: 3}), ("one", "two", "three")
    bars = answer_chart(counts, 3, None, "#a", "#f")["series"][0]["data"]
    assert [bar["value"] for bar in bars] == [1, 0, 3] and {bar["itemStyle"]["color"] for bar in bars} == {"#a"}
    told = answer_chart(counts, 3, 2, "#a", "#f")["series"][0]["data"]
    assert [bar["itemStyle"]["color"] for bar in told] == ["#f", "#f", "#a"]
    assert answer_table(counts, options)["Share (%)"].tolist() == [25.0, 0.0, 75.0]
    assert finding(counts, options) == "4 pupils have answered: A 1, B 0, C 3."


def test_the_teacher_sees_the_drawings_and_shows_one_with_consent(taught: tuple[AppTest, str]) -> None:
    page, code = taught
    look_at(page, "drawings")
    assert "No drawings yet" in infos(page)[0]
    ada = join(code, 1, "Ada")
    shown, private = hand_in(ada, 7, 1), hand_in(ada, 3, 3, may_be_shown=False)
    run(page)
    (figures,) = (each for each in html_of(page) if "read correctly" in each)
    assert "<dd>2</dd>" in figures and "<dd>1</dd>" in figures and "<dd>50.0%</dd>" in figures
    page.session_state["class_drawing"] = private.number
    run(page)
    assert any("did not agree" in each.value for each in page.caption)
    assert "class_show" not in {button.key for button in page.button}
    page.session_state["class_drawing"] = shown.number
    run(page)
    assert any(each.value == "**Ada** meant **7**, but the model reads **1**, 87.5% sure." for each in page.markdown)
    run(page.button(key="class_show").click())
    room = classes.class_store().find(code)
    assert room is not None and room.shown_drawing == shown.number
    projector = open_page("learn", **{"view": "class", "class": code, "present": "1"})
    (html,) = (each for each in html_of(projector) if '<div class="class-projector">' in each)
    assert "Meant as" in html and "87.5% sure" in html and "Ada" not in html
    run(page.button(key="class_unshow").click())
    assert any(">2 pupils" in each or f">{code}</p>" in each for each in html_of(run(projector)))


def test_a_class_is_paused_and_goes_on(taught: tuple[AppTest, str]) -> None:
    page, code = taught
    run(page.button(key="class_freeze").click())
    room = classes.class_store().find(code)
    assert room is not None and room.is_frozen and page.button(key="class_freeze").label == "Go on"
    projector = open_page("learn", **{"view": "class", "class": code, "present": "1"})
    assert any("The class is paused" in each for each in html_of(projector))
    run(page.button(key="class_freeze").click())
    assert not any('class="class-paused"' in each for each in html_of(run(projector)))


def test_the_race_shows_the_runs_of_the_registry(taught: tuple[AppTest, str]) -> None:
    page, code = taught
    look_at(page, "race")
    assert "No runs in the race yet" in infos(page)[0]
    ada = join(code, 1, "Ada")
    trained = resources.registry().start(TINY, resources.splits_loader(), "somebody", 400)
    wait_for(lambda: not trained.state.is_alive)
    for name in (trained.name, "cnn-ffffff"):  # the second was deleted
        classes.class_store().enter_run(ada, name)
    classes.class_store().score(ada, "fool", 3, SCRIPT)
    run(page)
    last = trained.evaluations[-1]
    assert last.test_accuracy is not None
    assert page.dataframe[0].value.values.tolist() == [
        ["Ada", "Linear", "finished", f"{last.test_accuracy:.2%}", f"{last.seconds:.1f} s"]
    ]
    assert page.dataframe[1].value.values.tolist() == [["Fool the model", 1, "Ada", SCRIPT]]
    archive = zipfile.ZipFile(io.BytesIO(class_zip(classes.class_store(), code, race_figures(code))))
    assert b"cnn-ffffff,deleted" in archive.read("runs.csv") and b"linear" in archive.read("runs.csv")


def test_the_race_is_sorted_and_its_lines_differ() -> None:
    found = [
        Racer("Ada, CNN", "Ada", "CNN", "finished", False, (1.0, 2.0), (0.8, 0.97)),
        Racer("Ben, MLP", "Ben", "MLP", "training", True, (), ()),
    ]
    chart = race_chart(found, ("#1", "#2"))
    assert [line["data"] for line in chart["series"]] == [[[1.0, 80.0], [2.0, 97.0]], []]
    assert len({(line["symbol"], str(line["lineStyle"]["type"])) for line in chart["series"]}) == 2
    assert standings(found)["Test accuracy"].tolist() == ["97.00%", "–"]
    assert evaluations(found).values.tolist() == [[1.0, "Ada, CNN", 80.0], [2.0, "Ada, CNN", 97.0]]


def test_closing_a_class_deletes_it(taught: tuple[AppTest, str]) -> None:
    page, code = taught
    join(code)
    run(page.button(key="class_close_press").click())
    assert classes.class_store().find(code) is None
    assert any("Open a class, and show its code" in each.value for each in page.markdown)
    projector = open_page("learn", **{"view": "class", "class": code, "present": "1"})
    assert "There is no class to show" in infos(projector)[0]


def test_the_page_asks_for_changes_of_the_class(taught: tuple[AppTest, str]) -> None:
    page, code = taught
    (watch,) = components(page, "class_watch")
    version = classes.version_of(code)
    assert version is not None and f'"version": "{version.teacher}"' in watch.proto.json
    assert f"/classes/{code}/version" in watch.proto.json


def test_a_file_that_is_damaged_gets_a_sentence(miniature: Miniature, password: str) -> None:
    classes_root().mkdir(parents=True)
    Path(classes_root() / FILE).write_bytes(b"nothing of the kind" * 100)
    page = open_page("learn", view="class")
    assert "damaged" in page.error[0].value and page.error[0].value.endswith(".")


def test_what_is_said_of_time() -> None:
    assert [ago(seconds) for seconds in (0, 29, 40, 60, 600, 7_300)] == [
        "now", "now", "1 min ago", "1 min ago", "10 min ago", "2 h ago",
    ]  # fmt: skip
    assert date_of(1_800_000_000) == "15 January 2027"


def test_where_the_pupils_are_is_in_the_order_of_the_course() -> None:
    def at(page: str, step: str = "") -> Pupil:
        return Pupil("BCDFHJ", 1, "", page, step, 0, 0)

    html = where_html([at("draw"), at("learn", STEPS[4].key), at("learn", STEPS[1].key), at("learn", STEPS[4].key)])
    places = [html.index(words) for words in (f"2. {STEPS[1].title}", f"5. {STEPS[4].title}", "Draw")]
    assert places == sorted(places) and "width:50%" in html and "width:100%" in html


def test_the_projector_escapes_what_was_typed() -> None:
    room = Classroom("BCDFHJ", SCRIPT, 0, "", False, None, "")
    html = code_html(room, "http://digits.example/learn?view=class&class=BCDFHJ", 1)
    assert (
        "<script>" not in html and "1 pupil has joined" in html and ">digits.example/learn<" in html.replace("b>", ">")
    )
    drawing = Drawing(1, 1, 7, 1, 0.999, True, 0, np.zeros((28, 28), dtype=np.uint8))
    assert "A drawing of a 7 by a pupil" in drawing_html(drawing) and "99.9%" in drawing_html(drawing)


def test_each_challenge_has_its_board_in_the_class() -> None:
    scores = [
        Score(1, "fool", 2.01, "2 strokes", 0.0),
        Score(2, "fool", 1.02, "1 stroke", 0.0),
        Score(1, "worst", 71.0, "71%", 0.0),
        Score(2, "worst", 93.0, "93%", 0.0),
        Score(2, "juggling", 3.0, "", 0.0),
    ]
    assert score_table(scores, {1: "Ada", 2: "Ben"}).to_numpy().tolist() == [
        ["Fool the model", 1, "Ben", "1 stroke"],
        ["Fool the model", 2, "Ada", "2 strokes"],
        ["Worst handwriting", 1, "Ben", "93%"],
        ["Worst handwriting", 2, "Ada", "71%"],
    ]


def test_a_model_is_taught_with_the_drawings_of_the_class(taught: tuple[AppTest, str]) -> None:
    page, code = taught
    pupil = join(code)
    for digit in range(3):
        hand_in(pupil, digit, 7)
    look_at(page, "drawings")
    run(page.button(key="class_teach").click())
    assert address_of(page)["view"] == ["handwriting"]
    assert page.header[0].value.startswith("The class's drawings: ") and "of 3 read correctly" in page.header[0].value
    collected = page.session_state["handwriting"].collected
    assert [each.label for each in collected] == [2, 1, 0]  # the newest first
    assert [float(as_images(each.tensor[None]).max()) for each in collected] == [2, 1, 0]
    run(page.button(key="handwriting_clear").click())
    assert not page.session_state["handwriting"].is_of_class
