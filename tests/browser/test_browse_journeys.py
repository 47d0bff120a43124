"""Journeys through the Browse page in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from app_pages.browsing.map import MAP_EDGE, MAP_HEIGHT, MAP_POINTS, MAP_TOP
from mnist_core.analysis.embedding import SplitFeatures, principal_plane
from mnist_core.data.split import Split
from mnist_core.models.config import SETTINGS
from mnist_core.models.evaluation import predict_logits
from mnist_core.models.storage import load_trained, model_folder
from tests.browser.drawing import DIGITS, draw, expect_answer
from tests.browser.visiting import Visit, expect_no_exception, unfold

pytestmark = pytest.mark.usefixtures("mnist")
LONG = 60_000  # ms; enough for a model to read 60,000 images


def images(page: Page) -> Locator:
    return page.get_by_role("listbox", name="test images").get_by_role("option")


def test_a_link_shows_the_4s_that_the_model_reads_as_9s(app: str, visit: Visit, mnist: tuple[Split, Split]) -> None:
    test = mnist[1]
    answers = predict_logits(load_trained(model_folder("linear")).model, test.images).argmax(dim=1)
    expected = ((test.labels == 4) & (answers == 9)).nonzero().flatten().tolist()
    page = visit(f"{app}/browse?browse_digit=4&browse_read=9&model=linear")
    expect(page.get_by_text(f"{len(expected)} images of a 4, read as a 9")).to_be_visible()
    expect(images(page)).to_have_count(len(expected))
    for number in expected:
        expect(page.get_by_role("option", name=f"test {number}, label 4, read as 9", exact=True)).to_be_visible()


def test_a_cell_of_the_confusion_matrix_shows_its_images_beside_it_from_the_keyboard(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse?browse_view=Confusion&browse_cell=0-0&model=linear")
    page.get_by_role("button", name=re.compile("^label 0, read as 0: ")).focus()
    for key in ("ArrowDown",) * 7 + ("ArrowRight",) * 9:
        page.keyboard.press(key)
    cell = page.get_by_role("button", name=re.compile(r"^label 7, read as 9: \d+ images"))
    expect(cell).to_be_focused()
    count = int(cell.inner_text())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="A 7 read as a 9")).to_be_visible()
    expect(cell).to_have_attribute("aria-pressed", "true")
    beside = page.get_by_role("listbox", name="a 7 read as a 9").get_by_role("option")
    expect(beside).to_have_count(12)
    matrix, first = cell.bounding_box(), beside.first.bounding_box()
    assert matrix and first and first["x"] > matrix["x"] + matrix["width"]
    beside.nth(1).focus()
    page.keyboard.press("Enter")
    number = str(beside.nth(1).get_attribute("aria-label")).split()[1].strip(",")
    expect(page.get_by_role("heading", name=f"Test image {number}", level=3)).to_be_visible()
    expect(cell).to_be_visible()
    expect(page).to_have_url(re.compile(rf"image={number}\b"))
    page.reload()
    expect(page.get_by_role("heading", name=f"Test image {number}", level=3)).to_be_visible()
    page.get_by_role("button", name="Show in the grid").click()
    expect(page.get_by_text(f"{count} images of a 7, read as a 9, surest first")).to_be_visible()
    expect(images(page)).to_have_count(count)


def test_the_matrix_names_its_axes_and_has_a_header_for_each_row_and_column(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse?browse_view=Confusion&model=linear")
    table = page.get_by_role("table", name=re.compile("^Confusion matrix"))
    expect(table.get_by_role("row")).to_have_count(12, timeout=LONG)
    scopes = table.locator("th").evaluate_all("heads => heads.map((head) => [head.scope, head.textContent])")
    assert scopes == [
        ["colgroup", "Model's answer"],
        *(["col", str(digit)] for digit in range(10)),
        ["rowgroup", "True digit"],
        *(["row", str(digit)] for digit in range(10)),
    ]


def test_on_a_phone_the_grid_is_free_until_an_image_is_opened(
    app: str, visit: Visit, mnist: tuple[Split, Split]
) -> None:
    test, trained = mnist[1], load_trained(model_folder("cnn"))
    probabilities = (predict_logits(trained.model, test.images) / trained.temperature).softmax(dim=1)
    sureness, answers = probabilities.max(dim=1)
    number = int(sureness.where(answers != test.labels, 0).argmax())
    mistake = f"Its most confident mistake: a {int(test.labels[number])}, read as {int(answers[number])}"
    visit(app).set_viewport_size({"width": 360, "height": 740})
    page = visit(f"{app}/browse")
    expect(page.get_by_text(mistake)).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("^Test image"))).to_have_count(0)
    line = page.locator(".st-key-browse_peek").bounding_box()
    assert line and line["height"] <= 80 and line["y"] + line["height"] == pytest.approx(740, abs=1)
    page.locator(".st-key-browse_open").get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name=f"Test image {number}")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("heading", name=f"Test image {number}")).to_have_count(0)
    expect(page.get_by_text(mistake)).to_be_visible()


def test_one_press_shows_the_mistakes_of_the_model(app: str, visit: Visit, mnist: tuple[Split, Split]) -> None:
    test = mnist[1]
    answers = predict_logits(load_trained(model_folder("mlp")).model, test.images).argmax(dim=1)
    count = int((answers != test.labels).sum())
    page = visit(f"{app}/browse?model=mlp")
    page.get_by_role("button", name=f"Show its {count} mistakes").click()
    expect(page.get_by_text(f"{count} images, misread, surest first")).to_be_visible(timeout=LONG)
    expect(images(page)).to_have_count(100)


def test_an_image_can_be_edited_in_draw_and_the_filters_are_kept(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse?browse_digit=7&browse_split=Train&model=cnn")
    page.get_by_role("option", name=re.compile("^train 15, label 7")).click()
    page.get_by_role("button", name="Edit in Draw").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Draw")
    expect_answer(page, "7")
    expect(page.get_by_test_id("answer")).not_to_have_text("?")
    page.get_by_role("link", name="Browse").first.click()
    expect(page.get_by_role("heading", name="Training image 15")).to_be_visible()
    expect(page.get_by_text("6,265 training images of a 7")).to_be_visible()
    expect(page).to_have_url(f"{app}/browse?browse_digit=7&browse_split=Train&image=15")


def test_the_most_similar_training_images_can_be_opened(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse?image=0&model=mlp")
    page.get_by_text("Most similar training images").click()
    neighbours = page.get_by_role("listbox", name="Most similar training images").get_by_role("option")
    expect(neighbours).to_have_count(10, timeout=LONG)
    name = neighbours.first.get_attribute("aria-label")
    assert name and "label 7" in name
    neighbours.first.click()
    expect(page.get_by_role("heading", name=f"Training image {name.split()[1].strip(',')}")).to_be_visible()


def open_slowly_similar(start_app: Callable[..., str], tmp_path: Path, visit: Visit) -> Page:
    """Ask for similar images where there is no table of them: among stand-in digits, for which the model must run."""
    app = start_app(MNIST_ROOT=str(tmp_path))
    page = visit(f"{app}/browse?image=7&model=cnn")
    expect(page.get_by_role("heading", name="Test image 7")).to_be_visible(timeout=LONG)
    page.get_by_text("Most similar training images").click()
    expect(page.get_by_text("Running the model once on all")).to_be_visible(timeout=LONG)
    return page


def test_while_the_model_runs_on_all_images_a_click_elsewhere_takes_effect_at_once(
    start_app: Callable[..., str], tmp_path: Path, visit: Visit
) -> None:
    page = open_slowly_similar(start_app, tmp_path, visit)
    page.get_by_role("option", name=re.compile("^test 9, ")).click()
    expect(page.get_by_role("heading", name="Test image 9")).to_be_visible(timeout=12_000)
    expect(page.get_by_text("Running the model once on all")).to_be_visible()  # it has not waited for the model
    page.get_by_role("button", name="Edit in Draw").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Draw", timeout=12_000)
    expect_no_exception(page)


def test_a_drawing_is_read_while_the_percentage_is_checked_and_the_diagram_appears_by_itself(
    start_app: Callable[..., str], visit: Visit
) -> None:
    page = visit(f"{start_app()}/?model=cnn")
    page.locator("canvas.upper-canvas").wait_for()
    page.get_by_text("How far can you trust the percentage?").click()
    running = page.get_by_text("Running the model once on all 10,000 test images")
    expect(running).to_be_visible()
    draw(page, DIGITS[7])
    expect_answer(page, "7")
    expect(running).to_be_visible()
    expect(page.get_by_text("all dots lie on the dashed line")).to_be_visible(timeout=LONG)
    expect_answer(page, "7")
    expect(running).to_have_count(0)
    expect_no_exception(page)


def test_the_similar_images_appear_by_themselves_when_the_model_has_run(
    start_app: Callable[..., str], tmp_path: Path, visit: Visit
) -> None:
    page = open_slowly_similar(start_app, tmp_path, visit)
    neighbours = page.get_by_role("listbox", name="Most similar training images").get_by_role("option")
    expect(neighbours).to_have_count(10, timeout=LONG)
    expect(page.get_by_text("Running the model once on all")).to_have_count(0)
    expect_no_exception(page)


def test_a_point_of_the_map_opens_its_image(app: str, visit: Visit, mnist: tuple[Split, Split]) -> None:
    features = SplitFeatures(load_trained(model_folder("mlp")).model, mnist[1].images)
    while not features.is_done:
        features.step()
    numbers = torch.arange(0, len(mnist[1]), len(mnist[1]) // MAP_POINTS)
    places = principal_plane(features.unit_features).project(features.unit_features[numbers])
    first = int(places[:, 0].argmin())  # no point covers the outermost one
    share = (places[first] - places.amin(dim=0)) / (places.amax(dim=0) - places.amin(dim=0))
    page = visit(f"{app}/browse?browse_view=Map&model=mlp")
    chart = page.locator(".st-key-browse_map canvas").first
    chart.wait_for(timeout=LONG)
    page.wait_for_timeout(1500)
    box = chart.bounding_box()
    assert box
    down = MAP_TOP + (1 - float(share[1])) * (MAP_HEIGHT - MAP_TOP - MAP_EDGE)
    page.mouse.click(box["x"] + MAP_EDGE, box["y"] + down)
    expect(page.get_by_role("heading", name=f"Test image {int(numbers[first])}")).to_be_visible()
    expect(page).to_have_url(re.compile(f"image={int(numbers[first])}&"))


def test_one_can_go_from_point_to_point_of_the_map_with_the_keyboard(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse?browse_view=Map&model=linear")
    points = page.get_by_role("listbox", name="Points of the map").get_by_role("option")
    expect(points).to_have_count(10, timeout=LONG)
    for label in range(10):
        expect(points.nth(label)).to_have_attribute("aria-label", re.compile(f"label {label}, "))
    number = str(points.nth(1).get_attribute("aria-label")).split()[1].strip(",")
    points.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Test image {number}")).to_be_visible()
    expect(page.get_by_text(f"Nearest on the map to image {number}")).to_be_visible()
    expect(points.first).to_have_attribute("aria-label", re.compile(f"^test {number}, label 1"))


@pytest.mark.parametrize("view", ["Grid", "Confusion", "Map", "Averages"])
def test_every_view_fits_a_phone(app: str, visit: Visit, view: str) -> None:
    visit(app).set_viewport_size({"width": 360, "height": 740})
    page = visit(f"{app}/browse?browse_view={view}&model=linear")
    page.wait_for_timeout(2500)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    expect_no_exception(page)


def test_a_number_leads_to_its_image_and_is_shown_as_a_whole_number(app: str, visit: Visit) -> None:
    page = visit(f"{app}/browse")
    page.get_by_role("button", name="Filter").click()
    number = page.get_by_role("spinbutton", name="Go to image")
    number.fill("9234")
    number.press("Enter")
    expect(page.get_by_role("heading", name="Test image 9234")).to_be_visible()
    expect(number).to_have_value("9234")
    expect(page).to_have_url(f"{app}/browse?browse_page=93&image=9234")
    expect_no_exception(page)


def test_whole_numbers_of_the_form_are_shown_in_full_and_half_of_one_is_refused(app: str, visit: Visit) -> None:
    page = visit(f"{app}/train")
    unfold(page, "All settings")
    unfold(page, SETTINGS["seed"].group)
    seed = page.get_by_role("spinbutton", name="Seed")
    for value in ("2147483647", "7"):
        seed.fill(value)
        seed.press("Enter")
        page.wait_for_timeout(1_000)  # the page has run
        expect(seed).to_have_value(value)
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("1.5")
    epochs.press("Enter")
    expect(page.get_by_text("Choose a whole number of epochs between 1 and 1,000.")).to_be_visible()
    expect(epochs).to_have_value("1.5")
    expect_no_exception(page)
