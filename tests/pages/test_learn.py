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
from mnist_core.data.split import Split
from mnist_core.data.torchvision_import import import_datasets
from mnist_core.paths import data_root
from tests.made import Miniature
from tests.pages.opening import html_of, open_page, run

STEPS = 7


def outputs(page: AppTest) -> list[str]:
    """Return the HTML of every output, in order."""
    return [html for html in html_of(page) if 'class="learn-output"' in html]


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


def test_every_output_is_what_its_code_prints(mnist: tuple[Split, Split]) -> None:
    import_datasets()  # NOTE: beside a CPU build of torch, the first import of torchvision must go this way
    page = open_page("learn")
    names: dict[str, object] = {}
    checked = 0
    for code, output in zip([code.value for code in page.code], outputs(page), strict=True):
        if printed(output):
            assert without_address(printed(output)) == without_address(as_python_prints(code, names))
            checked += 1
    assert checked == STEPS - 1  # the step that shows pictures prints nothing


def test_the_lesson_shows_the_facts_of_mnist(mnist: tuple[Split, Split]) -> None:
    texts = [printed(output) for output in outputs(open_page("learn"))]
    assert texts[0].startswith(torch.__version__)
    assert texts[1:3] == ["60000", "10000"]
    assert "mode=L size=28x28" in texts[3] and texts[3].endswith(", 5)")
    assert texts[5] == "torch.Size([1, 28, 28]) 5"


def test_the_images_have_their_labels_as_captions(miniature: Miniature) -> None:
    captions = re.findall(r"</?img[^>]*>(\d)</figure>", outputs(open_page("learn"))[4])
    assert captions == [str(label) for label in miniature.train.labels[:8].tolist()]


def test_the_lesson_links_to_train_and_draw(miniature: Miniature) -> None:
    links = [link.proto.page for link in open_page("learn").get("page_link")]
    assert links[-2:] == ["train", ""]  # Draw is the page at the app's own address


def test_a_presentation_shows_one_step_and_leads_to_the_next(miniature: Miniature) -> None:
    page = open_page("learn", present="1", step="6")
    assert [header.value for header in page.header] == ["6. Turn images into tensors"]
    run(page.button(key=FOLLOWING).click())
    assert [header.value for header in page.header] == ["7. Read the values"] and len(page.code) == 1
    assert page.button(key=FOLLOWING).disabled and page.query_params["step"] in ("7", ["7"])
    run(page.button(key=PREVIOUS).click())
    assert [header.value for header in page.header] == ["6. Turn images into tensors"]


@pytest.mark.parametrize(("asked", "shown"), [("0", 1), ("999", STEPS), ("-1", 1), ("9" * 5_000, 1), ("two", 1)])
def test_a_link_to_a_step_that_is_not_there_shows_one_that_is(miniature: Miniature, asked: str, shown: int) -> None:
    page = open_page("learn", present="1", step=asked)
    assert [header.value.split(".")[0] for header in page.header] == [str(shown)]


def test_a_presentation_without_mnist_says_what_it_shows(miniature: Miniature, standins: tuple[Split, Split]) -> None:
    for path in (miniature.root / "MNIST" / "raw").iterdir():
        path.unlink()
    page = open_page("learn", present="1")
    assert any("tand-in digits" in text.value for text in page.markdown)


@pytest.mark.parametrize("damage", ["missing", "cut short"])
def test_without_mnist_the_lesson_runs_on_stand_in_digits_and_offers_the_ways_to_get_mnist(
    miniature: Miniature, standins: tuple[Split, Split], damage: str
) -> None:
    code = [block.value for block in open_page("learn").code]
    st.cache_resource.clear()
    for path in (miniature.root / "MNIST" / "raw").iterdir():
        if damage == "missing":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:100])
    page = open_page("learn")
    assert [block.value for block in page.code] == code and len(code) == STEPS
    message = page.info[0].value
    assert "tand-in digits, not MNIST" in message and "python -m mnist_core data" in message
    assert page.button(key="data_download").label == "Download MNIST (12 MB)"
    train, _ = standins
    shown = outputs(page)
    assert len(shown) == STEPS and printed(shown[1]) == str(len(train))
    captions = re.findall(r"</?img[^>]*>(\d)</figure>", shown[4])
    assert captions == [str(label) for label in train.labels[:8].tolist()]
    assert printed(shown[5]) == f"torch.Size([1, 28, 28]) {int(train.labels[0])}"
