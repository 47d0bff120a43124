"""Digits as a person would draw them with a mouse, for the journeys: strokes on a canvas of 280 px."""

import math
from itertools import pairwise

from playwright.sync_api import FloatRect, Page, expect

Point = tuple[float, float]


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float, pieces: int = 24) -> list[Point]:
    """Points on an ellipse, angles in degrees, clockwise on the screen from the right."""
    angles = [math.radians(start + (end - start) * piece / pieces) for piece in range(pieces + 1)]
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


DIGITS: dict[int, list[list[Point]]] = {
    0: [arc(140, 140, 55, 85, -90, 270)],
    1: [[(110, 90), (145, 55), (145, 225)]],
    2: [[*arc(140, 100, 50, 45, 190, 400), (90, 220), (195, 220)]],
    3: [[*arc(135, 97, 45, 42, 200, 450), *arc(135, 181, 52, 44, -90, 150)]],
    4: [[(130, 50), (80, 155), (200, 155)], [(170, 95), (165, 230)]],
    5: [[(190, 60), (110, 60), (100, 130), *arc(135, 175, 55, 50, 230, 490)]],
    6: [[(165, 50), (115, 110), *arc(140, 175, 45, 45, 180, 540)]],
    7: [[(80, 65), (200, 65), (130, 225)]],
    8: [[*arc(140, 97, 40, 40, 90, -270), *arc(140, 181, 48, 44, -90, 270)]],
    9: [[*arc(140, 100, 42, 45, 0, -360), (182, 100), (170, 225)]],
}


def draw(page: Page, strokes: list[list[Point]]) -> None:
    """Draw strokes with the mouse, and wait until the page has seen the first one."""
    write(page, strokes)
    expect(page.get_by_test_id("answer")).not_to_have_text("?")


def write(page: Page, strokes: list[list[Point]]) -> None:
    """Draw strokes with the mouse, and wait for nothing."""
    box = canvas_on_screen(page)
    scale = box["width"] / 280
    for stroke in strokes:
        (x, y), *rest = stroke
        page.mouse.move(box["x"] + x * scale, box["y"] + y * scale)
        page.mouse.down()
        for x, y in rest:
            page.mouse.move(box["x"] + x * scale, box["y"] + y * scale, steps=3)
        page.mouse.up()


def canvas_on_screen(page: Page) -> FloatRect:
    """Scroll to the canvas, and return where it is; while one takes the place of another, wait."""
    canvas = page.locator("canvas.upper-canvas")
    for _ in range(20):
        expect(canvas).to_have_count(1)
        canvas.scroll_into_view_if_needed()
        if box := canvas.bounding_box():
            return box
        page.wait_for_timeout(100)
    raise AssertionError("the canvas is not on the screen")


def draw_with_a_finger(page: Page, strokes: list[list[Point]]) -> None:
    """Draw strokes by touch, as on a phone."""
    box = canvas_on_screen(page)
    screen = page.context.new_cdp_session(page)
    for stroke in strokes:
        for at, (x, y) in enumerate(_with_points_between(stroke)):
            finger = {"x": box["x"] + x * box["width"] / 280, "y": box["y"] + y * box["height"] / 280}
            kind = "touchMove" if at else "touchStart"
            screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [finger]})
            page.wait_for_timeout(20)  # the browser hands on one move a frame
        screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.get_by_test_id("answer")).not_to_have_text("?")


def _with_points_between(stroke: list[Point], pieces: int = 4) -> list[Point]:
    between = [
        (x0 + (x1 - x0) * piece / pieces, y0 + (y1 - y0) * piece / pieces)
        for (x0, y0), (x1, y1) in pairwise(stroke)
        for piece in range(1, pieces + 1)
    ]
    return [stroke[0], *between]


def expect_answer(page: Page, answer: str) -> None:
    """Wait for the answer in large."""
    expect(page.get_by_test_id("answer")).to_have_text(answer)
