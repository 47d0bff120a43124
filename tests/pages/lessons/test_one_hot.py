"""The cost of answers for an unclear image: the bars, the words and the tables say the same."""

from streamlit.testing.v1 import AppTest

from app_pages.lessons.controls import one_hot
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import run


def bars(page: AppTest, place: int) -> list[float]:
    return [bar["value"] for bar in charts(page)[place]["series"][0]["data"]]


def highlighted(page: AppTest, place: int) -> list[int]:
    data = charts(page)[place]["series"][0]["data"]
    return [answer for answer, bar in enumerate(data) if bar["label"].get("fontWeight") == "bold"]


def test_a_clear_image_costs_nothing_for_its_label_only() -> None:
    page = show("one-hot")
    assert bars(page, 0) == [9, 4, 1, 0, 1, 4, 9, 16, 25, 36]
    assert bars(page, 1) == [2, 2, 2, 0, 2, 2, 2, 2, 2, 2]
    assert highlighted(page, 0) == highlighted(page, 1) == [3]
    assert "nobody reads a" not in words(page).split("\n")[1].split(".")[0]


def test_half_and_half_the_number_between_costs_least_and_nobody_reads_it() -> None:
    page = show("one-hot")
    run(page.slider(one_hot.SHARE).set_value(50))
    assert highlighted(page, 0) == [6] and highlighted(page, 1) == [3, 9]
    assert "as numbers, **6** costs least, 9 on average, although nobody reads a 6" in words(page)
    assert "**3 and 9** cost least, 1 on average, and each digit that nobody reads costs 2." in words(page)


def test_other_digits_can_be_chosen() -> None:
    page = show("one-hot")
    run(page.select_slider(one_hot.DIGIT).set_value(1))
    run(page.select_slider(one_hot.OTHER).set_value(7))
    run(page.slider(one_hot.SHARE).set_value(70))
    assert highlighted(page, 0) == [5] and highlighted(page, 1) == [7]


def test_the_table_has_every_answer() -> None:
    table = one_hot.costs_table([0.123456] * 10)
    assert table["Mean squared error"].tolist() == [0.1235] * 10
