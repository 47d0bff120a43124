"""The lock files against requirements.txt and what is installed: every package that it needs, and no other."""

import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution, version
from itertools import product

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.clone import ROOT

DEPLOY = ROOT / "assets" / "deploy"
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
ONLY_FOR_CUDA = ("cuda-", "nvidia-", "triton")
PLATFORMS = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64"))
PYTHONS = ("3.11", "3.12", "3.13")


def locked(name: str) -> dict[str, tuple[Requirement, list[str]]]:
    """Return a lock file's packages, each with its requirement and its hashes."""
    text = (DEPLOY / name).read_text(encoding="utf-8").replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line and not line.startswith("#")]
    split = [(Requirement(entry.split("--hash")[0].strip()), HASH.findall(entry)) for entry in entries]
    assert len({each.name for each, _ in split}) == len(split)
    return {canonicalize_name(each.name): (each, hashes) for each, hashes in split}


REST, TORCH = locked("requirements.lock"), locked("torch.lock")
LOCK = REST | TORCH


def required() -> list[Requirement]:
    """Return the lines of requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line.split("#")[0].strip()) for line in lines if line.split("#")[0].strip()]


def needs(name: str, extras: frozenset[str], environment: dict[str, str]) -> list[Requirement]:
    """Return what an installed package requires in an environment."""
    everything = [Requirement(line) for line in distribution(name).requires or []]
    return [
        each
        for each in everything
        if not each.marker or any(each.marker.evaluate(environment | {"extra": extra}) for extra in extras | {""})
    ]


def closure(environment: dict[str, str]) -> list[Requirement]:
    """Return all requirements of requirements.txt, and theirs in turn, as far as they are installed as locked."""
    reached: list[Requirement] = []
    waiting, seen = required(), set()
    while waiting:
        each = waiting.pop()
        reached.append(each)
        key = canonicalize_name(each.name), frozenset(each.extras)
        if key not in seen and is_as_locked(each.name):
            seen.add(key)
            waiting += needs(each.name, key[1], environment)
    return reached


def is_as_locked(name: str) -> bool:
    """Tell whether the locked version of a package is installed: another one may need other packages."""
    locked_package = LOCK.get(canonicalize_name(name))
    try:
        installed = version(name).split("+")[0]  # without the name of a build, as in 2.13.0+cpu
    except PackageNotFoundError:
        return False
    return locked_package is not None and locked_package[0].specifier.contains(installed, prereleases=True)


def environment_of(platform: str, machine: str, python: str) -> dict[str, str]:
    """Return the markers' variables on another platform."""
    system = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}[platform]
    here = {name: str(value) for name, value in default_environment().items()}
    return here | {
        "sys_platform": platform,
        "platform_system": system,
        "platform_machine": machine,
        "os_name": "nt" if platform == "win32" else "posix",
        "python_version": python,
        "python_full_version": f"{python}.9",
    }


def test_no_package_is_in_both_files_and_pytorch_and_cuda_are_in_their_own() -> None:
    assert not REST.keys() & TORCH.keys()
    assert {name for name in LOCK if name.startswith(ONLY_FOR_CUDA)} | {"torch", "torchvision"} == TORCH.keys()


def test_every_package_has_one_exact_version_and_the_hashes_of_its_files() -> None:
    for each, hashes in LOCK.values():
        assert [specifier.operator for specifier in each.specifier] == ["=="], each
        assert hashes and len(set(hashes)) == len(hashes), each


def test_the_pins_of_the_requirements_are_those_of_the_lock() -> None:
    for each in required():
        assert LOCK[canonicalize_name(each.name)][0].specifier == each.specifier


@pytest.mark.parametrize(("platform", "python"), list(product(PLATFORMS, PYTHONS)))
def test_what_a_platform_needs_is_locked_at_a_version_that_fits_and_with_no_marker_against_it(
    platform: tuple[str, str], python: str
) -> None:
    environment = environment_of(*platform, python)
    for each in closure(environment):
        pinned, _ = LOCK[canonicalize_name(each.name)]
        (specifier,) = pinned.specifier
        assert each.specifier.contains(specifier.version, prereleases=True), f"{pinned}, but {each} is needed"
        assert pinned.marker is None or pinned.marker.evaluate(environment), f"{each} on {platform}"


def test_nothing_is_locked_that_no_platform_needs() -> None:
    needed = {
        canonicalize_name(each.name)
        for platform, python in product(PLATFORMS, PYTHONS)
        for each in closure(environment_of(*platform, python))
    }
    here = sorted(name for name in needed & LOCK.keys() - cuda(needed) if is_for_this_platform(LOCK[name][0]))
    others = [name for name in here if not is_as_locked(name)]
    if others:
        pytest.skip(f"other releases are installed than are locked, and may need less: {', '.join(others)}")
    assert LOCK.keys() - cuda(set(LOCK)) == needed - cuda(needed)


def is_for_this_platform(package: Requirement) -> bool:
    """Tell whether a package is installed on this platform at all; colorama, for example, is for Windows alone."""
    return package.marker is None or package.marker.evaluate()


def cuda(names: Iterable[str]) -> set[str]:
    return {name for name in names if name.startswith(ONLY_FOR_CUDA)}


def test_the_lock_without_pytorch_is_complete_so_that_the_cpu_build_needs_no_other_index() -> None:
    without = {canonicalize_name(each.name) for each in closure({k: str(v) for k, v in default_environment().items()})}
    assert without - cuda(without) - {"torch", "torchvision"} <= REST.keys()


def test_a_marker_is_evaluated_for_the_other_platform_and_an_extra_is_followed() -> None:
    windows, linux = environment_of("win32", "AMD64", "3.12"), environment_of("linux", "x86_64", "3.12")
    assert "tzdata" in {each.name for each in needs("pandas", frozenset(), windows)}
    assert "tzdata" not in {each.name for each in needs("pandas", frozenset(), linux)}
