"""What a class answered to a question of the course, as a bar chart."""

from collections import Counter
from typing import Any

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import accent
from app_pages.components.palette import faint
from app_pages.state.classes import class_store
from app_pages.state.widgets import shown_place
from mnist_core.course.catalog import NUMBERS, STEPS
from mnist_core.course.step import Question

CHOICE, REVEALED = "class_question", "class_revealed"  # the keys of the widgets
LETTERS = "ABCDEFGHIJ"
HEIGHT = 300  # px
TEXT = {"fontSize": 14}
READABLE = 760  # px


def render_answers(code: str) -> None:
    """Show how often each option of a question was chosen; the right one is told when the teacher says so."""
    answers = class_store().answers(code)
    counts: dict[str, Counter[int]] = {}
    for answer in answers:
        counts.setdefault(answer.question, Counter())[answer.option] += 1
    questions = [step.key for step in STEPS if step.key in counts] + sorted(counts.keys() - NUMBERS.keys())
    if not questions:
        st.info("Nobody has answered yet. Each step of the course asks a question, to be answered before reading on.")
        return
    if st.session_state.get(CHOICE) not in questions:
        st.session_state[CHOICE] = answers[-1].question  # the one that is being answered
    shown = shown_place(CHOICE, questions)
    chosen = st.selectbox("Question", questions, shown, format_func=label_of, key=CHOICE, persist_state="session")
    question, given = question_of(chosen), counts[chosen]
    if question:
        st.markdown(f"**{question.words}**", width=READABLE)
    is_revealed = bool(question) and st.toggle("Show which is right", key=f"{REVEALED}_{chosen}")
    options = question.options if question else tuple(f"option {place + 1}" for place in range(max(given) + 1))
    right = question.answer if question and is_revealed else None
    render_chart(
        answer_chart(given, len(options), right, accent(), faint()),
        name="Answers",
        finding=finding(given, options),
        numbers=lambda: answer_table(given, options),
        key="class_answer_chart",
        height=HEIGHT,
    )
    st.markdown(
        "  \n".join(
            f"**{LETTERS[place]}**\u2002{option}" + (" :material/check: **right**" if place == right else "")
            for place, option in enumerate(options)
        ),
        width=READABLE,
    )
    if question and is_revealed:
        st.markdown(question.explanation, width=READABLE)


def label_of(key: str) -> str:
    """Return what a list calls a question."""
    return f"{NUMBERS[key]}. {STEPS[NUMBERS[key] - 1].title}" if key in NUMBERS else key


def question_of(key: str) -> Question | None:
    """Return the question of a step of the course, None when there is no such step."""
    return STEPS[NUMBERS[key] - 1].question if key in NUMBERS else None


def finding(counts: Counter[int], options: tuple[str, ...]) -> str:
    """Return what can be seen in the chart, in one sentence."""
    total = counts.total()
    parts = ", ".join(f"{LETTERS[place]} {counts[place]}" for place in range(len(options)))
    return f"{total} {'pupil has' if total == 1 else 'pupils have'} answered: {parts}."


def answer_table(counts: Counter[int], options: tuple[str, ...]) -> pd.DataFrame:
    """Return the numbers of the chart: one row per option."""
    total = max(1, counts.total())
    return pd.DataFrame(
        {
            "Option": [LETTERS[place] for place in range(len(options))],
            "Answer": list(options),
            "Pupils": [counts[place] for place in range(len(options))],
            "Share (%)": [round(100 * counts[place] / total, 1) for place in range(len(options))],
        }
    )


def answer_chart(counts: Counter[int], options: int, right: int | None, accent: str, faint: str) -> dict[str, Any]:
    """Return how often each option was chosen as a bar chart.

    Args:
        counts: by the place of the option.
        options: how many there are.
        right: the place of the right one, None while it is not told; then all bars have one colour.
        accent: the colour of bars.
        faint: the colour of the wrong ones, once the right one is told.
    """
    bars = [
        {"value": counts[place], "itemStyle": {"color": accent if right in (None, place) else faint}}
        for place in range(options)
    ]
    named = {"nameLocation": "middle", "nameTextStyle": TEXT, "axisLabel": TEXT}
    return {
        "animation": False,
        "title": {"text": "Answers (pupils)", "left": 0, "top": 6},
        "grid": {"left": 8, "right": 16, "top": 52, "bottom": 32, "containLabel": True},
        "xAxis": named | {"type": "category", "data": list(LETTERS[:options]), "name": "option", "nameGap": 26},
        "yAxis": named | {"type": "value", "min": 0, "minInterval": 1},
        "series": [
            {
                "type": "bar",
                "name": "pupils",
                "data": bars,
                "barMaxWidth": 90,
                "label": {"show": True, "position": "top", "fontSize": 16, "color": "inherit"},
            }
        ],
    }
