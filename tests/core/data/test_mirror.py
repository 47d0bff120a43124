"""One file from one local mirror, and what its failures are called."""

import gzip
import ssl
import urllib.request
from pathlib import Path

import pytest

from mnist_core.data import torchvision_import
from mnist_core.data.idx import IdxFile, md5_of
from mnist_core.data.mirror import MirrorError, fetch, fetch_missing, host_name, sources
from tests.core.data import mirrors
from tests.made import Miniature
from tests.syncing import recorded_syncs

CONTENT = bytes(range(256)) * 40
FILE = IdxFile("numbers", 0, (len(CONTENT) - 8,), md5_of(CONTENT))
ARCHIVE = gzip.compress(CONTENT)


def test_a_fetched_file_is_unpacked_and_its_progress_is_the_number_of_bytes(tmp_path: Path) -> None:
    part = tmp_path / "numbers.part"
    with mirrors.mirror({"numbers.gz": ARCHIVE}, mirrors.slowly(0.1)) as url:
        written = list(fetch(f"{url}numbers.gz", FILE, md5_of(ARCHIVE), part, stall=5))
    assert part.read_bytes() == CONTENT
    assert written == sorted(written) and written[-1] == len(CONTENT) == FILE.size


@pytest.mark.parametrize(
    ("archive", "archive_md5", "message"),
    [
        (ARCHIVE, "0" * 32, "its numbers is not MNIST's"),
        (gzip.compress(CONTENT[::-1]), None, "its numbers is not MNIST's"),
        (gzip.compress(CONTENT + b"1"), None, "contains more than MNIST's file"),
        (ARCHIVE + b"1", None, "contains more than MNIST's file"),
        (ARCHIVE[:-9], None, "closed after [0-9,]+ bytes"),
        (b"PK", None, "is not a gzip archive"),
    ],
    ids=["archive's MD5 sum", "file's MD5 sum", "longer file", "trailing bytes", "truncated", "zip"],
)
def test_a_wrong_archive_is_refused(tmp_path: Path, archive: bytes, archive_md5: str | None, message: str) -> None:
    with mirrors.mirror({"numbers.gz": archive}) as url, pytest.raises(MirrorError, match=message):
        list(fetch(f"{url}numbers.gz", FILE, archive_md5, tmp_path / "part", stall=5))


def test_a_certificate_that_cannot_be_verified_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise urllib.error.URLError(ssl.SSLCertVerificationError(1, "self-signed certificate"))

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    with pytest.raises(MirrorError, match="^the server's certificate could not be verified"):
        list(fetch("https://mirror.invalid/numbers.gz", FILE, None, tmp_path / "part", stall=5))


def test_closing_the_generator_stops_the_download_and_removes_the_partial_file(
    miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = miniature.root / "MNIST" / "raw"
    archives = {f"{path.name}.gz": gzip.compress(path.read_bytes()) for path in raw.iterdir()}
    asked: list[str] = []
    with mirrors.mirror(archives, mirrors.slowly(0.2), asked) as url:
        monkeypatch.setenv("MNIST_MIRROR", url)
        steps = fetch_missing(tmp_path / "new", 5, "token")
        assert 0 <= next(steps) < 1
        assert list((tmp_path / "new").rglob("*.token.part"))
        steps.close()
    assert len(asked) == 1 and not [path for path in (tmp_path / "new").rglob("*") if path.is_file()]


def test_nothing_is_fetched_when_every_file_is_complete(miniature: Miniature, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_MIRROR", mirrors.closed())
    assert list(fetch_missing(miniature.root, 5, "token")) == []


def test_the_default_mirrors_and_md5_sums_are_torchvisions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MNIST_MIRROR", raising=False)
    published = torchvision_import.import_datasets().MNIST
    urls, sums = sources()
    assert urls == published.mirrors and len(sums) == 4
    assert {f"{name}.gz": md5 for name, md5 in sums.items()} == dict(published.resources)


def test_mirrors_from_the_environment_replace_torchvisions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_MIRROR", "http://a/x  http://b/y/")
    assert sources() == (["http://a/x/", "http://b/y/"], {})


@pytest.mark.parametrize(
    ("url", "name"),
    [("https://a.org/mnist/", "a.org"), ("http://127.0.0.1:80/", "127.0.0.1:80"), ("nonsense", "nonsense")],
)
def test_a_mirror_is_named_by_its_host(url: str, name: str) -> None:
    assert host_name(url) == name


def test_a_file_reaches_the_disk_before_its_name_does(
    miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = miniature.root / "MNIST" / "raw"
    archives = {f"{path.name}.gz": gzip.compress(path.read_bytes()) for path in raw.iterdir()}
    with mirrors.mirror(archives) as url, recorded_syncs(monkeypatch) as calls:
        monkeypatch.setenv("MNIST_MIRROR", url)
        list(fetch_missing(tmp_path / "new", stall=5, token="t"))
    assert len(calls) == 12
    for part, move, folder in zip(*[iter(calls)] * 3, strict=True):
        name = part.removeprefix("sync ").removesuffix(".t.part")
        assert (part, move, folder) == (f"sync {name}.t.part", f"replace {name}.t.part {name}", "sync raw")
