"""What would change the answer, on the Inside page: its pictures and numbers are the model's own."""

import base64
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.inspecting.change_attack import attack_table, finding
from app_pages.inspecting.change_charts import Mark, probability_chart, probability_table
from app_pages.inspecting.change_morph import finding as morph_finding
from app_pages.inspecting.change_sliders import BY_NAME
from app_pages.inspecting.change_sliders import finding as curve_finding
from app_pages.inspecting.change_smallest import size_table
from app_pages.inspecting.target import SECOND
from mnist_core.analysis.adversarial import Attack
from mnist_core.analysis.counterfactual import Change
from mnist_core.analysis.morph import FRAMES
from mnist_core.analysis.robustness import Break, Curve, Distortion, distort
from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import MODELS
from mnist_core.recognition.predictor import load_predictor
from tests.made import Miniature
from tests.pages.opening import address_of, components, html_of, open_page, run

VIEW, IMAGE = "What would change it", 4
MODEL = "mlp"
STRIP = 'class="change-figures strip"'


def opened(kind: str | None = None, **query: str) -> AppTest:
    chosen = {"change": kind} if kind else {}
    return open_page("inside", view=VIEW, model=MODEL, image=str(IMAGE), **chosen, **query)


def picture(miniature: Miniature, number: int = IMAGE) -> torch.Tensor:
    return normalise(miniature.test.images[[number]])[0]


def ranked(tensor: torch.Tensor) -> list[int]:
    """Return the digits, the model's most likely answer first."""
    return load_predictor(MODEL).probabilities(tensor[None])[0].argsort(descending=True).tolist()


def answer_to(tensor: torch.Tensor, model: str = MODEL) -> int:
    return int(load_predictor(model).probabilities(tensor[None]).argmax())


def film(page: AppTest) -> dict[str, Any]:
    (shown,) = components(page, "change_film")
    data: dict[str, Any] = json.loads(shown.proto.json)
    return data


def html_with(page: AppTest, text: str) -> str:
    (shown,) = [each for each in html_of(page) if text in each]
    return shown


def bold(text: str) -> list[int]:
    return [int(digit) for digit in re.findall(r"<b[^>]*>(\d)</b>", text)]


def test_the_film_leads_from_the_picture_to_the_second_most_likely_answer(miniature: Miniature) -> None:
    first, second, *_ = ranked(picture(miniature))
    page = opened()
    shown = film(page)
    assert shown["frames"][0]["answer"] == str(first) and shown["frames"][-1]["answer"] == str(second)
    before = np.frombuffer(base64.b64decode(shown["before"]), np.uint8).reshape(28, 28)
    assert np.array_equal(before, miniature.test.images[IMAGE].numpy())
    assert "target" not in address_of(page) and "change" not in address_of(page)


def test_the_film_ends_where_the_chosen_probability_is_reached(miniature: Miniature) -> None:
    target = ranked(picture(miniature))[4]
    page = opened(target=str(target))
    page.selectbox(key="inside_change_sureness").select("90%")
    shown = film(run(page))
    after = np.frombuffer(base64.b64decode(shown["after"]), np.uint8).reshape(1, 28, 28).copy()
    probabilities = load_predictor(MODEL).probabilities(normalise(torch.from_numpy(after)))[0]
    assert int(probabilities.argmax()) == target
    assert float(probabilities[target]) == pytest.approx(0.9, abs=0.02)  # the film has whole grey levels
    assert shown["frames"][-1]["answer"] == str(target) and address_of(page)["target"] == [str(target)]


def test_few_pixels_change_when_few_are_asked_for(miniature: Miniature) -> None:
    page = opened(target=str(ranked(picture(miniature))[-1]))

    def changed() -> int:
        pictures = [
            np.frombuffer(base64.b64decode(film(page)[name]), np.uint8).astype(int) for name in ("before", "after")
        ]
        return int((np.abs(pictures[1] - pictures[0]) > 12).sum())

    many = changed()
    page.selectbox(key="inside_change_norm").select("Strong, in few pixels")
    page = run(page)
    assert 0 < changed() < many / 2


def test_any_digit_can_be_asked_for_and_the_answer_itself_leads_to_the_next_one(miniature: Miniature) -> None:
    answer, second, *_, last = ranked(picture(miniature))
    page = opened(target=str(answer))
    control = page.button_group(key="inside_change_target")
    assert control.options == [SECOND, *map(str, range(10))] and control.value == str(answer)
    assert film(page)["frames"][-1]["answer"] == str(second)
    assert any(f"The model answers {answer} already" in caption.value for caption in page.caption)
    page = run(control.set_value(str(last)))
    assert film(page)["frames"][-1]["answer"] == str(last) and address_of(page)["target"] == [str(last)]
    page = run(page.button_group(key="inside_change_target").set_value(SECOND))
    assert film(page)["frames"][-1]["answer"] == str(second) and "target" not in address_of(page)


@pytest.mark.parametrize("kind", ["Sliders", "Morph", "Attack"])
def test_a_link_opens_each_kind_of_change(miniature: Miniature, kind: str) -> None:
    page = opened(kind)
    assert page.button_group(key="inside_change").value == kind
    assert address_of(page)["change"] == [kind] and not components(page, "change_film")


def test_a_link_to_an_unknown_kind_shows_the_first_one(miniature: Miniature) -> None:
    page = opened("Magic")
    assert components(page, "change_film") and "change" not in address_of(page)


def test_the_sliders_answer_is_that_for_the_changed_picture(miniature: Miniature) -> None:
    page = opened("Sliders")
    assert bold(html_with(page, "disturbed-answer")) == [answer_to(picture(miniature))]
    page.slider(key="inside_change_turn").set_value(90)
    page.slider(key="inside_change_noise").set_value(30)
    page = run(page)
    changed = distort(picture(miniature), [Distortion(noise=0.3, turn=90)])
    assert bold(html_with(page, "disturbed-answer")) == [answer_to(changed[0])]


def test_the_chart_is_over_the_slider_that_was_moved_last(miniature: Miniature) -> None:
    page = opened("Sliders")
    page = run(page.slider(key="inside_change_thickness").set_value(1.0))
    assert page.button_group(key="inside_change_over").value == "Thickness"
    page = run(page.button(key="inside_change_reset").click())
    assert page.slider(key="inside_change_thickness").value == 0
    assert bold(html_with(page, "disturbed-answer")) == [answer_to(picture(miniature))]


def test_each_slider_says_how_much_the_picture_bears(miniature: Miniature) -> None:
    rows = html_with(opened("Sliders"), 'class="bears"')
    for name in BY_NAME:
        assert f"<span>{name}</span>" in rows
    assert rows.count('class="same"') == len(BY_NAME)


def test_a_morph_ends_with_the_example_that_was_chosen(miniature: Miniature) -> None:
    page = opened("Morph", target="0" if ranked(picture(miniature))[0] else "1")
    digit = int(address_of(page)["target"][0])
    strip = bold(html_with(page, STRIP))
    assert len(strip) == 9 and strip[0] == answer_to(picture(miniature)) and strip[-1] == digit
    page = run(page.slider(key="inside_change_place").set_value(100.0))
    (large,) = bold(html_with(page, "100% of the way<"))  # its name is below the large picture alone
    assert large == digit


def test_a_morph_leads_to_a_test_image_as_well(miniature: Miniature) -> None:
    page = opened("Morph")
    page = run(page.selectbox(key="inside_change_into").select("a test image"))
    page.number_input(key="inside_change_number").set_value(9)
    page.selectbox(key="inside_change_way").select("fade")
    strip = bold(html_with(run(page), STRIP))
    middle = (picture(miniature) + picture(miniature, 9)) / 2
    assert (strip[0], strip[4], strip[-1]) == tuple(map(answer_to, (picture(miniature), middle, picture(miniature, 9))))


def test_an_attack_begins_at_the_smallest_size_that_fools_the_model(miniature: Miniature) -> None:
    page = opened("Attack")
    before, on_purpose, at_random = bold(html_with(page, "Changed on purpose"))
    assert before == answer_to(picture(miniature)) != on_purpose
    size = page.select_slider(key="inside_change_size").value
    table = html_with(page, 'class="attacked"')
    assert f"<td>{size}</td>" in table
    answers = bold(table)
    assert answers[:2] == [on_purpose, at_random] and len(answers) == 2 * len(MODELS)
    page = run(page.select_slider(key="inside_change_size").set_value(0))
    undisturbed = bold(html_with(page, 'class="attacked"'))
    shipped = [MODEL, *(name for name in MODELS if name != MODEL)]
    assert undisturbed == [answer_to(picture(miniature), name) for name in shipped for _ in range(2)]


def test_a_chart_of_probabilities_has_a_line_for_every_digit_and_a_mark_where_the_answer_changes() -> None:
    rows = [[0.1] * 10, [0.5, *[0.5 / 9] * 9]]
    chart = probability_chart("Title (%)", "turn (°)", [0.0, 5.0], rows, [3, 0], here=2.5, marks=[Mark(4.0, "4°")])
    assert sorted(series["name"] for series in chart["series"]) == list("0123456789")
    (source,) = chart["dataset"]
    assert isinstance(source["source"], pd.DataFrame) and source["source"]["0"].tolist() == [10, 50]
    (marked,) = [series["markLine"]["data"] for series in chart["series"] if "markLine" in series]
    assert [mark["xAxis"] for mark in marked] == [4.0, 2.5]
    assert [entry["name"] for entry in chart["legend"]["data"]] == ["3", "0"]
    assert (chart["xAxis"]["min"], chart["xAxis"]["max"], chart["xAxis"]["name"]) == (0.0, 5.0, "turn (°)")


def test_a_table_of_probabilities_has_a_row_per_amount() -> None:
    table = probability_table("px", [0.0, 0.5], [[0.1] * 10, [0.25, *[0.75 / 9] * 9]])
    assert table["px"].tolist() == [0.0, 0.5] and table["0 (%)"].tolist() == [10.0, 25.0]


def test_the_largest_changes_of_pixels_come_first() -> None:
    path = torch.zeros(2, 28, 28)
    path[1, 3, 4], path[1, 5, 6], path[1, 7, 8] = 0.2, -0.0, 0.9
    path[0, 5, 6] = 0.5
    table = size_table(Change(1, True, path, torch.zeros(2, 10)))
    assert table.to_numpy().tolist() == [[7, 8, pytest.approx(0.9)], [5, 6, -0.5], [3, 4, pytest.approx(0.2)]]


def test_where_an_answer_breaks_is_said_in_words() -> None:
    control = BY_NAME["Turn"]
    curve = Curve(control.kind, [0.0], torch.zeros(1, 10), 6, Break(-71.6, 4), Break(55.2, 9))
    minus = "\N{MINUS SIGN}"
    assert curve_finding(curve, control) == (
        f"Turn: the answer is 6 without it; at {minus}72° it becomes 4 and at 55° it becomes 9."
    )
    stays = Curve(control.kind, [0.0], torch.zeros(1, 10), 6, None, None)
    assert curve_finding(stays, control) == "Turn: the answer stays 6 all the way."


def test_how_the_answer_changes_in_a_morph_is_said_in_words() -> None:
    rows = torch.eye(10)[[4] * 20 + [9] * (FRAMES - 20)].tolist()
    answers = [row.index(1.0) for row in rows]
    assert morph_finding(answers, rows).startswith("The answer is 4 at first, then 9 from 50% of the way.")
    assert morph_finding([4] * FRAMES, rows) == "The answer stays 4 all the way."


@pytest.mark.parametrize(("fooled", "words"), [(0, "**none** do."), (1, "**1** does."), (7, "**7** do.")])
def test_an_attack_is_compared_with_chance_in_words(fooled: int, words: str) -> None:
    rows = torch.eye(10)[[2, 2, 7]]
    attacked = Attack((0, 4, 8), 2, torch.zeros(3), torch.zeros(3), rows, torch.eye(10)[[2, 2, 2]], (0, 0, fooled))
    said = finding(attacked, 2)
    assert "from **8 of 255 grey levels** on" in said and said.endswith(words)
    assert attack_table(attacked)["on purpose: answer"].tolist() == [2, 2, 7]
