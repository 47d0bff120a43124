"""The commands of the deployment's README: those that can run here do, in a fresh copy of the repository."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.clone import ROOT, clone

DEPLOY = ROOT / "assets" / "deploy"
README = (DEPLOY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def block(words: str) -> str:
    """Return the one block of commands that has some words in it."""
    (one,) = [each for each in BLOCKS if words in each]
    return str(one)


def run(commands: str, folder: Path) -> str:
    """Run commands in a folder, and return what they printed."""
    ended = subprocess.run(["sh", "-euc", commands], cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("commands", BLOCKS)
def test_a_block_is_valid_shell(commands: str) -> None:
    subprocess.run(["sh", "-n"], input=commands, text=True, check=True)


def test_every_file_beside_the_readme_is_named_in_it() -> None:
    assert [path.name for path in DEPLOY.iterdir() if path.name not in README and path != DEPLOY / "README.md"] == []


def test_pip_is_asked_the_same_as_in_the_image() -> None:
    index = re.findall(r"ARG TORCH_INDEX=(\S+)", DOCKERFILE)[0]
    asked = {line.split("pip ", 1)[1] for each in BLOCKS for line in each.splitlines() if "bin/pip install" in line}
    in_the_image = DOCKERFILE.replace('"$TORCH_INDEX"', index)
    assert len(asked) == 3
    for arguments in asked:
        assert f"pip {arguments.replace('assets/deploy/', '')}" in in_the_image


def test_the_container_is_given_the_port_and_the_volumes_of_the_image() -> None:
    command = block("docker run")
    port = re.findall(r"EXPOSE (\d+)", DOCKERFILE)[0]
    assert f":{port}:{port} " in command
    volumes = re.findall(r"-v \S+:(\S+)", command)
    assert volumes == [*re.findall(r"(?:RUNS|CLASSES)_ROOT=(\S+)", DOCKERFILE), "/app/data"]


def test_a_second_replica_has_a_port_and_a_runs_folder_of_its_own() -> None:
    (sed,) = re.findall(r"sed '.*?' \S+", block("digits-8502.service"))
    first, second = (DEPLOY / "digits.service").read_text(encoding="utf-8"), run(sed, ROOT)
    changed = [pair for pair in zip(first.splitlines(), second.splitlines(), strict=True) if pair[0] != pair[1]]
    assert len(changed) == 2
    assert [re.findall(r"--server.port (\d+)|RUNS_ROOT=(\S+)", line) for _, line in changed] == [
        [("8502", "")],
        [("", "/var/lib/digits/runs-8502")],
    ]
    assert "server 127.0.0.1:8502;" in README


def test_a_space_gets_its_files_at_the_top_and_the_front_matter_first(tmp_path: Path) -> None:
    here = clone(tmp_path / "digits")
    run("git init -q && git add -A && git -c user.name=x -c user.email=x@y commit -q -m x", here)
    *commands, upload = block("hf upload").strip().splitlines()
    assert upload.startswith("hf upload ")
    run("\n".join(commands), here)
    space = here / "space"
    assert (space / "Dockerfile").read_text("utf-8") == DOCKERFILE
    for name in ("Dockerfile.dockerignore", "app.py", "requirements.txt", "assets/deploy/requirements.lock"):
        assert (space / name).is_file()
    _, matter, rest = (space / "README.md").read_text("utf-8").split("---\n", 2)
    settings = dict(line.split(": ", 1) for line in matter.splitlines())
    assert (settings["sdk"], settings["app_port"]) == ("docker", re.findall(r"EXPOSE (\d+)", DOCKERFILE)[0])
    assert rest == (ROOT / "README.md").read_text("utf-8")
