"""The URL that pages put together, and which of its changes make an entry in the browser's history."""

from collections.abc import Iterator

import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some

from app_pages.state import address
from app_pages.state.address import Address


@pytest.fixture
def current(monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    """The address of a visitor whose browser shows a first page."""
    made = Address()
    monkeypatch.setattr(address, "address", lambda: made)
    monkeypatch.setattr(address, "_in_url", lambda name: made.written.get(name, ()))
    address.begin("")
    made.settle()
    yield made


def test_the_first_page_makes_no_entry_besides_the_browsers_own(current: Address) -> None:
    assert (current.turn, current.makes_entry) == (1, False)


def test_a_change_on_a_page_makes_one_entry_and_the_same_again_none(current: Address) -> None:
    for image, turn in (("3", 2), ("3", 2), ("5", 3)):
        address.begin("")
        address.put("image", image)
        current.settle()
        assert (current.turn, current.makes_entry) == (turn, True)
        assert current.written == {"image": (image,)}


def test_parameters_of_another_page_make_no_entry_besides_the_one_of_the_change_of_page(current: Address) -> None:
    address.begin("browse")
    address.put("image", "3")
    current.settle()
    assert (current.turn, current.makes_entry) == (2, False)


def test_what_another_page_put_is_left_out_and_removed_from_the_url(current: Address) -> None:
    address.put("image", "3")
    current.settle()
    address.begin("train")
    current.settle()
    assert current.written == {} and current.known == {"image"}


def test_a_page_that_was_left_before_it_wrote_its_url_does_not_keep_the_next_from_writing(current: Address) -> None:
    address.begin("browse")
    address.put("image", "3")
    current.settle()
    address.begin("learn")  # and another page is chosen at once
    address.begin("browse")
    address.put("image", "3")
    current.settle()
    assert (current.turn, current.makes_entry) == (3, False)


def test_a_url_that_something_else_wrote_is_corrected_without_an_entry(
    current: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    address.put("image", "3")
    current.settle()
    monkeypatch.setattr(address, "_in_url", lambda name: ("5",))
    address.begin("")
    address.put("image", "3")
    current.settle()
    assert (current.turn, current.makes_entry) == (3, False)


def test_a_quiet_parameter_makes_no_entry_by_itself_but_with_others(current: Address) -> None:
    address.put("run", "mlp-1", quietly=True)
    current.settle()
    assert (current.turn, current.makes_entry) == (2, False)
    address.put("run", "mlp-2", quietly=True)
    address.put("model", "mlp")
    current.settle()
    assert (current.turn, current.makes_entry) == (3, True)


def test_back_in_the_browser_makes_no_entry(current: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "is_restored", lambda: True)
    address.begin("")
    address.put("image", "3")
    current.settle()
    assert (current.turn, current.makes_entry) == (2, False)


def test_a_parameter_without_values_is_not_in_the_url(current: Address) -> None:
    address.put("image", "3")
    address.put("image")
    assert current.parameters == {}


def test_what_is_unknown_is_said_once_and_until_the_visitor_moves_on(current: Address) -> None:
    for _ in range(2):
        address.say_unknown("There is no image 7.")
    address.begin("")
    current.settle()
    assert current.unknown == ["There is no image 7."]
    address.put("image", "3")
    current.settle()
    assert current.unknown == []


def test_what_is_unknown_on_one_page_is_not_said_on_the_next(current: Address) -> None:
    address.say_unknown("There is no image 7.")
    address.begin("train")
    assert current.unknown == []


def test_a_link_that_leads_is_followed_once_and_taken_out_of_the_url(
    current: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = {"image": ("3",)} | dict([address.leading_parameter()])
    monkeypatch.setattr(address, "_in_url", lambda name: tuple(url.get(name, ())))
    monkeypatch.setattr(st, "query_params", url)
    url[address.LED] = (address.leading_parameter()[1],)
    address.begin("")
    assert address.is_restored() and address.named("image") == ["3"]
    current.settle()
    assert address.LED in current.known and not current.makes_entry
    address.begin("")
    assert not address.is_restored() and address.named("image") == []
    assert (address.leading_parameter()[1],) != url[address.LED]


def test_an_arrival_that_is_cut_short_keeps_the_url_that_led_to_it(
    current: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = {"image": ("3",)}
    monkeypatch.setattr(address, "_in_url", lambda name: tuple(url.get(name, ())))
    monkeypatch.setattr(st, "query_params", url)
    address.begin("train")  # and the run ends before the browser is told what to write
    url["image"] = ("4",)
    address.begin("train")
    assert address.named("image") == ["3"]


NAMES = some.sampled_from(["image", "browse_sort", "model"])


@given(some.dictionaries(NAMES, some.lists(some.text(max_size=5), min_size=1, max_size=3)))
def test_switching_the_page_hands_on_what_the_url_holds_in_its_order(parameters: dict[str, list[str]]) -> None:
    switched = []
    with pytest.MonkeyPatch.context() as patched:
        made = Address(page="browse")
        patched.setattr(address, "address", lambda: made)
        patched.setattr(st, "switch_page", lambda page, query_params: switched.append((page, query_params)))
        for name, values in parameters.items():
            address.put(name, *values)
        made.settle()
        address.switch_page("app_pages/draw.py")
    ((page, query),) = switched
    assert page == "app_pages/draw.py"
    assert [name for name, _ in query] == sorted(parameters)
    assert {name: list(values) for name, values in query} == parameters
