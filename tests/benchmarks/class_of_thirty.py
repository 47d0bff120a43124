"""Measure a class of thirty: how long an answer and a hand-in take, and what the server needs for it.

    python -m tests.benchmarks.class_of_thirty [--pupils 30] [--answers 8] [--drawings 3] [--no-kill]

Pupils without browsers join a class, answer the questions of the course, and draw and hand in digits, with pauses of
two seconds; each asks every three seconds whether the class has changed, as the page does. In the middle the server is
killed (SIGKILL) and started again, and everybody goes on. In the end, each answer and each drawing that a page took
must be in the file once, as its pupil's, and the teacher's page must count them. Needs Linux, and MNIST for real
figures.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import torch

from mnist_core.classroom.store import ClassStore
from mnist_core.paths import ASSETS
from mnist_core.recognition.predictor import load_predictor
from tests.benchmarks.delays import summarise
from tests.load.classroom import (
    PASSWORD,
    QUESTIONS,
    ClassPlan,
    drawings_of_pupils,
    hold_class,
    teacher_sees,
    wrong_in_file,
)
from tests.load.drawings import load_drawings
from tests.load.process import running


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pupils", type=int, default=ClassPlan.pupils)
    parser.add_argument("--answers", type=int, default=ClassPlan.answers, choices=range(1, len(QUESTIONS) + 1))
    parser.add_argument("--drawings", type=int, default=ClassPlan.drawings, help="of each pupil")
    parser.add_argument("--no-kill", action="store_true", help="leave the server alone")
    given = parser.parse_args()
    torch.set_num_threads(1)  # the server needs the cores
    kill_after = None if given.no_kill else ClassPlan.kill_after
    plan = ClassPlan(given.pupils, given.answers, given.drawings, kill_after=kill_after)
    pool, predictor = load_drawings(ASSETS / "examples.jsonl"), load_predictor("cnn")
    drawings = drawings_of_pupils(pool, predictor, plan.pupils, plan.drawings)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "classes"
        store = ClassStore(folder)
        code = store.open_class("A class of thirty", "t").code
        with running(Path(place), CLASSES_ROOT=str(folder), TEACHER_PASSWORD=PASSWORD) as server:
            outcome = asyncio.run(hold_class(server, code, plan, drawings))
            _, counts = asyncio.run(teacher_sees(server.address, code))
            complaints = [*outcome.complaints, *wrong_in_file(store, code, outcome), *server.tracebacks()]
        answers, handed_in = len(store.answers(code)), len(store.drawings(code))
        store.close()
    told = sum(each for _, each, _ in counts), sum(each for _, _, each in counts)
    if told != (answers, handed_in):
        complaints.append(f"the teacher's page counts {told}, and the file has {answers} and {handed_in}")
    for words, delays in (
        ("Join", outcome.joins),
        ("an answer", outcome.answers),
        ("a hand-in", outcome.hand_ins),
    ):
        print(f"{words} to the page that follows: {summarise([1000 * each for each in delays], 'times')}")
    print(f"{len(counts)} pupils, {answers} answers and {handed_in} drawings of {plan.work} in {outcome.seconds:.0f} s")
    print(f"the server was lost {outcome.lost} times, and used {outcome.cpu / outcome.seconds:.2f} of a core")
    for complaint in complaints:
        print(f"- {complaint:.300}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
