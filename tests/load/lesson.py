"""A lesson: visitors come, draw, and some of them train and reload the page; every answer is checked."""

import asyncio
import json
import random
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.load.drawings import Answer, Stroke, shown_answer
from tests.load.driver import LostError, Visitor, download_page

RUN_TIMEOUT = 300.0  # s; all runs of the class, one after the other, end within it
ENDED = re.compile(r"-badge\[.*(finished|stopped|failed|interrupted)\]")
RUN_NAME = re.compile(r"run=([\w-]+)")


@dataclass(frozen=True)
class Plan:
    """What the class does.

    Attributes:
        sessions: how many visitors.
        strokes: how many each of them makes.
        runs: how many visitors start a run, all at the same moment, after a quarter of their strokes.
        reloads: how many of these reload the page while their run is under way.
        arrive: s in which they open the page, one after the other.
        think: s between an answer and the next stroke, at least and at most.
        model, preset: what they choose in the form of the Train page.
        seed: of their thoughts and drawings.
    """

    sessions: int = 30
    strokes: int = 20
    runs: int = 10
    reloads: int = 10
    arrive: float = 15.0
    think: tuple[float, float] = (1.0, 3.0)
    model: str = "CNN"
    preset: str = "Quick look"
    seed: int = 0


@dataclass
class Outcome:
    """What the class saw.

    Attributes:
        files: s until the web page and its files were there.
        pages: s from then until the first answer of the app was complete.
        quiet: s from the end of a stroke to its answer, while no run of the class was under way.
        busy: the same, while one was under way.
        starts: s from Start to the page that shows the run.
        reloads: s until a reloaded page was complete.
        lost: what was not answered.
        mixed_up: answers to a stroke of somebody else.
        wrong: other answers that are not the expected ones.
        strange: exceptions on pages, missing messages, runs that were no longer their owner's.
        runs: the names of the runs, by the token of their owner.
    """

    files: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    quiet: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    reloads: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    mixed_up: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    runs: dict[str, str] = field(default_factory=dict)

    @property
    def first_pages(self) -> list[float]:
        """S from the request for the web page until the app's first answer is complete."""
        return [files + page for files, page in zip(self.files, self.pages, strict=True)]

    @property
    def complaints(self) -> list[str]:
        """All that must not happen."""
        return [
            *(f"lost: {each}" for each in self.lost),
            *(f"mixed up: {each}" for each in self.mixed_up),
            *(f"wrong: {each}" for each in self.wrong),
            *self.strange,
        ]


async def hold_lesson(address: str, plan: Plan, strokes: Sequence[Sequence[Stroke]]) -> Outcome:
    """Let a class visit the app, and return what it saw.

    Args:
        address: of the app.
        plan: what the class does.
        strokes: what each visitor draws, and the answers to be expected.
    """
    lesson = _Lesson(address, plan, strokes)
    await asyncio.gather(*(lesson.attend(number) for number in range(plan.sessions)))
    return lesson.outcome


class _Lesson:
    def __init__(self, address: str, plan: Plan, strokes: Sequence[Sequence[Stroke]]) -> None:
        self.address, self.plan, self.strokes = address, plan, strokes
        self.outcome = Outcome()
        self.expected: dict[Answer, int] = {each.answer: who for who, made in enumerate(strokes) for each in made}
        self.ready = asyncio.Barrier(max(1, plan.runs))
        self.runs_under_way = 0

    async def attend(self, number: int) -> None:
        """Let one visitor come, draw, perhaps train, draw again, and leave; the others go on whatever happens to it."""
        try:
            await self.visit(number)
        except LostError as error:
            self.outcome.lost.append(f"visitor {number}: {error}")

    async def visit(self, number: int) -> None:
        thoughts = random.Random(f"{self.plan.seed} {number}")
        strokes = self.strokes[number]
        before = len(strokes) // 4 if number < self.plan.runs else len(strokes)
        await asyncio.sleep(self.plan.arrive * number / self.plan.sessions)
        visitor = await self.arrive()
        await self.draw(visitor, number, strokes[:before], thoughts)
        if number < self.plan.runs:
            visitor = await self.train(visitor, number, thoughts)
            await visitor.go_to("Draw")
            self.check(visitor)
            await self.draw(visitor, number, strokes[before:], thoughts)
        self.check(visitor)
        await visitor.close()

    async def arrive(self) -> Visitor:
        start = time.perf_counter()
        await download_page(self.address)
        files_there = time.perf_counter()
        visitor = Visitor(self.address)
        await visitor.open()
        self.outcome.files.append(files_there - start)
        self.outcome.pages.append(time.perf_counter() - files_there)
        self.check(visitor)
        return visitor

    async def draw(self, visitor: Visitor, number: int, strokes: Sequence[Stroke], thoughts: random.Random) -> None:
        for stroke in strokes:
            await asyncio.sleep(thoughts.uniform(*self.plan.think))
            await self.draw_stroke(visitor, number, stroke)
            if stroke.is_last:
                await visitor.press("draw_clear")

    async def draw_stroke(self, visitor: Visitor, number: int, stroke: Stroke) -> None:
        start = time.perf_counter()
        delays = self.outcome.busy if self.runs_under_way else self.outcome.quiet
        try:
            await visitor.send_component(canvas_key(visitor), stroke.canvas)
        except LostError as error:
            self.outcome.lost.append(f"a stroke of visitor {number}: {error}")
            return
        self.check(visitor)
        answer = shown_answer(visitor.component_json("draw_panel"))
        delays.append(visitor.node("draw_panel").arrived - start)
        if answer != stroke.answer:
            owner = self.expected.get(answer, number)
            complaints = self.outcome.wrong if owner == number else self.outcome.mixed_up
            complaints.append(f"visitor {number} expected {stroke.answer}, and saw {answer} (of visitor {owner})")

    async def train(self, visitor: Visitor, number: int, thoughts: random.Random) -> Visitor:
        """Start a run together with the others, and watch it to its end; returns the tab that is open then."""
        await visitor.go_to("Train")
        await visitor.choose("train_preset", self.plan.preset)
        await visitor.choose("train_model", self.plan.model)
        with suppress(TimeoutError, asyncio.BrokenBarrierError):
            await asyncio.wait_for(self.ready.wait(), 60)
        start = time.perf_counter()
        self.runs_under_way += 1
        try:
            await visitor.press("train_start")
            self.outcome.starts.append(time.perf_counter() - start)
            name = shown_run(visitor)
            self.outcome.runs[visitor.cookie] = name
            if number < self.plan.reloads:
                await asyncio.sleep(thoughts.uniform(0.5, 2))
                visitor = await self.reload(visitor, name)
            await visitor.until(lambda: has_ended(visitor), f"run {name} did not end", RUN_TIMEOUT)
        finally:
            self.runs_under_way -= 1
        self.check(visitor)
        if not visitor.says("finished"):
            self.outcome.strange.append(f"run {name} did not finish: {visitor.texts()}")
        return visitor

    async def reload(self, visitor: Visitor, name: str) -> Visitor:
        start = time.perf_counter()
        tab = await visitor.reload("train")
        self.outcome.reloads.append(time.perf_counter() - start)
        is_theirs = tab.has("train_stop") or tab.has("train_delete_yes")
        if shown_run(tab) != name or not is_theirs or tab.says("someone else's run"):
            self.outcome.strange.append(f"after a reload, run {name} is not its owner's: {tab.texts()}")
        return tab

    def check(self, visitor: Visitor) -> None:
        """Note what no visitor must ever see."""
        self.outcome.strange += [f"an exception on a page: {each}" for each in visitor.exceptions()]
        if visitor.misses:
            self.outcome.strange.append(f"{visitor.misses} references to messages that the browser does not have")


def canvas_key(visitor: Visitor) -> str:
    """Return the key of the canvas on the page."""
    return next(node.key for node in visitor.nodes() if node.key.startswith("draw_canvas"))


def shown_run(visitor: Visitor) -> str:
    """Return the name of the run that the Train page shows."""
    match = RUN_NAME.search(visitor.query)
    return match.group(1) if match else ""


def has_ended(visitor: Visitor) -> bool:
    """Tell whether the run on the Train page has ended, by its badge, and the whole page shows it."""
    return not visitor.is_running and any(ENDED.search(text) for text in visitor.texts())


def wrong_records(outcome: Outcome, runs_root: Path) -> list[str]:
    """Return what is wrong with the runs' folders: each run must be finished and its visitor's."""
    records = {name: json.loads((runs_root / name / "run.json").read_text()) for name in outcome.runs.values()}
    return [
        f"run {name} is {records[name]['state']} and of {records[name]['owner']}, not of {owner}"
        for owner, name in outcome.runs.items()
        if (records[name]["state"], records[name]["owner"]) != ("finished", owner)
    ]
