"""Write the address of what the visitor sees into the browser's address bar and history, see `state.address`."""

from typing import Any

import streamlit as st

from app_pages.state.address import address, is_part_of_page

JS = """
const written = {};  // by session, the number of the last message that was followed: each is followed once
const isOn = (page) => page ? location.pathname.endsWith(`/${page}`) : location.pathname.endsWith('/');

// Back or Forward has led to an entry whose page is still to come, and nothing has been pressed since. When the page
// that was left begins to run again just then, Streamlit makes an entry of it, and the entries further on are gone.
let awaited = null;  // the path of the entry
const push = history.pushState;
history.pushState = function (state, unused, url) {
  if (awaited === null || new URL(url, location.href).pathname === awaited) push.call(history, state, unused, url);
};
addEventListener('popstate', () => { awaited = location.pathname; });
['pointerdown', 'keydown', 'click'].forEach((kind) => addEventListener(kind, () => { awaited = null; }, true));

function write(data, tries = 40) {
  if (written[data.session] > data.turn) return;
  if (!isOn(data.page)) {
    if (tries) setTimeout(write, 50, data, tries - 1);  // the page's own entry in the history comes first
    return;
  }
  const url = new URL(location.href);
  data.known.forEach((name) => url.searchParams.delete(name));
  data.parameters.forEach(([name, values]) => values.forEach((value) => url.searchParams.append(name, value)));
  url.searchParams.sort();
  if (url.search !== location.search) history[data.makes_entry ? 'pushState' : 'replaceState']({}, '', url);
}

export default function ({ data }) {
  if (isOn(data.page)) awaited = null;
  if (written[data.session] >= data.turn) return;
  written[data.session] = data.turn;
  write(data);
}
"""
KEY, PLACE = "address_bar", "address_place"

_mount = st.components.v2.component(KEY, js=JS)


def write_address() -> None:
    """Have the browser write the address, once the page has put all its parameters; say what a link named in vain."""
    address().settle()
    _say_what_is_unknown()
    _mount(key=KEY, data=message(), height=1)


def write_address_of(part: str) -> None:
    """The same for a part of the page, a fragment, that runs alone; the last thing that it does.

    When the whole page runs, other parts may still put parameters, so `write_address` does it.
    """
    if is_part_of_page():
        address().settle()
        _mount(key=f"{KEY}_{part}", data=message(), height=1)


def message() -> dict[str, Any]:
    """Return what the browser has to know in order to write the address."""
    current = address()
    return {
        "session": current.session,
        "page": current.page,
        "turn": current.turn,
        "makes_entry": current.makes_entry,
        "known": sorted(current.known),
        "parameters": [[name, list(values)] for name, values in sorted(current.written.items())],
    }


def place_for_unknown() -> None:
    """Keep a place on the page for `write_address` to say what the link names and the app does not know."""
    st.session_state[PLACE] = st.empty()


def _say_what_is_unknown() -> None:
    place = st.session_state.get(PLACE)
    if address().unknown and place is not None:
        place.warning(" ".join(address().unknown), icon=":material/link_off:")
