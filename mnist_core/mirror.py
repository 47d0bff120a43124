"""One file of MNIST from one mirror: received, unpacked and checked as it comes; each failure has its reason."""

import hashlib
import http.client
import socket
import ssl
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from .idx import IdxFile

CHUNK = 64 * 1024  # bytes
GZIP = b"\x1f\x8b"  # what every gzip archive begins with
HEADERS = {"User-Agent": "mnist-core"}


class MirrorError(Exception):
    """A mirror did not give the file; the message is a part of a sentence that begins with the mirror's name."""


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
    if not decompressor.eof:
        raise MirrorError(f"broke off after {received:,} bytes")
    if raw.hexdigest() != file.md5 or archive_md5 not in (None, packed.hexdigest()):
        raise MirrorError(f"sent a {file.name} that is not MNIST's (its MD5 sum is another)")


def name_of(url: str) -> str:
    """Return what people call a mirror: its host."""
    return urlsplit(url).netloc or url


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
