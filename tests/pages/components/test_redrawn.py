"""What the Draw page says about an image of Browse on its canvas: it was redrawn, and how both are read."""

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.components.html import percent
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.ink.vectorisation import vectorise
from mnist_core.recognition.predictor import load_predictor
from tests.pages.opening import open_page, run


def messages(page: AppTest) -> list[str]:
    return [info.value for info in page.info]


@pytest.fixture
def edited(mnist: tuple[Split, Split]) -> AppTest:
    """Draw, with a test image on its canvas."""
    page = run(open_page("browse", image="34").button(key="browse_edit").click())
    return run(page.switch_page("app_pages/draw.py"))  # where it is; AppTest would go on with the page it opened


@pytest.mark.parametrize("model", ["mlp", "linear"])
def test_the_image_and_its_strokes_are_read_by_the_model_in_use(
    edited: AppTest, mnist: tuple[Split, Split], model: str
) -> None:
    assert edited.title[0].value == "Draw"
    run(edited.selectbox(key="model").set_value(model))
    predictor, image = load_predictor(model), mnist[1].images[34]
    probabilities, strokes = predictor.probabilities(normalise(image[None]))[0], vectorise(image.numpy())
    assert strokes
    redrawn = predictor.predict(strokes)
    before, after = (percent(value, escaped=False) for value in (float(probabilities.max()), redrawn.probability))
    assert messages(edited) == [
        "Test image 34 was redrawn as strokes, so that you can edit it. The model reads the image as "
        f"**{int(probabilities.argmax())}** at {before} and the strokes as **{redrawn.label}** at {after}."
    ]


def test_the_message_goes_when_the_drawing_changes(edited: AppTest) -> None:
    assert messages(edited)
    assert not messages(run(edited.button(key="draw_undo").click()))


def test_a_drawing_of_one_s_own_has_no_message() -> None:
    assert not messages(open_page("draw"))
