"""The flow on the Inside page, and the numbers that it explains, as a visitor sees them."""

import re

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect

from app_pages.inspecting.flow import strongest
from mnist_core.analysis.activations import Flow, trace
from mnist_core.data.split import load_split
from mnist_core.ink.normalisation import normalise
from mnist_core.recognition.predictor import load_predictor
from tests.browser.drawing import DIGITS, write
from tests.browser.visiting import Visit, expect_no_exception
from tests.waiting import wait_for

IMAGE = 7  # of the test split


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def numbers(text: str) -> list[float]:
    """Return the numbers in a line, with their signs; a minus between two numbers has a space after it."""
    return [number(found) for found in re.findall(r"\N{MINUS SIGN}?\d+(?:\.\d+)?(?:e\N{MINUS SIGN}?\d+)?", text)]


def flow_of(model: str) -> Flow:
    predictor = load_predictor(model)
    picture = normalise(load_split("test").images[[IMAGE]])[0]
    return trace(predictor.model, picture, predictor.temperature)


def open_unit(visit: Visit, app: str, model: str, layer: int, unit: str) -> Page:
    page = visit(f"{app}/inside?model={model}&image={IMAGE}&layer={layer}&unit={unit}")
    page.locator(".unit .lines, .unit .shares").first.wait_for()
    return page


def grid(page: Page, name: str) -> list[float]:
    return [number(text) for text in figure(page, name).locator(".numbers span").all_inner_texts()]


def figure(page: Page, name: str) -> Locator:
    return page.locator(".unit figure", has=page.get_by_text(name, exact=True))


def line(page: Page, name: str) -> str:
    """Return a line of the calculation, without its note."""
    text: str = page.locator(".unit dt", has_text=re.compile(f"^{name}$")).evaluate("""term => {
      const nodes = [...term.nextSibling.childNodes].filter(node => node.tagName !== 'SMALL');
      return nodes.map(node => node.textContent).join('');
    }""")
    return text


@pytest.mark.usefixtures("mnist")
def test_the_displayed_numbers_of_a_unit_of_a_block_make_what_torch_computed(app: str, visit: Visit) -> None:
    flow = flow_of("cnn")
    stages = [stage for stage in flow.stages if stage.operation == "ReLU"]
    look = len(flow.looks) // 2
    channel, row, column = strongest(stages[1], look)
    page = open_unit(visit, app, "cnn", stages[1].layer, f"{channel}-{row}-{column}")
    patch, kernel, products = (grid(page, name) for name in ("Patch", "Kernel", "Products"))
    assert len(patch) == 9
    for given, weight, product in zip(patch, kernel, products, strict=True):
        assert product == pytest.approx(given * weight, abs=0.006 + 0.005 * (abs(given) + abs(weight)))
    (sum_of_channel,) = numbers(figure(page, "Sum").inner_text().splitlines()[-1])
    assert sum(products) == pytest.approx(sum_of_channel, abs=9 * 0.005 + 1e-4)
    sums = [
        number(text)
        for text in page.get_by_role("radiogroup", name="The sum of each").locator("button").all_inner_texts()
    ]
    total = numbers(line(page, "Convolution"))[-1]
    assert len(sums) == stages[0].shape[0] and sum(sums) == pytest.approx(total, abs=len(sums) * 0.005 + 1e-4)
    *window, pooled = numbers(line(page, "Max pooling"))
    assert len(window) == 4 and max(window) == pooled == total
    formula = line(page, "Normalisation and bias").split("=")[0]
    formula = formula.replace("\N{MINUS SIGN}", "-").replace("÷", "/").replace("×", "*")
    before = numbers(line(page, "ReLU"))[1]
    recomputed = eval(re.sub(r"√\((.*?)\)", r"((\1) ** 0.5)", formula))  # four decimals of each number
    assert recomputed == pytest.approx(before, abs=2e-3)
    shown = numbers(line(page, "ReLU"))[-1]
    assert shown == max(0.0, before) == pytest.approx(float(stages[1].of_look(look)[channel, row, column]), abs=6e-5)
    expect_no_exception(page)


@pytest.mark.usefixtures("mnist")
def test_every_step_of_the_kernel_shows_the_activation_at_its_place(app: str, visit: Visit) -> None:
    flow = flow_of("cnn")
    stage = next(stage for stage in flow.stages if stage.operation == "ReLU")
    page = open_unit(visit, app, "cnn", stage.layer, "5-11-10")
    values = stage.of_look(len(flow.looks) // 2)[5]

    def value() -> float:
        return float(page.locator(".unit").get_attribute("data-value") or "nan")

    assert value() == pytest.approx(float(values[11, 10]), abs=1e-5)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("row 11, column 11 of 12 × 12")).to_be_visible()
    assert value() == pytest.approx(float(values[11, 11]), abs=1e-5)
    page.get_by_role("button", name="Next").click()  # on to the first
    expect(page.get_by_text("row 0, column 0 of 12 × 12")).to_be_visible()
    assert value() == pytest.approx(float(values[0, 0]), abs=1e-5)
    channel = page.get_by_role("group", name="This channel")
    channel.press("ArrowDown")
    channel.press("ArrowRight")
    expect(page.get_by_text("It sees rows 2–6, columns 2–6.")).to_be_visible()
    assert value() == pytest.approx(float(values[1, 1]), abs=1e-5)
    expect(page).to_have_url(re.compile("unit=5-1-1"))
    page.get_by_role("button", name="Run").click()
    where = page.locator(".steer span")
    expect(where).not_to_have_text("row 1, column 1 of 12 × 12")
    page.get_by_role("button", name="Pause").click()
    place = [int(each) for each in numbers(where.inner_text())[:2]]
    assert place > [1, 1]
    assert value() == pytest.approx(float(values[place[0], place[1]]), abs=1e-5)
    expect(page).to_have_url(re.compile(f"unit=5-{place[0]}-{place[1]}"))
    expect_no_exception(page)


@pytest.mark.usefixtures("mnist")
def test_ten_sums_of_the_linear_model_make_its_ten_probabilities(app: str, visit: Visit) -> None:
    flow = flow_of("linear")
    page = open_unit(visit, app, "linear", 2, "7")
    rows = page.locator(".shares tbody tr").all_inner_texts()
    cells = [numbers(row) for row in rows]
    total = sum(cell[-2] for cell in cells)
    for digit, cell in enumerate(cells):
        assert cell[0] == digit
        assert cell[1] == pytest.approx(float(flow.stage(1).values[0, digit]), abs=6e-5)
        assert cell[2] == pytest.approx(cell[1] / flow.temperature, abs=2e-4)
        assert cell[-2] == pytest.approx(float(torch.tensor(cell[2]).exp()), rel=2e-3, abs=6e-4)
        assert cell[-1] == pytest.approx(100 * cell[-2] / total, abs=0.02)
        assert cell[-1] == pytest.approx(100 * float(flow.stage(2).values[0, digit]), abs=0.006)
    page.locator(".shares tbody tr").nth(3).click()
    expect(page.get_by_role("heading", name="Logit of 3")).to_be_visible()
    up_down_total = numbers(line(page, "Products"))
    assert up_down_total[0] + up_down_total[1] == pytest.approx(up_down_total[-1], abs=2e-4)
    assert numbers(line(page, "Bias"))[-1] == pytest.approx(float(flow.stage(1).values[0, 3]), abs=6e-5)
    assert sum(numbers(line(page, "Bias"))[:2]) == pytest.approx(numbers(line(page, "Bias"))[-1], abs=2e-4)


def test_a_stroke_changes_every_picture_and_a_block_stays_unfolded(app: str, visit: Visit) -> None:
    page = visit(f"{app}/inside?model=cnn")
    head = page.get_by_role("button", name="Convolution 2")
    head.click()
    expect(head).to_have_attribute("aria-expanded", "true")
    pooling = page.locator(".stage[data-layer='5'] canvas")
    expect(pooling).to_be_visible()

    def pixels() -> str:
        return str(pooling.evaluate("canvas => canvas.toDataURL()"))

    before = pixels()
    write(page, DIGITS[8])
    wait_for(lambda: pixels() != before)
    expect(head).to_have_attribute("aria-expanded", "true")
    expect_no_exception(page)


def test_a_unit_is_chosen_with_the_keyboard_alone(app: str, visit: Visit) -> None:
    page = visit(f"{app}/inside?model=cnn")
    stops = page.locator(".flow .stop[tabindex='0']")
    expect(stops).to_have_count(1)
    stops.focus()
    stage = page.locator(".stage[data-layer='3']")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
        if stage.evaluate("each => each.getRootNode().activeElement === each"):
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Home")  # belongs to nobody while inside
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.locator(".readout").first).to_contain_text(re.compile(r"ReLU, channel \d+, row \d+, column \d+: about"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"layer=3&unit=\d+-\d+-\d+"))
    expect(page.locator(".flow .stop[tabindex='0']")).to_have_count(1)


def test_on_a_phone_the_flow_scrolls_in_its_own_box(app: str, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True).new_page()
    page.goto(f"{app}/inside?model=cnn")
    page.locator(".unit .lines").wait_for(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    widths: list[int] = page.locator(".scroller").evaluate("each => [each.scrollWidth, each.clientWidth]")
    assert widths[0] > 2 * widths[1] and widths[1] <= 360
    assert page.locator(".unit").evaluate("each => each.scrollWidth <= each.clientWidth")
    page.context.close()
