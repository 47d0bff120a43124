"""Run a chapter of the course on a small MNIST, in a second or two."""

from typing import Any

from mnist_core.course.execution import Output, run_blocks
from mnist_core.course.step import Chapter
from tests.made import Miniature


def run_small(chapter: Chapter, miniature: Miniature) -> tuple[dict[str, Output], dict[str, Any]]:
    """Run a chapter alone on 400 images; return the output of each step, and the names that its code made."""
    names: dict[str, Any] = {}
    blocks = [chapter.setup, *(step.code for step in chapter.steps)]
    small = [block.replace("50_000", "300").replace("10_000", "100") for block in blocks]
    _, *outputs = run_blocks(small, names)
    return {step.key: output for step, output in zip(chapter.steps, outputs, strict=True)}, names
