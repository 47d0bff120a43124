"""Worksheets have addresses of their own, and links that lead back to the server they came from."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from app_pages.components.worksheets import worksheet_link, worksheet_routes
from mnist_core.course.catalog import CHAPTERS
from mnist_core.course.worksheet import worksheet
from tests.load.process import run_alone


def get(address: str) -> Response:
    """Return what a server called digits.example answers."""
    url = urlsplit(address)
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "scheme": "https",
        "server": ("digits.example", 443),
        "path": url.path,
        "query_string": url.query.encode(),
        "headers": [(b"host", b"digits.example")],
    }
    (route,) = worksheet_routes()
    assert isinstance(route, Route)
    match, matched = route.matches(scope)
    assert match is Match.FULL
    answer: Response = run_alone(route.endpoint(Request({**scope, **matched})))
    return answer


@pytest.mark.parametrize("name", [chapter.name for chapter in CHAPTERS])
@pytest.mark.parametrize("is_for_teacher", [False, True])
def test_every_chapter_has_a_worksheet_and_notes(name: str, is_for_teacher: bool) -> None:
    answer = get(worksheet_link(name, is_for_teacher=is_for_teacher))
    assert answer.status_code == 200 and answer.media_type == "text/html"
    expected = worksheet(name, "https://digits.example", is_for_teacher=is_for_teacher)
    assert bytes(answer.body).decode() == expected


def test_an_unknown_chapter_is_not_found_and_says_what_there_is() -> None:
    answer = get("/worksheets/<script>")
    assert answer.status_code == 404 and answer.media_type == "text/plain"
    assert bytes(answer.body).startswith(b"name must be a chapter of the course (1-from-image-to-tensor, ")
