"""The chapters and the steps of the course, in order."""

from mnist_core.course import images, limits, networks, softmax, training
from mnist_core.course.step import Chapter, Step

CHAPTERS: tuple[Chapter, ...] = (images.CHAPTER, softmax.CHAPTER, training.CHAPTER, networks.CHAPTER, limits.CHAPTER)
STEPS: tuple[Step, ...] = tuple(step for chapter in CHAPTERS for step in chapter.steps)
NUMBERS: dict[str, int] = {step.key: number for number, step in enumerate(STEPS, start=1)}  # by key, from 1


def chapter_of(key: str) -> Chapter:
    """Return the chapter that a step belongs to.

    Args:
        key: of the step.

    Raises:
        KeyError: there is no such step.
    """
    for chapter in CHAPTERS:
        if any(step.key == key for step in chapter.steps):
            return chapter
    raise KeyError(key)
