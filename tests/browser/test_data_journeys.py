"""How the digits get there while the app runs: by download, and by hand, in a real browser."""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from mnist_core.data.split import load_split, raw_folder
from mnist_core.paths import data_root
from tests.browser.drawing import DIGITS, draw, expect_answer
from tests.browser.visiting import Visit, expect_no_exception, go_to, unfold
from tests.core.data import mirrors

Start = Callable[..., str]
NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
GARMENT = "Ankle boot"


@pytest.fixture(scope="session")
def archives(mnist: object) -> dict[str, bytes]:
    """The real files, packed anew."""
    folder = raw_folder(data_root())
    return {f"{name}.gz": gzip.compress((folder / name).read_bytes(), 1) for name in NAMES}


@pytest.fixture
def serve(archives: dict[str, bytes]) -> Iterator[Callable[[mirrors.Answer], str]]:
    """Start a mirror that answers in one way; gives its URL."""
    with ExitStack() as servers:
        yield lambda answer: servers.enter_context(mirrors.mirror(archives, answer))


def expect_mnist(page: Page) -> None:
    """Wait until the page has changed over from the stand-in digits."""
    expect(page.get_by_text("Stand-in digits, not MNIST")).to_have_count(0, timeout=60_000)
    label = int(load_split("test").labels[17])
    expect(page.get_by_role("option", name=f"test 17, label {label}")).to_be_visible(timeout=60_000)


def download_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Download MNIST")


def test_the_first_start_downloads_by_itself_while_one_draws_and_the_page_changes_over(
    start_app: Start, visit: Visit, tmp_path: Path, serve: Callable[[mirrors.Answer], str]
) -> None:
    go_on = threading.Event()
    url = serve(mirrors.held(go_on))
    page = visit(start_app(MNIST_ROOT=str(tmp_path), MNIST_OFFLINE="", MNIST_MIRROR=url))
    draw(page, DIGITS[3])
    expect_answer(page, "3")
    go_to(page, "Browse")
    expect(page.get_by_text("Downloading MNIST:")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    go_on.set()
    expect_mnist(page)
    expect(page.get_by_text("Downloading MNIST:")).to_have_count(0)
    expect_no_exception(page)


def test_a_download_that_is_offline_waits_for_the_click_and_can_be_cancelled(
    start_app: Start, visit: Visit, tmp_path: Path, serve: Callable[[mirrors.Answer], str]
) -> None:
    app = start_app(MNIST_ROOT=str(tmp_path), MNIST_MIRROR=serve(mirrors.hangs))
    page = visit(f"{app}/browse")
    expect(page.get_by_text("Downloading MNIST:")).to_have_count(0)
    download_button(page).click()
    expect(page.get_by_text("Downloading MNIST: 0%")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(download_button(page)).to_be_visible(timeout=3_000)
    expect_no_exception(page)


def test_a_login_page_in_the_way_is_said_in_one_sentence_and_retry_brings_the_digits(
    start_app: Start, visit: Visit, tmp_path: Path, serve: Callable[[mirrors.Answer], str]
) -> None:
    has_logged_in: list[bool] = []

    def answer(request: BaseHTTPRequestHandler, archive: bytes) -> None:
        (mirrors.good if has_logged_in else mirrors.redirects_to_a_login_page)(request, archive)

    page = visit(f"{start_app(MNIST_ROOT=str(tmp_path), MNIST_MIRROR=serve(answer))}/browse")
    download_button(page).click()
    expect(page.get_by_text("a web page was received instead of the file")).to_be_visible()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    has_logged_in.append(True)
    page.get_by_role("button", name="Retry").click()
    expect_mnist(page)
    expect_no_exception(page)


def test_four_files_from_the_visitor_become_the_data(
    start_app: Start, visit: Visit, tmp_path: Path, mnist: object
) -> None:
    page = visit(f"{start_app(MNIST_ROOT=str(tmp_path))}/browse")
    page.get_by_text("Use your own files").click()
    chooser = page.locator("input[type=file]")
    chooser.set_input_files([raw_folder(data_root()) / name for name in NAMES[:2]])
    expect(page.get_by_text("t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte are missing")).to_be_visible()
    chooser.set_input_files([raw_folder(data_root()) / name for name in NAMES[2:]])
    expect_mnist(page)
    assert {path.name for path in raw_folder(tmp_path).iterdir()} == set(NAMES)
    expect_no_exception(page)


def test_a_folder_of_garments_shows_them_under_their_own_names(
    start_app: Start, visit: Visit, tmp_path: Path, archives: dict[str, bytes]
) -> None:
    folder = tmp_path / "fashion"
    folder.mkdir()
    for name, archive in archives.items():  # no garments are at hand: digits with one bit altered stand in for them
        content = bytearray(gzip.decompress(archive))
        content[-1] ^= 1
        (folder / name.removesuffix(".gz")).write_bytes(content)
    page = visit(f"{start_app(MNIST_ROOT=str(tmp_path / 'root'))}/browse")
    unfold(page, "Use your own files")
    page.get_by_text("A whole folder").click()
    page.locator("input[type=file][webkitdirectory]").set_input_files(folder)
    expect(page.get_by_role("option", name=GARMENT).first).to_be_visible(timeout=60_000)
    assert len(list((tmp_path / "root" / "FashionMNIST" / "raw").iterdir())) == 4
    expect_no_exception(page)
