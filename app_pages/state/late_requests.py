"""Between the browser and the server: what a page that was left still asks for is dropped.

Streamlit's web page sends what is asked of a fragment with the page it knows of, and that is the old one until the new
one has begun. When such a request comes while the new page runs, the server does it after that, finds no such fragment,
and announces a run of the old page with nothing in it: the browser empties the page, and it stays empty. When it comes
before the new page has begun, the two are taken together, and the press that led to the new page is lost.
"""

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

STREAM = "/_stcore/stream"  # the end of the address of Streamlit's WebSocket


class LateRequests:
    """ASGI middleware that drops the requests of fragments of a page that was left."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but late requests."""
        if scope["type"] != "websocket" or not scope["path"].endswith(STREAM):
            await self._app(scope, receive, send)
            return
        conversation = Conversation()

        async def receive_in_time() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive" or not conversation.is_late(message.get("bytes") or b""):
                    return message

        async def note_and_send(message: Message) -> None:
            if message["type"] == "websocket.send":
                conversation.note(message.get("bytes") or b"")
            await send(message)

        await self._app(scope, receive_in_time, note_and_send)


class Conversation:
    """Which page the two ends of one connection are on, by their script hashes."""

    def __init__(self) -> None:
        self._begun = ""  # the page that the server began last, "" before the first
        self._asked = ""  # the page that the browser asked for, until the server has begun with it

    def is_late(self, message: bytes) -> bool:
        """Return whether a message of the browser asks for a fragment of a page that was left.

        Args:
            message: a `BackMsg`; what is none is in time, for Streamlit to refuse.
        """
        request = BackMsg()
        try:
            request.ParseFromString(message)
        except DecodeError:
            return False
        if not request.HasField("rerun_script"):
            return False
        page = request.rerun_script.page_script_hash
        if request.rerun_script.fragment_id:
            current = self._asked or self._begun
            return bool(page and current and page != current)
        self._asked = page if page != self._begun else ""
        return False

    def note(self, message: bytes) -> None:
        """Take note of the page that the server begins.

        Args:
            message: a `ForwardMsg`.
        """
        answer = ForwardMsg.FromString(message)
        if answer.HasField("new_session") and not answer.metadata.run.fragment_ids:
            page = answer.new_session.page_script_hash
        elif answer.HasField("navigation"):
            page = answer.navigation.page_script_hash
        else:
            return
        self._begun = page
        if page == self._asked:
            self._asked = ""
