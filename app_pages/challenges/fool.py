"""The challenge to fool the model: the canvas with a test image, what the model makes of it, and the count."""

from dataclasses import replace

import streamlit as st
import torch

from app_pages.challenges.figures import figures_html, meter_html, verdict_html
from app_pages.challenges.models import choose_model
from app_pages.challenges.style import READABLE
from app_pages.components.drawing_canvas import render_canvas, render_tools
from app_pages.components.html import bars_html, percent
from app_pages.components.leaving import see_inside_button
from app_pages.state import canvas, resources
from app_pages.state.challenges import Game, challenges_state, record
from app_pages.state.session import session
from mnist_core.challenges.fooling import MAX_SHARE, Attempt, Target, Verdict, deal, judge, score_of
from mnist_core.recognition.predictor import Predictor

FIRST_DEAL = 11  # the digits from here on are among those that one stroke can turn into another, for the CNN too


def render_fool(*, is_new: bool) -> None:
    """Show the challenge.

    Args:
        is_new: whether another challenge was on the screen before, or none.
    """
    state = challenges_state()
    model, spoken = choose_model("Model to fool")
    predictor = resources.predictor_for(model)
    game = state.game
    if game is None or game.model != model:
        st.markdown(
            "The app draws a test image that the model reads right. Everyone gets the same ones, in the same order.",
            width=READABLE,
        )
        st.button(
            "Start",
            type="primary",
            icon=":material/play_arrow:",
            on_click=deal_digit,
            args=(model, predictor),
            key="challenges_start",
        )
        return
    if is_new:
        put_back(game.target)
    canvas.current_drawing()
    strokes = session().strokes
    attempt: Attempt = resources.run_inference(lambda: judge(game.target, strokes, predictor))
    count_attempt(game, attempt, spoken)
    with st.container(horizontal=True, gap="large", key="challenges_row"):
        with st.container(key="challenges_ink", gap="small"):
            render_canvas()
            render_tools()
        with st.container(key="challenges_answer", gap="small"):
            with st.container(gap="small"):  # so that the buttons keep their place when there is less to show
                render_attempt(game.target, attempt, spoken)
            with st.container(horizontal=True, gap="small"):
                st.button(
                    "Start over",
                    icon=":material/restart_alt:",
                    on_click=put_back,
                    args=(game.target,),
                    key="challenges_again",
                )
                st.button(
                    "Another digit",
                    icon=":material/casino:",
                    on_click=deal_digit,
                    args=(model, predictor),
                    key="challenges_next",
                )
                if attempt.verdict is Verdict.FOOLED:
                    see_inside_button("challenges_inside", model=model)


def deal_digit(model: str, predictor: Predictor) -> None:
    """Put the next digit on the canvas."""
    state, test = challenges_state(), resources.available_split("test")
    # The same digits for everybody, so that a class can compare.
    generator = torch.Generator().manual_seed(FIRST_DEAL + state.deals)
    target: Target | None = resources.run_inference(lambda: deal(test, predictor, generator))
    state.deals += 1
    state.game = Game(target, model) if target else None
    if target:
        put_back(target)


def put_back(target: Target) -> None:
    """Show a digit on the canvas as it was dealt."""
    canvas.show_strokes(target.strokes)


def count_attempt(game: Game, attempt: Attempt, spoken: str) -> None:
    """Record an attempt that fools the model, unless one with this digit was as good."""
    if attempt.verdict is not Verdict.FOOLED:
        return
    score = score_of(game.target, attempt, spoken)
    if game.best is None or score.value < game.best:
        record(score)
        challenges_state().game = replace(game, best=score.value)


def render_attempt(target: Target, attempt: Attempt, spoken: str) -> None:
    """Show what the model makes of the drawing, how much was added, and what that means."""
    st.html(verdict_html(*in_words(target, attempt, spoken)))
    prediction = attempt.prediction
    if prediction is None:
        return
    answer = (f"{spoken} reads", str(prediction.label), f"{percent(prediction.probability, escaped=False)} sure")
    note = f"Ink added: {attempt.share:.0%} of the digit's own. At most {MAX_SHARE:.0%} counts."
    figures = [
        ("Strokes added", str(attempt.strokes), ""),
        ("Ink added", f"{attempt.ink:.1f}", f"of {MAX_SHARE * attempt.own_ink:.1f} px"),
        answer,
    ]
    st.html(
        figures_html(figures)
        + meter_html(attempt.share / MAX_SHARE, note)
        + bars_html(prediction.probabilities, prediction.label)
    )


def in_words(target: Target, attempt: Attempt, spoken: str) -> tuple[str, str]:
    """Return what an attempt has achieved, as sentences, and what is said with emphasis before them."""
    digit, prediction = target.label, attempt.prediction
    match attempt.verdict:
        case Verdict.ERASED:
            return f"Part of the {digit} is gone, so this does not count. Start over.", ""
        case Verdict.TOO_MUCH:
            return f"Too much ink to count: a person must still read the {digit}. Undo a stroke.", ""
        case Verdict.NO_DIGIT:
            return "This looks like no digit at all. Undo, and try something smaller.", ""
        case Verdict.FOOLED if prediction:
            strokes = "one stroke" if attempt.strokes == 1 else f"{attempt.strokes} strokes"
            words = f"{spoken} reads the {digit} as {prediction.label} after {strokes}."
            return words, "Fooled!"
        case Verdict.STILL_READ:
            return f"Still read as {digit}. Go on, or undo and try another place.", ""
        case _:
            return f"{spoken} reads this {digit} right. Add strokes until it does not.", ""
