"""What the running app does when it is killed, told to end, short of disk space, or visited by somebody hostile."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import (
    BackendOperationRequest,
    BackMsg,
    DeferredFileRequestPayload,
    InstallSkillsRequestPayload,
)
from streamlit.proto.ClientState_pb2 import ClientState, ContextInfo
from streamlit.proto.Common_pb2 import DoubleArray, FileURLsRequest, StringArray
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

from mnist_core.models import storage
from mnist_core.models.config import PRESETS
from mnist_core.paths import ASSETS
from mnist_core.recognition.predictor import load_predictor
from mnist_core.runs import files
from mnist_core.runs.registry import SERVER_LOCK
from mnist_core.runs.tables import load_history
from tests.browser.serving import is_healthy
from tests.load.drawings import Stroke, load_drawings, shown_answer, strokes_of_visitors
from tests.load.driver import LostError, Visitor
from tests.load.lesson import canvas_key, has_ended, shown_run
from tests.load.process import Server, run_alone, running

CHECKPOINTED = 30.0  # s within which a run has written a checkpoint, on a busy machine
ENDED = 120.0  # s within which a run has ended, on a busy machine
SHUTDOWN = 10.0  # s that a service manager waits before it kills
TINY_DISK = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
TINY_DISK += ['mount -t tmpfs -o size=4m tiny "$RUNS_ROOT" && exec "$0" "$@"']


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("faults")) as server:
        yield server


@pytest.fixture(scope="module")
def strokes() -> list[Stroke]:
    (made,) = strokes_of_visitors(load_drawings(ASSETS / "examples.jsonl"), load_predictor("cnn"), 1, 4)
    return made


@asynccontextmanager
async def visiting(server: Server, page: str = "", query: str = "", cookie: str = "") -> AsyncIterator[Visitor]:
    """Open a page in a tab until the block ends; the visitor never sees an exception."""
    visitor = Visitor(server.address, cookie)
    await visitor.open(page, query)
    try:
        yield visitor
        assert visitor.exceptions() == [] and visitor.misses == 0
    finally:
        await visitor.close()


async def start_run(visitor: Visitor, *, epochs: int, model: str = "MLP") -> str:
    """Start a run with the quick preset and a number of epochs; returns its name."""
    await visitor.choose("train_preset", "Quick look")
    await visitor.choose("train_model", model)
    await visitor.enter(f"train_epochs_{model.lower()}_quick", epochs)
    await visitor.press("train_start")
    await visitor.until(lambda: visitor.says("Step "), "the run took no step", ENDED)
    return shown_run(visitor)


async def expect_end(visitor: Visitor, state: str) -> None:
    """Watch a run to its end, and check how it ended."""
    await visitor.until(lambda: has_ended(visitor), "the run did not end", ENDED)
    assert visitor.says(f"{state}]"), visitor.texts()


async def happening(happened: Callable[[], object], seconds: float = ENDED) -> None:
    """Wait until something outside the page has happened, while the page goes on."""
    async with asyncio.timeout(seconds):
        while not happened():
            await asyncio.sleep(0.05)


async def draw(visitor: Visitor, strokes: list[Stroke]) -> None:
    """Draw on the Draw page, and check every answer."""
    for stroke in strokes:
        await visitor.send_component(canvas_key(visitor), stroke.canvas)
        assert shown_answer(visitor.component_json("draw_panel")) == stroke.answer
        if stroke.is_last:
            await visitor.press("draw_clear")


def weights(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def state(folder: Path) -> str:
    return str(json.loads((folder / "run.json").read_text())["state"])


@pytest.mark.slow
def test_a_run_whose_server_was_killed_is_resumed_on_the_page_and_ends_with_the_same_weights(tmp_path: Path) -> None:
    async def train_undisturbed(server: Server) -> str:
        async with visiting(server, "train") as visitor:
            name = await start_run(visitor, epochs=2)
            await expect_end(visitor, "finished")
            return name

    async def train_until_killed(server: Server) -> tuple[str, str]:
        async with visiting(server, "train") as visitor:
            name = await start_run(visitor, epochs=2)
            checkpoint = server.runs / name / files.CHECKPOINT
            await happening(checkpoint.exists, CHECKPOINTED)
            server.kill()
            return name, visitor.cookie

    async def resume(server: Server, name: str, cookie: str) -> None:
        async with visiting(server, "train", cookie=cookie) as visitor:
            assert shown_run(visitor) == name and visitor.says("interrupted]")
            assert visitor.says("The server stopped during training. Resume continues from the last checkpoint.")
            await visitor.press("train_take_up")
            await expect_end(visitor, "finished")

    with running(tmp_path) as server:
        undisturbed = run_alone(train_undisturbed(server))
        name, cookie = run_alone(train_until_killed(server))
        kept = files.load_checkpoint(server.runs / name)
        assert kept is not None and kept.step > 0
        assert state(server.runs / name) == "training"
        server.start()
        run_alone(resume(server, name, cookie))
        assert weights(server.runs / name) == weights(server.runs / undisturbed)
        steps = [report.step for report in load_history(server.runs / name).kept]
        assert steps == list(range(1, len(load_history(server.runs / undisturbed)) + 1))
        assert server.tracebacks() == []


@pytest.mark.slow
def test_a_server_that_is_told_to_end_leaves_the_run_interrupted_at_its_last_step(tmp_path: Path) -> None:
    async def train_until_told_to_end(server: Server) -> tuple[str, int]:
        async with visiting(server, "train") as visitor:
            name = await start_run(visitor, epochs=50, model="CNN")  # an MLP is often in an evaluation
            status = await asyncio.to_thread(server.terminate, SHUTDOWN)
            return name, status

    with running(tmp_path) as server:
        name, status = run_alone(train_until_told_to_end(server))
        folder = server.runs / name
        assert status in (0, -15)
        assert state(folder) == "interrupted"
        kept, reports = files.load_checkpoint(folder), load_history(folder)
        assert kept is not None and 0 < kept.step <= len(reports)
        # A run that ends during an evaluation has taken a step without its report: it keeps the checkpoint before.
        steps_per_epoch, evaluations = reports.last.steps // 50, PRESETS["quick"].configs["cnn"].evaluations
        evaluated = {round(steps_per_epoch * part / evaluations) for part in range(1, evaluations + 1)}
        assert kept.step == len(reports) or len(reports) % steps_per_epoch + 1 in evaluated
        assert server.tracebacks() == []


@pytest.mark.slow
def test_a_stranger_who_clears_the_caches_and_presses_the_owners_buttons_changes_nothing(server: Server) -> None:
    async def scene() -> None:
        async with visiting(server, "train") as owner:
            name = await start_run(owner, epochs=50)
            theirs = {key: owner.node(key).element.id for key in ("train_stop", "train_pause", "train_delete_yes")}
            async with visiting(server, "train", query=f"run={name}") as stranger:
                assert stranger.says("You are viewing someone else's run.")
                assert not any(stranger.has(key) for key in theirs)
                await stranger.send(BackMsg(clear_cache=True))
                for button in theirs.values():
                    await stranger.rerun(trigger=WidgetState(id=button, trigger_value=True))
                await stranger.send(BackMsg(clear_cache=True))
            async with visiting(server, "train", cookie=owner.cookie) as again:
                assert shown_run(again) == name and again.has("train_stop") and again.says("training]")
                await again.press("train_stop")
            await expect_end(owner, "stopped")
        assert state(server.runs / name) == "stopped"
        reports = load_history(server.runs / name)
        assert len(reports) == reports.last.step < reports.last.steps

    run_alone(scene())
    assert server.tracebacks() == []


async def expect_unharmed(server: Server, strokes: list[Stroke]) -> None:
    """Check that the server answers others as ever."""
    async with visiting(server) as other:
        await draw(other, strokes)
    assert is_healthy(server.port)


def leaks(visitor: Visitor) -> list[str]:
    """Return the exceptions on a page that tell more than that there was one."""
    errors = [node.element for node in visitor.nodes() if node.kind == "exception"]
    return [str(error) for error in errors if error.stack_trace or error.type or "redacted" not in error.message]


async def attack(server: Server, send: Callable[[Visitor], Awaitable[object]], page: str = "") -> Visitor:
    """Let a visitor send something that no browser sends, and check what they see; the connection may end."""
    visitor = Visitor(server.address)
    await visitor.open(page)
    with suppress(LostError):
        await send(visitor)
    assert leaks(visitor) == []
    await visitor.close()
    return visitor


def forged(key: str, **value: Any) -> Callable[[Visitor], Awaitable[object]]:
    """Return an attack that gives a widget, by its key, a state of the wrong kind or with a wrong content."""

    async def send(visitor: Visitor) -> None:
        node = visitor.node(canvas_key(visitor) if key == "canvas" else key)
        await visitor.rerun(fragment=node.delta.fragment_id, trigger=WidgetState(id=node.element.id, **value))

    return send


def asking(**fields: Any) -> Callable[[Visitor], Awaitable[object]]:
    """Return an attack that asks for a run of the page with fields that no browser sends."""

    async def send(visitor: Visitor) -> None:
        state = visitor.client_state()
        state.MergeFrom(ClientState(**fields))
        await visitor.send(BackMsg(rerun_script=state))
        await asyncio.sleep(0.3)  # it may be answered, or ignored

    return send


def telling(message: BackMsg) -> Callable[[Visitor], Awaitable[object]]:
    """Return an attack that sends a message of another kind."""

    async def send(visitor: Visitor) -> None:
        await visitor.send(message)
        await visitor.rerun()

    return send


def drawing(objects: str) -> str:
    return f'{{"drawing":{{"raw":{{"objects":{objects}}}}}}}'


def path(points: str, brush: str = "20") -> str:
    return drawing(f'[{{"type":"Path","strokeWidth":{brush},"path":[{points}]}}]')


FORGED_CANVASES = {
    "not JSON": "{",
    "empty": "",
    "a list": "[]",
    "a drawing that is a number": '{"drawing":5}',
    "objects that are a text": drawing('"abc"'),
    "deeply nested": drawing("[" * 100_000 + "]" * 100_000),
    "points that are not finite": path('["M",NaN,Infinity],["L",1e400,5]', brush="NaN"),
    "a number of 5000 digits": path(f'["M",{"9" * 5000},0],["L",5,5]'),
    "points that are texts": path('["M","a","b"],["L",null,{}]', brush='"x"'),
    "one very long curve": path('["M",0,0],["Q",1e9,1e9,0,0]'),
    "20 MB of paths": drawing(f"[{','.join(['{}'] * 6_600_000)}]"),
    "20 MB of points": path(",".join(['["L",2,3]'] * 1_900_000)),
    "20 MB of text": drawing(f'"{"x" * 20_000_000}"'),
    "30 MB of text": drawing(f'"{"x" * 30_000_000}"'),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", FORGED_CANVASES)
def test_a_forged_drawing_harms_nobody(server: Server, strokes: list[Stroke], what: str) -> None:
    run_alone(attack(server, forged("canvas", json_value=FORGED_CANVASES[what])))
    run_alone(expect_unharmed(server, strokes))


FORGED_STATES: dict[str, dict[str, Any]] = {
    "a text": {"string_value": "x" * 1000},
    "bytes": {"bytes_value": b"x"},
    "a trigger": {"trigger_value": True},
    "a number that is none": {"double_value": float("nan")},
    "infinity": {"double_value": float("inf")},
    "a huge number": {"double_value": 1e308},
    "a huge integer": {"int_value": 2**62},
    "texts": {"string_array_value": StringArray(data=["x"] * 1000)},
    "numbers": {"double_array_value": DoubleArray(data=[float("nan"), -1e308])},
    "a damaged event": {"json_trigger_value": "{"},
    "nothing": {},
}
DRAW_KEYS = ("canvas", "model", "draw_source", "draw_undo", "draw_brush", "draw_ladder", "draw_trust", "prompt")
TRAIN_KEYS = ("train_model", "train_preset", "visitor_cookie")
TRAIN_SETTINGS = ("epochs", "batch_size", "learning_rate", "schedule", "share", "precision", "seed", "width")


@pytest.mark.slow
@pytest.mark.parametrize("what", FORGED_STATES)
def test_a_widget_state_of_a_wrong_kind_harms_nobody(server: Server, strokes: list[Stroke], what: str) -> None:
    async def scene() -> None:
        for key in DRAW_KEYS:
            await attack(server, forged(key, **FORGED_STATES[what]))
        for key in (*TRAIN_KEYS, *(f"train_{name}_cnn_standard" for name in TRAIN_SETTINGS)):
            await attack(server, forged(key, **FORGED_STATES[what]), "train")
        await expect_unharmed(server, strokes)

    run_alone(scene())


async def start_with_rate(visitor: Visitor, value: float) -> None:
    """Press Start together with a learning rate that the field on the page would not take."""
    rate = visitor.node("train_learning_rate_linear_quick").element.id
    button = WidgetState(id=visitor.node("train_start").element.id, trigger_value=True)
    state = visitor.client_state(trigger=button)
    (sent,) = (widget for widget in state.widget_states.widgets if widget.id == rate)
    sent.double_value = value
    await visitor.send(BackMsg(rerun_script=state))


@pytest.mark.slow
@pytest.mark.parametrize("value", [-1.0, 0.0, 1e308])
def test_a_run_cannot_be_started_with_a_forged_number(server: Server, value: float) -> None:
    async def scene() -> None:
        async with visiting(server, "train") as visitor:
            await visitor.choose("train_preset", "Quick look")
            await visitor.choose("train_model", "Linear")
            await start_with_rate(visitor, value)
            await visitor.until(lambda: visitor.says("Choose a learning rate between"), "it was not refused")
            assert not shown_run(visitor)

    before = set(server.runs.iterdir())
    run_alone(scene())
    assert set(server.runs.iterdir()) == before


@pytest.mark.slow
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_leaves_the_presets_own(server: Server, value: float) -> None:
    async def scene() -> None:
        async with visiting(server, "train") as visitor:
            await visitor.choose("train_preset", "Quick look")
            await visitor.choose("train_model", "Linear")
            await start_with_rate(visitor, value)
            await visitor.until(lambda: shown_run(visitor), "no run was started")
            config = storage.load_config(server.runs / shown_run(visitor))
            assert config.learning_rate == PRESETS["quick"].configs["linear"].learning_rate

    run_alone(scene())


FORGED_REQUESTS: dict[str, tuple[Callable[[Visitor], Awaitable[object]], str]] = {
    "widgets that do not exist": (
        asking(
            widget_states=WidgetStates(widgets=[WidgetState(id=f"$$ID-{n:032x}-x", int_value=n) for n in range(999)])
        ),
        "",
    ),
    "an unknown page": (asking(page_script_hash="f" * 32), ""),
    "an unknown page name": (asking(page_name="../../etc/passwd"), ""),
    "an unknown fragment": (asking(fragment_id="f" * 32), ""),
    "a query string of 1 MB": (asking(query_string="run=" + "x" * 1_000_000), "train"),
    "a query string with 100,000 names": (asking(query_string="&".join(f"a{n}={n}" for n in range(100_000))), ""),
    "a run that is a path": (asking(query_string="run=../../../../etc&model=../secrets"), "train"),
    "a thousand cached messages": (asking(cached_message_hashes=[f"{n:032x}" for n in range(1000)]), ""),
    "a strange time zone": (asking(context_info=ContextInfo(timezone="\0" * 1000, locale="x" * 100_000)), ""),
    "stop": (telling(BackMsg(stop_script=True)), "train"),
    "shut down": (telling(BackMsg(debug_shutdown_runtime=True)), ""),
    "disconnect": (telling(BackMsg(debug_disconnect_websocket=True)), ""),
    "rerun on save": (telling(BackMsg(set_run_on_save=True)), ""),
    "load git info": (telling(BackMsg(load_git_info=True)), ""),
    "file addresses": (telling(BackMsg(file_urls_request=FileURLsRequest(file_names=["../x"] * 10_000))), ""),
    "a file that does not exist": (
        telling(
            BackMsg(
                backend_operation_request=BackendOperationRequest(
                    request_id="1", deferred_file=DeferredFileRequestPayload(file_id="../../etc/passwd")
                )
            )
        ),
        "",
    ),
    "installation": (
        telling(
            BackMsg(
                backend_operation_request=BackendOperationRequest(
                    request_id="1", install_skills=InstallSkillsRequestPayload()
                )
            )
        ),
        "",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", FORGED_REQUESTS)
def test_a_forged_request_harms_nobody(server: Server, strokes: list[Stroke], what: str) -> None:
    send, page = FORGED_REQUESTS[what]
    run_alone(attack(server, send, page))
    run_alone(expect_unharmed(server, strokes))


@pytest.mark.slow
@pytest.mark.parametrize("frame", [b"\xff" * 1000, b"", "a text", b"\x0a" + b"\xff" * 9], ids=repr)
def test_a_frame_that_is_no_message_harms_nobody(server: Server, strokes: list[Stroke], frame: bytes | str) -> None:
    async def send(visitor: Visitor) -> None:
        assert visitor.connection
        await visitor.connection.send(frame)
        await asyncio.sleep(0.3)

    run_alone(attack(server, send))
    run_alone(expect_unharmed(server, strokes))


@pytest.mark.slow
def test_a_flood_of_requests_does_not_keep_others_waiting(server: Server, strokes: list[Stroke]) -> None:
    async def scene() -> None:
        async with visiting(server) as flooder:
            for _ in range(300):
                await flooder.send(BackMsg(rerun_script=flooder.client_state()))
            await expect_unharmed(server, strokes)

    run_alone(scene())


@pytest.fixture
def tiny_disk() -> list[str]:
    """A command that runs another one with its folder of runs on a disk of 4 MB; skips where that is not allowed."""
    reason = "needs Linux's unshare, and a kernel that lets a user mount in a namespace of their own"
    if not shutil.which("unshare"):
        pytest.skip(reason)
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run([*TINY_DISK, "true"], env=os.environ | {"RUNS_ROOT": folder}, capture_output=True)
    if tried.returncode:
        pytest.skip(reason)
    return TINY_DISK


def disk_of(server: Server) -> Path:
    """Return the small disk; only the server sees it at its place, and others in /proc."""
    return Path(f"/proc/{server.pid}/root/{server.runs}")


def fill(disk: Path) -> Path:
    """Fill a disk with one file, and return the file."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return ballast


@pytest.mark.slow
def test_a_full_disk_is_said_on_the_page_and_the_run_resumes_when_there_is_space(
    tmp_path: Path, tiny_disk: list[str], strokes: list[Stroke]
) -> None:
    async def scene(server: Server) -> None:
        async with visiting(server, "train") as visitor:
            name = await start_run(visitor, epochs=1, model="CNN")
            ballast = fill(disk_of(server))
            await visitor.until(lambda: has_ended(visitor), "the run did not end", ENDED)
            assert visitor.says("interrupted]") and visitor.says("could not be written (No space left on device)")
            await expect_unharmed(server, strokes)
            ballast.unlink()
            await visitor.press("train_take_up")
            await expect_end(visitor, "finished")
            assert state(disk_of(server) / name) == "finished"

    with running(tmp_path, tiny_disk, RUNS_MIN_FREE_MB="1") as server:
        run_alone(scene(server))
        assert server.tracebacks() == []


@pytest.mark.slow
def test_a_run_that_finds_no_space_is_not_started_and_leaves_nothing_behind(
    tmp_path: Path, tiny_disk: list[str]
) -> None:
    async def scene(server: Server) -> None:
        async with visiting(server, "train") as visitor:
            ballast = fill(disk_of(server))
            await visitor.press("train_start")
            assert visitor.says("The server has no disk space left for a run")
            assert not shown_run(visitor)
            assert set(disk_of(server).iterdir()) == {ballast, disk_of(server) / SERVER_LOCK}

    with running(tmp_path, tiny_disk) as server:
        run_alone(scene(server))
