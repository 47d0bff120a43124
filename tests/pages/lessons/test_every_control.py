from app_pages.lessons.controls import CONTROLS
from mnist_core.course.catalog import STEPS


def test_every_step_has_something_to_play_with() -> None:
    assert list(CONTROLS) == [step.key for step in STEPS]
