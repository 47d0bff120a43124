"""What the pages show without MNIST, and how a download or uploaded files become the data."""

import gzip
import threading
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.state import predictions, resources
from mnist_core.data.download import Download, DownloadState
from mnist_core.data.split import load_split
from tests.core.data import mirrors
from tests.made import Miniature, idx_bytes, write
from tests.pages.opening import components, open_page, run
from tests.waiting import wait_for


@pytest.fixture
def root(miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, not made yet, where the pages look for the miniature's files."""
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path / "none"))
    return tmp_path / "none"


def final_state(download: Download) -> DownloadState:
    wait_for(lambda: download.progress().state != DownloadState.RUNNING, 20)
    return download.progress().state


def test_offline_nothing_is_downloaded_before_the_click(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[str] = []
    with mirrors.mirror({}, mirrors.has_no_such_file, requests) as url:
        monkeypatch.setenv("MNIST_MIRROR", url)
        page = open_page("browse")
        assert "MNIST (70,000 digits) has not been downloaded yet" in page.info[0].value and not page.error
        assert page.button(key="data_download").label == "Download MNIST (12 MB)" and not requests
        run(page.button(key="data_download").click())
        assert final_state(resources.download_into(root)) == DownloadState.FAILED
        run(page)
    assert "answered 404 Not Found" in page.error[0].value and page.error[0].value.endswith("ubyte.")
    assert page.button(key="data_download").label == "Retry"
    assert requests


def test_the_first_page_starts_the_download_once_and_a_waiting_page_then_shows_mnist(
    root: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[str] = []
    archives = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    monkeypatch.setenv("MNIST_OFFLINE", "")
    may_continue = threading.Event()
    with mirrors.mirror(archives, mirrors.held(may_continue), requests) as url:
        monkeypatch.setenv("MNIST_MIRROR", url)
        open_page("learn")
        page = open_page("browse")
        assert page.button(key="data_cancel") and "Stand-in digits, not MNIST" in page.info[0].value
        assert resources.download_into(root).progress().state == DownloadState.RUNNING
        may_continue.set()
        assert final_state(resources.download_into(root)) == DownloadState.DONE
        run(page)
    assert len(requests) == 4
    assert components(page, "picture_grid") and not page.info


def test_an_automatic_download_that_failed_is_not_started_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[str] = []
    monkeypatch.setenv("MNIST_OFFLINE", "")
    with mirrors.mirror({}, mirrors.has_no_such_file, requests) as url:
        monkeypatch.setenv("MNIST_MIRROR", url)
        for _ in range(3):
            open_page("browse")
            assert final_state(resources.download_into(root)) == DownloadState.FAILED
    assert len(requests) == 1


def test_with_broken_data_nothing_is_downloaded_without_a_click(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = miniature.file("t10k-images")
    path.write_bytes(path.read_bytes()[:-1])
    monkeypatch.setenv("MNIST_OFFLINE", "")
    page = open_page("browse")
    assert "t10k-images" in page.info[0].value and "bytes, got" in page.info[0].value
    assert resources.download_into(miniature.root).progress().state == DownloadState.IDLE


def test_uploaded_files_become_the_data(root: Path, files: dict[str, bytes], miniature: Miniature) -> None:
    page = open_page("browse")
    uploads = [(name, content, "application/octet-stream") for name, content in files.items()]
    run(page.file_uploader(key="data_files_single").set_value(uploads[:3]))
    missing = uploads[3][0]
    assert any(f"{missing} is missing" in caption.value for caption in page.caption)
    run(page.file_uploader(key="data_files_single").set_value(uploads))
    assert not page.info and components(page, "picture_grid")
    assert torch.equal(load_split("train").images, miniature.train.images)


def test_files_that_the_browser_still_names_after_they_were_saved_are_not_saved_again(
    root: Path, files: dict[str, bytes]
) -> None:
    page = AppTest.from_function(offer_files, args=(str(root),)).run()
    uploads = [(name, content, "application/octet-stream") for name, content in files.items()]
    run(page.file_uploader[0].set_value(uploads))
    first, second = page.session_state["files"]
    assert len(first) == 4 and first == second


def offer_files(folder: str) -> None:
    """Be a page whose callback is called twice for the same files; keep which files there are after each call."""
    from pathlib import Path

    import streamlit as st

    from app_pages.components import missing_data
    from app_pages.state import resources

    root = Path(folder)

    def save_twice() -> None:
        st.session_state["files"] = []
        for _ in range(2):
            missing_data._save("chosen", resources.download_into(root))
            st.session_state["files"].append({path.stat().st_ino for path in (root / "MNIST" / "raw").iterdir()})

    st.file_uploader("Four files", accept_multiple_files=True, on_change=save_twice, key="chosen")


def test_uploaded_files_that_are_no_data_set_are_refused_in_one_sentence(root: Path, files: dict[str, bytes]) -> None:
    page = open_page("browse")
    uploads = [(name, content[:-1], "application/octet-stream") for name, content in files.items()]
    run(page.file_uploader(key="data_files_single").set_value(uploads))
    assert "must have" in page.error[0].value and "Delete" not in page.error[0].value
    assert not root.exists()


def test_the_pages_follow_when_other_data_arrives(
    root: Path, files: dict[str, bytes], others: dict[str, bytes]
) -> None:
    write(root / "KMNIST" / "raw", others)
    assert resources.load_split("test").source == "KMNIST test set"
    before = linear_predictions()
    write(root / "MNIST" / "raw", files)
    assert resources.load_split("test").source == "MNIST test set"
    assert not torch.equal(linear_predictions(), before)


def linear_predictions() -> torch.Tensor:
    """Return the linear model's predictions of the test split when they are complete."""
    open_page("browse", browse_view="Confusion", model="linear")
    computed = predictions.predictions("linear")
    assert computed is not None
    return computed


@pytest.mark.parametrize("name", ["draw", "browse", "train", "learn"])
def test_every_page_works_with_a_data_set_of_two_images_and_other_class_names(root: Path, name: str) -> None:
    images, labels = torch.zeros(2, 28, 28, dtype=torch.uint8), torch.tensor([9, 3])
    tiny = {
        f"{prefix}-{kind}-ubyte": idx_bytes(magic, values)
        for prefix in ("train", "t10k")
        for kind, magic, values in (("images-idx3", 2051, images), ("labels-idx1", 2049, labels))
    }
    write(root / "FashionMNIST" / "raw", tiny)
    page = open_page(name)
    if name == "browse":
        assert "Ankle boot" in components(page, "picture_grid")[0].proto.json
