"""MNIST's files from its mirrors: received, unpacked and checked as they come; each failure has its reason in words."""

import hashlib
import http.client
import os
import socket
import ssl
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from mnist_core.data.catalog import all_files, raw_folder
from mnist_core.data.idx import (
    BrokenDataError,
    IdxFile,
    MissingDataError,
    UnreadableDataError,
    check_published_file,
    read_raw,
)

PART = ".part"  # what the name of a half-written file ends with
STALE = 3600.0  # s after which the part of a file belongs to a download that was killed
CHUNK = 64 * 1024  # bytes
GZIP = b"\x1f\x8b"  # what every gzip archive begins with
HEADERS = {"User-Agent": "mnist-core"}


class MirrorError(Exception):
    """A mirror did not give the file; the message is a part of a sentence that begins with the mirror's name."""


def fetch_missing(root: Path, stall: float, token: str) -> Generator[float, None, None]:
    """Download each file that is missing or not whole, yielding the fraction of the unpacked bytes that came.

    Whoever stops asking stops the download. A file gets its name as a whole, and only after a last yield.

    Args:
        root: the folder above MNIST/raw.
        stall: s without a byte after which a mirror is given up.
        token: a part of the name of every half-written file, so that others know whose they are.

    Raises:
        OSError: a file came from no mirror, or cannot be written.
    """
    mirrors, archives = sources()
    folder = raw_folder(root)
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    wanted = [file for file in all_files() if not _is_whole(folder / file.name, file)]
    total, done = sum(file.size for file in wanted), 0
    for file in wanted:
        part = folder / f"{file.name}.{token}{PART}"
        try:
            for written in _from_any(mirrors, file, archives.get(file.name), part, stall):
                yield (done + written) / total
            part.replace(folder / file.name)
        finally:
            part.unlink(missing_ok=True)
        done += file.size


def sources() -> tuple[list[str], dict[str, str]]:
    """Return the mirrors' URLs, and the MD5 of each file's archive under the raw file's name.

    They are torchvision's; the environment's MNIST_MIRROR, one URL or several with spaces between, stands in for its
    mirrors, and then no archive's MD5 is asked for: such a mirror may have packed the files anew.
    """
    from mnist_core.data.torchvision_import import import_datasets

    own = [url if url.endswith("/") else f"{url}/" for url in os.environ.get("MNIST_MIRROR", "").split()]
    if own:
        return own, {}
    published = import_datasets().MNIST
    return list(published.mirrors), {name.removesuffix(".gz"): md5 for name, md5 in published.resources}


def fetch(url: str, file: IdxFile, archive_md5: str | None, part: Path, stall: float) -> Iterator[int]:
    """Download a packed file and write what it unpacks to, no more than is expected.

    Args:
        url: of the .gz archive.
        file: what it must unpack to.
        archive_md5: the MD5 of the archive; None for a mirror that packed it anew, where what is inside decides.
        part: where to write; it is left half-written after an error.
        stall: s without a byte after which the mirror is given up.

    Yields:
        the bytes unpacked so far, after each piece that came; nothing is left to check after the last.

    Raises:
        MirrorError: the mirror failed, in one of many ways.
        OSError: `part` cannot be written.
    """
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)  # NOTE: 16 asks for gzip's header
    packed, raw = (hashlib.md5(usedforsecurity=False) for _ in range(2))
    received = written = 0
    with part.open("wb") as out:
        for chunk in _receive(url, stall):
            received += len(chunk)
            packed.update(chunk)
            plain = _unpack(decompressor, chunk, file.size - written)
            raw.update(plain)
            out.write(plain)
            written += len(plain)
            yield written
            if decompressor.eof:
                break  # NOTE: a server that keeps the connection open would be waited for
    if not decompressor.eof:
        raise MirrorError(f"broke off after {received:,} bytes")
    if raw.hexdigest() != file.md5 or archive_md5 not in (None, packed.hexdigest()):
        raise MirrorError(f"sent a {file.name} that is not MNIST's (its MD5 sum is another)")


def name_of(url: str) -> str:
    """Return what people call a mirror: its host."""
    return urlsplit(url).netloc or url


def _from_any(mirrors: list[str], file: IdxFile, archive_md5: str | None, part: Path, stall: float) -> Iterator[int]:
    """Fetch a file from the first mirror that gives it; one that fails is asked last from then on."""
    failures = []
    for mirror in list(mirrors):
        try:
            yield from fetch(f"{mirror}{file.name}.gz", file, archive_md5, part, stall)
        except MirrorError as error:
            failures.append(f"{name_of(mirror)} {error}")
            mirrors.append(mirrors.pop(mirrors.index(mirror)))
        else:
            return
    raise OSError("; ".join(failures))


def _sweep(folder: Path) -> None:
    """Remove what downloads left that were killed, but not what another process is writing now."""
    for part in folder.glob(f"*{PART}"):
        if time.time() - part.stat().st_mtime > STALE:
            part.unlink(missing_ok=True)


def _is_whole(path: Path, expected: IdxFile) -> bool:
    try:
        check_published_file(read_raw(path), path, expected)
    except UnreadableDataError:
        return True  # as far as anybody knows, and what cannot be read is not ours to replace
    except (MissingDataError, BrokenDataError):
        return False
    return True


def _receive(url: str, stall: float) -> Iterator[bytes]:
    """Yield an archive as it comes, in pieces of at least two bytes at first, so that its kind can be told."""
    begin = b""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=HEADERS), timeout=stall) as response:
            # NOTE: read1 returns what one recv brought; read would wait for a whole chunk, however slowly it trickles.
            while chunk := response.read1(CHUNK):
                begin += chunk[: len(GZIP) - len(begin)] if len(begin) < len(GZIP) else b""
                if begin != GZIP[: len(begin)]:
                    raise MirrorError(_not_an_archive(begin, response.headers.get_content_type()))
                yield chunk
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise MirrorError(_reason(error, stall)) from None


def _unpack(decompressor: "zlib._Decompress", chunk: bytes, room: int) -> bytes:
    try:
        plain = decompressor.decompress(chunk, room + 1)
    except zlib.error:
        raise MirrorError("sent a damaged archive") from None
    if len(plain) > room or decompressor.unused_data:
        raise MirrorError("sent more than MNIST")
    return plain


def _not_an_archive(begin: bytes, kind: str) -> str:
    if begin.startswith(b"<") or kind == "text/html":
        return "sent a web page instead of the file, as networks do that want a login first"
    return "sent something that is no gzip archive"


def _reason(error: Exception, stall: float) -> str:
    """Say in words what went wrong on the way."""
    if isinstance(error, urllib.error.HTTPError):
        return f"answered {error.code} {error.reason}"
    cause = error.reason if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception) else error
    if isinstance(cause, TimeoutError):
        return f"sent nothing for {stall:g} s"
    if isinstance(cause, ConnectionRefusedError):
        return "refused the connection"
    if isinstance(cause, socket.gaierror):
        return "could not be found"
    if isinstance(cause, ssl.SSLError):
        return "could not prove that it is itself, as where a network wants a login first"
    if isinstance(cause, ConnectionError | http.client.IncompleteRead):
        return "broke off"
    return (str(cause) or type(cause).__name__).splitlines()[0]
