"""The photo that a visitor uploaded: decoded once, not in every run of the page, and after other visitors' photos."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app_pages.state.singletons import Singleton
from mnist_core.ink.photo import extract_ink, open_image, preview

log = logging.getLogger(__name__)
KEY = "photos_last"  # in the visitor's session


@dataclass(frozen=True)
class Photo:
    """What is kept of a photo: little, as every visitor may have one.

    Attributes:
        preview: RGB, with a longer side of at most 640 px.
        ink: (H, W) float32 coverage in [0, 1], with a longer side of at most 640 px.
    """

    preview: Image.Image
    ink: np.ndarray


@dataclass(frozen=True)
class _Outcome:
    """The photo in a file, or why there is none."""

    file_id: str
    photo: Photo | None = None
    error: str = ""


@Singleton
def decoding_thread() -> ThreadPoolExecutor:
    """Return the one thread that decodes the photos of all visitors, one at a time.

    NOTE: a semaphore would bound the memory less, because C's allocator keeps some for every thread that decoded.
    """
    return ThreadPoolExecutor(1, "photos")


def photo_in(upload: UploadedFile | None) -> Photo | None:
    """Return the photo in an uploaded file, or None when there is no file; only the last file's photo is kept.

    The first call for a file decodes it, or waits until it may, and shows that meanwhile.

    Raises:
        ValueError: the file is too large or is not a readable image; the message is one sentence.
    """
    if upload is None:
        forget_photo()
        return None
    outcome: _Outcome | None = st.session_state.get(KEY)
    if outcome is None or outcome.file_id != upload.file_id:
        forget_photo()
        with st.spinner("Reading the photo"):
            outcome = st.session_state[KEY] = _outcome_of(upload)
    if outcome.photo is None:
        raise ValueError(outcome.error)
    return outcome.photo


def forget_photo() -> None:
    """Forget the visitor's photo."""
    st.session_state.pop(KEY, None)


def read_photo(content: bytes) -> Photo:
    """Decode an image file and find its ink, after the photos of visitors who came before.

    Raises:
        ValueError: the file is too large or is not a readable image; the message is one sentence.
    """

    def decode() -> Photo:
        image = open_image(content)
        return Photo(preview(image), extract_ink(image))

    return decoding_thread().submit(decode).result()


def _outcome_of(upload: UploadedFile) -> _Outcome:
    try:
        return _Outcome(upload.file_id, read_photo(upload.getvalue()))
    except ValueError as error:
        log.info("a photo was refused: %s", error)
        return _Outcome(upload.file_id, error=str(error))
