"""A teacher, a projector and pupils in real browsers: what one does, the others see without a reload."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.accessibility import expect_nothing_grave
from tests.browser.serving import free_port, launch
from tests.browser.visiting import PASSWORD, expect_no_exception, log_in

SCRIPT = "<img src=x onerror=alert(1)>"


def test_what_happens_in_a_class_is_seen_at_once_and_survives_a_restart(
    open_browser: Callable[..., Page], tmp_path: Path
) -> None:
    port = free_port()
    folders = {name: str(tmp_path / name) for name in ("RUNS_ROOT", "CLASSES_ROOT")}
    environment = {"TEACHER_PASSWORD": PASSWORD} | folders
    address = f"http://127.0.0.1:{port}"
    server = launch(port, log=None, within=(), **environment)
    try:
        teacher = open_browser(f"{address}/learn?view=class")
        log_in(teacher)
        teacher.get_by_label("Title (optional)").fill(SCRIPT)
        teacher.get_by_role("button", name="Open a class").click()
        card = teacher.locator(".class-card")
        expect(card.get_by_role("heading")).to_have_text(SCRIPT)
        code = card.locator(".class-code").inner_text()
        link = f"{address}/learn?view=class&class={code}"
        projector = open_browser(f"{link}&present=1")
        expect(projector.get_by_text("Nobody has joined yet.")).to_be_visible()
        teacher.get_by_role("button", name="Close the class").click()
        expect(teacher.get_by_role("button", name="Delete everything")).to_be_visible()

        pupil = open_browser(link)
        expect(pupil.get_by_role("textbox", name="Code of the class")).to_have_value(code)
        expect_nothing_grave(pupil)
        pupil.get_by_role("textbox", name="Nickname (optional)").fill("Ada")
        pupil.get_by_role("button", name="Join").click()
        expect(pupil.get_by_text(f"You are Ada in class {code}.")).to_be_visible()
        expect(teacher.locator(".class-figures dd").first).to_have_text("1")
        expect(projector.get_by_text("1 pupil has joined.")).to_be_visible()
        expect(teacher.get_by_role("button", name="Delete everything")).to_be_visible()  # a change closes no menu
        teacher.keyboard.press("Escape")
        expect_nothing_grave(teacher)

        teacher.get_by_role("button", name="Pause the class").click()
        expect(projector.get_by_text("Please look up. The class is paused.")).to_be_visible()
        with teacher.expect_download() as download:
            teacher.get_by_role("button", name="Export").click()
        archive = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
        assert b"1,Ada," in archive.read("pupils.csv")

        server.kill()  # not even a chance to tidy up
        server.wait()
        server = launch(port, log=None, within=(), **environment)
        pupil.reload()
        pupil.get_by_role("heading", level=1).wait_for()  # the new server is ready
        expect(pupil.get_by_text(f"You are Ada in class {code}.")).to_be_visible()
        projector.reload()
        expect(projector.get_by_text("Please look up. The class is paused.")).to_be_visible()
        expect(projector.get_by_text("1 pupil has joined.")).to_be_visible()
        for page in (projector, pupil):
            expect_no_exception(page)
    finally:
        server.kill()
        server.wait()
