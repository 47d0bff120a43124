"""The Browse page: which images the grid holds, what an opened image shows, and what stands in the URL."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from made import Miniature
from streamlit.testing.v1 import AppTest

from app_pages.grid import sprite
from mnist_core.data import Split, data_root
from mnist_core.vision import import_datasets

APP = Path(__file__).parent.parent / "app.py"


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    """Each test has its own data folder, so nothing that was read before may be left."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def browse(**query: str) -> AppTest:
    """Open the Browse page at an address."""
    page = AppTest.from_file(str(APP), default_timeout=120)
    page.switch_page("app_pages/browse.py")
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def tiles(page: AppTest) -> list[dict[str, Any]]:
    (grid,) = page.get("bidi_component")
    return json.loads(grid.proto.json)["tiles"]


def outlined(page: AppTest) -> int | None:
    (grid,) = page.get("bidi_component")
    return json.loads(grid.proto.json)["chosen"]


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.header, *page.caption])


def test_a_sprite_holds_each_picture_in_reading_order() -> None:
    images = np.random.default_rng(0).integers(0, 256, (37, 28, 28), dtype=np.uint8)
    sheet = sprite(images)
    assert sheet.shape == (280, 280)
    for at, image in enumerate(images):
        top, left = at // 10 * 28, at % 10 * 28
        assert np.array_equal(sheet[top : top + 28, left : left + 28], image)
    assert not sheet[84:112, 196:].any() and not sheet[112:].any()


def test_the_first_page_shows_the_first_hundred_with_their_labels(mnist: tuple[Split, Split]) -> None:
    page = browse()
    assert [tile["number"] for tile in tiles(page)] == list(range(100))
    assert [int(tile["label"]) for tile in tiles(page)] == mnist[1].labels[:100].tolist()
    assert "10,000 images" in words(page)
    assert page.pagination[0].num_pages == 100
    assert outlined(page) is None


def test_a_digit_leaves_only_its_images_and_counts_them(mnist: tuple[Split, Split]) -> None:
    page = browse(browse_digit="1")
    ones = [at for at, label in enumerate(mnist[1].labels.tolist()) if label == 1]
    assert [tile["number"] for tile in tiles(page)] == ones[:100]
    assert f"{len(ones):,} images of a 1" in words(page)
    assert page.pagination[0].num_pages == 12


def test_the_last_page_holds_what_is_left(mnist: tuple[Split, Split]) -> None:
    page = browse(browse_digit="1")
    page.pagination[0].set_value(12).run()
    assert len(tiles(page)) == 1135 - 11 * 100


def test_another_digit_begins_on_its_first_page(mnist: tuple[Split, Split]) -> None:
    page = browse(browse_digit="1")
    page.pagination[0].set_value(12).run()
    page.button_group(key="browse_digit").set_value("8").run()
    assert not page.exception
    assert page.pagination[0].value == 1
    assert "974 images of an 8" in words(page)


def test_a_link_opens_its_image_on_the_page_that_holds_it(mnist: tuple[Split, Split]) -> None:
    page = browse(image="137")
    assert "Test image 137" in words(page)
    assert page.pagination[0].value == 2
    assert outlined(page) == 137
    assert 137 in [tile["number"] for tile in tiles(page)]


def test_an_opened_image_tells_its_label_and_how_to_fetch_it(mnist: tuple[Split, Split]) -> None:
    page = browse(image="137")
    assert f"Label: **{int(mnist[1].labels[137])}**" in words(page)
    (line,) = [code.value for code in page.code]
    picture, label = eval(line, {"MNIST": lambda _, train: import_datasets().MNIST(str(data_root()), train=train)})
    assert label == int(mnist[1].labels[137])
    assert np.array_equal(np.asarray(picture), mnist[1].images[137].numpy())


@pytest.mark.parametrize("model", ["linear", "mlp", "cnn"])
def test_right_and_wrong_follow_the_answer_of_the_active_model(miniature: Miniature, model: str) -> None:
    for number in range(6):
        found = words(browse(image=str(number), model=model))
        label, answer = (int(re.search(rf"{before}: \*\*(\d)", found)[1]) for before in ("Label", "The model says"))
        assert label == int(miniature.test.labels[number])
        assert ("right" in found) == (label == answer) and ("wrong" in found) == (label != answer)


def test_the_numbers_are_the_bytes_of_the_picture(miniature: Miniature) -> None:
    page = browse(image="7")
    page.button(key="browse_numbers").click().run()
    (table,) = [element.value for element in page.get("html") if "<table" in str(element.value)]
    shown = [int(number) for number in re.findall(r">(\d+)</td>", table)]
    assert shown == miniature.test.images[7].flatten().tolist()


def test_close_forgets_the_image(miniature: Miniature) -> None:
    page = browse(image="7")
    page.button(key="browse_close").click().run()
    assert "image" not in page.query_params
    assert "Test image" not in words(page)
    assert outlined(page) is None


@pytest.mark.parametrize("named", ["100", "-1", "seven", "1.5", "²", ""])
def test_a_link_to_no_image_opens_none(miniature: Miniature, named: str) -> None:
    page = browse(image=named)
    assert "Test image" not in words(page)
    assert "image" not in page.query_params


def test_the_image_is_still_open_after_a_visit_to_another_page(miniature: Miniature) -> None:
    page = browse(image="7")
    page.switch_page("app_pages/learn.py").run()
    page.query_params.clear()  # as the browser does
    page.switch_page("app_pages/browse.py").run()
    assert "Test image 7" in words(page)
    assert page.query_params["image"] == "7"


def test_without_mnist_one_sentence_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path))
    page = browse()
    assert "python -m mnist_core data" in page.info[0].value
    assert not page.get("bidi_component")
