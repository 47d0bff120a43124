"""Measure what a watching page costs a training run: in the app with a page open, and from the command line.

    python -m tests.benchmarks.watching [--model cnn] [--epochs 2] [--trials 3] [--clicks 10]
        [--float32]

The two take turns with the same configuration. Compared are the training's seconds as both record them and, as an upper
bound, the seconds from the click on Start until the page says "finished". During one more run a second page is clicked,
and the browser's own clock measures how soon it reacts. Needs MNIST and Chromium.
"""

import argparse
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from mnist_core.models.config import SETTINGS
from mnist_core.models.storage import WEIGHTS, load_config
from mnist_core.runs.repeat_command import repeat_command
from mnist_core.runs.tables import load_history
from tests.benchmarks.controls import BADGE, PROGRESS, delay
from tests.benchmarks.delays import summarise
from tests.browser.serving import LAUNCH, ROOT, free_port, serve

MAX_RUN = 900_000  # ms


def watch_run(page: Page, folder: Path) -> tuple[float, float, Path]:
    """Start a run and wait for its end; returns the training's seconds, those on the page, and the run's folder."""
    before = set(folder.iterdir()) if folder.is_dir() else set()
    started = time.perf_counter()
    page.get_by_role("button", name="Start").click()
    page.locator(BADGE, has_text="training").wait_for()
    page.locator(BADGE, has_text="finished").wait_for(timeout=MAX_RUN)
    seconds = time.perf_counter() - started
    (run,) = set(folder.iterdir()) - before
    return load_history(run).last.seconds, seconds, run


def choose_float32(page: Page) -> None:
    """Have all multiplications of the runs to come in 32 bits."""
    setting = SETTINGS["precision"]
    page.locator("[data-testid=stExpander]").get_by_text(setting.group, exact=True).click()
    box = page.get_by_role("combobox", name=setting.title)
    box.wait_for()
    page.wait_for_timeout(1_000)  # the group opens
    box.fill(setting.choices["float32"])
    box.press("Enter")
    page.wait_for_timeout(1_500)


def run_command(run: Path, out: Path) -> float:
    """Repeat a run from the command line; returns the training's seconds."""
    _, *words = shlex.split(repeat_command(load_config(run)))
    subprocess.run([sys.executable, *words[:-1], str(out)], cwd=ROOT, check=True, capture_output=True)
    return load_history(out).last.seconds


def click_delays(page: Page, count: int) -> dict[str, list[float]]:
    """Return how many ms Browse takes to open an image, and Train to change its view."""
    delays: dict[str, list[float]] = {"opening an image in Browse": [], "changing the view in Train": []}
    address = page.url
    page.goto(address.replace("train", "browse"))
    tiles = page.get_by_role("listbox", name="test images").get_by_role("option")
    tiles.first.wait_for(timeout=60_000)
    page.wait_for_timeout(3_000)
    for place in range(1, count + 1):
        number = (tiles.nth(place).get_attribute("aria-label") or "").split(",")[0].split()[-1]
        delays["opening an image in Browse"].append(delay(page, tiles.nth(place), "h2,h3", f"Test image {number}"))
        page.wait_for_timeout(500)
    page.goto(address)
    page.locator(PROGRESS).first.wait_for(timeout=60_000)
    page.wait_for_timeout(2_000)
    for place in range(count):
        view, words = (("By digit", "The whole test set"), ("Run card", "This command line"))[place % 2]
        button = page.get_by_role("radio", name=view)
        delays["changing the view in Train"].append(delay(page, button, "[data-testid=stCaptionContainer]", words))
        page.wait_for_timeout(500)
    return delays


def click_during_training(browser: Browser, page: Page, count: int) -> None:
    """Start a long run, click on a second page meanwhile, print the delays, and stop the run."""
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("100")
    epochs.press("Enter")
    page.wait_for_timeout(1_500)
    page.get_by_role("button", name="Start").click()
    page.get_by_text("Images per second").wait_for(timeout=60_000)
    other = browser.new_page()
    other.goto(page.url)
    other.get_by_role("heading", level=1).wait_for(timeout=60_000)
    for action, delays in click_delays(other, count).items():
        print(f"during training, {action}: {summarise(delays, 'clicks')}")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.locator(BADGE, has_text="stopped").wait_for()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=["linear", "mlp", "cnn"], default="cnn", help="which model is trained")
    parser.add_argument("--epochs", type=int, default=2, help="passes over the training images, per run")
    parser.add_argument("--trials", type=int, default=3, help="how often both are timed")
    parser.add_argument("--float32", action="store_true", help="multiply in 32 bits, as a processor without bfloat16")
    parser.add_argument(
        "--clicks", type=int, default=10, help="clicks of each kind during one more run; 0 leaves it out"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        runs = Path(folder) / "runs"
        with serve(free_port(), RUNS_ROOT=str(runs)) as address:
            browser = playwright.chromium.launch(**LAUNCH)
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.goto(f"{address}/train")
            page.get_by_role("heading", level=1).wait_for(timeout=60_000)
            for name in ({"mlp": "MLP", "cnn": "CNN"}.get(options.model, "Linear"), "Quick look"):
                page.get_by_role("radio", name=name).first.click()
                page.wait_for_timeout(1_000)
            watch_run(page, runs)  # the first run warms up
            page.get_by_text("All settings").first.click()
            page.get_by_role("spinbutton", name="Epochs").fill(str(options.epochs))
            page.get_by_role("spinbutton", name="Epochs").press("Enter")
            page.wait_for_timeout(1_500)
            if options.float32:
                choose_float32(page)
            ratios, bounds = [], []
            for trial in range(options.trials):
                watched, on_page, run = watch_run(page, runs)
                repeated = Path(folder) / f"repeated{trial}"
                alone = run_command(run, repeated)
                is_same = (run / WEIGHTS).read_bytes() == (repeated / WEIGHTS).read_bytes()
                print(
                    f"app {watched:.1f} s, from Start to finished {on_page:.1f} s; command line {alone:.1f} s; "
                    f"{'the same' if is_same else 'different'} weights",
                    flush=True,
                )
                ratios.append(watched / alone)
                bounds.append(on_page / alone)
            of_all = f"ratio {statistics.median(ratios):.2f}, at most {statistics.median(bounds):.2f}"
            print(f"{load_config(run).precision}: {of_all}", flush=True)
            if options.clicks:
                click_during_training(browser, page, options.clicks)


if __name__ == "__main__":
    main()
