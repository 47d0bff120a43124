"""The address of what a visitor sees: the parameters of the URL, and the entries of the browser's history.

A page says what the URL is to hold with `put`; `components.address_bar` has the browser write it. What a visitor does
makes one entry in the browser's history, and what only completes a URL makes none, so that one press of Back returns to
what was there before. `st.query_params` is for what no page keeps besides: Streamlit makes an entry of each write.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

LED = "led"  # in the URL of a link within the app that says all that the page is to show
Parameters = dict[str, tuple[str, ...]]


@dataclass
class Address:
    """What the URL holds for one visitor.

    Attributes:
        session: tells the browser one session from the next, which counts its turns anew.
        page: the path of the page on the screen, None before the first.
        parameters: the values of the URL's parameters, by name; those of other parts of the app are not among them.
        known: the names of all parameters that any page of this visitor ever put into the URL.
        quiet: the names of those whose change makes no entry in the history.
        written: the parameters that the browser was last told to write.
        has_arrived: True from the change of the page, or Back or Forward, until the browser is told what to write.
        turn: how often it was told.
        has_drifted: True when the URL differs from that by what else wrote it, until the browser is told again.
        makes_entry: whether it had to make an entry in its history the last time.
        is_led: True in the run that follows a link with `LED`.
        followed: how many such links were followed. Each has the next number, because the browser may tell the server
            an older URL again.
        arrived_with: the parameters of the URL that led to the page, while `has_arrived`.
        unknown: sentences about what a link named and the app does not know; they go with the next entry.
    """

    session: str = field(default_factory=lambda: secrets.token_hex(4))
    page: str | None = None
    parameters: Parameters = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    quiet: set[str] = field(default_factory=set)
    written: Parameters = field(default_factory=dict)
    has_arrived: bool = True
    turn: int = 0
    has_drifted: bool = False
    makes_entry: bool = False
    is_led: bool = False
    followed: int = 0
    arrived_with: Parameters = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Decide whether the browser has to write the parameters, and whether that makes an entry in its history."""
        before = self.written
        if before == self.parameters and not (self.has_arrived or self.has_drifted):
            return
        changed = {name for name in self.known if self.parameters.get(name) != before.get(name)}
        self.makes_entry = not (self.has_arrived or changed <= self.quiet)
        self.written, self.has_arrived, self.has_drifted = dict(self.parameters), False, False
        self.turn += 1
        if self.makes_entry:
            self.unknown.clear()


def address() -> Address:
    """Return this visitor's address."""
    if "address" not in st.session_state:
        st.session_state.address = Address()
    current: Address = st.session_state.address
    return current


def begin(page: str) -> None:
    """Begin a run of a page, which puts all of its parameters anew.

    Args:
        page: its path in the URL, "" for the first page of the app.
    """
    current = address()
    current.is_led = _in_url(LED) == (leading_parameter()[1],)
    if current.is_led:
        current.followed += 1
        current.known.add(LED)  # so that it is taken out of the URL
    if page != current.page or is_restored():
        current.has_arrived = True
        current.arrived_with = {name: _in_url(name) for name in st.query_params}
        current.unknown.clear()
    current.page, current.parameters = page, {}
    current.has_drifted = any(_in_url(name) != current.written.get(name, ()) for name in current.known)


def _in_url(name: str) -> tuple[str, ...]:
    return tuple(st.query_params.get_all(name))


def put(name: str, *values: str, quietly: bool = False) -> None:
    """Have the URL hold a parameter with these values, or not hold it when there are none.

    Leave a parameter out where it has its default: that keeps URLs short.

    Args:
        name: of the parameter.
        values: one or more.
        quietly: whether its change makes no entry in the browser's history.
    """
    current = address()
    current.known.add(name)
    if quietly:
        current.quiet.add(name)
    if values:
        current.parameters[name] = values
    else:
        current.parameters.pop(name, None)


def named(name: str) -> list[str]:
    """Return the values of a parameter in the link, or in the entry of the history, that led the visitor here.

    Returns:
        [] when it is not there, and after the page was shown: from then on the URL follows what the visitor chooses.
    """
    current = address()
    return list(current.arrived_with.get(name, ())) if current.has_arrived else []


def is_restored() -> bool:
    """True in the run that follows Back or Forward in the browser, or a link with `LED`: the URL says what to show."""
    context = get_script_run_ctx(suppress_warning=True)
    return address().is_led or (context is not None and context.is_history_navigation)


def restore_choice(name: str, options: Sequence[str], key: str) -> None:
    """Have a widget show what the URL names, when the visitor came by a link or by the history.

    Args:
        name: of the parameter.
        options: what there is to choose, the default first; it is shown when the URL names none of them.
        key: of the widget.
    """
    if texts := named(name):
        if texts[-1] not in options:
            say_unknown(f"This link names a {name} that does not exist, so it shows the first one.")
        st.session_state[key] = texts[-1] if texts[-1] in options else options[0]
    elif is_restored():
        st.session_state[key] = options[0]


def leading_parameter() -> tuple[str, str]:
    """Return what a link within the app has in its query to be followed like an entry of the history.

    Without it, a link changes nothing on a page that the visitor has been on before.
    """
    return LED, str(address().followed + 1)


def is_part_of_page() -> bool:
    """True when only a part of the page, a fragment, runs again."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and bool(context.fragment_ids_this_run)


def say_unknown(sentence: str) -> None:
    """Have the page say what a link names and the app does not know."""
    if sentence not in address().unknown:
        address().unknown.append(sentence)


def switch_page(page: str) -> NoReturn:
    """Go to another page, by the path of its script, with one entry in the browser's history.

    NOTE: Streamlit has the browser write the new page's parameters into the old page's URL first, and that makes an
    entry unless the URL holds the very same ones, in the same order. The new page then drops those that are not its.
    """
    current = address()
    others = {name: _in_url(name) for name in st.query_params if name not in current.known}
    st.switch_page(page, query_params=sorted((others | current.written).items()))
