"""Every chapter has a plan for a lesson, which names its own steps and fills the time."""

import re

import pytest

from mnist_core.course.catalog import CHAPTERS
from mnist_core.course.lesson_plans import PLANS, LessonPlan


def test_a_plan_names_only_steps_of_its_own_chapter_and_fills_the_lesson() -> None:
    assert list(PLANS) == [chapter.name for chapter in CHAPTERS]
    for chapter in CHAPTERS:
        plan = PLANS[chapter.name]
        texts = [words for _, words in plan.timing] + list(plan.watch_for)
        named = {key for text in texts for key in re.findall(r"\{(.*?)\}", text)}
        assert named and named <= {step.key for step in chapter.steps}
        assert {chapter.steps[-1].key} <= named
    with pytest.raises(ValueError, match="timing must add up to 45 minutes, got 44"):
        LessonPlan((), ((44, "too short"),), (), ())
