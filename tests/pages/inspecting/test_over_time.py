"""Over time: what the player gets is what each moment's model makes of the images and the picture."""

import base64
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit
import torch
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest

from app_pages.components.time_lapse import ModelFilm, PictureFilm, Pictures, packed, packed_places
from app_pages.inspecting import over_time
from app_pages.inspecting.inspected import Subject
from app_pages.inspecting.over_time import shown_layer, strip_of
from app_pages.state import resources, trail
from mnist_core.analysis.first_layer import first_layer_images
from mnist_core.analysis.time_lapse import PictureFrame, neighbour_agreement, positions
from mnist_core.ink.normalisation import normalise
from mnist_core.ink.strokes import Strokes
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import build_model
from mnist_core.runs.snapshots import save_snapshot
from tests.made import Miniature
from tests.pages.opening import address_of, components, open_page, run
from tests.pages.sending import send

VIEW = "Over time"


def film(page: AppTest) -> dict[str, Any]:
    """Return what the player gets, once it has been computed."""
    for _ in range(100):
        if found := components(page, "time_lapse"):
            data: dict[str, Any] = json.loads(found[0].proto.json)
            return data
        page = run(page)
    raise AssertionError("the film never came")


def uint8(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.uint8)


@pytest.mark.parametrize("name", ["linear", "mlp"])
def test_a_shipped_model_has_two_moments_and_the_page_offers_to_train_another(miniature: Miniature, name: str) -> None:
    page = open_page("inside", view=VIEW, model=name, image="3")
    shown = film(page)
    assert shown["fixed"]["moments"] == ["random weights", "trained"] and shown["at"] == 1
    assert page.button(key="inside_time_train")
    trained = resources.shipped_model(name)
    models = [(trained.config.build_model().eval(), 1.0), (trained.model, trained.temperature)]
    tensor = normalise(miniature.test.images[[3]])
    for at, (model, temperature) in enumerate(models):
        with torch.no_grad():
            expected = torch.softmax(model(tensor)[0] / temperature, dim=0).tolist()
        assert shown["live"]["probabilities"][at] == pytest.approx(expected, abs=1e-5)
        assert shown["live"]["answers"][at] == int(np.argmax(expected))
    filters = shown["fixed"]["filters"]
    pictures = uint8(filters["bytes"]).reshape(2, filters["count"], filters["height"], filters["width"])
    exact = np.stack([first_layer_images(model)[:10].numpy() for model, _ in models])
    assert np.abs(pictures / 127.5 - 1 - exact).max() < 0.005
    assert shown["live"]["digit"] == int(miniature.test.labels[3])


def test_points_are_on_the_screen_where_the_last_moments_plane_has_them(miniature: Miniature) -> None:
    shown = film(open_page("inside", view=VIEW, model="mlp", image="3"))["fixed"]
    places = np.frombuffer(base64.b64decode(shown["places"]), "<u2").reshape(2, -1, 2) / 65_535
    assert places.shape[1] == len(miniature.test) and uint8(shown["labels"]).tolist() == miniature.test.labels.tolist()
    vectors = positions(resources.shipped_model("mlp").model, normalise(miniature.test.images))
    centred = vectors - vectors.mean(dim=0)
    expected = (centred @ torch.linalg.svd(centred, full_matrices=False).Vh[:2].T).numpy()
    assert np.corrcoef(places[1, :, 0], expected[:, 0])[0, 1] ** 2 > 0.999  # but for the sign and the scale
    assert np.corrcoef(places[1, :, 1], expected[:, 1])[0, 1] ** 2 > 0.999
    share = neighbour_agreement(torch.tensor(expected), miniature.test.labels)
    assert shown["agreements"][1].startswith(f"{round(100 * share)} of the 100 images")


def test_moving_the_player_puts_the_moment_into_the_url(miniature: Miniature) -> None:
    page = open_page("inside", view=VIEW, model="linear", image="3")
    film(page)
    (player,) = components(page, "time_lapse")
    assert "moment" not in address_of(page)
    events = SimpleNamespace(id=_make_trigger_id(player.proto.id, "events"))
    page = send(page, events, json_trigger_value=json.dumps([{"event": "moment", "value": 0}]))
    assert address_of(page)["moment"] == ["0"] and film(page)["at"] == 0


@pytest.mark.parametrize("value", [2, -1, "1", None, 0.5])
def test_a_moment_that_does_not_exist_is_ignored(miniature: Miniature, value: object) -> None:
    page = open_page("inside", view=VIEW, model="linear", image="3")
    film(page)
    events = SimpleNamespace(id=_make_trigger_id(components(page, "time_lapse")[0].proto.id, "events"))
    page = send(page, events, json_trigger_value=json.dumps([{"event": "moment", "value": value}]))
    assert "moment" not in address_of(page) and film(page)["at"] == 1


def test_what_the_browser_holds_is_not_sent_again(miniature: Miniature) -> None:
    page = open_page("inside", view=VIEW, model="linear", image="3")
    shown = film(page)
    (player,) = components(page, "time_lapse")
    page = send(page, player.proto, json_value=json.dumps({"held": shown["id"]}))
    again = film(page)
    assert again["id"] == shown["id"] and again["fixed"] is None and again["live"] == shown["live"]
    page = send(page, components(page, "time_lapse")[0].proto, json_value=json.dumps({"held": "another"}))
    assert film(page)["fixed"] == shown["fixed"]


def test_a_runs_moments_are_random_weights_and_its_snapshots(tmp_path: Path) -> None:
    config = TrainConfig("mlp", width=4, seed=3)
    kept = {step: build_model("mlp", step, 4).eval() for step in (5, 20)}
    for step, model in kept.items():
        save_snapshot(tmp_path, step, model, temperature=step / 10)
    moments = trail.moments_of_run(tmp_path, config, (5, 20))
    assert [moment.name for moment in moments] == ["random weights", "step 5", "step 20"]
    expected = [(build_model("mlp", 3, 4), 1.0), (kept[5], 0.5), (kept[20], 2.0)]
    for moment, (model, temperature) in zip(moments, expected, strict=True):
        loaded, own_temperature = moment.load()
        assert own_temperature == temperature and not loaded.training
        for one, other in zip(loaded.parameters(), model.parameters(), strict=True):
            assert torch.equal(one, other)
        assert moment.load()[0] is loaded  # small enough to stay in memory


def test_large_models_do_not_stay_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "MAX_PARAMETERS", 1_000)
    save_snapshot(tmp_path, 5, build_model("mlp", 0, 4))
    _, kept = trail.moments_of_run(tmp_path, TrainConfig("mlp", width=4), (5,))
    assert kept.load()[0] is not kept.load()[0]


def test_a_filmstrip_has_what_the_player_shows() -> None:
    tensor = normalise(torch.arange(28 * 28).reshape(1, 28, 28).to(torch.uint8))[0]
    pictures = Pictures("", ["1"], np.arange(2 * 4, dtype=np.uint8).reshape(2, 1, 2, 2), "")
    places = np.array([[[0.1, 0.2]], [[0.3, 0.4]]])
    models = ModelFilm("", ["a", "b"], pictures, np.array([7], np.uint8), places, [], ("", ""), "", [], "")
    rows = [[0.1] * 10, [0.0] * 9 + [1.0]]
    strip = strip_of("your drawing", tensor, models, PictureFilm("", "", pictures, rows, places[:, 0], 9))
    assert strip.title == "Your drawing" and strip.labels.tolist() == [7]
    assert np.array_equal(strip.picture, np.arange(28 * 28).reshape(28, 28).astype(np.uint8))
    for at, frame in enumerate(strip.frames):
        assert (frame.name, frame.probabilities) == ("ab"[at], rows[at])
        assert np.array_equal(frame.filters, pictures.values[at]) and np.array_equal(frame.places, places[at])
        assert np.array_equal(frame.activations, pictures.values[at]) and np.array_equal(frame.place, places[at, 0])


def test_a_layer_that_is_not_shown_gives_way_to_the_next_one() -> None:
    assert [shown_layer([3, 7], chosen) for chosen in (None, 0, 3, 4, 7, 9)] == [3, 3, 3, 7, 7, 7]
    assert shown_layer([], 2) is None


def test_places_and_greys_are_packed_as_the_browser_reads_them() -> None:
    places = np.array([[0.0, 1.0], [0.5, -2.0]])
    assert np.frombuffer(base64.b64decode(packed_places(places)), "<u2").tolist() == [0, 65_535, 32_768, 0]
    assert base64.b64decode(packed(np.array([[1, 2], [255, 0]], dtype=np.uint8))) == bytes([1, 2, 255, 0])


def test_the_player_shows_the_drawing_before_while_a_stroke_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamlit, "session_state", {})
    drawn = Subject("your drawing", torch.zeros(1, 28, 28), None, Strokes((np.zeros((2, 2)),)))
    frames = (PictureFrame(torch.zeros(1, 2, 2), torch.ones(10) / 10, torch.zeros(2)),)
    assert over_time.latest("mlp", drawn, None) is None
    assert over_time.latest("mlp", drawn, frames) is frames
    assert over_time.latest("mlp", drawn, None) is frames
    assert over_time.latest("cnn", drawn, None) is None  # of another training or layer
    assert over_time.latest("mlp", Subject("test image 3", torch.zeros(1, 28, 28), 3), None) is None
