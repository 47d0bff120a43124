"""A small class visits the running app: everybody gets their own answers, and nobody sees an exception."""

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from mnist_core.ink.fabric import stroke_by_stroke
from mnist_core.paths import ASSETS
from mnist_core.recognition.predictor import Predictor, load_predictor
from tests.browser.serving import free_port, is_healthy
from tests.load.drawings import Stroke, canvas_state, load_drawings, strokes_of_visitors
from tests.load.lesson import Plan, hold_lesson, wrong_records
from tests.load.process import Server, run_alone, running
from tests.load.soak import SIGNIFICANT, growth, verdict

QUICK = Plan(sessions=6, strokes=5, runs=2, reloads=2, arrive=2, think=(0.2, 1.0))
EXAMPLES = ASSETS / "examples.jsonl"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("load")) as server:
        yield server


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return load_predictor("cnn")


def strokes(predictor: Predictor, visitors: int, count: int, seed: int = 0) -> list[list[Stroke]]:
    return strokes_of_visitors(load_drawings(EXAMPLES), predictor, visitors, count, seed)


def test_no_two_visitors_draw_the_same_and_a_drawing_grows_stroke_by_stroke(predictor: Predictor) -> None:
    made = strokes(predictor, 8, 10)
    pictures = [{stroke.answer.picture for stroke in each} for each in made]
    assert [len(each) for each in made] == [10] * 8
    assert len(set.union(*pictures)) == sum(map(len, pictures))


@pytest.mark.slow
def test_every_visitor_of_a_class_gets_their_own_answers_and_keeps_their_run(
    server: Server, predictor: Predictor
) -> None:
    outcome = run_alone(hold_lesson(server.address, QUICK, strokes(predictor, QUICK.sessions, QUICK.strokes)))
    assert outcome.complaints == []
    assert len(outcome.quiet) + len(outcome.busy) == QUICK.sessions * QUICK.strokes
    assert len(outcome.runs) == len(set(outcome.runs.values())) == QUICK.runs
    assert wrong_records(outcome, server.runs) == []
    assert is_healthy(server.port) and server.tracebacks() == []


@pytest.mark.slow
def test_answers_that_are_mixed_up_wrong_or_lost_are_noticed(server: Server, predictor: Predictor) -> None:
    plan = replace(QUICK, sessions=2, strokes=2, runs=0, arrive=0)
    first, second = strokes(predictor, 2, 2, seed=1)
    swapped = [
        [replace(stroke, answer=other.answer) for stroke, other in zip(mine, theirs, strict=True)]
        for mine, theirs in ((first, second), (second, first))
    ]
    outcome = run_alone(hold_lesson(server.address, plan, swapped))
    assert (len(outcome.mixed_up), len(outcome.wrong)) == (4, 0)
    misread = [replace(first[0], answer=replace(first[0].answer, digit="x")), first[1]]
    outcome = run_alone(hold_lesson(server.address, plan, [misread, second]))
    assert (len(outcome.mixed_up), len(outcome.wrong)) == (0, 1)
    outcome = run_alone(hold_lesson(f"http://127.0.0.1:{free_port()}", plan, [first, second]))
    assert len(outcome.lost) == 2


def test_a_canvas_sends_one_path_per_line_that_follows_the_pen() -> None:
    for drawing in load_drawings(EXAMPLES):
        sent = stroke_by_stroke(json.loads(canvas_state(drawing.lines, 20))["drawing"]["raw"])
        assert len(sent) == len(drawing.lines)
        for stroke, line in zip(sent, drawing.lines, strict=True):
            (path,) = stroke.lines
            assert np.allclose(path[[0, -1]], line[[0, -1]], atol=0.01)
            distances = np.linalg.norm(line[:, None] - path[None], axis=2).min(axis=1)
            assert distances.max() < 5  # px; the curve cuts corners


def test_growth_is_told_from_noise() -> None:
    minutes = [float(minute) for minute in range(30)]
    noise = [(-1) ** minute * 2.0 for minute in range(30)]
    for per_hour, words in ((60.0, "it grows"), (0.0, "it does not grow")):
        values = [500 + per_hour * minute / 60 + each for minute, each in zip(minutes, noise, strict=True)]
        slope, error = growth(minutes, values)
        assert abs(slope - per_hour) < SIGNIFICANT * error
        assert verdict(slope, error, 500) == words
    assert "cannot be told" in verdict(*growth(minutes[:4], [500, 520, 490, 540]), 512)
