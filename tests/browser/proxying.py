"""Start nginx with the shipped configuration, on other ports and in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.browser.serving import ROOT, free_port, is_healthy
from tests.waiting import wait_for

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SHIPPED = ROOT / "assets" / "deploy" / "nginx.conf"
ORDINARY_USER = "nobody"
# What a distribution's own nginx.conf gives, with a log that says which replica answered.
AROUND = """
daemon off;
pid {prefix}/nginx.pid;
error_log {prefix}/error.log;
events {{ worker_connections 1024; }}
http {{
    types {{ text/html html; }}
    default_type application/octet-stream;
    log_format answers "$status $upstream_addr $uid_got$uid_set $uri";
    access_log {prefix}/access.log answers;
    client_body_temp_path {prefix}/body;
    proxy_temp_path {prefix}/proxy;
    fastcgi_temp_path {prefix}/fastcgi;
    uwsgi_temp_path {prefix}/uwsgi;
    scgi_temp_path {prefix}/scgi;
    include {prefix}/digits.conf;
}}
"""


class Answer(NamedTuple):
    """What nginx noted: the replica is "-" where nginx answered by itself, and the visitor is its cookie."""

    status: str
    replica: str
    visitor: str
    path: str


@dataclass(frozen=True)
class Proxy:
    """A running nginx."""

    port: int
    prefix: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answered(self) -> list[Answer]:
        """Return the requests that ended, in the order of their ends; nginx notes one shortly after its answer."""
        lines = (self.prefix / "access.log").read_text(encoding="utf-8").splitlines()
        return [
            Answer(status, replica, visitor.strip("-").removeprefix("digits_replica="), path)
            for status, replica, visitor, path in (line.split(" ", 3) for line in lines)
        ]


def rendered(port: int, replicas: Sequence[int], prefix: Path) -> str:
    """Return the shipped configuration with other ports and another cache folder, and nothing else changed."""
    text = SHIPPED.read_text(encoding="utf-8")
    for shipped, here in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("server 127.0.0.1:8501;", " ".join(f"server 127.0.0.1:{replica};" for replica in replicas)),
        ("/var/cache/nginx-digits ", f"{prefix}/cache "),
    ):
        assert text.count(shipped) == 1, f"nginx.conf must have {shipped!r} once"
        text = text.replace(shipped, here)
    return text


@contextmanager
def proxy(*replicas: int) -> Iterator[Proxy]:
    """Run nginx before apps on these ports until the block ends; as an ordinary user, never as root."""
    assert NGINX
    user = ORDINARY_USER if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory() as folder:
        running = Proxy(free_port(), Path(folder))
        (running.prefix / "digits.conf").write_text(rendered(running.port, replicas, running.prefix), "utf-8")
        (running.prefix / "nginx.conf").write_text(AROUND.format(prefix=folder), "utf-8")
        if user:
            shutil.chown(folder, user)
        command = [NGINX, "-p", folder, "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]
        server = subprocess.Popen(command, user=user, stderr=subprocess.PIPE)
        try:
            wait_for(lambda: server.poll() is not None or is_healthy(running.port), 30)
            assert server.poll() is None, server.stderr and server.stderr.read().decode()
            yield running
        finally:
            server.terminate()
            server.communicate(timeout=30)
