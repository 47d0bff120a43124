"""What a page shows where the digits are missing, as far as it shows without a browser."""

import gzip
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from app_pages.state import predictions, resources
from mnist_core.data.download import Download, DownloadState
from mnist_core.data.split import load_split
from tests.core.data import mirrors
from tests.made import Miniature, idx_bytes, write

APP = Path(__file__).parents[2] / "app.py"
BROWSE = "app_pages/browse.py"


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    """Each test has its own data folder, so nothing that was read before may be left."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def root(miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder where the pages look for the miniature's files."""
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path / "none"))
    return tmp_path / "none"


def opened(path: str = BROWSE) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=120)
    page.switch_page(path).run()
    assert not page.exception
    return page


def ended(download: Download) -> DownloadState:
    latest = time.monotonic() + 20
    while download.progress().state == DownloadState.RUNNING and time.monotonic() < latest:
        time.sleep(0.02)
    return download.progress().state


def test_offline_nothing_is_downloaded_before_the_click(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    with mirrors.mirror({}, mirrors.has_no_such_file, asked) as url:
        monkeypatch.setenv("MNIST_MIRROR", url)
        page = opened()
        assert "MNIST, its 70,000 digits, is not here yet" in page.info[0].value and not page.error
        assert page.button(key="data_download").label == "Download MNIST (12 MB)" and not asked
        page.button(key="data_download").click().run()
        assert ended(resources.download_into(root)) == DownloadState.FAILED
        page.run()
    assert "answered 404 Not Found" in page.error[0].value and page.error[0].value.endswith("ubyte.")
    assert page.button(key="data_download").label == "Retry"
    assert not page.exception and asked


def test_the_first_page_starts_the_download_once_and_the_page_that_waits_changes_over(
    root: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    archives = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    monkeypatch.setenv("MNIST_OFFLINE", "")
    go_on = threading.Event()
    with mirrors.mirror(archives, mirrors.held(go_on), asked) as url:
        monkeypatch.setenv("MNIST_MIRROR", url)
        opened("app_pages/learn.py")
        page = opened()
        assert page.button(key="data_cancel") and "Stand-in digits, not MNIST" in page.info[0].value
        assert resources.download_into(root).progress().state == DownloadState.RUNNING
        go_on.set()
        assert ended(resources.download_into(root)) == DownloadState.DONE
        page.run()
    assert len(asked) == 4
    assert page.get("bidi_component") and not page.info and not page.exception


def test_a_download_that_failed_by_itself_is_not_started_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setenv("MNIST_OFFLINE", "")
    with mirrors.mirror({}, mirrors.has_no_such_file, asked) as url:
        monkeypatch.setenv("MNIST_MIRROR", url)
        for _ in range(3):
            opened()
            assert ended(resources.download_into(root)) == DownloadState.FAILED
    assert len(asked) == 1


def test_where_data_lies_that_is_broken_nothing_is_downloaded_without_a_click(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = miniature.file("t10k-images")
    path.write_bytes(path.read_bytes()[:-1])
    monkeypatch.setenv("MNIST_OFFLINE", "")
    page = opened()
    assert "t10k-images" in page.info[0].value and "bytes, got" in page.info[0].value
    assert resources.download_into(miniature.root).progress().state == DownloadState.IDLE


def test_files_that_are_handed_in_become_the_data(root: Path, files: dict[str, bytes], miniature: Miniature) -> None:
    page = opened()
    given = [(name, content, "application/octet-stream") for name, content in files.items()]
    page.file_uploader(key="data_files_single").set_value(given[:3]).run()
    missing = given[3][0]
    assert any(f"{missing} is missing" in caption.value for caption in page.caption)
    page.file_uploader(key="data_files_single").set_value(given).run()
    assert not page.exception and not page.info and page.get("bidi_component")
    assert torch.equal(load_split("train").images, miniature.train.images)


def test_files_that_are_no_data_set_are_refused_in_one_sentence(root: Path, files: dict[str, bytes]) -> None:
    page = opened()
    given = [(name, content[:-1], "application/octet-stream") for name, content in files.items()]
    page.file_uploader(key="data_files_single").set_value(given).run()
    assert "must have" in page.error[0].value and "Delete" not in page.error[0].value
    assert not page.exception and not root.exists()


def test_the_pages_change_over_when_other_data_comes(
    root: Path, files: dict[str, bytes], others: dict[str, bytes]
) -> None:
    write(root / "KMNIST" / "raw", others)
    assert resources.load_split("test").source == "KMNIST test set"
    before = predictions.predictions("linear")
    write(root / "MNIST" / "raw", files)
    assert resources.load_split("test").source == "MNIST test set"
    assert not torch.equal(predictions.predictions("linear"), before)


@pytest.mark.parametrize("name", ["draw", "browse", "train", "learn"])
def test_every_page_works_with_a_set_of_two_images_and_other_names(root: Path, name: str) -> None:
    images, labels = torch.zeros(2, 28, 28, dtype=torch.uint8), torch.tensor([9, 3])
    tiny = {
        f"{prefix}-{kind}-ubyte": idx_bytes(magic, values)
        for prefix in ("train", "t10k")
        for kind, magic, values in (("images-idx3", 2051, images), ("labels-idx1", 2049, labels))
    }
    write(root / "FashionMNIST" / "raw", tiny)
    page = opened(f"app_pages/{name}.py")
    if name == "browse":
        assert "Ankle boot" in page.get("bidi_component")[0].proto.json
