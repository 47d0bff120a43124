"""The list of keyboard shortcuts under "?"."""

from typing import Any

import pytest

from app_pages.components import presentation, shortcuts
from app_pages.components.shortcuts import EVERYWHERE, Shortcut, show_tools


def groups(monkeypatch: pytest.MonkeyPatch, own: tuple[Shortcut, ...], *, presenting: bool) -> list[Any]:
    """Return the lists that the browser is given, each a name and its shortcuts."""
    given: list[dict[str, Any]] = []
    monkeypatch.setattr(shortcuts, "_mount", lambda **arguments: given.append(arguments["data"]))
    monkeypatch.setattr(presentation, "is_presenting", lambda: presenting)
    show_tools("Draw", own)
    shown: list[Any] = given[0]["groups"]
    return shown


def test_a_page_adds_its_own_shortcuts_before_those_of_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = groups(monkeypatch, (Shortcut(("Ctrl", "Z"), "Undo"),), presenting=False)
    assert shown[0] == ["On the Draw page", [{"keys": ["Ctrl", "Z"], "does": "Undo"}]]
    assert [each["does"] for each in shown[1][1]] == [each.does for each in EVERYWHERE]


def test_a_page_without_shortcuts_has_no_empty_list(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [name for name, _ in groups(monkeypatch, (), presenting=False)] == ["On every page"]


def test_a_presentation_says_how_it_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ["Esc"] in [each["keys"] for each in groups(monkeypatch, (), presenting=True)[0][1]]
