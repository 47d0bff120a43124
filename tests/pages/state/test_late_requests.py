"""Which requests of a browser are late, message by message."""

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app_pages.state.late_requests import Conversation


def request(page: str, fragment: str = "") -> bytes:
    message = BackMsg()
    message.rerun_script.page_script_hash = page
    message.rerun_script.fragment_id = fragment
    return message.SerializeToString()


def begin(page: str, *fragments: str) -> bytes:
    message = ForwardMsg()
    message.new_session.page_script_hash = page
    message.metadata.run.fragment_ids.extend(fragments)
    return message.SerializeToString()


def navigation(page: str) -> bytes:
    message = ForwardMsg()
    message.navigation.page_script_hash = page
    return message.SerializeToString()


def on(page: str) -> Conversation:
    """Return a conversation in which the server has begun with a page."""
    conversation = Conversation()
    conversation.note(begin(page))
    return conversation


def test_before_the_server_has_begun_every_request_is_in_time() -> None:
    assert not Conversation().is_late(request("draw", "a"))
    assert not Conversation().is_late(request("draw"))


def test_a_fragment_of_the_page_on_the_screen_is_in_time() -> None:
    conversation = on("draw")
    assert not conversation.is_late(request("draw", "a"))
    conversation.note(begin("draw", "a"))
    assert not conversation.is_late(request("draw", "b"))


def test_a_fragment_is_late_from_the_moment_on_that_another_page_is_asked_for() -> None:
    conversation = on("draw")
    assert not conversation.is_late(request("train"))
    assert conversation.is_late(request("draw", "a"))
    conversation.note(begin("draw"))  # was on its way
    assert conversation.is_late(request("draw", "a"))
    conversation.note(begin("train"))
    assert conversation.is_late(request("draw", "a"))
    assert not conversation.is_late(request("train", "b"))


def test_a_page_that_is_returned_to_may_ask_again() -> None:
    conversation = on("draw")
    conversation.is_late(request("train"))
    conversation.is_late(request("draw"))
    assert not conversation.is_late(request("draw", "a"))
    assert conversation.is_late(request("train", "b"))


def test_the_server_may_lead_to_another_page_by_itself() -> None:
    conversation = on("train")
    conversation.note(begin("draw"))  # st.switch_page
    assert not conversation.is_late(request("draw", "a"))
    assert conversation.is_late(request("train", "b"))


def test_the_page_of_an_address_is_the_one_that_the_server_says() -> None:
    conversation = on("app")
    conversation.note(navigation("browse"))
    assert not conversation.is_late(request("browse", "a"))


def test_other_messages_are_in_time() -> None:
    conversation = on("draw")
    conversation.is_late(request("train"))
    assert not conversation.is_late(b"\xff no protobuf")
    assert not conversation.is_late(BackMsg(clear_cache=True).SerializeToString())
    conversation.note(ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY).SerializeToString())
    assert conversation.is_late(request("draw", "a"))
