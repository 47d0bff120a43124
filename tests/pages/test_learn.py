"""The Learn page: its outputs are what the lines beside them print, and the code is there without MNIST too."""

import contextlib
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from mnist_core.data.split import Split
from mnist_core.data.torchvision_import import import_datasets
from mnist_core.paths import data_root
from mnist_core.synthetic.splits import standin_splits
from tests.made import Miniature

APP = Path(__file__).parents[2] / "app.py"
STEPS = 7


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    """Each test has its own data folder, so nothing that was read before may be left."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def learn() -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=120)
    page.switch_page("app_pages/learn.py").run()
    assert not page.exception
    return page


def outputs(page: AppTest) -> list[str]:
    """Return the HTML of every output, in order."""
    return [str(html.value) for html in page.get("html") if 'class="learn-output"' in str(html.value)]


def printed(output: str) -> str:
    return unescape("".join(re.findall(r"<pre[^>]*>(.*?)</pre>", output, re.DOTALL)))


def as_python_prints(code: str, names: dict[str, object]) -> str:
    """Type a step's code: what it prints, and as a notebook does the value of a last line that is an expression."""
    runnable = "\n".join(
        line for line in code.splitlines() if "plt" not in line and not line.startswith(("#", " ", "for"))
    )
    runnable = runnable.replace("'data/'", repr(str(data_root()))).replace(", download=True", "")
    *before, last = runnable.splitlines()
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec("\n".join(before), names)
        try:
            value = eval(last, names)
        except SyntaxError:
            exec(last, names)
            value = None
    return said.getvalue().strip() if value is None else repr(value)


def without_address(text: str) -> str:
    return re.sub(r"0x[0-9A-Fa-f]+", "ADDRESS", text)


def test_every_output_is_what_its_code_prints(mnist: tuple[Split, Split]) -> None:
    import_datasets()  # NOTE: torchvision beside a CPU torch has to be imported this way first
    page = learn()
    names: dict[str, object] = {}
    checked = 0
    for code, output in zip([code.value for code in page.code], outputs(page), strict=True):
        if printed(output):
            assert without_address(printed(output)) == without_address(as_python_prints(code, names))
            checked += 1
    assert checked == STEPS - 1  # the step that shows pictures prints nothing


def test_the_lesson_names_the_facts_of_mnist(mnist: tuple[Split, Split]) -> None:
    said = [printed(output) for output in outputs(learn())]
    assert said[0].startswith(torch.__version__)
    assert said[1:3] == ["60000", "10000"]
    assert "mode=L size=28x28" in said[3] and said[3].endswith(", 5)")
    assert said[5] == "torch.Size([1, 28, 28]) 5"


def test_the_pictures_stand_with_their_labels(miniature: Miniature) -> None:
    captions = re.findall(r"</?img[^>]*>(\d)</figure>", outputs(learn())[4])
    assert captions == [str(label) for label in miniature.train.labels[:8].tolist()]


def test_the_lesson_leads_to_the_other_pages(miniature: Miniature) -> None:
    links = [link.proto.page for link in learn().get("page_link")]
    assert links == ["train", ""]  # Draw is the page at the app's own address


@pytest.mark.parametrize("damage", ["missing", "cut short"])
def test_without_mnist_the_code_stands_over_stand_in_digits_and_the_ways_to_mnist_are_offered(
    miniature: Miniature, damage: str
) -> None:
    whole = [code.value for code in learn().code]
    st.cache_resource.clear()
    for path in (miniature.root / "MNIST" / "raw").iterdir():
        if damage == "missing":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:100])
    page = learn()
    assert [code.value for code in page.code] == whole and len(whole) == STEPS
    said = page.info[0].value
    assert "tand-in digits, not MNIST" in said and "python -m mnist_core data" in said
    assert page.button(key="data_download").label == "Download MNIST (12 MB)"
    train, _ = standin_splits()
    shown = outputs(page)
    assert len(shown) == STEPS and printed(shown[1]) == str(len(train))
    captions = re.findall(r"</?img[^>]*>(\d)</figure>", shown[4])
    assert captions == [str(label) for label in train.labels[:8].tolist()]
    assert printed(shown[5]) == f"torch.Size([1, 28, 28]) {int(train.labels[0])}"
