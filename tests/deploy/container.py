"""Build and run a Dockerfile without Docker: its steps, as they are, in a copy-on-write view of this machine.

The steps run in namespaces of their own, without a network; nothing that they write reaches this machine. What the base
image has is played by this machine's own programs, and `pip install` by a program that only notes what it was asked.
"""

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.waiting import wait_for

UID = 1000
VIEW = "/tmp/view"
# Make the view: what is written goes to memory. The base image has no user 1000, and anyone may enter Python's folders.
SET_UP = f"""
set -e
ip link set lo up
mkdir -p {VIEW}
mount -t tmpfs tmpfs {VIEW}
mkdir {VIEW}/upper {VIEW}/work {VIEW}/root
mount -t overlay overlay -o lowerdir=/,upperdir={VIEW}/upper,workdir={VIEW}/work {VIEW}/root
mount --rbind /dev {VIEW}/root/dev
mount -t proc proc {VIEW}/root/proc
chroot {VIEW}/root sh -c '
    sed -i "/^[^:]*:[^:]*:{UID}:/d" /etc/passwd /etc/group
    rm -rf /app /data
    for folder in "$@"; do
        while [ "$folder" != / ]; do chmod o+rx "$folder"; folder=$(dirname "$folder"); done
    done' sh "$@"
echo ready
exec sleep 600
"""
PIP = f"""#!/bin/sh
echo "$@" >>/pip.log
[ "$1" = install ] || exec {sys.executable} -m pip "$@"
"""


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile: its name, and the rest with its lines joined."""

    name: str
    text: str


def instructions(dockerfile: Path) -> list[Instruction]:
    """Return a Dockerfile's instructions in their order."""
    lines = [line for line in dockerfile.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [Instruction(*line.split(" ", 1)) for line in joined.splitlines() if line]


def is_ignored(path: str, patterns: list[str]) -> bool:
    """Tell whether a .dockerignore leaves a file out; like Docker, a pattern covers what lies below it."""
    parts = path.split("/")
    starts = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    return any(
        fnmatch.fnmatchcase(start if "**/" not in pattern else start.split("/")[-1], pattern.removeprefix("**/"))
        and ("**/" in pattern or start.count("/") == pattern.count("/"))
        for pattern in patterns
        for start in starts
    )


@dataclass
class Container:
    """A running view in which a Dockerfile's instructions have effect."""

    init: int  # the process that keeps the view, as this machine numbers it
    context: Path
    environment: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)  # of the build alone
    folder: str = "/"
    user: str = "root"
    health_check: list[str] = field(default_factory=list)
    command: str = ""

    def words(self, command: Sequence[str], **environment: str) -> list[str]:
        """Return a command that runs another in the view, as its user and in its folder, with its environment."""
        enter = ["nsenter", "--target", str(self.init), "--mount", "--net", "--pid", "chroot", f"{VIEW}/root"]
        become = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"] if self.user != "root" else []
        home = "/root" if self.user == "root" else f"/home/{self.user}"
        known = {"HOME": home, "PATH": self.path} | self.environment | environment
        settings = [f"{name}={value}" for name, value in known.items()]
        there = ["sh", "-c", 'cd "$0" && exec "$@"', self.folder]
        return [*enter, *become, "env", "-i", *settings, *there, *command]

    @property
    def path(self) -> str:
        return f"/shims:{Path(sys.executable).parent}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the view to its end."""
        words = self.words(command, **environment)
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)

    def build(self, dockerfile: Path) -> None:
        """Do what each instruction of a Dockerfile says."""
        for instruction in instructions(dockerfile):
            self.follow(instruction)

    def follow(self, instruction: Instruction) -> None:
        """Do what one instruction says.

        Raises:
            ValueError: the instruction is unknown, or its command fails.
        """
        text = instruction.text
        match instruction.name:
            case "FROM" | "EXPOSE":
                pass
            case "ARG":
                self.arguments |= settings(text)
            case "ENV":
                self.environment |= settings(text)
            case "USER":
                self.user = text
            case "WORKDIR":
                self.succeed("mkdir", "-p", text)
                self.folder = text
            case "COPY":
                *sources, target = text.split()
                copied = [f"{self.context}/{source}" for source in sources]
                self.succeed("cp", "-r", *[f"{path}/." if Path(path).is_dir() else path for path in copied], target)
            case "RUN":
                self.succeed("/bin/sh", "-c", text, **self.arguments)
            case "HEALTHCHECK":
                self.health_check = json.loads(text.split("CMD ", 1)[1])
            case "CMD":
                self.command = text
            case name:
                raise ValueError(f"container.py knows no instruction {name}: add it")

    def succeed(self, *command: str, **environment: str) -> str:
        """Run a command and return what it printed.

        Raises:
            ValueError: it fails.
        """
        ended = self.run(*command, **environment)
        if ended.returncode:
            raise ValueError(f"{shlex.join(command)}: {ended.stdout}{ended.stderr}")
        return ended.stdout

    @contextmanager
    def start(self, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run the image's command until the block ends; gives its process once the image's health check succeeds."""
        words = self.words(["/bin/sh", "-c", self.command], **environment)
        server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: server.poll() is not None or self.run(*self.health_check).returncode == 0)
            yield server
        finally:
            server.kill()
            server.wait()


def settings(text: str) -> dict[str, str]:
    """Return the names and values of an ENV or ARG."""
    return dict(word.split("=", 1) for word in shlex.split(text))


def child(process: int) -> int:
    """Return the one child of a process."""
    (one,) = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return int(one)


def missing() -> str:
    """Say what keeps a container from running here; an empty text if nothing does."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux"
    lacking = [program for program in ("unshare", "nsenter", "setpriv", "ip", "chroot") if not shutil.which(program)]
    if lacking:
        return f"needs {', '.join(lacking)}"
    tried = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "needs namespaces of its own"


@contextmanager
def container(context: Path) -> Iterator[Container]:
    """Open a view of this machine until the block ends, which also ends all that runs in it."""
    unshare = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-c", SET_UP, "sh"]
    folders = [str(Path(path).resolve()) for path in (sys.prefix, sys.base_prefix, context)]
    keeper = subprocess.Popen([*unshare, *folders], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert keeper.stdout and keeper.stderr
    try:
        if keeper.stdout.readline() != "ready\n":
            raise ValueError(keeper.stderr.read())
        opened = Container(child(keeper.pid), context)
        opened.succeed("mkdir", "/shims")
        opened.succeed("sh", "-c", f"cat >/shims/pip <<'EOF'\n{PIP}EOF\nchmod +x /shims/pip")
        yield opened
    finally:
        keeper.kill()
        keeper.communicate()
