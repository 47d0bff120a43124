"""Installing: the commands name the packages of the step and PyTorch's own index, and a time is a median."""

import re
from pathlib import Path

import pytest

from mnist_core.course.catalog import STEPS
from mnist_core.course.installation import CPU_INDEX, PAGE, Computer, installation_on, seconds_for_answers

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("computer", list(Computer))
@pytest.mark.parametrize("with_nvidia", [False, True])
def test_the_commands_install_what_the_step_installs(computer: Computer, with_nvidia: bool) -> None:
    (taught,) = re.findall(r"# pip install (.+)", next(step for step in STEPS if step.key == "install").code)
    commands = installation_on(computer, with_nvidia=with_nvidia).commands.splitlines()
    installed = [word for command in commands for word in command.removeprefix("pip install ").split(" --")[0].split()]
    assert all(command.startswith("pip install ") for command in commands)
    assert installed == taught.split()


def test_only_linux_without_an_nvidia_gpu_needs_another_index() -> None:
    needing = [
        (computer, with_nvidia)
        for computer in Computer
        for with_nvidia in (False, True)
        if CPU_INDEX in installation_on(computer, with_nvidia=with_nvidia).commands
    ]
    assert needing == [(Computer.LINUX, False)]
    assert CPU_INDEX in (ROOT / "assets" / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    assert PAGE in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_gpu_is_looked_for_where_there_may_be_one() -> None:
    assert installation_on(Computer.LINUX, with_nvidia=True).check == "torch.cuda.is_available()"
    assert installation_on(Computer.MAC, with_nvidia=False) == installation_on(Computer.MAC, with_nvidia=True)
    assert not installation_on(Computer.WINDOWS, with_nvidia=False).check
    for computer in Computer:
        for check in {installation_on(computer, with_nvidia=True).check}:
            assert isinstance(eval(check, {"torch": __import__("torch")}), bool)


def test_the_time_is_the_median_of_the_repetitions() -> None:
    ends = iter([0.0, 1.0, 10.0, 12.0, 20.0, 23.0, 30.0, 39.0, 40.0, 44.0])  # 1, 2, 3, 9 and 4 s
    assert seconds_for_answers(lambda: next(ends)) == 3
