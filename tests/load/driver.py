"""A visitor without a browser: one tab that speaks Streamlit's WebSocket protocol as Streamlit's web page does.

What the web page does was read from the frames that a real browser exchanged with this app: it asks for a run of the
page with the states of all widgets, keeps the elements that arrive, caches large messages by their hash, and polls the
fragments that ask for it. A whole class fits into one asyncio process, which costs far less than one browser.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import h11
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

TIMEOUT = 20.0  # s; what has not been answered by then is lost
PARALLEL_DOWNLOADS = 6  # connections that a browser opens to one server
WIDGET_ID = re.compile(r"\$\$ID-[0-9a-f]+-(.+)")  # the end is the key that the page chose
SUBPROTOCOLS = [Subprotocol("streamlit"), Subprotocol("PLACEHOLDER_AUTH_TOKEN")]  # as a page without a login sends them
COOKIE = "digits_visitor"

Path = tuple[int, ...]


@dataclass
class Node:
    """One element or container on the page.

    Attributes:
        delta: what the server sent for it.
        run: the run of the page that sent it last.
        arrived: when, on the clock of `time.perf_counter`.
    """

    delta: Delta
    run: str
    arrived: float

    @property
    def element(self) -> Any:
        """The element itself, such as a `Button`; for a container its block."""
        if not self.delta.HasField("new_element"):
            return self.delta.add_block
        kind = self.delta.new_element.WhichOneof("type")
        return getattr(self.delta.new_element, kind) if kind else self.delta.new_element

    @property
    def kind(self) -> str:
        """The field of the element that is set, such as "button"; of a container, such as "popover"."""
        inner = self.delta.new_element if self.delta.HasField("new_element") else self.delta.add_block
        return inner.WhichOneof("type") or ""

    @property
    def widget(self) -> str:
        """The name of the widget for the server, also of a menu that the page follows; "" for what is none."""
        menu = getattr(self.element, self.kind) if not self.delta.HasField("new_element") and self.kind else None
        name: str = getattr(menu, "id", "") or getattr(self.element, "id", "")
        return name

    @property
    def key(self) -> str:
        """The key of the widget, as the page chose it; "" for what has none."""
        match = WIDGET_ID.fullmatch(self.widget)
        return match.group(1) if match else ""


class LostError(AssertionError):
    """The server did not answer in time, or the connection ended."""


class Visitor:
    """One browser tab.

    Attributes:
        cookie: the visitor's token, as the app's cookie keeps it; "" until the app has set one.
        query: the part of the page's address after the question mark.
        page: the hash of the page that is shown; "" for the first one.
        is_running: the page is being made again; what is on it is half old and half new.
        misses: references to cached messages that this tab does not have; a browser shows an error for each.
        session_id: the name of the session at the server.
    """

    def __init__(self, address: str, cookie: str = "") -> None:
        self.address, self.cookie = address, cookie
        self.query = self.page = self.session_id = ""
        self.misses = 0
        self.pages: dict[str, str] = {}  # from the title to the hash
        self.connection: ClientConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._polls: dict[str, tuple[float, asyncio.Task[None]]] = {}
        self._nodes: dict[Path, Node] = {}
        self._values: dict[str, WidgetState] = {}
        self._cache: dict[str, tuple[Delta, int]] = {}
        self._max_age = self._full_runs = 0
        self._run, self._fragments = "", frozenset[str]()
        self._begun = 0
        self._ended: list[tuple[int, frozenset[str]]] = []
        self._news = asyncio.Event()
        self.is_closed = self.is_running = False

    async def open(self, page: str = "", query: str = "") -> None:
        """Open a page by its name in the address, and wait until it is complete."""
        await self.connect()
        self.query = query
        await self.rerun(page_name=page)

    async def connect(self) -> None:
        """Open the WebSocket, without asking for a page yet."""
        headers = {"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}
        try:
            self.connection = await connect(
                f"ws{self.address.removeprefix('http')}/_stcore/stream",
                subprotocols=SUBPROTOCOLS,
                additional_headers=headers,
                max_size=None,
                compression=None,
                open_timeout=TIMEOUT,
            )
        except (OSError, WebSocketException) as error:
            raise LostError(f"the server did not open a connection: {error}") from None
        self._start(self._receive(self.connection))

    async def close(self) -> None:
        """Close the tab."""
        self.is_closed = True
        for task in [*self._tasks]:
            task.cancel()
        if self.connection:
            await self.connection.close()

    async def reload(self, page: str) -> "Visitor":
        """Close this tab, and open the same page at the same address in a new one of the same browser."""
        await self.close()
        tab = Visitor(self.address, self.cookie)
        await tab.open(page, self.query)
        return tab

    async def go_to(self, title: str) -> None:
        """Choose a page in the navigation."""
        self._stop_polling()
        self._values.clear()
        self._nodes.clear()
        self.page, self.query = self.pages[title], ""
        await self.rerun()

    async def press(self, key: str) -> None:
        """Press a button, and wait until the page has followed."""
        node = self.node(key)
        state = WidgetState(id=node.element.id, trigger_value=True)
        await self.rerun(fragment=node.delta.fragment_id, trigger=state)

    async def open_menu(self, key: str) -> None:
        """Open a menu that the page follows, and wait until it has its content."""
        node = self.node(key)
        self._value(node).bool_value = True
        await self.rerun(fragment=node.delta.fragment_id)

    def type_in(self, key: str, text: str) -> None:
        """Type into a text field of a form, which is sent with the form."""
        self._value(self.node(key)).string_value = text

    async def tick(self, key: str, *, is_ticked: bool = True) -> None:
        """Tick a box or untick it, and wait until the page has followed."""
        node = self.node(key)
        self._value(node).bool_value = is_ticked
        await self.rerun(fragment=node.delta.fragment_id)

    async def choose(self, key: str, option: str) -> None:
        """Choose an option of a segmented control, radio buttons or a select box; wait until the page has followed."""
        node = self.node(key)
        state = self._value(node)
        if node.kind == "button_group":
            state.string_array_value.data[:] = [option]
        else:
            state.string_value = option
        await self.rerun(fragment=node.delta.fragment_id)

    async def enter(self, key: str, number: float) -> None:
        """Enter a number, and wait until the page has followed."""
        node = self.node(key)
        state = self._value(node)
        if state.WhichOneof("value") == "int_value":
            state.int_value = int(number)
        else:
            state.double_value = number
        await self.rerun(fragment=node.delta.fragment_id)

    async def send_component(self, key: str, value: str) -> None:
        """Let a component set its state, a JSON object, and wait until the page has followed."""
        node = self.node(key)
        self._value(node).json_value = value
        await self.rerun(fragment=node.delta.fragment_id)

    async def rerun(self, *, fragment: str = "", trigger: WidgetState | None = None, page_name: str = "") -> None:
        """Ask for a run of the page, or of one of its fragments, and wait until it has ended.

        Raises:
            LostError: it did not end within `TIMEOUT`, or the connection ended.
        """
        mark = self._begun
        await self.send(
            BackMsg(rerun_script=self.client_state(fragment=fragment, trigger=trigger, page_name=page_name))
        )
        # A fragment may ask for a run of the whole page instead.
        expected = (frozenset(),) if not fragment else (frozenset(), frozenset([fragment]))
        await self.until(lambda: any(at > mark and what in expected for at, what in self._ended), "the run did not end")

    def client_state(
        self, *, fragment: str = "", trigger: WidgetState | None = None, page_name: str = "", is_poll: bool = False
    ) -> ClientState:
        """Return what the web page sends to ask for a run."""
        for node in self.nodes():
            self._value(node)
        state = ClientState(
            query_string=self.query,
            page_script_hash=self.page,
            page_name=page_name,
            fragment_id=fragment,
            is_auto_rerun=is_poll,
            cached_message_hashes=list(self._cache),
        )
        shown = {node.widget for node in self.nodes()}
        states = [value for name, value in self._values.items() if name in shown and value.WhichOneof("value")]
        state.widget_states.widgets.extend([*states, trigger] if trigger else states)
        context = state.context_info
        context.timezone, context.locale, context.url, context.color_scheme = "UTC", "en-US", self.address, "light"
        return state

    async def send(self, message: BackMsg) -> None:
        """Send a message, whatever it says."""
        assert self.connection, "the tab is not open"
        try:
            await self.connection.send(message.SerializeToString())
        except ConnectionClosed as closed:
            raise LostError(f"the connection ended: {closed}") from None

    async def until(self, happened: Callable[[], object], otherwise: str, seconds: float = TIMEOUT) -> None:
        """Wait until something is true of the page.

        Raises:
            LostError: it was not true within `seconds`, or the connection ended; the message begins with `otherwise`.
        """
        try:
            async with asyncio.timeout(seconds):
                while not happened():
                    if self.is_closed:
                        raise LostError(f"{otherwise}: the connection ended")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise LostError(f"{otherwise} within {seconds:g} s") from None

    def nodes(self) -> list[Node]:
        """Return what is on the page, from top to bottom."""
        return [node for _, node in sorted(self._nodes.items())]

    def node(self, key: str) -> Node:
        """Return a widget by its key."""
        keyed = {node.key: node for node in self.nodes() if node.key}
        assert key in keyed, f"{key!r} is not on the page, which has {sorted(keyed)} and says {self.texts()}"
        return keyed[key]

    def has(self, key: str) -> bool:
        """Tell whether a widget is on the page."""
        return any(node.key == key for node in self.nodes())

    def texts(self) -> list[str]:
        """Return the words on the page: headings, text, messages, progress, HTML, in this order from top to bottom."""
        return [text for node in self.nodes() for text in _texts(node)]

    def says(self, words: str) -> bool:
        """Tell whether words are on the page."""
        return any(words in text for text in self.texts())

    def exceptions(self) -> list[str]:
        """Return the exceptions on the page, which a visitor must never see."""
        return [str(node.element) for node in self.nodes() if node.kind == "exception"]

    def component_json(self, key: str) -> Any:
        """Return the data that the page gave to a component."""
        return json.loads(self.node(key).element.json)

    def _value(self, node: Node) -> WidgetState:
        name = node.widget
        if not WIDGET_ID.fullmatch(name):
            return WidgetState()
        if name not in self._values or getattr(node.element, "set_value", False):
            self._values[name] = initial_state(node)
            if getattr(node.element, "set_value", False):
                node.element.set_value = False
        return self._values[name]

    def _start(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _receive(self, connection: ClientConnection) -> None:
        try:
            async for data in connection:
                assert isinstance(data, bytes)
                self._handle(ForwardMsg.FromString(data), time.perf_counter())
                self._news.set()
        except ConnectionClosed:
            pass
        finally:
            self.is_closed = True
            self._stop_polling()
            self._news.set()

    def _handle(self, message: ForwardMsg, now: float) -> None:
        kind = message.WhichOneof("type")
        if kind == "delta":
            if message.metadata.cacheable:
                self._cache[message.hash] = message.delta, self._full_runs
            self._place(message, message.delta, now)
        elif kind == "ref_hash":
            if message.ref_hash not in self._cache:
                self.misses += 1
                return
            delta, _ = self._cache[message.ref_hash]
            self._cache[message.ref_hash] = delta, self._full_runs
            self._place(message, delta, now)
        elif kind == "new_session":
            self._begin(message)
        elif kind == "script_finished":
            self._finish(message)
        elif kind == "navigation":
            self.page = message.navigation.page_script_hash
            self.pages = {page.page_name: page.page_script_hash for page in message.navigation.app_pages}
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._poll_every(message.auto_rerun.interval, message.auto_rerun.fragment_id)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._stop_polling(fragment)

    def _begin(self, message: ForwardMsg) -> None:
        session, run = message.new_session, message.metadata.run
        self._begun += 1
        self.is_running = True
        self._run, self._fragments = run.script_run_id, frozenset(run.fragment_ids)
        self._max_age = session.config.max_cached_message_age
        self.session_id = session.initialize.session_id or self.session_id
        if not self._fragments:
            self._stop_polling()

    def _finish(self, message: ForwardMsg) -> None:
        if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return
        self.is_running = False
        self._ended.append((self._begun, self._fragments))
        del self._ended[:-8]
        for path, node in [*self._nodes.items()]:
            is_refreshed = not self._fragments or node.delta.fragment_id in self._fragments
            if is_refreshed and node.run != self._run:
                del self._nodes[path]
        if not self._fragments:
            self._full_runs += 1
            for name, (_, run) in [*self._cache.items()]:
                if self._full_runs - run > self._max_age:
                    del self._cache[name]
            self._follow_components()

    def _follow_components(self) -> None:
        """Do what the app's invisible components do in a browser: keep the cookie, and write the URL."""
        if self.has("visitor_cookie"):
            self.cookie = self.component_json("visitor_cookie")["token"]
        if self.has("address_bar"):
            self.query = urlencode(dict(self.component_json("address_bar")["parameters"]), doseq=True)

    def _place(self, message: ForwardMsg, delta: Delta, now: float) -> None:
        if delta.WhichOneof("type") in ("new_element", "add_block"):
            self._nodes[tuple(message.metadata.delta_path)] = Node(delta, self._run, now)

    def _poll_every(self, seconds: float, fragment: str) -> None:
        if self._polls.get(fragment, (0.0, None))[0] != seconds:
            self._stop_polling(fragment)
            self._polls[fragment] = seconds, self._start(self._poll(seconds, fragment))

    async def _poll(self, seconds: float, fragment: str) -> None:
        with suppress(LostError):
            while True:
                await asyncio.sleep(seconds)
                await self.send(BackMsg(rerun_script=self.client_state(fragment=fragment, is_poll=True)))

    def _stop_polling(self, fragment: str = "") -> None:
        for name in [fragment] if fragment else [*self._polls]:
            if name in self._polls:
                self._polls.pop(name)[1].cancel()


def initial_state(node: Node) -> WidgetState:
    """Return the state that the web page gives a widget when it appears, or when the page sets it; often none."""
    element: Any = node.element
    state = WidgetState(id=node.widget)
    if node.kind == "selectbox":
        if element.set_value:
            state.string_value = element.raw_value
        elif element.options:
            state.string_value = element.options[element.default]
    elif node.kind == "radio":
        if element.set_value and element.HasField("raw_value"):
            state.string_value = element.raw_value
        elif not element.set_value and element.HasField("default"):
            state.string_value = element.options[element.default]
    elif node.kind == "text_input":
        state.string_value = element.value if element.set_value else element.default
    elif node.kind == "button_group":
        chosen = element.raw_values if element.set_value else [element.options[at].content for at in element.default]
        state.string_array_value.data.extend(chosen)
    elif node.kind == "number_input":
        number = element.value if element.set_value else element.default
        if element.data_type == NumberInput.INT:
            state.int_value = int(number)
        else:
            state.double_value = number
    elif node.kind == "slider":
        if element.type == Slider.SELECT_SLIDER:
            state.string_array_value.data.extend(element.options[int(at)] for at in element.default)
        else:
            state.double_array_value.data.extend(element.value if element.set_value else element.default)
    elif node.kind == "checkbox":
        state.bool_value = element.value if element.set_value else element.default
    return state


def _texts(node: Node) -> Iterator[str]:
    element: Any = node.element
    for name in ("label", "body", "text"):
        text = getattr(element, name, "")
        if isinstance(text, str) and text:
            yield text


class _Links(HTMLParser):
    """Collects the files that a page of HTML makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        is_fetched = tag == "script" or values.get("rel") in ("modulepreload", "stylesheet", "preload", "shortcut icon")
        link = values.get("src") or values.get("href")
        if is_fetched and link:
            self.files.append(link)


async def download_page(address: str) -> int:
    """Fetch the web page and the files that it names, as a browser that has never been here does.

    Returns:
        How many bytes arrived. A browser fetches some 40 more files later, one for each kind of element.

    Raises:
        LostError: the server does not answer.
    """
    host, port = address.removeprefix("http://").split(":")
    links = _Links()
    try:
        (index,) = await _download(host, int(port), ["/"])
        links.feed(index.decode())
        files = ["/" + link.removeprefix("./") for link in links.files] + ["/_stcore/health", "/_stcore/host-config"]
        shares = [files[at::PARALLEL_DOWNLOADS] for at in range(PARALLEL_DOWNLOADS)]
        answers = await asyncio.gather(*(_download(host, int(port), share) for share in shares))
    except (OSError, h11.ProtocolError) as error:
        raise LostError(f"the web page could not be downloaded: {error}") from None
    return len(index) + sum(len(body) for share in answers for body in share)


async def _download(host: str, port: int, paths: list[str]) -> list[bytes]:
    """Fetch files one after the other over one connection."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        connection, bodies = h11.Connection(h11.CLIENT), []
        for path in paths:
            headers = [("Host", f"{host}:{port}"), ("Accept-Encoding", "gzip")]
            writer.write(connection.send(h11.Request(method="GET", target=path, headers=headers)) or b"")
            writer.write(connection.send(h11.EndOfMessage()) or b"")
            bodies.append(await _body(connection, reader, path))
            connection.start_next_cycle()
        return bodies
    finally:
        writer.close()


async def _body(connection: h11.Connection, reader: asyncio.StreamReader, path: str) -> bytes:
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65_536))
        elif isinstance(event, h11.Response) and event.status_code != 200:
            raise LostError(f"{path} was answered with status {event.status_code}")
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return bytes(body)
