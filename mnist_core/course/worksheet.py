"""A chapter as a page to print: for pupils with questions and room to write, for teachers with plan and answers.

The page is HTML without scripts, and prints on A4 or Letter; a browser makes a PDF of it.
"""

import html
import re

from mnist_core.course.catalog import CHAPTERS, NUMBERS
from mnist_core.course.lesson_plans import MINUTES, PLANS, LessonPlan, Task
from mnist_core.course.step import Step

STYLE = """
body { font: 12pt/1.5 "Source Sans", "Segoe UI", Arial, sans-serif; color: #11131b; background: #fff;
  max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .2rem 0 .4rem; }
h2 { font-size: 1.2rem; margin: 1.8rem 0 .5rem; border-bottom: 1px solid #c9ccd8; padding-bottom: .2rem; }
.above { color: #565b6b; display: flex; justify-content: space-between; gap: 1rem; flex-wrap: wrap; }
.write { border-bottom: 1px solid #9a9fb0; height: 2.1em; }
.name { display: inline-block; min-width: 11rem; border-bottom: 1px solid #9a9fb0; }
.block { break-inside: avoid; margin-bottom: 1.2rem; }
.block > p { margin: .2rem 0; }
ol.options { list-style: none; padding: 0; margin: .3rem 0; }
ol.options li { padding-left: 1.8em; text-indent: -1.8em; }
ol.options li::before { content: "☐ "; font-size: 1.2em; }
ol.options li.right::before { content: "☑ "; }
ol.options li.right { font-weight: 600; }
.answer { border-left: 3px solid #4353d6; padding-left: .8rem; }
code { font-family: "Source Code Pro", Consolas, monospace; font-size: .92em; overflow-wrap: anywhere; }
a { color: #4353d6; overflow-wrap: anywhere; }
table { border-collapse: collapse; } td { padding: .15rem 1rem .15rem 0; vertical-align: top; }
td:first-child { white-space: nowrap; text-align: right; }
@media print { body { margin: 0; max-width: none; } a { color: inherit; text-decoration: none; } }
"""


def worksheet(name: str, address: str, *, is_for_teacher: bool = False) -> str:
    """Return a chapter as an HTML document to print.

    Args:
        name: of the chapter.
        address: of the app, without a slash at its end, for the links.
        is_for_teacher: adds the goals, the timing, what to watch for and all answers.

    Raises:
        ValueError: there is no such chapter.
    """
    names = [chapter.name for chapter in CHAPTERS]
    if name not in names:
        raise ValueError(f"name must be a chapter of the course ({', '.join(names)}), got {name!r}")
    chapter, plan = CHAPTERS[names.index(name)], PLANS[name]
    kind = "Teacher's notes" if is_for_teacher else "Worksheet"
    lesson = f"Lesson {names.index(name) + 1} of {len(names)}"
    parts = [
        f'<p class="above"><span>Digits · {lesson} · {html.escape(kind)}</span>',
        "" if is_for_teacher else '<span>Name <span class="name"></span></span>',
        f"</p><h1>{_inline(chapter.title)}</h1><p>{_inline(chapter.summary)}</p>",
        _plan(plan) if is_for_teacher else "",
        "<h2>Questions</h2>",
        f"<p>Open {_link(address, step_link(chapter.steps[0]))}. Answer each question before you read on.</p>",
        *(_question(step, is_for_teacher) for step in chapter.steps),
        "<h2>Tasks</h2>",
        *(_task(number, task, address, is_for_teacher) for number, task in enumerate(plan.tasks, start=1)),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(f'{chapter.title} · {kind} · Digits')}</title><style>{STYLE}</style></head>\n"
        f"<body><main>\n{chr(10).join(part for part in parts if part)}\n</main></body></html>\n"
    )


def step_link(step: Step) -> str:
    """Return the link to a step of the course, from the address of the app."""
    return f"learn?step={step.key}"


def _plan(plan: LessonPlan) -> str:
    goals = "".join(f"<li>{_inline(goal)}</li>" for goal in plan.goals)
    timing = "".join(f"<tr><td>{minutes} min</td><td>{_inline(words)}</td></tr>" for minutes, words in plan.timing)
    watch_for = "".join(f"<li>{_inline(words)}</li>" for words in plan.watch_for)
    return (
        f"<h2>Goals</h2><p>Afterwards, pupils can:</p><ul>{goals}</ul>"
        f"<h2>Timing, {MINUTES} minutes</h2><table>{timing}</table><h2>Watch for</h2><ul>{watch_for}</ul>"
    )


def _question(step: Step, is_for_teacher: bool) -> str:
    question = step.question
    options = "".join(
        f"<li{' class=right' if is_for_teacher and place == question.answer else ''}>{_inline(option)}</li>"
        for place, option in enumerate(question.options)
    )
    answer = f'<p class="answer">{_inline(question.explanation)}</p>' if is_for_teacher else ""
    return (
        f'<div class="block"><p><b>{NUMBERS[step.key]}. {_inline(step.title)}.</b> {_inline(question.words)}</p>'
        f'<ol class="options">{options}</ol>{answer}</div>'
    )


def _task(number: int, task: Task, address: str, is_for_teacher: bool) -> str:
    room = (
        f'<p class="answer">{_inline(task.expected)}</p>'
        if is_for_teacher
        else '<div class="write"></div>' * task.lines
    )
    words = f"<p><b>Task {number}.</b> {_inline(task.words)}</p><p>{_link(address, task.link)}</p>"
    return f'<div class="block">{words}{room}</div>'


def _link(address: str, link: str) -> str:
    whole = html.escape(f"{address}/{link}")
    return f'<a href="{whole}">{whole}</a>'


def _inline(text: str) -> str:
    """Return Markdown of one paragraph, with code and bold words and step numbers, as HTML."""
    numbered = re.sub(r"\{([a-z-]+)\}", lambda key: str(NUMBERS[key[1]]) if key[1] in NUMBERS else key[0], text)
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(numbered, quote=False))
    return re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", marked)
