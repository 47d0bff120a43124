"""The challenges: what counts is recorded, once, and what the board says is what was measured."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.challenges import models
from app_pages.challenges.fool import FIRST_DEAL
from app_pages.challenges.models import MODEL
from app_pages.challenges.view import CHALLENGE
from app_pages.challenges.worst import DIGIT
from app_pages.components.class_bar import GONE
from app_pages.components.presentation import FOLLOWING
from app_pages.state import classes, resources
from app_pages.state.challenges import ChallengesState, Game
from app_pages.state.examples import examples
from mnist_core.challenges import run_entries
from mnist_core.challenges.catalog import CHALLENGES
from mnist_core.challenges.fooling import Verdict, deal, judge, score_of
from mnist_core.challenges.run_entries import SMALL_KEY, validation_split
from mnist_core.challenges.scoring import MAX_SCORES, Score
from mnist_core.classroom.records import LimitError
from mnist_core.data.split import Split
from mnist_core.ink.strokes import Strokes
from mnist_core.models.config import TrainConfig
from mnist_core.models.evaluation import evaluate
from mnist_core.runs.run import Run, RunState
from tests.pages.opening import address_of, components, html_of, open_page, run
from tests.waiting import wait_for

LINEAR = TrainConfig("linear", share=0.5, batch_size=32)


@pytest.fixture(autouse=True)
def without_mnist(tmp_path: Path, standins: tuple[Split, Split], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have few stand-in digits everywhere."""
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path / "nothing"))


def opened(challenge: str = "fool", **query: str) -> AppTest:
    return open_page("learn", view="challenges", challenge=challenge, **query)


def state_of(page: AppTest) -> ChallengesState:
    state: ChallengesState = page.session_state["challenges_state"]
    return state


def shown(page: AppTest, kind: str) -> str:
    """Return the HTML of a class on the page, "" when there is none."""
    return "".join(each for each in html_of(page) if f'class="{kind}' in each and "<style>" not in each)


def started() -> tuple[AppTest, Game]:
    """Open the first challenge with the linear model, and have a digit dealt."""
    page = run(opened().selectbox(key=MODEL).set_value("linear"))
    page = run(page.button(key="challenges_start").click())
    game = state_of(page).game
    assert game
    return page, game


def draw(page: AppTest, *strokes: Strokes) -> AppTest:
    """Put strokes on the canvas, and run the page."""
    session = page.session_state["session"]
    session.strokes = session.initial_strokes = strokes
    return run(page)


def misleading(game: Game, count: int) -> list[Strokes]:
    """Return strokes each of which makes the linear model misread a digit."""
    found: list[Strokes] = []
    rng, predictor = np.random.default_rng(0), resources.predictor_for("linear")
    while len(found) < count:
        start = rng.uniform(20, 260, 2)
        stroke = Strokes((np.array([start, np.clip(start + rng.uniform(-60, 60, 2), 10, 270)]),))
        if judge(game.target, (*game.target.strokes, stroke), predictor).verdict is Verdict.FOOLED:
            found.append(stroke)
    return found


def ended(page: AppTest, config: TrainConfig) -> Run:
    """Train a run of the page's visitor to its end."""
    owner = page.session_state["session"].visitor
    started = resources.registry().start(config, lambda: splits(), owner)
    wait_for(lambda: not started.state.is_alive)
    assert started.state is RunState.FINISHED
    return started


def splits() -> tuple[Split, Split]:
    return resources.available_split("train"), resources.available_split("test")


def test_a_digit_is_dealt_that_the_model_reads_the_same_for_everybody() -> None:
    page, game = started()
    predictor, generator = resources.predictor_for("linear"), torch.Generator().manual_seed(FIRST_DEAL)
    assert game.target == deal(resources.available_split("test"), predictor, generator)
    assert f"Linear reads this {game.target.label} right" in shown(page, "challenge-verdict")
    assert page.session_state["session"].strokes == game.target.strokes
    page = run(page.button(key="challenges_next").click())
    following = state_of(page).game
    assert following and following.target.number != game.target.number


def test_a_stroke_that_misleads_the_model_is_recorded_once_and_a_better_one_again() -> None:
    page, game = started()
    assert not shown(page, "challenge-board")
    predictor = resources.predictor_for("linear")
    first, second = misleading(game, 2)
    attempts = [judge(game.target, (*game.target.strokes, each), predictor) for each in (first, second)]
    worse, better = sorted(zip(attempts, (first, second), strict=True), key=lambda each: -each[0].ink)
    page = run(draw(page, *game.target.strokes, worse[1]))
    assert state_of(page).of("fool") == (score_of(game.target, worse[0], "Linear"),)
    assert "Fooled!" in shown(page, "challenge-verdict")
    page = draw(page, *game.target.strokes, better[1])
    page = draw(page, *game.target.strokes, worse[1])
    assert [score.value for score in state_of(page).of("fool")] == [
        score_of(game.target, attempt, "Linear").value for attempt in (worse[0], better[0])
    ]
    rows = re.findall(r'<td class="rank">(\d)</td><td class="score">(.*?)</td>', shown(page, "challenge-board"))
    assert rows == [("1", f"1 stroke, {better[0].ink:.1f} px of ink"), ("2", f"1 stroke, {worse[0].ink:.1f} px of ink")]
    assert any(CHALLENGES["fool"].lesson == text.value for text in page.markdown)


def test_a_digit_that_is_not_whole_does_not_count_until_it_is_put_back() -> None:
    page, game = started()
    page = draw(page, *game.target.strokes[1:], *misleading(game, 1))
    assert "does not count. Start over." in shown(page, "challenge-verdict") and not state_of(page).of("fool")
    page = run(page.button(key="challenges_again").click())
    assert page.session_state["session"].strokes == game.target.strokes


def test_the_digit_leaves_the_canvas_for_another_challenge_and_comes_back() -> None:
    page, game = started()
    page = go(page, "worst")
    assert page.session_state["session"].strokes == ()
    page = go(page, "fool")
    assert page.session_state["session"].strokes == game.target.strokes


def go(page: AppTest, challenge: str) -> AppTest:
    page.session_state[CHALLENGE] = challenge
    return run(page)


def test_another_model_needs_another_digit() -> None:
    page, _ = started()
    page = run(page.selectbox(key=MODEL).set_value("mlp"))
    assert page.button(key="challenges_start")


def test_a_digit_that_is_read_is_entered_with_its_share_of_nearer_test_images() -> None:
    page = opened("worst")
    page.session_state[DIGIT] = 4
    page = draw(page, examples()[4])
    (number,) = re.findall(r"<dt>More unusual than</dt><dd><b>([\d.]+)%", shown(page, "challenge-figures"))
    page = run(page.button(key="challenges_enter").click())
    (score,) = state_of(page).of("worst")
    assert float(number) == pytest.approx(score.value, abs=0.1) and score.detail.startswith("a 4, read by CNN with")
    assert page.session_state["session"].strokes == ()


def test_a_blank_canvas_hints_at_the_digit_that_is_asked_for() -> None:
    page = opened("worst")
    page.session_state[DIGIT] = 8
    (controls,) = components(run(page), "canvas_controls")
    lines = json.loads(controls.proto.json)["example"]["lines"]
    assert lines == [line.round(1).tolist() for line in examples()[8].lines]


def test_a_digit_that_is_read_as_another_cannot_be_entered() -> None:
    page = draw(opened("worst"), examples()[7])
    assert "read as 7, not as 3" in shown(page, "challenge-verdict")
    assert page.button(key="challenges_enter").disabled


def test_the_nearest_training_images_are_of_the_digit() -> None:
    page = draw(opened("worst"), examples()[3])
    (row,) = [each for each in html_of(page) if 'class="challenge-row"' in each and "<style>" not in each]
    assert re.findall(r'alt="(.*?)[,"]', row)[0] == "your 3"
    train = resources.available_split("train")
    places = [int(place) for place in re.findall(r'alt="training image (\d+), a 3', row)]
    assert len(places) == 5 and {int(train.labels[place]) for place in places} == {3}


def test_a_run_is_entered_with_its_accuracy_on_the_images_that_it_left_out() -> None:
    page = opened("fast")
    assert any("No finished runs yet" in text.value for text in page.markdown)
    trained = ended(page, LINEAR)
    page = run(page)
    page = run(page.button(key=f"challenges_enter_{trained.name}").click())
    (score,) = state_of(page).of("fast")
    assert trained.latest_model is not None
    expected = evaluate(trained.latest_model, validation_split(resources.available_split("train"), LINEAR)).accuracy
    assert score.value == pytest.approx(expected)
    assert "200 validation images" in score.detail and f"{trained.evaluations[-1].test_accuracy:.2%}" in score.detail
    assert any("Entered" in text.value for text in page.markdown)


def test_a_run_that_learned_from_all_images_says_why_it_cannot_be_entered() -> None:
    page = opened("fast")
    trained = ended(page, replace(LINEAR, share=1.0))
    page = run(page)
    assert "none is left to validate it" in shown(page, "challenge-run")
    assert not [button for button in page.button if button.key == f"challenges_enter_{trained.name}"]


def test_the_smallest_model_counts_the_weights_and_asks_for_98_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened("small")
    trained = ended(page, LINEAR)
    page = run(page)
    assert "less than 98%" in shown(page, "challenge-run")
    monkeypatch.setattr(run_entries, "MIN_ACCURACY", 0.05)
    page = run(run(page).button(key=f"challenges_enter_{trained.name}").click())
    (score,) = state_of(page).of(SMALL_KEY)
    assert score.words == f"{28 * 28 * 10 + 10:,} parameters"


def test_somebody_elses_run_is_not_listed() -> None:
    page = opened("fast")
    other = resources.registry().start(LINEAR, lambda: splits(), "0" * 32)
    wait_for(lambda: not other.state.is_alive)
    page.query_params["run"] = other.name
    assert not shown(run(page), "challenge-run")


def test_the_link_to_train_sets_up_a_run_that_leaves_images_out() -> None:
    (link,) = [each for each in opened("fast").get("page_link") if each.proto.label == "Train a model"]
    assert link.proto.page == "train" and "share=0.9" in link.proto.query_string


def test_a_model_that_learned_little_is_not_offered() -> None:
    page = opened()
    trained = ended(page, replace(LINEAR, learning_rate=1e-6))
    assert trained.name not in run(page).selectbox(key=MODEL).options and not models.is_able(trained.name)


def test_the_link_names_the_challenge() -> None:
    assert address_of(opened("small"))["challenge"] == ["small"]
    page = opened("juggling")
    assert page.header[0].value == "Fool the model" and "challenge" not in address_of(page)
    assert any("challenge that does not exist" in warning.value for warning in page.warning)


def test_a_presentation_leads_from_one_challenge_to_the_next() -> None:
    page = opened("fool", present="1")
    page = run(page.button(key=FOLLOWING).click())
    assert page.header[0].value == "Best 60-second run"


def test_other_data_than_digits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "class_names", lambda: ("Coat",) * 10)
    page = opened()
    assert any("The challenges need MNIST" in info.value for info in page.info) and not page.header


def test_the_bests_of_the_other_challenges_are_listed() -> None:
    page = opened("fast")
    state_of(page).scores["worst"] = tuple(Score("worst", value, f"{value}%") for value in (12, 81, 40))
    page = run(page)
    assert "<td>Worst handwriting</td><td>81%</td>" in shown(page, "challenge-board")


def test_the_board_is_bounded_and_what_it_shows_is_escaped() -> None:
    page = opened("small")
    state_of(page).scores["small"] = tuple(Score("small", value, "<b>", "<script>") for value in range(MAX_SCORES))
    page = run(page)
    board = shown(page, "challenge-board")
    assert "<script>" not in board and board.count("&lt;script&gt;") == MAX_SCORES


def test_the_class_keeps_a_pupils_best_score_and_who_was_removed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    store = classes.class_store()
    code = store.open_class("7b", "t").code
    page = opened("worst")
    pupil = store.join(code, page.session_state["session"].visitor)
    page.session_state["class_state"].asked_as = ""  # joined in another tab
    for digit in (3, 9):  # the nine is read as no three
        page = draw(page, examples()[digit])
        if not page.button(key="challenges_enter").disabled:
            page = run(page.button(key="challenges_enter").click())
    (score,), (kept,) = state_of(page).of("worst"), store.scores(code)
    assert (kept.pupil, kept.challenge, kept.value) == (pupil.number, "worst", score.value)
    assert kept.detail == f"{score.words}: {score.detail}"
    store.leave(pupil)
    page = run(draw(page, examples()[3]).button(key="challenges_enter").click())
    assert len(state_of(page).of("worst")) == 2 and not store.scores(code)
    assert GONE in [each.value for each in page.info]

    def refuse(*_: object, **__: object) -> bool:
        raise LimitError("there are too many")

    monkeypatch.setattr(classes, "score", refuse)
    page = run(draw(page, examples()[3]).button(key="challenges_enter").click())
    assert page.warning[0].value.startswith("Your class did not get the last score.")
