"""Downloads from local mirrors: good ones, and every kind of failure."""

import gzip
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from mnist_core.data import mirror, torchvision_import
from mnist_core.data.download import Download, DownloadState, Progress, download
from mnist_core.data.idx import md5_of
from mnist_core.data.split import BrokenDataError, MissingDataError, load_split
from tests.core.data import mirrors
from tests.made import Miniature
from tests.waiting import wait_for

Serve = Callable[..., str]
STALL = 0.4  # s
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


@pytest.fixture
def archives(miniature: Miniature) -> dict[str, bytes]:
    return {f"{name}.gz": gzip.compress(miniature.file(name).read_bytes()) for name in FILES}


@pytest.fixture
def serve(archives: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Start mirrors, one for each answer, and make them those of torchvision."""
    with ExitStack() as servers:

        def start(*answers: mirrors.Answer, asked: list[str] | None = None, archive_md5: str = "") -> str:
            urls = [servers.enter_context(mirrors.mirror(archives, answer, asked)) for answer in answers]
            publish(monkeypatch, urls, [(name, archive_md5 or md5_of(packed)) for name, packed in archives.items()])
            return urls[0]

        yield start


def publish(monkeypatch: pytest.MonkeyPatch, urls: list[str], resources: list[tuple[str, str]]) -> None:
    stand_in = SimpleNamespace(MNIST=SimpleNamespace(mirrors=urls, resources=resources))
    monkeypatch.setattr(torchvision_import, "import_datasets", lambda: stand_in)


def files_in(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def ended(running: Download) -> Progress:
    wait_for(lambda: running.progress().state != DownloadState.RUNNING)
    return running.progress()


def test_a_download_gets_every_file_and_reports_its_progress(
    serve: Serve, miniature: Miniature, tmp_path: Path, archives: dict[str, bytes]
) -> None:
    serve(mirrors.slowly(0.3))
    fractions: list[float] = []
    download(tmp_path / "new", fractions.append)
    for split in (miniature.train, miniature.test):
        loaded = load_split(split.name, tmp_path / "new")
        assert torch.equal(loaded.images, split.images) and torch.equal(loaded.labels, split.labels)
    assert set(files_in(tmp_path / "new")) == set(FILES)
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert [fraction for fraction in fractions if 0 < fraction < 1]


def test_a_connection_that_stays_open_does_not_delay_the_download(serve: Serve, tmp_path: Path) -> None:
    serve(mirrors.keeps_the_connection_open)
    started = time.monotonic()
    download(tmp_path / "new")
    assert time.monotonic() - started < 10 and set(files_in(tmp_path / "new")) == set(FILES)


BAD: dict[mirrors.Answer, str] = {
    mirrors.hangs: r"no data was received for 0\.4 s",
    mirrors.hangs_half_way: r"no data was received for 0\.4 s",
    mirrors.redirects_to_a_login_page: "a web page was received instead of the file; the network may require a login",
    mirrors.breaks_off: r"the connection was closed after [\d,]+ bytes",
    mirrors.resets: "the connection was closed",
    mirrors.has_no_such_file: "the server answered 404 Not Found",
    mirrors.sends_noise: "the archive is damaged",
    mirrors.sends_more: "the archive contains more than MNIST's file",
    mirrors.sends_another: "its train-images-idx3-ubyte is not MNIST's",
    mirrors.sends_something_else: "the received file is not a gzip archive",
}


@pytest.mark.parametrize("answer", BAD, ids=lambda answer: answer.__name__)
def test_a_failing_mirror_is_reported_in_one_sentence_and_leaves_no_files(
    serve: Serve, tmp_path: Path, answer: mirrors.Answer
) -> None:
    url = serve(answer)
    root = tmp_path / "new"
    started = time.monotonic()
    with pytest.raises(OSError, match=rf"could not be downloaded to .*new \(127.*{BAD[answer]}.*MNIST_ROOT") as failed:
        download(root, stall=STALL)
    assert time.monotonic() - started < 5
    assert "\n" not in str(failed.value) and mirror.host_name(url) in str(failed.value)
    assert not files_in(root)
    with pytest.raises(MissingDataError):
        load_split("train", root)


def test_a_refused_connection_is_reported_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_MIRROR", mirrors.closed())
    with pytest.raises(
        OSError, match=r"could not be downloaded to .* \(127\.0\.0\.1:\d+: the connection was refused\)"
    ):
        download(tmp_path / "new")
    assert not files_in(tmp_path / "new")


@pytest.mark.parametrize("address", ["http://mirror.invalid/", "nonsense", "http://127.0.0.1:1:2/"])
def test_an_invalid_mirror_address_is_reported_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("MNIST_MIRROR", address)
    with pytest.raises(OSError, match="^MNIST could not be downloaded .*; check the network and try again") as failed:
        download(tmp_path / "new", deadline=20)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize("answer", [mirrors.trickles, mirrors.trickles_its_headers, mirrors.hangs])
def test_a_download_past_its_deadline_is_reported_in_one_sentence(
    serve: Serve, tmp_path: Path, answer: mirrors.Answer
) -> None:
    serve(answer)
    running = Download(tmp_path / "new", deadline=0.6, stall=10)
    running.start()
    started = time.monotonic()
    progress = ended(running)
    assert 0.4 < time.monotonic() - started < 5  # long before the mirror counts as stalled
    assert progress.state == DownloadState.FAILED
    assert re.match(r"Only \d+% of MNIST was downloaded within 0\.6 s; check the network", progress.message)
    assert "MNIST_ROOT" in progress.message


@pytest.mark.parametrize("answer", [mirrors.breaks_off, mirrors.hangs_half_way, mirrors.sends_another])
def test_a_failure_changes_no_files_and_a_retry_fetches_only_incomplete_ones(
    serve: Serve, miniature: Miniature, answer: mirrors.Answer
) -> None:
    miniature.file("t10k-labels").unlink()
    half = miniature.file("train-images")
    half.write_bytes(half.read_bytes()[:-5])
    before = files_in(miniature.root)
    serve(answer)
    with pytest.raises(OSError):
        download(miniature.root, stall=STALL)
    assert files_in(miniature.root) == before
    with pytest.raises(BrokenDataError):
        load_split("train")

    asked: list[str] = []
    serve(mirrors.good, asked=asked)
    download(miniature.root)
    assert asked == ["train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]
    assert torch.equal(load_split("train").images, miniature.train.images)
    assert torch.equal(load_split("test").labels, miniature.test.labels)


def test_files_completed_before_a_failure_are_kept(serve: Serve, tmp_path: Path, archives: dict[str, bytes]) -> None:
    def only_the_first(request: BaseHTTPRequestHandler, archive: bytes) -> None:
        (mirrors.good if "train-images" in request.path else mirrors.breaks_off)(request, archive)

    serve(only_the_first)
    with pytest.raises(OSError, match="the connection was closed"):
        download(tmp_path / "new")
    assert set(files_in(tmp_path / "new")) == {"train-images-idx3-ubyte"}


def test_a_failed_mirror_is_tried_last_for_the_remaining_files(
    serve: Serve, tmp_path: Path, miniature: Miniature
) -> None:
    asked: list[str] = []

    def breaks_off_and_notes(request: BaseHTTPRequestHandler, archive: bytes) -> None:
        asked.append(request.path)
        mirrors.breaks_off(request, archive)

    serve(breaks_off_and_notes, mirrors.good)
    download(tmp_path / "new")
    assert len(asked) == 1
    assert torch.equal(load_split("test", tmp_path / "new").images, miniature.test.images)


def test_when_all_mirrors_fail_the_error_gives_the_reason_for_each(serve: Serve, tmp_path: Path) -> None:
    serve(mirrors.breaks_off, mirrors.has_no_such_file)
    with pytest.raises(
        OSError,
        match=r"\(127\S+: the connection was closed after [\d,]+ bytes; 127\S+: the server answered 404 Not Found\)",
    ):
        download(tmp_path / "new")


def test_an_archives_md5_sum_is_checked_only_for_torchvisions_mirrors(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = serve(mirrors.good, archive_md5="0" * 32)
    with pytest.raises(OSError, match="wrong MD5 sum"):
        download(tmp_path / "new")
    monkeypatch.setenv("MNIST_MIRROR", f"{mirrors.closed()} {url.rstrip('/')}")
    download(tmp_path / "new")
    assert len(load_split("test", tmp_path / "new")) == 100


def test_a_cancelled_download_stops_at_once_and_can_be_restarted(serve: Serve, tmp_path: Path) -> None:
    serve(mirrors.hangs)
    running = Download(tmp_path / "new", stall=STALL)
    assert running.progress() == Progress(DownloadState.IDLE)
    running.start()
    time.sleep(0.1)
    started = time.monotonic()
    running.cancel()
    assert running.progress().state == DownloadState.CANCELLED and time.monotonic() - started < STALL / 2
    assert not files_in(tmp_path / "new")
    serve(mirrors.good)
    running.start()
    assert ended(running) == Progress(DownloadState.DONE, 1.0)
    time.sleep(2 * STALL)  # the thread that hung has ended by now, and says nothing more
    assert running.progress().state == DownloadState.DONE
    assert set(files_in(tmp_path / "new")) == set(FILES)


def test_a_cancelled_download_writes_no_more_files(serve: Serve, tmp_path: Path) -> None:
    serve(mirrors.slowly(0.5))
    running = Download(tmp_path / "new", stall=STALL)
    running.start()
    time.sleep(0.2)
    running.cancel()
    time.sleep(1)
    assert not files_in(tmp_path / "new")


def test_starting_twice_downloads_once(serve: Serve, tmp_path: Path) -> None:
    asked: list[str] = []
    serve(mirrors.slowly(0.2), asked=asked)
    running = Download(tmp_path / "new")
    running.start()
    running.start()
    assert ended(running).state == DownloadState.DONE
    assert len(asked) == len(FILES)


def test_old_partial_files_are_removed_but_recent_ones_are_kept(serve: Serve, tmp_path: Path) -> None:
    serve(mirrors.good)
    folder = tmp_path / "new" / "MNIST" / "raw"
    folder.mkdir(parents=True)
    old, young = folder / "train-images-idx3-ubyte.0.part", folder / "train-images-idx3-ubyte.1.part"
    for part in (old, young):
        part.write_bytes(b"half")
    an_age_ago = time.time() - 2 * mirror.STALE
    os.utime(old, (an_age_ago, an_age_ago))
    download(tmp_path / "new")
    assert not old.exists() and young.exists()


def test_a_folder_that_is_not_writable_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    publish(monkeypatch, [], [])
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OSError, match="must be a writable folder; correct its permissions or set MNIST_ROOT"):
        download(tmp_path / "new")


@pytest.mark.parametrize("blocked", ["", "MNIST", "MNIST/raw"])
def test_a_file_in_place_of_the_folder_fails_the_download_in_one_sentence(
    serve: Serve, tmp_path: Path, blocked: str
) -> None:
    serve(mirrors.good)
    path = tmp_path / "new" / blocked
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("no folder")
    with pytest.raises(OSError, match="must be a writable folder; correct its permissions or set MNIST_ROOT"):
        download(tmp_path / "new")
    assert path.read_text() == "no folder"


def test_an_unreadable_file_is_not_replaced(
    serve: Serve, miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = miniature.file("train-images")
    before, opened = path.stat().st_ino, Path.open

    def refuse(self: Path, *args: Any, **options: Any) -> Any:
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return opened(self, *args, **options)

    serve(mirrors.good)
    monkeypatch.setattr(Path, "open", refuse)
    download(miniature.root)
    assert path.stat().st_ino == before


def test_an_unexpected_error_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("operator torchvision::nms does not exist\nand more")

    monkeypatch.setattr(torchvision_import, "import_datasets", fail)
    with pytest.raises(OSError, match=r"could not be downloaded .*\(operator torchvision::nms does not exist\)"):
        download(tmp_path / "new")
