"""Finding images: every query against a slow and plain search over Python lists."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.analysis.query import SORTS, Query, select

digits = st.none() | st.integers(0, 9)
# Multiples of an eighth make equal confidences common, and bounds that an image lies on.
fractions = st.integers(0, 8).map(lambda eighths: eighths / 8)
queries = st.builds(
    Query,
    label=digits,
    predicted=digits,
    is_correct=st.none() | st.booleans(),
    confidence=st.tuples(fractions, fractions).map(lambda pair: (min(pair), max(pair))),
    sort=st.sampled_from(SORTS),
)
images = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 8)), max_size=40)


def answers(rows: list[tuple[int, int, int, int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Labels and probabilities: each row's confidence is shared by two digits, so that ties of all kinds occur."""
    labels = torch.tensor([row[0] for row in rows], dtype=torch.int64)
    probabilities = torch.zeros(len(rows), 10)
    for at, (_, first, second, eighths) in enumerate(rows):
        probabilities[at, first] += eighths / 8
        probabilities[at, second] += 1 - eighths / 8
    return labels, probabilities


def search_row_by_row(labels: list[int], probabilities: list[list[float]], query: Query) -> list[int]:
    matches = []
    for number, (label, row) in enumerate(zip(labels, probabilities, strict=True)):
        answer, confidence = row.index(max(row)), max(row)
        if query.label is not None and label != query.label:
            continue
        if query.predicted is not None and answer != query.predicted:
            continue
        if query.is_correct is not None and (answer == label) != query.is_correct:
            continue
        if confidence < query.confidence[0] or confidence > query.confidence[1]:
            continue
        loss = -math.log(row[label]) if row[label] > 0 else math.inf
        order = {"index": 0.0, "surest": -confidence, "least sure": confidence, "loss": -loss}[query.sort]
        matches.append((order, number))
    return [number for _, number in sorted(matches)]


@given(rows=images, query=queries)
def test_a_query_equals_a_search_row_by_row(rows: list[tuple[int, int, int, int]], query: Query) -> None:
    labels, probabilities = answers(rows)
    matches = select(labels, probabilities, query)
    assert matches.dtype == torch.int64
    assert matches.tolist() == search_row_by_row(labels.tolist(), probabilities.tolist(), query)


@given(rows=images, query=queries)
def test_every_image_is_either_correct_or_wrong(rows: list[tuple[int, int, int, int]], query: Query) -> None:
    labels, probabilities = answers(rows)
    right, wrong, either = (
        set(select(labels, probabilities, replace(query, is_correct=choice)).tolist()) for choice in (True, False, None)
    )
    assert right | wrong == either and not right & wrong


@given(rows=images, label=digits)
def test_a_label_alone_needs_no_answers(rows: list[tuple[int, int, int, int]], label: int | None) -> None:
    labels, probabilities = answers(rows)
    query = Query(label=label)
    assert not query.needs_predictions
    assert torch.equal(select(labels, None, query), select(labels, probabilities, query))


@pytest.mark.parametrize(
    "query",
    [
        Query(predicted=3),
        Query(is_correct=False),
        Query(confidence=(0.5, 1.0)),
        Query(sort="loss"),
        Query(sort="surest"),
    ],
)
def test_without_answers_a_query_about_them_is_refused(query: Query) -> None:
    assert query.needs_predictions
    with pytest.raises(ValueError, match="needs the probabilities of a model"):
        select(torch.tensor([1, 2]), None, query)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"label": 10}, "label must be a digit from 0 to 9 or None, got 10"),
        ({"predicted": -1}, "predicted must be a digit"),
        ({"confidence": (0.9, 0.1)}, "confidence must be two fractions"),
        ({"confidence": (0.0, 90.0)}, "confidence must be two fractions"),
        ({"sort": "size"}, "sort must be one of index, surest, least sure, loss, got 'size'"),
    ],
)
def test_an_invalid_query_is_refused_with_the_name_of_the_field(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Query(**wrong)
