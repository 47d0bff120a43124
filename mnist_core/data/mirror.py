"""Receive, unpack and check MNIST's files from its mirrors, and explain every failure in plain words."""

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
from mnist_core.durable_files import replace_durably

PART = ".part"  # suffix of a partial file
STALE = 3600.0  # s; an older partial file was left behind by a process that was killed
CHUNK = 64 * 1024  # bytes
GZIP = b"\x1f\x8b"  # the first bytes of every gzip archive
HEADERS = {"User-Agent": "mnist-core"}


class MirrorError(Exception):
    """A mirror failed; the message continues a sentence that starts with the mirror's name, followed by a colon."""


def fetch_missing(root: Path, stall: float, token: str) -> Generator[float, None, None]:
    """Download each missing or incomplete file, yielding the fraction of the unpacked bytes received so far.

    The caller stops the download by closing the generator. A file gets its final name only when it is complete, after
    its last yield.

    Args:
        root: the folder above MNIST/raw.
        stall: s without data after which a mirror is abandoned.
        token: part of the name of every partial file, which tells concurrent downloads apart.

    Raises:
        OSError: all mirrors failed for a file, or it cannot be written.
    """
    mirrors, archives = sources()
    folder = raw_folder(root)
    folder.mkdir(parents=True, exist_ok=True)
    _remove_stale_parts(folder)
    missing = [file for file in all_files() if not _is_complete(folder / file.name, file)]
    total, done = sum(file.size for file in missing), 0
    for file in missing:
        part = folder / f"{file.name}.{token}{PART}"
        try:
            for written in _try_mirrors(mirrors, file, archives.get(file.name), part, stall):
                yield (done + written) / total
            replace_durably(part, folder / file.name)
        finally:
            part.unlink(missing_ok=True)
        done += file.size


def sources() -> tuple[list[str], dict[str, str]]:
    """Return the mirrors' URLs, and the MD5 sum of each archive by raw file name.

    Both are torchvision's. The environment variable MNIST_MIRROR, one URL or several separated by spaces, replaces
    the mirrors; the archives' MD5 sums are then not checked, because such a mirror may have repacked the files.
    """
    from mnist_core.data.torchvision_import import import_datasets

    custom = [url if url.endswith("/") else f"{url}/" for url in os.environ.get("MNIST_MIRROR", "").split()]
    if custom:
        return custom, {}
    published = import_datasets().MNIST
    return list(published.mirrors), {name.removesuffix(".gz"): md5 for name, md5 in published.resources}


def fetch(url: str, file: IdxFile, archive_md5: str | None, part: Path, stall: float) -> Iterator[int]:
    """Download an archive and write the unpacked file, never more bytes than expected.

    Args:
        url: of the .gz archive.
        file: the expected unpacked file.
        archive_md5: the MD5 sum of the archive, or None to check only the unpacked file.
        part: where to write; after an error it is left incomplete.
        stall: s without data after which the mirror is abandoned.

    Yields:
        The number of bytes unpacked so far, after each chunk. When the generator ends, the file has been verified.

    Raises:
        MirrorError: the mirror failed; the message says how.
        OSError: `part` cannot be written.
    """
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)  # NOTE: 16 selects the gzip header
    archive_hash, raw_hash = (hashlib.md5(usedforsecurity=False) for _ in range(2))
    received = written = 0
    with part.open("wb") as out:
        for chunk in _receive(url, stall):
            received += len(chunk)
            archive_hash.update(chunk)
            unpacked = _unpack(decompressor, chunk, file.size - written)
            raw_hash.update(unpacked)
            out.write(unpacked)
            written += len(unpacked)
            yield written
            if decompressor.eof:
                break  # NOTE: do not wait for a server that keeps the connection open
    if not decompressor.eof:
        raise MirrorError(f"the connection was closed after {received:,} bytes")
    if raw_hash.hexdigest() != file.md5 or archive_md5 not in (None, archive_hash.hexdigest()):
        raise MirrorError(f"its {file.name} is not MNIST's (wrong MD5 sum)")


def host_name(url: str) -> str:
    """Return the host of a mirror's URL, with its port if there is one; for an invalid URL, the URL itself."""
    return urlsplit(url).netloc or url


def _try_mirrors(mirrors: list[str], file: IdxFile, archive_md5: str | None, part: Path, stall: float) -> Iterator[int]:
    """Fetch a file from the first mirror that works; a mirror that fails is moved to the end of the list."""
    failures = []
    for mirror in list(mirrors):
        try:
            yield from fetch(f"{mirror}{file.name}.gz", file, archive_md5, part, stall)
        except MirrorError as error:
            failures.append(f"{host_name(mirror)}: {error}")
            mirrors.append(mirrors.pop(mirrors.index(mirror)))
        else:
            return
    raise OSError("; ".join(failures))


def _remove_stale_parts(folder: Path) -> None:
    """Remove partial files of killed downloads, but not those that another process is still writing."""
    for part in folder.glob(f"*{PART}"):
        if time.time() - part.stat().st_mtime > STALE:
            part.unlink(missing_ok=True)


def _is_complete(path: Path, expected: IdxFile) -> bool:
    try:
        check_published_file(read_raw(path), path, expected)
    except UnreadableDataError:
        return True  # unknown, but a file that cannot be read must not be replaced
    except (MissingDataError, BrokenDataError):
        return False
    return True


def _receive(url: str, stall: float) -> Iterator[bytes]:
    """Yield an archive in chunks, as they arrive; raise MirrorError if it does not start like a gzip archive."""
    start = b""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=HEADERS), timeout=stall) as response:
            # NOTE: read1 returns what one recv received; read would wait until a whole chunk has arrived.
            while chunk := response.read1(CHUNK):
                start += chunk[: len(GZIP) - len(start)]
                if start != GZIP[: len(start)]:
                    raise MirrorError(_describe_content(start, response.headers.get_content_type()))
                yield chunk
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise MirrorError(_describe_error(error, stall)) from None


def _unpack(decompressor: "zlib._Decompress", chunk: bytes, remaining: int) -> bytes:
    try:
        unpacked = decompressor.decompress(chunk, remaining + 1)
    except zlib.error:
        raise MirrorError("the archive is damaged") from None
    if len(unpacked) > remaining or decompressor.unused_data:
        raise MirrorError("the archive contains more than MNIST's file")
    return unpacked


def _describe_content(start: bytes, content_type: str) -> str:
    """Say what was received instead of a gzip archive."""
    if start.startswith(b"<") or content_type == "text/html":
        return "a web page was received instead of the file; the network may require a login"
    return "the received file is not a gzip archive"


def _describe_error(error: Exception, stall: float) -> str:
    """Say in plain words why a request failed."""
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} {error.reason}"
    cause = error.reason if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception) else error
    if isinstance(cause, TimeoutError):
        return f"no data was received for {stall:g} s"
    if isinstance(cause, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(cause, socket.gaierror):
        return "the server's address could not be found"
    if isinstance(cause, ssl.SSLError):
        return "the server's certificate could not be verified; the network may require a login"
    if isinstance(cause, ConnectionError | http.client.IncompleteRead):
        return "the connection was closed too early"
    return (str(cause) or type(cause).__name__).splitlines()[0]
