"""Surgery: what it says about an answer and an accuracy, and the page with made digits."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.components.html import percent
from app_pages.inspecting.surgery import (
    answers_html,
    bars_html,
    changes_in_words,
    changes_table,
    difference_in_words,
    ranking_chart,
    ranking_in_words,
    ranking_table,
    unit_names,
)
from mnist_core.analysis.ablation import (
    AblatableLayer,
    AblatedUnit,
    AblationRanking,
    ConfusionChange,
    ablatable_layers,
    ablated,
    ablation_ranking,
)
from mnist_core.analysis.ablation_table import load_table
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.evaluation import Evaluation, evaluate
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.progress import result_of
from tests.made import Miniature
from tests.pages.opening import address_of, components, html_of, open_page, run
from tests.pages.sending import send

LAYER = AblatableLayer(3, 1, 20, "channel")
RANKING = AblationRanking(
    0.9, 0.3, 50, (AblatedUnit(3, 7, 0.5, 1.0), AblatedUnit(3, 1, 0.9, 0.4), AblatedUnit(3, 0, 0.92, 0.2))
)


def evaluation_with(correct: int) -> Evaluation:
    rows = [[0] * 10 for _ in range(10)]
    rows[0][0], rows[0][1] = correct, 100 - correct
    return Evaluation(correct / 100, 0.0, tuple(map(tuple, rows)), torch.zeros(0))


def test_the_two_answers_stand_beside_one_another() -> None:
    before, after = [0.0] * 10, [0.0] * 10
    before[3], after[3], after[8] = 1.0, 0.25, 0.75
    large, shown = answers_html(before, after), bars_html(before, after)
    assert "Whole model <b>3</b> &gt;99.9%" in large and "After surgery <b>8</b> 75.0%" in large
    assert "&gt;99.9% → 25.0%" in shown
    assert "The whole model answers 3 at &gt;99.9%. Without what is switched off it answers 8 at 75.0%." in shown


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (90, 88, "**2 more** are misread."),
        (90, 89, "**1 more** is misread."),
        (90, 93, "**3 fewer** are misread."),
        (90, 90, "as many are misread as before."),
    ],
)
def test_the_difference_is_told_as_a_number_of_images(before: int, after: int, words: str) -> None:
    assert difference_in_words(evaluation_with(before), evaluation_with(after)) == words


def test_what_rose_most_is_told_and_what_fell_is_in_the_table() -> None:
    changes = (ConfusionChange(4, 9, 3, 41), ConfusionChange(7, 1, 0, 1), ConfusionChange(2, 3, 5, 1))
    assert changes_in_words(changes) == "What rose most: 4 read as 9 (3 → 41), 7 read as 1 (0 → 1)."
    assert changes_in_words(changes[2:]) == ""
    assert changes_table(changes).values.tolist() == [[4, 9, 3, 41, 38], [7, 1, 0, 1, 1], [2, 3, 5, 1, -4]]


def test_the_ranking_names_the_unit_that_matters_most_and_counts_the_harmless() -> None:
    names = unit_names([LAYER], [LAYER])
    assert ranking_in_words(RANKING, names, "channels") == (
        "Without channel 7 the accuracy falls from 90.00% to **50.00%** on 50 test images. "
        "2 of 3 channels cost nothing when switched off alone."
    )
    chart = ranking_chart(RANKING, names, "channel")
    assert chart["yAxis"]["data"] == ["channel 0", "channel 1", "channel 7"]
    assert chart["series"][0]["data"] == [-2.0, 0.0, 40.0]
    assert ranking_table(RANKING, names, "channel").values.tolist()[0] == ["channel 7", 50.0, 40.0, 1.0]


def test_among_several_layers_a_unit_is_named_with_its_layer() -> None:
    layers = [LAYER, AblatableLayer(7, 4, 2, "channel")]
    names = unit_names(layers, layers)
    assert len(names) == 22 and names[7, 1] == "conv 2, channel 1" and names[3, 0] == "conv 1, channel 0"
    assert unit_names(layers, layers[1:]) == {(7, 0): "channel 0", (7, 1): "channel 1"}


def opened(model: str, **query: str | list[str]) -> AppTest:
    """Open the view."""
    return open_page("inside", view="Surgery", model=model, **query)


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in page.markdown)


def switch_off(page: AppTest, *units: int) -> AppTest:
    """Switch off these units of the shown layer, and no other of that layer."""
    (grid,) = components(page, "unit_grid")
    return run(send(page, SimpleNamespace(id=grid.proto.id), json_value=json.dumps({"marked": list(units)})))


def test_switching_off_changes_the_answer_at_once_and_the_accuracy_is_measured_again(miniature: Miniature) -> None:
    page = switch_off(opened("mlp", image="5"), 3, 100, 17)
    model = load_trained(model_folder("mlp"))
    off = [(2, 3), (2, 100), (2, 17)]
    with torch.no_grad():
        logits = ablated(model.model, off)(normalise(miniature.test.images[[5]]))
    expected = torch.softmax(logits / model.temperature, dim=1)[0].tolist()
    (shown,) = [html for html in html_of(page) if 'class="surgery"' in html]
    assert all(f"→ {percent(probability)}" in shown for probability in expected)
    before, after = (evaluate(each, miniature.test) for each in (model.model, ablated(model.model, off)))
    assert f"Accuracy **{before.accuracy:.2%} → {after.accuracy:.2%}** on 100 test images" in words(page)
    assert "**3 of 128** hidden units switched off" in words(page)
    page = run(page.button(key="inside_surgery_back").click())
    assert "**0 of 128** hidden units switched off" in words(page)
    assert f"The whole model reads **{before.accuracy:.2%}** of 100 test images correctly" in words(page)
    assert page.button(key="inside_surgery_back").disabled


def test_what_is_off_in_one_layer_stays_off_while_another_is_shown(miniature: Miniature) -> None:
    page = switch_off(opened("cnn", layer="1"), 2)
    page = run(page.button_group(key="inside_surgery_layer").set_value(7))
    page = switch_off(page, 0, 31)
    assert "**3 of 240** channels switched off" in words(page)
    page = switch_off(page)
    assert "**1 of 240** channels switched off" in words(page)
    assert "layer" in address_of(page) and address_of(page)["layer"] == ["7"]


def test_what_is_switched_off_is_in_the_url(miniature: Miniature) -> None:
    page = opened("mlp", off="2-3-100")
    assert "**2 of 128** hidden units switched off" in words(page)
    assert address_of(switch_off(page, 9, 3, 10))["off"] == ["2-3-9-10"]
    page = opened("cnn", off=["3-1", "17-0-63"])
    assert "**3 of 240** channels switched off" in words(page)
    assert address_of(page)["off"] == ["3-1", "17-0-63"]


@pytest.mark.parametrize("off", ["x", "3", "3-", "3-5-", "-1-2", "3-5,6"])
def test_a_link_that_switches_off_nothing_that_can_be_read_says_so(off: str, miniature: Miniature) -> None:
    page = opened("mlp", off=off)
    assert "**0 of 128** hidden units switched off" in words(page)
    assert any("units that cannot be read" in element.value for element in page.warning)


def test_units_that_the_model_lacks_stay_out_of_the_count(miniature: Miniature) -> None:
    assert "**1 of 128** hidden units switched off" in words(opened("mlp", off=["2-5-128", "9-0"]))


def test_the_ranking_of_a_quick_model_is_made_at_once(miniature: Miniature) -> None:
    page = opened("linear")
    ranking = result_of(ablation_ranking(load_trained(model_folder("linear")).model, miniature.test))
    layer = AblatableLayer(0, 1, 49, "region")
    assert ranking_in_words(ranking, unit_names([layer], [layer]), "regions") in words(page)
    assert page.get("echarts_chart")


def test_the_ranking_of_a_cnn_is_made_when_somebody_asks(miniature: Miniature) -> None:
    page = opened("cnn", layer="17")
    assert not page.get("echarts_chart")
    page = run(page.button(key="inside_surgery_rank").click())
    model = load_trained(model_folder("cnn")).model
    ranking = result_of(ablation_ranking(model, miniature.test, [17]))
    layer = ablatable_layers(model)[-1]
    assert ranking_in_words(ranking, unit_names([layer], [layer]), "channels") in words(page)


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_the_ranking_of_a_shipped_model_is_known_at_once(model: str, mnist: tuple[Split, Split]) -> None:
    page = open_page("inside", view="Surgery", model=model)
    table = load_table(model_folder(model))
    assert table
    layer = ablatable_layers(load_trained(model_folder(model)).model)[0]
    expected = ranking_in_words(table.ranking.of_layer(layer.number), unit_names([layer], [layer]), f"{layer.kind}s")
    assert expected in words(page) and "10,000 test images" in expected


def test_without_mnist_the_stand_in_digits_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path))
    page = opened("mlp")
    assert any("tand-in digits" in element.value for element in page.info)
    assert "of 150 test images correctly" in words(page)
