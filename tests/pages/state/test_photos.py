"""A visitor's photo: decoded once for every file, one photo at a time in the process."""

import io
import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from app_pages.state import photos
from app_pages.state.photos import KEY, Photo, read_photo
from mnist_core.ink.photo import WORK_SIDE, extract_ink, open_image
from tests.pages.opening import components, open_page, run


def file_of(side: int) -> bytes:
    """A PNG file of a one."""
    image, stream = Image.new("L", (side, side), 255), io.BytesIO()
    ImageDraw.Draw(image).line([(side // 2, side // 5), (side // 2, side * 4 // 5)], width=side // 12)
    image.save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The files that were decoded, in order."""
    contents: list[bytes] = []

    def open_and_record(content: bytes) -> Image.Image:
        contents.append(content)
        return open_image(content)

    monkeypatch.setattr(photos, "open_image", open_and_record)
    return contents


@pytest.fixture
def opened() -> AppTest:
    """The Draw page, which asks for a photo."""
    return run(open_page().button_group(key="draw_source").set_value("Photo"))


def comment(page: AppTest) -> str:
    """Return what is said below the answer."""
    (panel,) = components(page, "answer_panel")
    return str(json.loads(panel.proto.json)["models"][0]["comment"])


def upload(page: AppTest, content: bytes) -> AppTest:
    page.file_uploader(key="draw_photo").set_value(("photo.png", content, "image/png"))
    return run(page)


def kept(page: AppTest) -> Photo | None:
    """Return the photo in the visitor's session."""
    return page.session_state[KEY].photo if KEY in page.session_state else None


def test_a_file_is_decoded_once_however_often_the_page_runs(opened: AppTest, decoded: list[bytes]) -> None:
    first, second = file_of(200), file_of(1500)
    upload(opened, first)
    for _ in range(3):
        run(opened)
    assert decoded == [first]
    upload(opened, second)
    run(opened)
    assert decoded == [first, second]


def test_what_is_kept_of_a_large_photo_is_small_and_its_ink_is_the_core_s(opened: AppTest) -> None:
    content = file_of(4000)
    photo = kept(upload(opened, content))
    assert photo is not None
    assert photo.preview.mode == "RGB" and photo.preview.size == (WORK_SIDE, WORK_SIDE) == photo.ink.shape
    assert np.array_equal(photo.ink, extract_ink(open_image(content)))


def test_a_file_that_is_no_image_is_looked_at_once_and_refused_in_every_run(
    opened: AppTest, decoded: list[bytes]
) -> None:
    upload(opened, b"no image")
    run(opened)
    assert comment(opened) == "This isn't a readable PNG, JPEG or WebP image."
    assert decoded == [b"no image"]
    upload(opened, file_of(200))
    assert comment(opened) != "This isn't a readable PNG, JPEG or WebP image." and kept(opened) is not None


def test_a_photo_is_forgotten_when_its_file_is_removed(opened: AppTest) -> None:
    assert kept(upload(opened, file_of(200))) is not None
    opened.file_uploader(key="draw_photo").set_value([])
    assert kept(run(opened)) is None


@pytest.mark.parametrize("source", ["Canvas", "Camera"])
def test_a_photo_is_forgotten_when_another_source_is_chosen(opened: AppTest, source: str) -> None:
    assert kept(upload(opened, file_of(200))) is not None
    run(opened.button_group(key="draw_source").set_value(source))
    assert kept(opened) is None


def test_photos_of_many_visitors_are_decoded_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    now, most, lock = 0, 0, threading.Lock()

    def open_slowly(content: bytes) -> Image.Image:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.1)  # the others come in meanwhile, if they may
        with lock:
            now -= 1
        return open_image(content)

    monkeypatch.setattr(photos, "open_image", open_slowly)
    with ThreadPoolExecutor(6) as visitors:
        found = list(visitors.map(read_photo, [file_of(100)] * 6))
    assert most == 1 and all(photo.ink.any() for photo in found)


def test_a_visitor_waits_while_another_s_photo_is_decoded(opened: AppTest, decoded: list[bytes]) -> None:
    done = threading.Event()
    photos.decoding_thread().submit(done.wait)
    with ThreadPoolExecutor(1) as visitor:
        waiting = visitor.submit(upload, opened, file_of(100))
        try:
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
            assert not decoded
        finally:
            done.set()
        assert kept(waiting.result()) is not None and len(decoded) == 1


def test_photos_are_decoded_after_one_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="readable"):
        read_photo(b"no image")
    assert read_photo(file_of(100)).ink.any()


def test_a_refused_photo_is_logged_without_its_name(opened: AppTest, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "app_pages")
    upload(opened, b"no image")
    (said,) = (record.getMessage() for record in caplog.records if "photo" in record.getMessage())
    assert said == "a photo was refused: This isn't a readable PNG, JPEG or WebP image"
