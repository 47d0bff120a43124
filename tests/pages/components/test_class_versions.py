"""What a class is like now, at an address of its own: cheap to ask, and nothing else is told."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from app_pages.components.class_versions import class_routes, version_link
from app_pages.state import class_places, classes
from app_pages.state.session import COOKIE
from mnist_core.classroom.identity import pupil_key
from tests.load.process import run_alone

ADA = "a" * 32


def get(path: str, cookie: str = "") -> Response:
    """Return what the server answers."""
    path, _, query = path.partition("?")
    headers = [(b"host", b"digits.example"), *([(b"cookie", f"{COOKIE}={cookie}".encode())] if cookie else [])]
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": headers,
    }
    (route,) = class_routes()
    assert isinstance(route, Route)
    match, matched = route.matches(scope)
    assert match is Match.FULL
    answer: Response = run_alone(route.endpoint(Request({**scope, **matched})))
    return answer


def test_the_versions_change_with_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    store = classes.class_store()
    code = store.open_class("", "t").code
    assert version_link(code).startswith(f"/classes/{code}/version?key=")

    def versions() -> dict[str, str]:
        answer = get(version_link(code))
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
        told: dict[str, str] = json.loads(bytes(answer.body))
        return told

    before = versions()
    assert set(before) == {"pupils", "teacher"} and versions() == before
    store.join(code, ADA)
    joined = versions()
    assert joined["pupils"] == before["pupils"] and joined["teacher"] != before["teacher"]
    store.freeze(code, True)
    assert versions()["pupils"] != before["pupils"]
    ada = store.join(code, ADA)
    key = pupil_key(code, ADA)
    for step in ("tensor", "cnn"):
        class_places.places().report(key, ada, "learn", step)
    get(version_link(code), ADA)
    assert store.pupils(code)[0].step == "tensor"  # it is too soon
    monkeypatch.setattr(class_places, "EVERY", 0.0)
    get(version_link(code), ADA)
    assert store.pupils(code)[0].step == "cnn"
    monkeypatch.setattr(store, "_database", None)  # an answer needs no look at the file
    versions()


@pytest.mark.parametrize("code", ["BCDFHJ", "<script>", "..", "a" * 5_000])
@pytest.mark.parametrize("is_used", [False, True])
def test_an_unknown_class_is_not_found(code: str, is_used: bool, tmp_path: Path) -> None:
    if is_used:
        classes.class_store().open_class("", "t")
    answer = get(f"/classes/{code}/version?key={classes.watch_key(code)}")
    assert answer.status_code == 404 and bytes(answer.body) == b"There is no such class.\n"
    assert is_used or not (tmp_path / "classes").exists()  # asking makes no file


def test_a_pupil_who_asks_was_seen() -> None:
    now = [1_000.0]
    store = classes.class_store()
    store._clock = lambda: now[0]
    code = store.open_class("", "t").code
    store.join(code, ADA)
    now[0] = 2_000.0
    get(version_link(code), "not a token")
    assert store.pupils(code)[0].last_seen == 1_000.0
    get(version_link(code), ADA)
    assert store.pupils(code)[0].last_seen == 2_000.0


@pytest.mark.parametrize("key", ["", "?key=", "?key=" + "0" * 32, "?key=%C3%A4", "?other=1"])
def test_whoever_guesses_a_code_learns_nothing(key: str) -> None:
    code, other = (classes.class_store().open_class("", "t").code for _ in range(2))
    unknown = get("/classes/BCDFHJ/version")
    for query in (key, f"?key={classes.watch_key(other)}"):
        guessed = get(f"/classes/{code}/version{query}")
        assert (guessed.status_code, guessed.body) == (unknown.status_code, unknown.body) == (404, unknown.body)
