"""A class without browsers: pupils join, answer and hand in while the server is killed; what was committed is counted.

A pupil who loses the server waits for it, opens the page again as the same browser, and goes on where they were.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa  # type: ignore[import-untyped]

from app_pages.components.html import data_url
from app_pages.lessons.live_outputs import LIVE
from mnist_core.classroom.store import ClassStore
from mnist_core.course.catalog import STEPS
from tests.load.drawings import Stroke, strokes_of_visitors
from tests.load.driver import COOKIE, LostError, Visitor
from tests.load.lesson import canvas_key
from tests.load.process import Server, usage

PASSWORD = "chalk and cheese"
WATCH_EVERY = 3.0  # s, as the page's component asks
QUESTIONS = tuple(step for step in STEPS if step.key not in LIVE)  # their pages show outputs that are shipped
PATIENCE = 60.0  # s that a pupil tries to reach the server again


@dataclass(frozen=True)
class ClassPlan:
    """What the class does.

    Attributes:
        pupils: how many.
        answers: how many questions each answers.
        drawings: how many each hands in.
        think: s between two things that a pupil does.
        arrive: s in which they come, one after the other.
        kill_after: share of all answers and drawings after which the server is killed; None for never.
    """

    pupils: int = 30
    answers: int = 8
    drawings: int = 3
    think: float = 2.0
    arrive: float = 10.0
    kill_after: float | None = 0.5

    @property
    def work(self) -> int:
        """How many answers and drawings all hand in."""
        return self.pupils * (self.answers + self.drawings)


@dataclass
class ClassOutcome:
    """What the class saw.

    Attributes:
        joins, answers, hand_ins: s until the page had followed, without those that the kill interrupted.
        lost: how often a pupil lost the server.
        answered: the option of each question that the page took, by pupil.
        drawn: the picture and the digit of each drawing that the page took, by pupil.
        cpu: s of processor time of the servers, without their start.
        seconds: s from the first pupil to the end of the last, without the time that the server was away.
        complaints: what must not happen.
    """

    joins: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    hand_ins: list[float] = field(default_factory=list)
    lost: int = 0
    answered: dict[str, dict[str, int]] = field(default_factory=dict)
    drawn: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    cpu: float = 0.0
    seconds: float = 0.0
    complaints: list[str] = field(default_factory=list)


async def hold_class(server: Server, code: str, plan: ClassPlan, drawings: Sequence[Sequence[Stroke]]) -> ClassOutcome:
    """Let pupils work in a class, and kill the server among it.

    Args:
        server: that runs; another runs at the end.
        code: of the class.
        plan: what they do.
        drawings: of each pupil, one stroke for each drawing: the last one, with the answer to be expected.
    """
    room = _Class(server, code, plan)
    before, start = usage(server.pid).cpu, time.perf_counter()
    killing = asyncio.create_task(room.kill_among_it(before))
    await asyncio.gather(*(room.attend(number, drawings[number]) for number in range(plan.pupils)))
    room.outcome.seconds += time.perf_counter() - start
    await killing
    room.outcome.cpu += usage(server.pid).cpu - room.cpu_at_start
    return room.outcome


class _Class:
    def __init__(self, server: Server, code: str, plan: ClassPlan) -> None:
        self.server, self.code, self.plan = server, code, plan
        self.outcome = ClassOutcome()
        self.is_up = asyncio.Event()
        self.is_up.set()
        self.done = 0
        self.cpu_at_start = 0.0

    async def kill_among_it(self, cpu: float) -> None:
        self.cpu_at_start = cpu
        if self.plan.kill_after is None:
            return
        while self.done < self.plan.kill_after * self.plan.work:
            await asyncio.sleep(0.01)
        self.outcome.cpu += usage(self.server.pid).cpu - cpu
        self.is_up.clear()
        away = time.perf_counter()
        self.server.kill()
        await asyncio.to_thread(self.server.start)
        self.outcome.seconds -= time.perf_counter() - away
        self.cpu_at_start = usage(self.server.pid).cpu
        self.is_up.set()

    async def attend(self, number: int, drawings: Sequence[Stroke]) -> None:
        await asyncio.sleep(self.plan.arrive * number / self.plan.pupils)
        pupil = _Pupil(self, f"P{number}")
        try:
            await pupil.work(drawings)
        except LostError as error:
            self.outcome.complaints.append(f"{pupil.name} was lost: {error}")
        finally:
            await pupil.close()


class _Pupil:
    def __init__(self, room: _Class, name: str) -> None:
        self.room, self.name = room, name
        self.outcome = room.outcome
        self.tab = Visitor(room.server.address)
        self.watching: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self.watching:
            self.watching.cancel()
            await asyncio.wait([self.watching])
        await self.tab.close()

    async def work(self, drawings: Sequence[Stroke]) -> None:
        """Join, answer the questions of some steps, and hand in drawings."""
        self.outcome.answered[self.name], self.outcome.drawn[self.name] = {}, []
        await self.persist(self.join)
        self.watching = asyncio.create_task(self.watch())
        for place, step in enumerate(QUESTIONS[: self.room.plan.answers]):
            await asyncio.sleep(self.room.plan.think)
            option = (int(self.name[1:]) + place) % len(step.question.options)
            await self.persist(partial(self.answer, step, option))
        for stroke in drawings:
            await asyncio.sleep(self.room.plan.think)
            await self.persist(partial(self.hand_in, stroke))

    async def persist(self, action: Callable[[], Awaitable[None]]) -> None:
        """Do something, and do it again when the server is back if it was lost meanwhile."""
        deadline = time.perf_counter() + PATIENCE
        while True:
            try:
                await action()
                self.check()
                return
            except LostError:
                if time.perf_counter() > deadline:
                    raise
                self.outcome.lost += 1
                await self.tab.close()
                self.tab = Visitor(self.room.server.address, self.tab.cookie)
                await asyncio.wait_for(self.room.is_up.wait(), PATIENCE)

    async def timed(self, delays: list[float], action: Awaitable[None]) -> None:
        start = time.perf_counter()
        await action
        delays.append(time.perf_counter() - start)

    async def join(self) -> None:
        await self.tab.open("learn", f"class={self.room.code}&step={QUESTIONS[0].key}")
        if self.tab.has("class_invitation_join"):  # else they have joined, but were not told
            self.tab.type_in("class_invitation_nickname", self.name)
            await self.timed(self.outcome.joins, self.tab.press("class_invitation_join"))
        await self.expect_bar()

    async def answer(self, step: Any, option: int) -> None:
        """Answer the question of a step; on a page that was just opened, go there first."""
        if not self.tab.has(f"lessons_answer_{step.key}"):
            await (self.tab.press("lessons_next") if self.tab.pages else self.tab.open("learn", f"step={step.key}"))
        await self.expect_bar()
        chosen = step.question.options[option]
        await self.timed(self.outcome.answers, self.tab.choose(f"lessons_answer_{step.key}", chosen))
        self.outcome.answered[self.name][step.key] = option
        self.room.done += 1

    async def hand_in(self, stroke: Stroke) -> None:
        """Draw a digit and hand it in, as the digit that the model reads."""
        if not self.tab.pages:
            await self.tab.open("")
        elif not self.tab.has("draw_panel"):
            await self.tab.go_to("Draw")
        await self.expect_bar()
        await self.tab.send_component(canvas_key(self.tab), stroke.canvas)
        await self.tab.open_menu("draw_hand_in")
        if self.tab.has("draw_hand_in_press"):
            await self.timed(self.outcome.hand_ins, self.tab.press("draw_hand_in_press"))
        if not self.tab.says("Thank you"):
            self.outcome.complaints.append(f"{self.name} was not thanked: {self.tab.texts()}")
        self.outcome.drawn[self.name].append((stroke.answer.picture, int(stroke.answer.digit)))
        self.room.done += 1
        with suppress(LostError):  # the next drawing begins with a page that is opened anew
            await self.tab.press("draw_clear")

    async def expect_bar(self) -> None:
        if not self.tab.says(f"<b>{self.name}</b> in "):
            self.outcome.complaints.append(f"{self.name} is not in the class: {self.tab.texts()}")

    def check(self) -> None:
        self.outcome.complaints += [f"{self.name} saw an exception: {each}" for each in self.tab.exceptions()]

    async def watch(self) -> None:
        """Ask for the version of the class every few seconds, as the page does."""
        while True:
            await asyncio.sleep(WATCH_EVERY)
            if self.tab.is_closed or not self.tab.has("class_watch_bar"):
                continue
            path = self.tab.component_json("class_watch_bar")["url"]
            with suppress(OSError):
                await ask(self.tab.address, path, self.tab.cookie)


async def ask(address: str, path: str, cookie: str) -> None:
    """Fetch what a pupil's page asks for by itself."""
    place = urlsplit(address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        head = f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {COOKIE}={cookie}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        await reader.read()
    finally:
        writer.close()


def drawings_of_pupils(pool: Sequence[Any], predictor: Any, pupils: int, count: int) -> list[list[Stroke]]:
    """Return some drawings of each pupil, each as its last stroke; the model reads one digit in each."""
    made: list[list[Stroke]] = [[] for _ in range(pupils)]
    seed = 0
    while any(len(each) < count for each in made):
        for mine, strokes in zip(made, strokes_of_visitors(pool, predictor, pupils, 6, seed), strict=True):
            mine += [
                each for each in strokes if each.is_last and len(each.answer.digit) == 1 and each.answer.digit != "?"
            ]
        seed += 1
    return [each[:count] for each in made]


def wrong_in_file(store: ClassStore, code: str, outcome: ClassOutcome) -> list[str]:
    """Return what the file of the classes has that the pupils did not hand in, or has not that they did."""
    names = {pupil.number: pupil.name for pupil in store.pupils(code)}
    found: list[str] = []
    if sorted(names.values()) != sorted(outcome.answered):
        found.append(f"the pupils are {sorted(names.values())}")
    given = Counter((names[each.pupil], each.question, each.option) for each in store.answers(code))
    expected = Counter((name, *each) for name, answers in outcome.answered.items() for each in answers.items())
    found += _differences("answers", given, expected)
    kept = Counter((names[each.pupil], data_url(each.image), each.digit) for each in store.drawings(code))
    handed = Counter((name, *each) for name, drawings in outcome.drawn.items() for each in drawings)
    return found + _differences("drawings", kept, handed)


def _differences(what: str, kept: Mapping[Any, int], expected: Mapping[Any, int]) -> list[str]:
    too_many, missing = Counter(kept), Counter(expected)
    too_many.subtract(expected)
    missing.subtract(kept)
    rests = (("too many", +too_many), ("missing", +missing))
    return [f"{rest.total()} {what} are {how}: {[str(each)[:60] for each in rest]}" for how, rest in rests if rest]


async def teacher_sees(address: str, code: str) -> tuple[str, list[tuple[str, int, int]]]:
    """Return what the teacher's page says of a class: its HTML, and each pupil's name, answers and drawings."""
    tab = Visitor(address)
    await tab.open("learn", f"view=class&class={code}")
    tab.type_in("class_password", PASSWORD)
    await tab.press("class_log_in_press")
    await tab.until(lambda: tab.has("class_part"), "the class is not on the page")
    (table,) = (node for node in tab.nodes() if node.kind == "dataframe")
    columns = pa.ipc.open_stream(table.element.arrow_data.data).read_all().to_pydict()
    await tab.choose("class_part", "Drawings")
    words = "\n".join(tab.texts())
    await tab.close()
    return words, list(zip(columns["Pupil"], columns["Answers"], columns["Drawings"], strict=True))
