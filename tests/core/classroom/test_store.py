"""The classes of a server: what is kept, what is refused, and what outlives a process that is killed."""

import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mnist_core.classroom import store as store_module
from mnist_core.classroom.codes import checked_code
from mnist_core.classroom.database import FILE
from mnist_core.classroom.identity import pupil_key, teacher_key
from mnist_core.classroom.records import (
    DAY,
    ClassroomError,
    Drawing,
    FrozenClassError,
    LimitError,
    Pupil,
    UnknownClassError,
)
from mnist_core.classroom.store import ClassStore
from tests.core.classroom.conftest import NOW, Clock

ROOT = Path(__file__).parents[3]
TEACHER, ADA, BEN = "0" * 32, "a" * 32, "b" * 32
IMAGE = np.arange(784, dtype=np.uint16).reshape(28, 28).astype(np.uint8)
WRITER = """
import sys, time
from pathlib import Path
import numpy as np
from mnist_core.classroom.store import ClassStore

store = ClassStore(Path(sys.argv[1]))
code = store.open_class("7b", "0" * 32).code
pupil = store.join(code, "a" * 32, "Ada")
print(code, flush=True)
for number in range(100_000):
    store.answer(pupil, f"step-{number}", number % 3)
    print(number, flush=True)
    if number == 150:
        store.hand_in(pupil, 7, np.full((28, 28), 9, dtype=np.uint8), 1, 0.5, may_be_shown=True)
        print("handed in", flush=True)
        time.sleep(60)
"""


def hand_in(store: ClassStore, pupil: Pupil, digit: int = 7, answer: int = 7, *, may_be_shown: bool = True) -> Drawing:
    return store.hand_in(pupil, digit, IMAGE, answer, 0.75, may_be_shown=may_be_shown, strokes='{"strokes": []}')


def test_a_class_has_a_code_that_finds_it_and_several_are_open_at_once(store: ClassStore, clock: Clock) -> None:
    first = store.open_class(" 7b \n maths ", TEACHER, "/learn?step=cnn")
    clock.now += 60
    second = store.open_class("", BEN)
    assert checked_code(first.code) == first.code != second.code
    assert (first.title, first.opened_at, first.owner) == ("7b maths", NOW, teacher_key(TEACHER))
    assert (first.is_frozen, first.shown_drawing, first.lesson) == (False, None, "/learn?step=cnn")
    assert store.find(first.code) == first and store.all_classes() == [second, first]
    assert store.find("BBBBBB") is None and store.pupils("BBBBBB") == []


@pytest.mark.parametrize("lesson", ["https://evil.example", "//evil.example", "learn", "/a b", "/" + "a" * 2_000, "/ä"])
def test_a_lesson_that_leads_out_of_the_app_is_refused(store: ClassStore, lesson: str) -> None:
    with pytest.raises(ClassroomError, match="a link within the app"):
        store.open_class("", TEACHER, lesson)
    code = store.open_class("", TEACHER).code
    with pytest.raises(ClassroomError, match="a link within the app"):
        store.set_lesson(code, lesson)


def test_a_pupil_joins_by_code_and_is_known_again(store: ClassStore) -> None:
    code, other = store.open_class("", TEACHER).code, store.open_class("", TEACHER).code
    ada, ben = store.join(code, ADA, " Ada\tL. "), store.join(code, BEN)
    assert (ada.number, ada.name, ben.number, ben.name) == (1, "Ada L.", 2, "Pupil 2")
    assert store.join(code, ADA) == ada == store.pupil(code, ADA)
    assert store.join(code, ADA, "Countess").nickname == "Countess"
    assert [pupil.name for pupil in store.pupils(code)] == ["Countess", "Pupil 2"]
    assert store.pupil(other, ADA) is None and store.pupils(other) == []


def test_the_file_has_no_token_in_it(store: ClassStore, tmp_path: Path) -> None:
    token = "5eC2e7" * 5
    code = store.open_class("", token).code
    store.join(code, token)
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert token.encode() not in content and pupil_key(code, token).encode() in content


def test_a_pupils_place_is_kept_and_seldom_written(store: ClassStore, clock: Clock) -> None:
    code = store.open_class("", TEACHER).code
    ada = store.move(store.join(code, ADA), "learn", "gradient")
    before = store.changes.version(code)
    clock.now += 10
    assert store.move(ada, "learn", "gradient") is ada and store.changes.version(code) == before
    clock.now += 10
    ada = store.move(ada, "learn", "gradient")
    assert ada.last_seen == NOW + 20 == store.pupils(code)[0].last_seen
    ada = store.move(ada, "", "")
    assert (ada.page, ada.step) == ("draw", "") and store.pupils(code) == [ada]


def test_a_browser_that_shows_the_class_was_seen(store: ClassStore, clock: Clock) -> None:
    code = store.open_class("", TEACHER).code
    store.join(code, ADA)
    clock.now += 100
    store.note_seen(code, ADA)
    store.note_seen(code, BEN)  # no pupil
    assert [pupil.last_seen for pupil in store.pupils(code)] == [NOW + 100]


def test_a_browser_is_known_again_in_the_class_that_it_joined_last(store: ClassStore, clock: Clock) -> None:
    first, second = store.open_class("", TEACHER).code, store.open_class("", TEACHER).code
    assert store.membership(ADA) is None
    ada = store.join(second, ADA)
    store.join(first, BEN)
    assert store.membership(ADA) == ada
    clock.now += 1
    again = store.join(first, ADA)
    assert store.membership(ADA) == again
    store.close_class(first)
    assert store.membership(ADA) == ada


def test_the_first_answer_to_a_question_is_kept(store: ClassStore) -> None:
    code = store.open_class("", TEACHER).code
    ada, ben = store.join(code, ADA), store.join(code, BEN)
    assert store.answer(ada, "cnn", 1) and not store.answer(ada, "cnn", 2)
    assert store.answer(ben, "cnn", 2) and store.answer(ben, "labs/1", 0)
    assert store.option_counts(code) == {"cnn": Counter({1: 1, 2: 1}), "labs/1": Counter({0: 1})}
    assert [(each.pupil, each.question, each.option) for each in store.answers(code)] == [
        (1, "cnn", 1), (2, "cnn", 2), (2, "labs/1", 0),
    ]  # fmt: skip


def test_a_drawing_is_kept_as_it_was_handed_in(store: ClassStore) -> None:
    code = store.open_class("", TEACHER).code
    ada, ben = store.join(code, ADA), store.join(code, BEN)
    drawing = hand_in(store, ada, 7, 1)
    long = store.hand_in(ben, 3, IMAGE, 3, 1.0, may_be_shown=False, strokes="x" * 4_001)
    (newest, kept) = store.drawings(code)
    assert kept == drawing and (kept.image == IMAGE).all() and kept.strokes == '{"strokes": []}'
    assert (kept.number, kept.pupil, kept.digit, kept.answer, kept.confidence) == (1, 1, 7, 1, 0.75)
    assert newest == long and newest.strokes == "" and not newest.may_be_shown
    assert store.drawings(code, newest=1) == [newest] and store.drawings_of(ada) == [kept]
    assert store.drawing(code, 1) == kept and store.drawing(code, 3) is None


def test_the_confusion_matrix_counts_each_drawing_of_the_class_once(store: ClassStore) -> None:
    code, other = store.open_class("", TEACHER).code, store.open_class("", TEACHER).code
    pairs = [(7, 1), (7, 1), (7, 7), (0, 0), (9, 4)]
    for token, (digit, answer) in zip((ADA, BEN, ADA, BEN, ADA), pairs, strict=True):
        hand_in(store, store.join(code, token), digit, answer)
    hand_in(store, store.join(other, ADA), 5, 6)
    expected = np.zeros((10, 10), dtype=np.int64)
    np.add.at(expected, tuple(np.array(pairs).T), 1)
    assert (store.confusion(code) == expected).all() and store.confusion(code).sum() == 5
    store.answer(store.join(code, BEN), "cnn", 1)
    assert store.counts(code) == (Counter({2: 1}), Counter({1: 3, 2: 2}))


def test_only_a_drawing_with_consent_is_shown_and_consent_can_be_taken_back(store: ClassStore) -> None:
    code = store.open_class("", TEACHER).code
    ada, ben = store.join(code, ADA), store.join(code, BEN)
    shown, private = hand_in(store, ada), hand_in(store, ada, may_be_shown=False)
    with pytest.raises(ClassroomError, match="did not agree"):
        store.show_drawing(code, private.number)
    with pytest.raises(ClassroomError, match="no longer there"):
        store.show_drawing(code, 99)

    def on_projector() -> int | None:
        room = store.find(code)
        assert room is not None
        return room.shown_drawing

    store.show_drawing(code, shown.number)
    assert on_projector() == shown.number
    store.allow_showing(ben, shown.number, False)  # not theirs
    assert on_projector() == shown.number
    store.allow_showing(ada, shown.number, False)
    assert on_projector() is None and not store.drawings(code)[1].may_be_shown
    store.allow_showing(ada, shown.number, True)
    store.show_drawing(code, shown.number)
    store.remove_drawing(ben, shown.number)  # not theirs
    assert on_projector() == shown.number and len(store.drawings(code)) == 2
    store.remove_drawing(ada, shown.number)
    assert on_projector() is None and store.drawings(code) == [private]
    store.allow_showing(ada, private.number, True)
    store.show_drawing(code, private.number)
    store.leave(ada)
    assert on_projector() is None
    assert hand_in(store, ben).number == 3  # a number is not given twice


def test_a_pupil_deletes_what_they_handed_in_and_stays(store: ClassStore) -> None:
    code = store.open_class("", TEACHER).code
    ada, ben = store.join(code, ADA, "Ada"), store.join(code, BEN)
    for pupil in (ada, ben):
        store.answer(pupil, "cnn", 1)
        store.enter_run(pupil, "cnn-1")
        store.score(pupil, "fool", 3)
    mine, theirs = hand_in(store, ada), hand_in(store, ben)
    assert store.drawings_of(ada) == [mine] and store.drawings_of(ben) == [theirs]
    store.show_drawing(code, theirs.number)
    store.remove_handed_in(ada)
    room = store.find(code)
    assert room is not None and room.shown_drawing == theirs.number  # not hers
    store.show_drawing(code, None)
    assert [each.pupil for each in store.answers(code)] == [ben.number] and store.drawings(code) == [theirs]
    assert [each.pupil for each in store.entries(code)] == [each.pupil for each in store.scores(code)] == [ben.number]
    assert [pupil.name for pupil in store.pupils(code)] == ["Ada", "Pupil 2"] and store.answer(ada, "cnn", 2)
    store.show_drawing(code, hand_in(store, ada).number)
    store.remove_handed_in(ada)
    room = store.find(code)
    assert room is not None and room.shown_drawing is None
    store.leave(ada)
    with pytest.raises(UnknownClassError):
        store.remove_handed_in(ada)


def test_a_frozen_class_takes_nothing_in(store: ClassStore) -> None:
    code = store.open_class("", TEACHER).code
    ada = store.join(code, ADA)
    store.freeze(code, True)
    for work in (lambda: store.answer(ada, "cnn", 1), lambda: hand_in(store, ada)):
        with pytest.raises(FrozenClassError, match="paused"):
            work()
    assert not store.answers(code) and not store.drawings(code)
    store.freeze(code, False)
    assert store.answer(ada, "cnn", 1)


def test_the_best_score_of_a_challenge_is_kept(store: ClassStore, clock: Clock) -> None:
    code = store.open_class("", TEACHER).code
    ada, ben = store.join(code, ADA), store.join(code, BEN)
    assert store.score(ada, "best-run", 0.91, "cnn") and not store.score(ada, "best-run", 0.90)
    assert not store.score(ada, "best-run", 0.91)
    clock.now += 5
    assert store.score(ada, "best-run", 0.95, "wider")
    assert store.score(ben, "fewest-strokes", 3, higher_is_better=False)
    assert not store.score(ben, "fewest-strokes", 4, higher_is_better=False)
    assert store.score(ben, "fewest-strokes", 2, higher_is_better=False)
    assert [(each.pupil, each.challenge, each.value, each.detail, each.at) for each in store.scores(code)] == [
        (1, "best-run", 0.95, "wider", NOW + 5), (2, "fewest-strokes", 2.0, "", NOW + 5),
    ]  # fmt: skip


def test_a_run_is_entered_once(store: ClassStore) -> None:
    code = store.open_class("", TEACHER).code
    ada = store.join(code, ADA)
    for _ in range(2):
        store.enter_run(ada, "cnn-a1b2c3")
    assert [(each.pupil, each.run) for each in store.entries(code)] == [(1, "cnn-a1b2c3")]


def test_closing_a_class_deletes_all_of_it_and_nothing_of_another(store: ClassStore, tmp_path: Path) -> None:
    code, other = store.open_class("7b", TEACHER).code, store.open_class("8c", TEACHER).code
    for each in (code, other):
        pupil = store.join(each, ADA, f"Nick of {each}")
        store.answer(pupil, "cnn", 1)
        hand_in(store, pupil)
        store.enter_run(pupil, "cnn-a1b2c3")
        store.score(pupil, "best-run", 0.9)
    store.close_class(code)
    assert store.find(code) is None and store.changes.version(code) is None
    kept = [
        (store.pupils(each), store.answers(each), store.drawings(each), store.entries(each), store.scores(each))
        for each in (code, other)
    ]
    assert [[len(part) for part in parts] for parts in kept] == [[0] * 5, [1] * 5]
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert f"Nick of {code}".encode() not in content and f"Nick of {other}".encode() in content  # overwritten too
    with pytest.raises(UnknownClassError):
        store.close_class(code)


def test_what_is_done_in_a_class_that_was_closed_gets_a_sentence(store: ClassStore) -> None:
    code = store.open_class("", TEACHER).code
    ada = store.join(code, ADA)
    store.close_class(code)
    for work in (
        lambda: store.join(code, BEN),
        lambda: store.move(ada, "learn"),
        lambda: store.answer(ada, "cnn", 1),
        lambda: hand_in(store, ada),
        lambda: store.score(ada, "best-run", 1),
        lambda: store.enter_run(ada, "cnn-a1b2c3"),
        lambda: store.freeze(code, True),
        lambda: store.leave(ada),
    ):
        with pytest.raises(UnknownClassError, match="no such class|no longer in this class"):
            work()


def test_old_classes_are_deleted_after_thirty_days(store: ClassStore, clock: Clock) -> None:
    old = store.open_class("", TEACHER)
    clock.now += 10 * DAY
    new = store.open_class("", TEACHER)
    clock.now = NOW + 30 * DAY
    assert store.delete_old() == 0
    clock.now += 1
    assert store.delete_old() == 1
    assert store.find(old.code) is None and store.find(new.code) == new


def test_there_is_a_sentence_at_every_limit(store: ClassStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DRAWINGS", "ANSWERS", "RUNS", "SCORES"):
        monkeypatch.setattr(store_module, f"MAX_{name}", 1)
    for name in ("CLASSES", "PUPILS"):
        monkeypatch.setattr(store_module, f"MAX_{name}", 2)
    code, _ = store.open_class("", TEACHER).code, store.open_class("", TEACHER)
    ada, _ = store.join(code, ADA), store.join(code, BEN)
    store.answer(ada, "cnn", 1)
    hand_in(store, ada)
    store.enter_run(ada, "cnn-a1b2c3")
    store.score(ada, "best-run", 1)
    for work, said in (
        (lambda: store.open_class("", TEACHER), "there are 2 classes already: close one"),
        (lambda: store.join(code, "c" * 32), "this class has 2 pupils"),
        (lambda: store.answer(ada, "mlp", 1), "handed in 1 answers"),
        (lambda: hand_in(store, ada), "1 drawings, as many as you may: remove one"),
        (lambda: store.enter_run(ada, "cnn-ffffff"), "1 runs in the race"),
        (lambda: store.score(ada, "fool", 1), "1 scores"),
    ):
        with pytest.raises(LimitError, match=said):
            work()
    store.join(code, ADA)  # whoever is in a full class stays in it
    store.enter_run(ada, "cnn-a1b2c3")
    assert not store.answer(ada, "cnn", 0) and store.score(ada, "best-run", 2)


def test_a_rush_of_pupils_through_two_processes_gets_each_number_once(
    store: ClassStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MAX_PUPILS", 30)
    code, other = store.open_class("", TEACHER).code, ClassStore(tmp_path)

    def come(number: int) -> int:
        try:
            pupil = (store, other)[number % 2].join(code, f"{number:032x}")
            assert store.answer(pupil, "cnn", number % 3)
        except LimitError:
            return 0
        return pupil.number

    with ThreadPoolExecutor(16) as rush:
        numbers = list(rush.map(come, range(40)))
    assert sorted(numbers) == [0] * 10 + list(range(1, 31))
    assert len(store.answers(code)) == len(store.pupils(code)) == 30
    other.close()


def test_what_makes_no_sense_gets_a_sentence(store: ClassStore) -> None:
    code = store.open_class("", TEACHER).code
    ada = store.join(code, ADA)
    for work, said in (
        (lambda: store.open_class("x" * 61, TEACHER), "a title of at most 60 characters"),
        (lambda: store.join(code, BEN, "x" * 21), "a nickname of at most 20 characters"),
        (lambda: store.join(code, BEN, "x" * 1_000_000), "a nickname of at most 20 characters"),
        (lambda: store.answer(ada, "cnn", 10), "one of 10 options"),
        (lambda: store.answer(ada, "<script>", 1), "the key of a question"),
        (lambda: store.move(ada, "learn", "x" * 61), "the key of a step"),
        (lambda: store.score(ada, "best-run", float("nan")), "a finite number"),
        (lambda: store.score(ada, "best-run", 1, "x" * 201), "a detail of at most 200"),
        (lambda: store.hand_in(ada, 10, IMAGE, 1, 0.5, may_be_shown=True), "from 0 to 9"),
        (lambda: store.hand_in(ada, 1, IMAGE, 1, float("nan"), may_be_shown=True), "from 0 to 1"),
        (lambda: store.hand_in(ada, 1, IMAGE[:27], 1, 0.5, may_be_shown=True), r"\(28, 28\) uint8"),
    ):
        with pytest.raises(ClassroomError, match=said):
            work()
    assert store.pupils(code) == [ada] and not store.answers(code) and not store.drawings(code)


def test_the_counters_follow_what_happens(store: ClassStore) -> None:
    code = store.open_class("", TEACHER).code

    def changed(work: object) -> tuple[bool, bool]:
        before = store.changes.version(code)
        assert callable(work)
        work()
        after = store.changes.version(code)
        assert before and after
        return before.pupils != after.pupils, before.teacher != after.teacher

    assert changed(lambda: store.join(code, ADA)) == (False, True)
    ada = store.join(code, ADA)
    assert changed(lambda: store.answer(ada, "cnn", 1)) == (False, True)
    assert changed(lambda: hand_in(store, ada)) == (False, True)
    assert changed(lambda: store.show_drawing(code, 1)) == (True, True)
    assert changed(lambda: store.freeze(code, True)) == (True, True)
    assert changed(lambda: store.pupils(code)) == (False, False)


def test_a_class_survives_a_restart(tmp_path: Path) -> None:
    store = ClassStore(tmp_path)
    room = store.open_class("7b", TEACHER)
    ada = store.join(room.code, ADA, "Ada")
    drawing = hand_in(store, ada)
    store.freeze(room.code, True)
    before = store.changes.version(room.code)
    store.close()
    again = ClassStore(tmp_path)
    assert again.pupil(room.code, ADA) == ada and again.drawings(room.code) == [drawing]
    found = again.find(room.code)
    assert found is not None and found.is_frozen and found.title == "7b"
    assert again.changes.version(room.code) not in (None, before)
    again.close()


def test_what_was_committed_is_there_after_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writer = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    code, *said = [line.strip() for line in iter(writer.stdout.readline, "handed in\n")]
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    assert said[-1] == "150" and Path(tmp_path, f"{FILE}-wal").exists()  # it had no time to tidy up
    store = ClassStore(tmp_path)
    assert [each.option for each in store.answers(code)] == [number % 3 for number in range(151)]
    (drawing,) = store.drawings(code)
    assert (drawing.digit, drawing.answer, int(drawing.image[0, 0])) == (7, 1, 9)
    store.close()
