"""The Learn page: each output is what the code beside it prints, and the code is there without MNIST too."""

import contextlib
import io
import re
from html import unescape

import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from app_pages.components.presentation import FOLLOWING, PREVIOUS
from app_pages.lessons.controls import CONTROLS
from app_pages.lessons.live_outputs import LIVE
from mnist_core.course.catalog import NUMBERS, STEPS
from mnist_core.data.split import Split
from mnist_core.data.torchvision_import import import_datasets
from mnist_core.paths import data_root
from tests.made import Miniature
from tests.pages.opening import address_of, html_of, open_page, run


def output(page: AppTest) -> str:
    """Return the HTML of the output on the page."""
    (html,) = (html for html in html_of(page) if 'class="learn-output"' in html)
    return html


def printed(output: str) -> str:
    return unescape("".join(re.findall(r"<pre[^>]*>(.*?)</pre>", output, re.DOTALL)))


def as_python_prints(code: str, names: dict[str, object]) -> str:
    """Run a step's code as a notebook does; return what it prints, or the value of its last line."""
    runnable = "\n".join(
        line for line in code.splitlines() if "plt" not in line and not line.startswith(("#", " ", "for"))
    )
    runnable = runnable.replace("'data/'", repr(str(data_root()))).replace(", download=True", "")
    *before, last = runnable.splitlines()
    with contextlib.redirect_stdout(io.StringIO()) as stdout:
        exec("\n".join(before), names)
        try:
            value = eval(last, names)
        except SyntaxError:
            exec(last, names)
            value = None
    return stdout.getvalue().strip() if value is None else repr(value)


def without_address(text: str) -> str:
    return re.sub(r"0x[0-9A-Fa-f]+", "ADDRESS", text)


def outputs(page: AppTest) -> dict[str, str]:
    """Go through the steps of the first chapter, and return the HTML of each output."""
    shown = {}
    for step in STEPS[: len(LIVE)]:
        assert page.code[0].value == step.code  # below it, a control may show code too
        shown[step.key] = output(page)
        run(page.button(key="lessons_next").click())
    return shown


def header(page: AppTest) -> str:
    (only,) = page.header
    return str(only.value)


def test_every_live_output_is_what_its_code_prints(mnist: tuple[Split, Split]) -> None:
    import_datasets()  # NOTE: beside a CPU build of torch, the first import of torchvision must go this way
    names: dict[str, object] = {}
    shown = outputs(open_page("learn"))
    for step in STEPS[: len(LIVE)]:
        expected = "" if step.key == "view" else as_python_prints(step.code, names)
        assert without_address(printed(shown[step.key])) == without_address(expected)
    assert list(shown) == list(LIVE)
    assert shown["train-set"].count("60000") == shown["test-set"].count("10000") == 1
    assert printed(shown["tensor"]) == "torch.Size([1, 28, 28]) 5"
    assert printed(shown["install"]).startswith(torch.__version__)


def test_the_images_have_their_labels_as_captions(miniature: Miniature) -> None:
    captions = re.findall(r"</?img[^>]*>(\d)</figure>", output(open_page("learn", step="view")))
    assert captions == [str(label) for label in miniature.train.labels[:8].tolist()]


def test_a_later_step_shows_what_its_notebook_recorded(miniature: Miniature) -> None:
    page = open_page("learn", step="backward")
    assert header(page) == "14. Let PyTorch find the gradient"
    assert printed(output(page)) == "True\nTrue"
    page = open_page("learn", step="loop")
    assert re.search(r'<img class="drawn" src="data:image/png;base64,[^"]+" alt="ten learned templates', output(page))


def test_a_step_with_a_control_shows_it_and_others_do_not(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CONTROLS, "backward", lambda: st.markdown("a control to play with"))
    page = open_page("learn", step="backward")
    assert [each.value for each in page.subheader] == ["Explore"]
    assert any(text.value == "a control to play with" for text in page.markdown)
    run(page.button(key="lessons_next").click())
    assert not any(text.value == "a control to play with" for text in page.markdown)


def test_the_last_step_links_to_train_and_draw(miniature: Miniature) -> None:
    page = open_page("learn", step=STEPS[-1].key)
    assert [link.proto.page for link in page.get("page_link")][-2:] == ["train", ""]  # Draw is at the app's own address
    assert page.button(key="lessons_next").disabled


def test_the_answer_is_revealed_once_there_is_one_and_stays(miniature: Miniature) -> None:
    page = open_page("learn", step="tensor")
    question = STEPS[NUMBERS["tensor"] - 1].question

    def is_revealed() -> bool:
        return any(question.explanation in text.value for text in page.markdown)

    assert not is_revealed() and page.radio(key="lessons_answer_tensor").value is None
    run(page.radio(key="lessons_answer_tensor").set_value(0))
    assert is_revealed() and any(
        "**Not quite.** The answer is: `[100, 1, 28, 28]`." in each.value for each in page.markdown
    )
    run(page.radio(key="lessons_answer_tensor").set_value(2))
    assert is_revealed() and any(text.value.startswith("**Right.**") for text in page.markdown)
    run(page.button(key="lessons_next").click())
    assert not is_revealed()
    run(page.button(key="lessons_back").click())
    assert is_revealed() and page.radio(key="lessons_answer_tensor").value == 2


def test_next_and_back_lead_through_the_steps_and_the_link_follows(miniature: Miniature) -> None:
    page = open_page("learn")
    assert (
        header(page).startswith("1. ") and page.button(key="lessons_back").disabled and "step" not in address_of(page)
    )
    run(page.button(key="lessons_next").click())
    assert header(page) == "2. Download the training set" and address_of(page)["step"] == ["train-set"]
    run(page.button(key="lessons_back").click())
    assert header(page).startswith("1. ")


def test_a_chapter_can_be_downloaded_as_a_notebook(miniature: Miniature) -> None:
    (button,) = open_page("learn", step="cnn").get("download_button")
    assert button.proto.label == "Chapter as a notebook"


def test_a_presentation_shows_one_step_and_leads_to_the_next(miniature: Miniature) -> None:
    page = open_page("learn", present="1", step="6")
    assert header(page) == "6. Turn images into tensors"
    run(page.button(key=FOLLOWING).click())
    assert header(page) == "7. Read the values" and len(page.code) == 1
    run(page.button(key=PREVIOUS).click())
    assert header(page) == "6. Turn images into tensors"
    assert any(text.value == f"6 of {len(STEPS)}" for text in page.markdown)
    assert open_page("learn", present="1", step=STEPS[-1].key).button(key=FOLLOWING).disabled


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("0", 1), ("999", len(STEPS)), ("7", 7), ("gradient", 13), ("-1", 1), ("9" * 5_000, 1), ("two", 1)],
)
@pytest.mark.parametrize("present", ["0", "1"])
def test_a_link_to_a_step_that_is_not_there_shows_one_that_is(
    miniature: Miniature, asked: str, shown: int, present: str
) -> None:
    page = open_page("learn", present=present, step=asked)
    assert header(page).split(".")[0] == str(shown)
    is_unknown = any("names a step that does not exist" in warning.value for warning in page.warning)
    assert is_unknown == (asked not in ("0", "999", "7", "gradient"))


def test_a_presentation_without_mnist_says_what_it_shows(miniature: Miniature, standins: tuple[Split, Split]) -> None:
    for path in (miniature.root / "MNIST" / "raw").iterdir():
        path.unlink()
    page = open_page("learn", present="1")
    assert any("tand-in digits" in text.value for text in page.markdown)


@pytest.mark.parametrize("damage", ["missing", "cut short"])
def test_without_mnist_the_lesson_runs_on_stand_in_digits_and_offers_the_ways_to_get_mnist(
    miniature: Miniature, standins: tuple[Split, Split], damage: str
) -> None:
    st.cache_resource.clear()
    for path in (miniature.root / "MNIST" / "raw").iterdir():
        if damage == "missing":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:100])
    page = open_page("learn")
    message = page.info[0].value
    assert "tand-in digits, not MNIST" in message and "python -m mnist_core data" in message
    assert page.button(key="data_download").label == "Download MNIST (12 MB)"
    train, _ = standins
    shown = outputs(page)
    assert printed(shown["train-set"]) == str(len(train))
    captions = re.findall(r"</?img[^>]*>(\d)</figure>", shown["view"])
    assert captions == [str(label) for label in train.labels[:8].tolist()]
    assert printed(shown["tensor"]) == f"torch.Size([1, 28, 28]) {int(train.labels[0])}"
    assert not page.info  # the recorded outputs of later steps need no MNIST


@pytest.mark.parametrize(("key", "number"), [("lessons_back", 2), ("lessons_next", 4)])
def test_a_press_that_is_quicker_than_the_buttons_of_a_new_step_leads_on_from_that_step(
    miniature: Miniature, key: str, number: int
) -> None:
    page = open_page("learn", step="train-set")
    page.session_state["course"].step = STEPS[
        2
    ].key  # which is on the screen already, above the buttons of the step before
    run(page.button(key=key).click())
    assert header(page).startswith(f"{number}. ")
