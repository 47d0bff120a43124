"""What is around every page: the bar with the four pages, the heading, and the model in use where it matters."""

from urllib.parse import parse_qs

import pytest

from tests.made import Miniature
from tests.pages.opening import address_of, html_of, open_page, run

PAGES = ["Draw", "Browse", "Train", "Inside", "Learn"]


def model_choices(page: object) -> list[str]:
    return [box.label for box in page.selectbox if box.key == "model"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_one_title_the_promise_and_links_to_all_pages(name: str, miniature: Miniature) -> None:
    page = open_page(name.lower(), model="mlp")
    assert [title.value for title in page.title] == [name]
    assert any("Draw a digit and see how a neural network reads it" in text for text in html_of(page))
    links = [link.proto for link in page.get("page_link")][: len(PAGES)]
    assert [link.label for link in links] == PAGES
    assert [parse_qs(link.query_string) for link in links] == [{"model": ["mlp"]}] * len(PAGES)


@pytest.mark.parametrize(
    ("name", "shown"), [("draw", True), ("browse", True), ("train", False), ("inside", True), ("learn", False)]
)
def test_the_model_in_use_is_chosen_only_where_it_is_used(name: str, shown: bool, miniature: Miniature) -> None:
    assert model_choices(open_page(name)) == ["Model in use"] * shown


@pytest.mark.parametrize("between", ["train", "learn"])
def test_a_chosen_model_stays_in_use_after_a_page_without_the_choice(between: str, miniature: Miniature) -> None:
    page = open_page("draw")
    run(page.selectbox(key="model").set_value("linear"))
    run(page.switch_page(f"app_pages/{between}.py"))
    assert address_of(page)["model"] == ["linear"]
    run(page.switch_page("app_pages/draw.py"))
    assert page.selectbox(key="model").value == "linear"


def test_a_model_in_a_link_to_learn_is_the_one_that_draw_uses(miniature: Miniature) -> None:
    page = open_page("learn", model="mlp")
    del page.query_params["model"]
    assert run(page.switch_page("app_pages/draw.py")).selectbox(key="model").value == "mlp"
