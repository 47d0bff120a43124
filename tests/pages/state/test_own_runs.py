"""The runs that a visitor may see, and the model that they chose."""

import pytest

from app_pages.state import own_runs, resources
from mnist_core.models.networks import MODELS
from mnist_core.models.storage import model_folder
from tests.pages.opening import address_of, open_page


def test_every_model_has_a_label_and_shipped_weights() -> None:
    assert set(own_runs.MODEL_NAMES) == set(MODELS) and resources.DEFAULT_MODEL in MODELS
    assert all((model_folder(name) / "model.safetensors").is_file() for name in MODELS)


@pytest.mark.parametrize(("query", "model"), [({}, "cnn"), ({"model": "mlp"}, "mlp"), ({"model": "forest"}, "cnn")])
def test_the_url_names_the_model(query: dict[str, str], model: str) -> None:
    page = open_page(**query)
    assert page.selectbox(key="model").value == model
    assert address_of(page) == ({} if model == resources.DEFAULT_MODEL else {"model": [model]})
    assert [warning.value for warning in page.warning] == (
        ["This link names a model that is not here, so the CNN is in use."] if query.get("model") == "forest" else []
    )
