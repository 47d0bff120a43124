"""Mirrors on this machine that give MNIST's files, or behave badly, each in its way."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]
LOGIN = b"<!doctype html><title>Guest network</title><form>Log in, please</form>"


def good(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    _begin(request, len(archive))
    request.wfile.write(archive)


def hangs(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    """Accept, and never answer."""
    time.sleep(30)


def hangs_half_way(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    _begin(request, len(archive))
    request.wfile.write(archive[: len(archive) // 2])
    request.wfile.flush()
    time.sleep(30)


def redirects_to_a_login_page(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    if request.path == "/login":
        _begin(request, len(LOGIN), "text/html; charset=utf-8")
        request.wfile.write(LOGIN)
        return
    request.send_response(302)
    request.send_header("Location", "/login")
    request.end_headers()


def breaks_off(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    _begin(request, len(archive))
    request.wfile.write(archive[: len(archive) // 2])


def resets(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    """Break off as a router does that forgot the connection: with a reset."""
    breaks_off(request, archive)
    request.wfile.flush()
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    request.connection.close()


def trickles(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    """Send a byte now and then, so that it never seems to hang."""
    _begin(request, len(archive))
    for at in range(len(archive)):
        request.wfile.write(archive[at : at + 1])
        time.sleep(0.05)


def trickles_its_headers(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    for byte in b"HTTP/1.0 200 OK\r\nX-Padding: " + b"x" * 600:
        request.wfile.write(bytes([byte]))
        time.sleep(0.05)


def has_no_such_file(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    request.send_error(404)


def sends_noise(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    _begin(request, len(archive))
    request.wfile.write(archive[:2] + bytes(len(archive) - 2))


def sends_more(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    longer = gzip.compress(gzip.decompress(archive) + bytes(1_000_000))
    _begin(request, len(longer))
    request.wfile.write(longer)


def sends_another(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    content = bytearray(gzip.decompress(archive))
    content[-1] ^= 1
    other = gzip.compress(bytes(content))
    _begin(request, len(other))
    request.wfile.write(other)


def sends_something_else(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    _begin(request, 4)
    request.wfile.write(b"PK\3\4")


def held(until: threading.Event) -> Answer:
    """Answer well, but by a byte now and then until the event is set."""

    def answer(request: BaseHTTPRequestHandler, archive: bytes) -> None:
        _begin(request, len(archive))
        sent = 0
        while sent < len(archive) and not until.wait(0.2):
            request.wfile.write(archive[sent : sent + 1])
            sent += 1
        request.wfile.write(archive[sent:])

    return answer


def keeps_the_connection_open(request: BaseHTTPRequestHandler, archive: bytes) -> None:
    """Send everything without saying how long it is, and do not hang up."""
    request.send_response(200)
    request.end_headers()
    request.wfile.write(archive)
    request.wfile.flush()
    time.sleep(30)


def slowly(seconds: float) -> Answer:
    """Answer well, but take some time over every file."""

    def answer(request: BaseHTTPRequestHandler, archive: bytes) -> None:
        _begin(request, len(archive))
        for part in range(10):
            request.wfile.write(archive[part * len(archive) // 10 : (part + 1) * len(archive) // 10])
            request.wfile.flush()
            time.sleep(seconds / 10)

    return answer


@contextmanager
def mirror(archives: Mapping[str, bytes], answer: Answer = good, asked: list[str] | None = None) -> Iterator[str]:
    """Serve archives by their names until the block ends; gives the URL.

    Args:
        archives: the packed files.
        answer: how a request is answered.
        asked: every name that was asked for is added to it.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            if asked is not None:
                asked.append(name)
            try:
                answer(self, archives.get(name, b""))
            except OSError:
                pass  # whoever asked has gone

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/mnist/"
    finally:
        server.shutdown()
        server.server_close()


def closed() -> str:
    """Return the URL of a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/mnist/"


def _begin(request: BaseHTTPRequestHandler, length: int, kind: str = "application/x-gzip") -> None:
    request.send_response(200)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(length))
    request.end_headers()
