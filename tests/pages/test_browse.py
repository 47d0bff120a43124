"""The Browse page: which images the grid shows, what an opened image tells, and what the URL holds."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app_pages.browsing import filters, links
from app_pages.browsing.confusion import most_frequent_confusion
from app_pages.browsing.detail import TENSOR
from mnist_core.data.split import Split
from mnist_core.data.torchvision_import import import_datasets
from mnist_core.ink.normalisation import normalise
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.paths import data_root
from mnist_core.recognition.predictor import Predictor
from tests.made import Miniature
from tests.pages.opening import address_of, components, html_of, open_page, run
from tests.pages.sending import send


def browse(**query: str | list[str]) -> AppTest:
    """Open the Browse page with these query parameters."""
    return open_page("browse", **query)


def tiles(page: AppTest) -> list[dict[str, Any]]:
    (grid,) = components(page, "picture_grid")
    shown: list[dict[str, Any]] = json.loads(grid.proto.json)["tiles"]
    return shown


def outlined(page: AppTest) -> int | None:
    (grid,) = components(page, "picture_grid")
    number: int | None = json.loads(grid.proto.json)["chosen"]
    return number


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.header, *page.subheader, *page.caption])


def html_with(tag: str, page: AppTest) -> str:
    """Return the one piece of HTML on the page that holds a tag."""
    (piece,) = [html for html in html_of(page) if tag in html]
    return piece


def test_the_first_page_shows_the_first_hundred_images_with_their_labels(mnist: tuple[Split, Split]) -> None:
    page = browse()
    assert [tile["number"] for tile in tiles(page)] == list(range(100))
    assert [int(tile["label"]) for tile in tiles(page)] == mnist[1].labels[:100].tolist()
    assert "10,000 images" in words(page)
    assert page.pagination[0].num_pages == 100
    assert outlined(page) is None


def test_choosing_a_digit_shows_only_its_images_and_counts_them(mnist: tuple[Split, Split]) -> None:
    page = browse(browse_digit="1")
    ones = [number for number, label in enumerate(mnist[1].labels.tolist()) if label == 1]
    assert [tile["number"] for tile in tiles(page)] == ones[:100]
    assert f"{len(ones):,} images of a 1" in words(page)
    assert page.pagination[0].num_pages == 12


def test_the_last_page_shows_the_remaining_images(mnist: tuple[Split, Split]) -> None:
    page = browse(browse_digit="1")
    run(page.pagination[0].set_value(12))
    assert len(tiles(page)) == 1135 - 11 * 100


def test_choosing_another_digit_returns_to_the_first_page(mnist: tuple[Split, Split]) -> None:
    page = browse(browse_digit="1")
    run(page.pagination[0].set_value(12))
    run(page.button_group(key="browse_digit").set_value("8"))
    assert page.pagination[0].value == 1
    assert "974 images of an 8" in words(page)


def test_a_link_to_an_image_opens_it_and_turns_to_its_page(mnist: tuple[Split, Split]) -> None:
    page = browse(image="137")
    assert "Test image 137" in words(page)
    assert page.pagination[0].value == 2
    assert outlined(page) == 137
    assert 137 in [tile["number"] for tile in tiles(page)]


def test_an_opened_image_shows_its_label_and_the_code_that_loads_it(mnist: tuple[Split, Split]) -> None:
    page = browse(image="137")
    assert f"Label: **{int(mnist[1].labels[137])}**" in words(page)
    (line,) = [code.value for code in page.code]
    picture, label = eval(line, {"MNIST": lambda _, train: import_datasets().MNIST(str(data_root()), train=train)})
    assert label == int(mnist[1].labels[137])
    assert np.array_equal(np.asarray(picture), mnist[1].images[137].numpy())


@pytest.mark.slow
@pytest.mark.parametrize("model", ["linear", "mlp", "cnn"])
def test_right_or_wrong_compares_the_label_with_the_active_models_answer(miniature: Miniature, model: str) -> None:
    for number in range(6):
        shown = words(browse(image=str(number), model=model))
        label, answer = (digit_after(name, shown) for name in ("Label", "Model's answer"))
        assert label == int(miniature.test.labels[number])
        assert ("right" in shown) == (label == answer) and ("wrong" in shown) == (label != answer)


def digit_after(name: str, shown: str) -> int:
    match = re.search(rf"{name}: \*\*(\d)", shown)
    assert match
    return int(match[1])


def test_the_pixel_values_are_the_bytes_of_the_image(miniature: Miniature) -> None:
    page = browse(image="7")
    run(page.button(key="browse_numbers").click())
    table = html_with("<table", page)
    shown = [int(number) for number in re.findall(r">(\d+)</td>", table)]
    assert shown == miniature.test.images[7].flatten().tolist()


def test_the_pixel_values_can_be_those_of_the_normalised_tensor(miniature: Miniature) -> None:
    page = browse(image="7")
    page.session_state["browse_values"] = TENSOR
    run(page.button(key="browse_numbers").click())
    table = html_with("<table", page)
    shown = [float(number) for number in re.findall(r">(-?[\d.]+)</td>", table)]
    expected = (miniature.test.images[7].flatten().numpy() / 255 - 0.1307) / 0.3081
    assert shown == pytest.approx(expected.tolist(), abs=0.006)


def answers(model: str, split: Split) -> tuple[list[int], list[float]]:
    """Return the answers and the confidences of a shipped model on a split, image by image."""
    predictor = Predictor.of(load_trained(model_folder(model)))
    rows = [predictor.probabilities(normalise(image[None]))[0].tolist() for image in split.images]
    return [row.index(max(row)) for row in rows], [max(row) for row in rows]


def test_every_image_in_the_grid_is_named_with_its_label_and_the_answer(miniature: Miniature) -> None:
    read, _ = answers("linear", miniature.test)
    for number, tile in enumerate(tiles(browse(model="linear"))):
        assert tile["name"] == f"test {number}, label {int(miniature.test.labels[number])}, read as {read[number]}"


def test_filters_combine_and_are_described_in_words(miniature: Miniature) -> None:
    read, confidence = answers("mlp", miniature.train)
    labels = miniature.train.labels.tolist()
    label, answer = max(set(zip(labels, read, strict=True)), key=list(zip(labels, read, strict=True)).count)
    low = round(100 * sorted(confidence)[len(confidence) // 3])
    expected = [
        number
        for number in range(len(labels))
        if labels[number] == label and read[number] == answer and low / 100 <= confidence[number]
    ]
    assert 0 < len(expected) < 100
    page = browse(
        browse_digit=str(label),
        browse_read=str(answer),
        browse_split="Train",
        browse_sort="Surest first",
        browse_sure=[str(low), "100"],
        model="mlp",
    )
    assert [tile["number"] for tile in tiles(page)] == sorted(expected, key=lambda number: -confidence[number])
    a_label, a_digit = (f"{'an' if digit == 8 else 'a'} {digit}" for digit in (label, answer))
    assert (
        f"{len(expected)} training image{'s' * (len(expected) > 1)} of {a_label}, read as {a_digit}, "
        f"confidence {low}% to 100%, surest first" in words(page)
    )


def test_the_confusion_matrix_leads_to_all_mistakes_the_most_confident_first(miniature: Miniature) -> None:
    read, confidence = answers("linear", miniature.test)
    labels = miniature.test.labels.tolist()
    wrong = [number for number in range(len(labels)) if read[number] != labels[number]]
    page = browse(browse_view="Confusion", model="linear")
    (matrix,) = components(page, "confusion_matrix")
    counts = json.loads(matrix.proto.json)["counts"]
    assert counts == [
        [sum(pair == (label, answer) for pair in zip(labels, read, strict=True)) for answer in range(10)]
        for label in range(10)
    ]
    assert f"**{len(labels) - len(wrong)} of {len(labels)}**" in words(page)
    run(page.button(key="browse_wrong").click())
    shown = [tile["number"] for tile in tiles(page)]
    assert shown == sorted(wrong, key=lambda number: -confidence[number])
    assert address_of(page) == {"browse_answer": ["Wrong"], "browse_sort": ["Surest first"], "model": ["linear"]}


def headings(page: AppTest) -> list[str]:
    return [heading.value for heading in [*page.header, *page.subheader]]


def misread(model: str, split: Split) -> list[int]:
    """Return the images that a shipped model misreads, the most confident answers first."""
    read, confidence = answers(model, split)
    wrong = [number for number, label in enumerate(split.labels.tolist()) if read[number] != label]
    return sorted(wrong, key=lambda number: -confidence[number])


def test_the_model_s_most_confident_mistake_is_open_from_the_start(mnist: tuple[Split, Split]) -> None:
    test = mnist[1]
    predictor = Predictor.of(load_trained(model_folder("mlp")))
    confidence, read = predictor.probabilities(normalise(test.images)).max(dim=1)
    wrong = read != test.labels
    number = int(torch.where(wrong, confidence, 0).argmax())
    page = browse(model="mlp")
    assert headings(page) == [f"Test image {number}"] and "Its most confident mistake" in words(page)
    assert f"Label: **{int(test.labels[number])}**" in words(page)
    assert f"Model's answer: **{int(read[number])}**" in words(page)
    assert page.button(key="browse_mistakes").label == f"Show its {int(wrong.sum())} mistakes"
    assert "browse_close" not in [button.key for button in page.button]
    assert address_of(page) == {"model": ["mlp"]}


def test_the_mistakes_in_other_images_than_mnist_s_are_found_and_shown_by_one_button(miniature: Miniature) -> None:
    wrong = misread("linear", miniature.test)
    page = browse(model="linear")
    assert headings(page) == [f"Test image {wrong[0]}"]
    assert page.button(key="browse_mistakes").label == f"Show its {len(wrong)} mistakes"
    run(page.button(key="browse_mistakes").click())
    assert [tile["number"] for tile in tiles(page)] == wrong
    assert "browse_mistakes" not in [button.key for button in page.button]


def test_a_model_without_mistakes_shows_the_first_image_and_has_none_to_show(miniature: Miniature) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("app_pages.state.mistakes.known_mistakes", lambda split: [])
        page = browse()
    assert headings(page) == ["Test image 0"] and "It makes no mistake here" in words(page)
    assert page.button(key="browse_mistakes").label == "Show its 0 mistakes"
    assert page.button(key="browse_mistakes").disabled


def test_the_mistakes_in_the_training_images_are_not_counted_before_somebody_asks(miniature: Miniature) -> None:
    page = browse(browse_split="Train", model="linear")
    assert page.button(key="browse_mistakes").label == "Show its mistakes"
    assert headings(page) == ["Training image 0"] and "The first training image" in words(page)
    run(page.button(key="browse_mistakes").click())
    run(page.button(key="browse_all").click())
    assert page.button(key="browse_mistakes").label == f"Show its {len(misread('linear', miniature.train))} mistakes"


def test_the_images_of_a_cell_are_shown_beside_the_matrix_the_surest_first(miniature: Miniature) -> None:
    read, confidence = answers("linear", miniature.test)
    pairs = list(zip(miniature.test.labels.tolist(), read, strict=True))
    label, answer = max((pair for pair in set(pairs) if pair[0] != pair[1]), key=pairs.count)
    expected = sorted(
        (number for number, pair in enumerate(pairs) if pair == (label, answer)), key=lambda number: -confidence[number]
    )
    page = browse(browse_view="Confusion", browse_cell=f"{label}-{answer}", model="linear")
    assert [tile["number"] for tile in tiles(page)] == expected[:12]
    assert outlined(page) == expected[0]
    title = " read as ".join(f"{'an' if digit == 8 else 'a'} {digit}" for digit in (label, answer))
    assert headings(page) == [f"{title[0].upper()}{title[1:]}", f"Test image {expected[0]}"]
    (matrix,) = components(page, "confusion_matrix")
    assert json.loads(matrix.proto.json)["chosen"] == [label, answer]
    assert json.loads(matrix.proto.json)["axes"] == ["True digit", "Model's answer"]
    run(page.button(key="browse_cell_grid").click())
    assert [tile["number"] for tile in tiles(page)] == expected
    assert address_of(page)["browse_digit"] == [str(label)] and address_of(page)["browse_read"] == [str(answer)]


def test_the_most_frequent_confusion_is_shown_until_a_cell_is_chosen() -> None:
    counts = torch.diag(torch.full((10,), 90))
    assert most_frequent_confusion(counts) == (0, 0)
    counts[4, 9], counts[9, 4], counts[2, 7] = 5, 6, 6
    assert most_frequent_confusion(counts) == (2, 7)


def test_a_cell_without_images_says_so(miniature: Miniature) -> None:
    read, _ = answers("linear", miniature.test)
    pairs = set(zip(miniature.test.labels.tolist(), read, strict=True))
    label, answer = next((y, x) for y in range(10) for x in range(10) if (y, x) not in pairs)
    page = browse(browse_view="Confusion", browse_cell=f"{label}-{answer}", model="linear")
    assert "The model never gives this answer." in words(page)


LINKS: list[dict[str, str | list[str]]] = [
    {},
    {"image": "7"},
    {"browse_digit": "3", "browse_answer": "Wrong", "browse_sort": "Largest loss first", "model": "mlp"},
    {"browse_read": "8", "browse_sure": ["10", "90"], "browse_split": "Train", "image": "399"},
    {"browse_split": "Train", "browse_page": "3"},
    {"browse_view": "Confusion", "browse_cell": "4-9", "browse_split": "Train", "image": "5"},
    {"browse_view": "Map", "image": "99"},
    {"browse_view": "Averages", "browse_split": "Train"},
]


@pytest.mark.parametrize("link", LINKS, ids=lambda link: "&".join(link) or "nothing")
def test_what_a_link_shows_is_in_the_url_again_and_nothing_else(
    miniature: Miniature, link: dict[str, str | list[str]]
) -> None:
    page = browse(**link)
    assert address_of(page) == {name: [value] if isinstance(value, str) else value for name, value in link.items()}
    assert not page.warning


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"image": "100"}, "There is no test image 100: the test images have the numbers 0 to 99."),
        ({"image": "400", "browse_split": "Train"}, "There is no training image 400: the training images have the"),
        ({"image": "[x](y)"}, "This link names no image by its number: the test images have the numbers 0 to 99."),
        ({"browse_digit": "12"}, "This link names a digit that does not exist, so that part is ignored."),
        ({"browse_view": "Forest"}, "This link names a view that does not exist, so that part is ignored."),
        ({"browse_cell": "4-", "browse_view": "Confusion"}, "This link names a cell of the matrix that does not"),
        ({"browse_page": "0"}, "This link names a page that does not exist, so that part is ignored."),
        (
            {"browse_digit": "x", "browse_sure": "9", "browse_sort": "y"},
            "This link names a digit, a confidence and an order that do not exist, so those parts are ignored.",
        ),
    ],
    ids=str,
)
def test_a_link_to_what_does_not_exist_says_so_and_shows_the_rest(
    miniature: Miniature, link: dict[str, str], sentence: str
) -> None:
    page = browse(**link)
    (warning,) = page.warning
    assert warning.value.startswith(sentence)
    assert not {"image", "browse_digit", "browse_sort", "browse_sure"} & set(address_of(page))


def test_what_is_unknown_is_said_until_the_visitor_moves_on(miniature: Miniature) -> None:
    page = browse(image="100")
    assert run(page).warning
    assert not run(page.button(key="browse_surprise").click()).warning


def test_the_labels_of_another_data_set_may_be_named_in_a_link() -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("app_pages.state.resources.class_names", lambda: ("Top", *map(str, range(11, 19)), "Boot"))
        assert [links._digit([text]) for text in ("Boot", "9", "Top", "All", "Coat")] == ["9", "9", "0", "All", None]


def test_show_all_clears_every_filter(miniature: Miniature) -> None:
    page = browse(browse_digit="3", browse_answer="Wrong", model="linear")
    assert len(tiles(page)) < 100
    run(page.button(key="browse_all").click())
    assert len(tiles(page)) == 100


def test_filters_that_match_nothing_say_so(miniature: Miniature) -> None:
    page = browse(browse_sure=["0", "1"])  # ten probabilities add up to 1: the largest cannot be this small
    assert "0 images" in words(page)
    assert "No image matches these filters" in page.info[0].value
    assert page.button(key="browse_surprise").disabled


def test_going_to_an_image_opens_it_and_turns_to_its_page(mnist: tuple[Split, Split]) -> None:
    page = browse()
    run(page.number_input(key="browse_number").set_value(2345))
    assert "Test image 2345" in words(page)
    assert page.pagination[0].value == 24
    assert outlined(page) == 2345


def test_surprise_me_opens_an_image_that_matches_the_filters(mnist: tuple[Split, Split]) -> None:
    page = browse(browse_digit="6")
    run(page.button(key="browse_surprise").click())
    number = outlined(page)
    assert number is not None and int(mnist[1].labels[number]) == 6
    assert number in [tile["number"] for tile in tiles(page)]


def test_choosing_another_split_closes_the_image(miniature: Miniature) -> None:
    page = browse(image="7")
    run(page.button_group(key="browse_split").set_value("Train"))
    assert outlined(page) is None and "image" not in address_of(page)
    assert "400 training images" in words(page)


def test_the_averages_show_the_mean_and_deviation_of_the_normalisation(mnist: tuple[Split, Split]) -> None:
    page = browse(browse_view="Averages", browse_split="Train")
    assert "mean **0.1307**, standard deviation **0.3081**" in words(page)
    assert "47,040,000 pixels" in words(page)
    assert html_with("<figure>", page).count("<img") == 10


def test_close_closes_the_image_and_clears_the_url(miniature: Miniature) -> None:
    page = browse(image="7")
    run(page.button(key="browse_close").click())
    assert "image" not in address_of(page)
    assert outlined(page) is None


@pytest.mark.parametrize(
    "named",
    ["100", "-1", "seven", "1.5", "²", "٣", "1_0", "+7", " 7", "", "9" * 5_000],
    ids=lambda named: named[:10] or "nothing",
)
def test_a_link_to_no_valid_image_opens_none(miniature: Miniature, named: str) -> None:
    page = browse(image=named)
    assert outlined(page) is None and "image" not in address_of(page)


@given(st.text(max_size=12) | st.from_regex(r"\d+", fullmatch=True) | st.integers().map(str))
def test_only_a_few_plain_digits_name_an_image(text: str) -> None:
    is_number = 0 < len(text) < 10 and set(text) <= set("0123456789")
    assert links._number(text) == (int(text) if is_number else None)


PARAMETERS = [*filters.DEFAULTS, "model", "run"]
ABSURD: list[str | list[str]] = [
    *("", "-1", "nan", "inf", "1e300", "9" * 5_000, "²", "٣", "../..", "\0", "\u2028", "<b>", "All\n", "None"),
    *(["nan", "inf"], ["0"] * 1_000),
]


@pytest.mark.parametrize("value", ABSURD, ids=lambda value: repr(value)[:12])
def test_a_link_with_absurd_parameters_shows_all_images(miniature: Miniature, value: str | list[str]) -> None:
    query = dict.fromkeys(PARAMETERS, value)
    page = browse(**query)
    assert "100 images" in words(page) and len(tiles(page)) == 100


def test_a_link_with_the_ends_of_the_confidence_swapped_means_the_range_between(miniature: Miniature) -> None:
    swapped, ordered = (tiles(browse(browse_sure=list(ends))) for ends in (("90", "10"), ("10", "90")))
    assert swapped == ordered


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e300, -1.0, 100.0, 10.0**18])
def test_an_impossible_number_opens_no_image(miniature: Miniature, number: float) -> None:
    page = browse()
    send(page, page.number_input(key="browse_number"), double_value=number)
    assert outlined(page) is None and "100 images" in words(page)
    run(page.number_input(key="browse_number").set_value(7))
    assert outlined(page) == 7


@pytest.mark.parametrize("key", ["browse_digit", "browse_answer", "browse_read", "browse_view"])
@pytest.mark.parametrize("chosen", [[], ["forest"], ["1", "2"]], ids=str)
def test_an_option_that_does_not_exist_filters_nothing(miniature: Miniature, key: str, chosen: list[str]) -> None:
    page = browse()
    send(page, page.button_group(key=key), string_array_value=chosen)
    assert "image" in words(page)


@pytest.mark.parametrize("order", ["forest", "", "surest"])
def test_an_order_that_does_not_exist_is_that_of_the_numbers(miniature: Miniature, order: str) -> None:
    page = browse()
    send(page, page.selectbox(key="browse_sort"), string_value=order)
    assert [tile["number"] for tile in tiles(page)] == list(range(100))


@pytest.mark.parametrize("ends", [[90, 10], [math.nan, 50], [-math.inf, math.inf], [50], [], [1e300, 1e300]], ids=str)
def test_impossible_confidences_do_not_break_the_page(miniature: Miniature, ends: list[float]) -> None:
    page = browse()
    send(page, page.slider(key="browse_sure"), double_array_value=ends)
    assert "image" in words(page)


def test_the_image_is_still_open_after_a_visit_to_another_page(miniature: Miniature) -> None:
    page = browse(image="7")
    run(page.switch_page("app_pages/learn.py"))
    page.query_params.clear()  # as the browser does
    run(page.switch_page("app_pages/browse.py"))
    assert "Test image 7" in words(page)
    assert address_of(page)["image"] == ["7"]


def test_without_mnist_stand_in_digits_are_shown_and_named_as_such(
    tmp_path: Path, standins: tuple[Split, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path))
    page = browse()
    assert "Stand-in digits, not MNIST" in page.info[0].value and "python -m mnist_core data" in page.info[0].value
    assert len(tiles(page)) == 100
    assert [tile["label"] for tile in tiles(page)] == [str(label) for label in standins[1].labels[:100].tolist()]
