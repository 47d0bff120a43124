"""The Dockerfile, followed step by step up to an app that answers, and what its container may and may not write."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clone import ROOT, clone, repository_files
from tests.deploy.container import Container, child, container, instructions, is_ignored, missing
from tests.waiting import wait_for

DEPLOY = ROOT / "assets" / "deploy"
DOCKERFILE = DEPLOY / "Dockerfile"
IGNORED = [
    line
    for line in (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def environment_of_the_image() -> dict[str, str]:
    """Return what ENV sets."""
    texts = [each.text for each in instructions(DOCKERFILE) if each.name == "ENV"]
    return dict(re.findall(r"(\w+)=(\S+)", " ".join(texts)))


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        (".git/config", True),
        (".gitignore", False),
        ("mnist_core/data/idx.py", False),
        ("data/MNIST/raw/x", True),
        ("mnist_core/__pycache__/idx.pyc", True),
        ("tests/conftest.py", True),
        ("assets/screenshots/draw.png", True),
        (".streamlit/secrets.toml", True),
        (".streamlit/config.toml", False),
        ("mnist_core/runs/run.py", False),
    ],
)
def test_the_image_leaves_out_what_it_does_not_need(path: str, ignored: bool) -> None:
    assert is_ignored(path, IGNORED) == ignored


def test_the_image_leaves_out_what_git_ignores() -> None:
    patterns = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    unwritten = {pattern.strip("/") for pattern in patterns} - {pattern.removeprefix("**/") for pattern in IGNORED}
    assert unwritten == set()


def test_the_base_image_is_pinned_to_a_release_of_a_python_that_the_project_supports() -> None:
    (base,) = [each.text for each in instructions(DOCKERFILE) if each.name == "FROM"]
    assert re.fullmatch(r"python:3\.1[1-4]\.\d+-slim-\w+", base)


def test_the_port_is_the_same_everywhere() -> None:
    port = environment_of_the_image()["STREAMLIT_SERVER_PORT"]
    named = {each.name: each.text for each in instructions(DOCKERFILE)}
    assert named["EXPOSE"] == port
    assert f"127.0.0.1:{port}/_stcore/health" in named["HEALTHCHECK"]
    assert f"app_port: {port}\n" in (DEPLOY / "space.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """A container in which the Dockerfile was followed."""
    if reason := missing():
        pytest.skip(reason)
    context = clone(tmp_path_factory.mktemp("context"))
    for name in repository_files():
        if is_ignored(name, IGNORED):
            (context / name).unlink()
    with container(context) as opened:
        opened.build(DOCKERFILE)
        yield opened


@pytest.mark.slow
def test_pip_takes_everything_but_pytorch_from_the_lock_file_and_checks_its_hashes(built: Container) -> None:
    asked = built.succeed("cat", "/pip.log").splitlines()
    index = built.arguments["TORCH_INDEX"]
    assert asked == [
        "install --require-hashes -r requirements.lock",
        f"install --no-deps --index-url {index} -c requirements.txt torch torchvision",
        "check",
    ]
    assert index == "https://download.pytorch.org/whl/cpu"
    for name in ("requirements.lock", "requirements.txt", "torch.lock"):
        built.succeed("test", "-s", f"/app/{name}")


@pytest.mark.slow
def test_an_empty_index_installs_pypi_s_pytorch_by_its_hashes(built: Container) -> None:
    (step,) = [each.text for each in instructions(DOCKERFILE) if "TORCH_INDEX" in each.text and each.name == "RUN"]
    before = len(built.succeed("cat", "/pip.log").splitlines())
    user, built.user = built.user, "root"
    built.succeed("/bin/sh", "-c", step, TORCH_INDEX="")
    built.user = user
    assert built.succeed("cat", "/pip.log").splitlines()[before:] == [
        "install --no-deps --require-hashes -r torch.lock",
        "check",
    ]


@pytest.mark.slow
def test_the_container_runs_as_user_1000_who_can_write_the_runs_and_the_data_alone(built: Container) -> None:
    assert built.succeed("id", "-u").strip() == "1000"
    for folder in (built.environment["RUNS_ROOT"], built.environment["CLASSES_ROOT"], "/app/data", "/home/digits"):
        built.succeed("sh", "-c", f"touch {folder}/file && rm {folder}/file")
    for folder in ("/app", "/app/mnist_core", "/app/assets/cnn", "/etc"):
        assert built.run("touch", f"{folder}/file").returncode != 0


@pytest.mark.slow
def test_the_app_answers_its_health_check_in_a_space_sets_a_cookie_for_its_frame_and_ends_on_a_signal(
    built: Container,
) -> None:
    with built.start(SPACE_ID="someone/digits") as server:
        assert server.poll() is None, "the app ended before it answered"
        fetch = (
            "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8501/_stcore/health').headers['Set-Cookie'])"
        )
        assert "SameSite=None" in built.succeed("python", "-c", fetch)
        app = child(server.pid)
        assert Path(f"/proc/{app}/cmdline").read_text().split("\0")[1].endswith("/streamlit")  # no shell is between
        os.kill(app, signal.SIGTERM)
        wait_for(lambda: server.poll() is not None, 15)
        assert server.returncode in {0, -signal.SIGTERM, 128 + signal.SIGTERM}  # ended, not killed


@pytest.mark.slow
def test_outside_a_space_the_command_leaves_the_cookie_as_it_is(built: Container) -> None:
    echoed = built.command.replace("exec streamlit", "echo streamlit")
    assert built.succeed("/bin/sh", "-c", echoed) == "streamlit run app.py\n"
    assert "xsrfCookieSameSite=none" in built.succeed("/bin/sh", "-c", echoed, SPACE_ID="a/b")
