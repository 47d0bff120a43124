"""The app behind nginx with the shipped configuration: journeys in a real browser, headers and limits."""

import base64
import gzip
import os
import re
import socket
import struct
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.drawing import DIGITS, draw, expect_answer
from tests.browser.proxying import NGINX, SHIPPED, Answer, Proxy, proxy
from tests.browser.serving import ROOT
from tests.browser.visiting import Visit, expect_no_exception, go_to, progress
from tests.waiting import wait_for

MIB = 2**20
HANDSHAKE = (
    "GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
)


@pytest.fixture(scope="module", autouse=True)
def nginx() -> None:
    if NGINX is None and not os.environ.get("REQUIRE_NGINX"):
        pytest.skip("needs nginx on the PATH")
    assert NGINX, "REQUIRE_NGINX is set, but there is no nginx on the PATH"


@pytest.fixture(scope="module")
def replicas(nginx: None, app: str, start_app: Callable[..., str]) -> tuple[int, int]:
    """The ports of two apps, each with a runs folder of its own."""
    return port_of(app), port_of(start_app())


@pytest.fixture(scope="module")
def front(replicas: tuple[int, int]) -> Iterator[Proxy]:
    """One nginx in front of both."""
    with proxy(*replicas) as running:
        yield running


def port_of(address: str) -> int:
    return int(address.rsplit(":", 1)[1])


def fetch(proxy: Proxy, path: str, method: str = "GET", **headers: str) -> "tuple[int, Message[str, str], bytes]":
    """Return status, headers and body of an answer, whatever the status."""
    request = urllib.request.Request(proxy.address + path, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def shipped_number(pattern: str) -> int:
    """Return the one number in the shipped configuration that a pattern finds."""
    ((number),) = re.findall(pattern, SHIPPED.read_text(encoding="utf-8"))
    return int(number)


def test_every_page_works_under_the_content_security_policy(front: Proxy, visit: Visit, page: Page) -> None:
    violations: list[str] = []
    page.on("console", lambda message: violations.append(message.text) if "Content Security" in message.text else None)
    visit(front.address)
    draw(page, DIGITS[4])
    expect_answer(page, "4")
    go_to(page, "Browse")
    for view in ("Confusion", "Map", "Averages", "Grid"):
        page.get_by_role("radio", name=view).first.click()
        expect(page.get_by_role("radio", name=view).first).to_be_checked()
        page.wait_for_timeout(1500)
        expect_no_exception(page)
    go_to(page, "Train")
    page.get_by_role("button", name="Start").click()
    progress(page).wait_for()
    expect(page.get_by_role("img", name="Loss")).to_be_visible()
    go_to(page, "Learn")
    expect_no_exception(page)
    assert violations == []


def test_a_photo_is_uploaded_and_read(front: Proxy, visit: Visit, tmp_path: Path) -> None:
    page = visit(front.address)
    photo = tmp_path / "photo.jpg"
    seven(photo)
    page.get_by_text("Photo", exact=True).first.click()
    page.locator("input[type=file]").first.set_input_files(photo)
    expect_answer(page, "7")
    assert any(
        answer.path.startswith("/_stcore/upload_file/") and answer.status == "204" for answer in front.answered()
    )


def seven(path: Path) -> None:
    """Write a photo of a 7 that is too large for nginx's limit for what is no upload."""
    picture = Image.effect_noise((1200, 1200), 6).point(lambda value: value + 90)
    for box in ((400, 300, 800, 370), (600, 370, 680, 900)):
        picture.paste(20, box)
    picture.save(path, quality=95)
    assert path.stat().st_size > 64 * 1024


def test_an_upload_over_the_limit_is_refused_before_it_is_sent(front: Proxy) -> None:
    limit = shipped_number(r"client_max_body_size (\d+)m;")
    config = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert limit == int(re.findall(r"maxUploadSize = (\d+)", config)[0]) + 1
    for path, size, status in (
        ("/_stcore/upload_file/nobody/file", limit * MIB + 1, 413),
        ("/_stcore/upload_file/nobody/file", 1024, 403),  # the app refuses it: it has no anti-forgery token
        ("/_stcore/health", 64 * 1024 + 1, 413),
    ):
        with closing(HTTPConnection("127.0.0.1", front.port, timeout=30)) as connection:
            connection.putrequest("PUT", path)
            connection.putheader("Content-Length", str(size))
            connection.endheaders()
            if status == 403:
                connection.send(bytes(size))
            assert connection.getresponse().status == status


def test_the_page_says_why_it_refuses_a_file_over_the_limit(front: Proxy, visit: Visit, tmp_path: Path) -> None:
    page = visit(front.address)
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(51 * MIB)
    page.get_by_text("Photo", exact=True).first.click()
    page.locator("input[type=file]").first.set_input_files(large)
    expect(page.get_by_text(re.compile("or smaller"))).to_be_visible()
    expect_no_exception(page)


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/metrics/",
        "/_stcore/metrics?families=session_events_total",
        "//_stcore/metrics",
        "/_stcore//metrics",
        "/_stcore/./metrics",
        "/_stcore/%6detrics",
        "/%5fstcore/metrics",
        "/static/../_stcore/metrics",
        "/browse/_stcore/metrics",
        "/_stcore/agent/openapi.json",
    ],
)
def test_metrics_are_hidden_however_the_path_is_written(front: Proxy, path: str) -> None:
    with closing(HTTPConnection("127.0.0.1", front.port, timeout=30)) as connection:
        connection.request("GET", path)  # as it is: urllib would tidy it up
        assert connection.getresponse().status == 404


def test_the_app_itself_would_show_its_metrics(replicas: tuple[int, int]) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{replicas[0]}/_stcore/metrics", timeout=30) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("path", ["/", "/browse", "/_stcore/health", "/_stcore/metrics", "script"])
def test_every_answer_has_the_security_headers(front: Proxy, path: str) -> None:
    _, headers, _ = fetch(front, script(front) if path == "script" else path)
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert headers["Server"] == "nginx"


def script(front: Proxy) -> str:
    """Return the path of the page's first script."""
    _, _, page = fetch(front, "/")
    return "/" + re.findall(r'src="\.?/?(static/[^"]+\.js)"', page.decode())[0]


def test_a_script_is_compressed_kept_and_asked_for_once(front: Proxy) -> None:
    path = script(front)
    answers = [fetch(front, path, **{"Accept-Encoding": "gzip"}) for _ in range(3)]
    for status, headers, _ in answers:
        assert (status, headers["Content-Encoding"]) == (200, "gzip")
        assert "immutable" in headers["Cache-Control"]
        assert headers["Set-Cookie"] is None
    plain = fetch(front, path)[2]
    assert {gzip.decompress(body) for _, _, body in answers} == {plain}
    wait_for(lambda: sum(answer.path == path for answer in front.answered()) >= 4)
    assert sum(answer.path == path and answer.replica != "-" for answer in front.answered()) <= 1


def test_visitors_are_spread_over_the_replicas_and_each_stays_with_one(front: Proxy) -> None:
    visitors = set()
    for _ in range(30):
        _, headers, _ = fetch(front, "/browse")
        cookie = replica_cookie(headers)
        assert {"httponly", "samesite=lax"} <= set(cookie.lower().split("; "))
        visitors.add(nginx_id(cookie.split(";")[0].split("=", 1)[1]))
        for path in ("/train", "/_stcore/health", "/browse"):
            assert replica_cookie(fetch(front, path, Cookie=cookie.split(";")[0])[1]) == ""
    assert len(visitors) == 30
    wait_for(lambda: sum(answer.visitor in visitors for answer in front.answered()) == 4 * 30)
    pairs = {(answer.visitor, answer.replica) for answer in front.answered() if answer.visitor in visitors}
    assert len(pairs) == 30
    assert len({replica for _, replica in pairs}) == 2


def replica_cookie(headers: "Message[str, str]") -> str:
    """Return the cookie that nginx sets, or an empty text."""
    cookies = headers.get_all("Set-Cookie", [])
    return next((cookie for cookie in cookies if cookie.startswith("digits_replica=")), "")


def test_a_visitor_s_pages_socket_and_reload_reach_one_replica(front: Proxy, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(front.address)
    draw(page, DIGITS[1])
    page.reload()
    page.get_by_role("heading", level=1).wait_for()
    draw(page, DIGITS[2])
    expect_answer(page, "2")
    (visitor,) = (nginx_id(cookie["value"]) for cookie in context.cookies() if cookie["name"] == "digits_replica")
    context.close()

    def answers() -> list[Answer]:
        return [answer for answer in front.answered() if answer.visitor == visitor and answer.replica != "-"]

    wait_for(lambda: sum(answer.path == "/_stcore/stream" for answer in answers()) == 2)
    assert sum(answer.path == "/" for answer in answers()) == 2
    assert len({answer.replica for answer in answers()}) == 1


def nginx_id(cookie: str) -> str:
    """Return the value of nginx's cookie as nginx writes it into its log: four numbers in its machine's byte order."""
    packed = base64.b64decode(cookie + "=" * (-len(cookie) % 4))
    return "".join(f"{number:08X}" for number in struct.unpack("<4I" if sys.byteorder == "little" else ">4I", packed))


def handshake(port: int, source: str, host: str = "127.0.0.1", more: str = "") -> tuple[socket.socket, int]:
    """Open a page's socket from an address of this machine, and return it and the status of the answer."""
    opened = socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(source, 0))
    opened.sendall(HANDSHAKE.format(host=host, more=more).encode())
    return opened, int(opened.recv(4096).split(b" ", 2)[1])


def test_sockets_over_the_limit_of_one_address_are_refused_and_another_address_is_served(
    replicas: tuple[int, int],
) -> None:
    limit = shipped_number(r"limit_conn digits_sockets (\d+);")
    assert limit >= 2 * 60  # two tabs each, for 60 visitors
    with proxy(replicas[0]) as own, ExitStack() as sockets:
        statuses = []
        for _ in range(limit + 10):
            opened, status = handshake(own.port, "127.0.0.1")
            sockets.callback(opened.close)
            statuses.append(status)
        assert statuses == [101] * limit + [503] * 10
        opened, status = handshake(own.port, "127.0.0.2")
        sockets.callback(opened.close)
        assert status == 101


@pytest.mark.parametrize(("origin", "expected"), [("http://digits.school", 101), ("https://example.org", 403)])
def test_only_the_app_s_own_pages_can_open_a_socket(front: Proxy, origin: str, expected: int) -> None:
    opened, status = handshake(front.port, "127.0.0.1", "digits.school", f"Origin: {origin}\r\n")
    opened.close()
    assert status == expected
