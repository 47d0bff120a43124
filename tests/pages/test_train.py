"""The Train page: what it rejects, and a run from Start to drawing with its model."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.state import own_runs, resources
from app_pages.state.examples import EXAMPLES
from app_pages.state.singletons import forget_all
from app_pages.training.export import onnx_bytes
from app_pages.training.pace import expected_here, machine_pace
from app_pages.training.run_panel import VIEWS
from mnist_core.ink.strokes import Strokes, parse_strokes
from mnist_core.models.config import PRESETS, TrainConfig
from mnist_core.models.evaluation import predict_logits
from mnist_core.models.storage import CARD, CONFIG, model_folder, save_json
from mnist_core.runs import files
from mnist_core.runs.limits import Limits
from mnist_core.runs.naming import Naming, as_markdown
from mnist_core.runs.pace import SECONDS_PER_RECORD, Pace
from mnist_core.runs.registry import RunRegistry
from mnist_core.runs.run import Run, RunState
from mnist_core.runs.snapshots import HARD_TEST_IMAGES
from mnist_core.runs.tables import CONFUSION
from mnist_core.runs.worker import record_outcome, train_run
from mnist_core.synthetic.splits import SOURCE
from mnist_core.training.metrics import METRIC_COLUMNS
from mnist_core.training.report import StepReport
from tests.core.runs.running import ended
from tests.made import Miniature
from tests.pages.opening import address_of, html_of, open_page, run
from tests.waiting import wait_for


def train(**query: str) -> AppTest:
    return open_page("train", **query)


def start(page: AppTest, epochs: int = 2, model: str = "linear", seed: int = 0) -> Run:
    """Start a run with mini-batches of 32 and return it."""
    before = set(resources.registry().runs)
    run(page.button_group(key="train_model").set_value(model))
    page.number_input(key=f"train_epochs_{model}_standard").set_value(epochs)
    page.select_slider(key=f"train_batch_size_{model}_standard").set_value(32)
    page.number_input(key=f"train_seed_{model}_standard").set_value(seed)
    run(page.button(key="train_start").click())
    (name,) = set(resources.registry().runs) - before
    return resources.registry().runs[name]


def called(started: Run) -> str:
    """Return what people call a run, as Markdown, without the number of a second one of that name."""
    return as_markdown(started.spoken_name(datetime.now()))


def words(page: AppTest) -> str:
    badges = [str(element.value) for element in page.markdown]
    return "\n".join([*badges, *(element.value for element in [*page.header, *page.subheader])])


def keys(page: AppTest) -> set[str | None]:
    return {button.key for button in page.button}


@pytest.mark.parametrize("damage", ["missing", "cut short"])
def test_without_mnist_one_can_train_on_stand_in_digits_and_the_page_says_so(miniature: Miniature, damage: str) -> None:
    path = miniature.file("train-images")
    path.unlink() if damage == "missing" else path.write_bytes(path.read_bytes()[:100])
    page = train()
    info = page.info[0].value
    assert info.startswith("**Stand-in digits, not MNIST**") and "python -m mnist_core data" in info
    train_split, test_split = resources.splits_loader()()
    assert train_split.source == SOURCE and "train_start" in keys(page)
    assert test_split.source == "MNIST test set"  # what is there is used


def charts(page: AppTest) -> list[str]:
    """Return the alternative texts of the charts on the page."""
    elements: list[Any] = list(page.get("echarts_chart"))
    return [str(element.proto.alt) for element in elements]


def test_before_the_first_run_the_page_shows_how_the_chosen_shipped_model_learned(miniature: Miniature) -> None:
    page = train()
    assert page.info[0].value.startswith("No runs yet.")
    assert not resources.registry().runs
    for model, name in {"cnn": "CNN", "mlp": "MLP", "linear": "linear model"}.items():
        run(page.button_group(key="train_model").set_value(model))
        assert f"An example: how the shipped {name} learned" in words(page)
        card = json.loads((model_folder(model) / CARD).read_text(encoding="utf-8"))
        figures = {metric.label: metric.value for metric in page.metric}
        assert figures["Test accuracy"] == f"{card['test_accuracy']:.2%}"
        assert figures["Time"] == f"{card['seconds']:,.1f} s" and figures["Parameters"] == f"{card['parameters']:,}"
        assert [text.split(" ")[0] for text in charts(page)] == ["The", "Test"]
        assert f"to {card['test_accuracy']:.1%} in" in charts(page)[1]


def test_the_example_gives_way_to_the_first_run(miniature: Miniature) -> None:
    page = train()
    ended(start(page))
    run(page)
    assert "Example" not in words(page)
    loss, accuracy, rate = charts(page)
    assert loss.startswith("The loss ") and accuracy.startswith("Test accuracy ") and rate.startswith("The planned ")


def test_start_shows_the_run_until_it_has_finished(miniature: Miniature) -> None:
    page = train()
    started = start(page, seed=3)
    assert (started.config.model, started.config.epochs, started.config.batch_size) == ("linear", 2, 32)
    assert started.config.seed == 3
    assert called(started) in words(page)
    assert address_of(page)["run"] == [started.name]
    ended(started)
    run(page)
    assert started.state is RunState.FINISHED and "finished" in words(page)
    (figures,) = [each for each in html_of(page) if "figures" in each]
    assert f"<dt>Test accuracy</dt><dd>{started.evaluations[-1].test_accuracy:.2%}</dd>" in figures
    assert f"<dt>Loss</dt><dd>{started.history.last.loss:.3f}</dd>" in figures
    assert 'aria-valuenow="100"' in figures
    assert "train_use" in keys(page) and not {"train_stop", "train_pause", "train_resume"} & keys(page)


def test_one_can_draw_with_a_trained_model(miniature: Miniature) -> None:
    page = train()
    started = ended(start(page))
    run(page)
    run(page.button(key="train_use").click())
    assert page.title[0].value == "Draw"
    assert page.selectbox(key="model").value == started.name


def test_a_run_can_be_paused_resumed_and_stopped(miniature: Miniature) -> None:
    page = train()
    started = start(page, epochs=50, model="cnn")
    wait_for(lambda: started.history)
    run(page.button(key="train_pause").click())
    wait_for(lambda: started.state is RunState.PAUSED)
    run(page)
    assert "paused" in words(page) and {"train_resume", "train_stop"} <= keys(page)
    run(page.button(key="train_resume").click())
    steps = len(started.history)
    wait_for(lambda: len(started.history) > steps)
    run(page.button(key="train_stop").click())
    wait_for(lambda: started.state is RunState.STOPPED)
    assert "stopped" in words(run(page))


def test_a_queued_run_shows_its_place_and_can_be_stopped(miniature: Miniature) -> None:
    page = train()
    first = start(page, epochs=50, model="cnn")
    wait_for(lambda: first.history)
    second = start(page)
    assert called(second) in words(page) and "number 1 in the queue" in words(page)
    assert not page.get("skeleton") and charts(page)[0].startswith("The planned learning rate")
    assert "train_stop" in keys(page) and "train_pause" not in keys(page)
    run(page.button(key="train_stop").click())
    wait_for(lambda: second.state is RunState.STOPPED)
    assert first.state is RunState.TRAINING  # the second one did not have to wait for its turn
    assert "stopped" in words(run(page)) and "train_use" not in keys(page)


def test_a_run_that_failed_says_why(miniature: Miniature, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("the digits went away")

    monkeypatch.setattr(resources, "splits_loader", lambda *args, **options: broken)
    page = train()
    started = start(page)
    wait_for(lambda: started.state is RunState.FAILED)
    assert [error.value for error in run(page).error] == ["the digits went away"]
    assert not page.get("skeleton") and not charts(page)  # nothing that looks as if it were still loading


def test_a_learning_rate_of_nothing_is_refused_beside_the_form(miniature: Miniature) -> None:
    page = train()
    run(page.number_input(key="train_learning_rate_cnn_standard").set_value(0.0))
    (error,) = page.error
    assert error.value == "Choose a learning rate between 0.000001 and 10."
    assert page.button(key="train_start").disabled and not resources.registry().runs


def test_a_folder_that_cannot_be_created_is_reported_in_one_sentence(miniature: Miniature, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("no folder")
    page = train()
    run(page.button(key="train_start").click())
    (error,) = page.error
    assert "folder could not be created" in error.value
    assert not resources.registry().runs


def test_a_run_is_visible_to_others_only_through_its_link_and_only_its_owner_controls_it(miniature: Miniature) -> None:
    owners = train()
    started = start(owners, epochs=50, model="cnn")
    wait_for(lambda: started.history)
    assert train().info[0].value.startswith("No runs yet.")
    guest = train(run=started.name)
    assert called(started) in words(guest) and any("someone else's run" in each.value for each in guest.caption)
    assert not {"train_pause", "train_stop", "train_delete_yes"} & keys(guest)
    started.pause()
    started.wait_until_applied(10)
    assert not {"train_resume", "train_stop", "train_delete_yes"} & keys(run(guest))
    assert {"train_resume", "train_stop", "train_delete_yes"} <= keys(run(owners))
    started.stop()
    started.wait_until_applied(10)
    assert "train_use" in keys(run(guest)) and "train_delete_yes" not in keys(guest)
    assert train(run="linear-000000").info[0].value.startswith("No runs yet.")


def test_anyone_with_the_link_can_resume_an_interrupted_run_and_it_keeps_its_owner(
    miniature: Miniature,
) -> None:
    started = start(train(), epochs=50)
    wait_for(lambda: started.history)
    resources.registry().close()
    forget_all()  # as in a new process
    assert train().info[0].value.startswith("No runs yet.")
    guest = train(run=started.name)
    assert "interrupted" in words(guest) and "train_delete_yes" not in keys(guest)
    run(guest.button(key="train_take_up").click())
    again = resources.registry().runs[started.name]
    assert again.owner == started.owner and "train_stop" not in keys(guest)


def test_the_view_by_digit_appears_after_an_evaluation(miniature: Miniature) -> None:
    page = train()
    started = ended(start(page))
    run(page.button_group(key="train_view").set_value("By digit"))
    assert f"evaluated after step {started.history.last.step:,}" in page.caption[-1].value


def test_deleting_a_run_deletes_its_folder(miniature: Miniature) -> None:
    page = train()
    started = ended(start(page))
    run(page)
    run(page.button(key="train_delete_yes").click())
    assert page.info[0].value.startswith("No runs yet.") and not started.folder.exists()
    assert not resources.registry().runs


def test_one_of_several_runs_can_be_chosen(miniature: Miniature) -> None:
    page = train()
    first = ended(start(page))
    second = ended(start(page))
    assert called(second) in words(run(page))
    run(page.selectbox(key="train_run").set_value(first.name))
    assert called(first) in words(page) and address_of(page)["run"] == [first.name]


def test_a_run_that_was_interrupted_by_the_servers_end_is_listed_and_can_be_resumed(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app_pages.state.session.cookie_token", lambda: "0" * 32)  # the browser's cookie
    page = train()
    start(page)
    started = start(page, epochs=50)
    wait_for(lambda: started.history)
    resources.registry().close()
    assert started.state is RunState.INTERRUPTED
    forget_all()  # as in a new process
    page = train(run=next(iter(resources.registry().runs)))
    run(page.button(key=f"train_look_{started.name}").click())
    assert "interrupted" in words(page)
    run(page.button(key="train_take_up").click())
    again = resources.registry().runs[started.name]
    wait_for(lambda: len(again.history) > len(started.history) and again.state is RunState.TRAINING)
    again.stop()
    wait_for(lambda: again.state is RunState.STOPPED)


def test_the_comparison_shows_the_settings_in_which_runs_differ(miniature: Miniature) -> None:
    page = train()
    for seed in (1, 2):
        ended(start(page, seed=seed))
    run(page)
    page.session_state["train_compare"] = True  # as if somebody had opened it
    run(page)
    table = page.dataframe[0].value
    assert list(table["Seed"]) == [2, 1] and "Epochs" not in table
    assert list(table["Run"]) == list(own_runs.spoken(reversed(resources.registry().runs.values())).values())[::-1]
    run(page.button(key="train_delete_yes").click())
    assert not page.dataframe and len(resources.registry().runs) == 1


def test_the_card_shows_the_command_that_repeats_the_run(miniature: Miniature) -> None:
    page = train()
    ended(start(page, seed=3))
    run(page.button_group(key="train_view").set_value("Run card"))
    assert "--model linear --epochs 2" in page.code[0].value and "--seed 3" in page.code[0].value
    (card,) = [each.value for each in page.markdown if "Repeat it" in each.value]
    assert card.startswith("### Run linear-") and "\n#### Result\n" in card and "\n# " not in card
    assert "The command above." in card and "--model" not in card


def test_the_downloaded_onnx_file_is_the_runs_model(miniature: Miniature, tmp_path: Path) -> None:
    started = ended(start(train()))
    (tmp_path / "digit.onnx").write_bytes(onnx_bytes(started))
    session = onnxruntime.InferenceSession(str(tmp_path / "digit.onnx"), providers=["CPUExecutionProvider"])
    (answer,) = session.run(None, {"image": miniature.test.images.numpy()})
    assert started.latest_model is not None
    expected = torch.softmax(predict_logits(started.latest_model, miniature.test.images) / started.temperature, dim=1)
    torch.testing.assert_close(torch.from_numpy(answer), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("model", ["linear", "cnn"])
def test_one_can_go_back_through_the_evaluations(miniature: Miniature, model: str) -> None:
    page = train()
    started = ended(start(page, model=model))
    run(page.button_group(key="train_view").set_value("My digit"))
    steps = [report.step for report in started.evaluations]
    key = f"train_probe_step_{started.name}_{len(steps)}"
    assert page.select_slider(key=key).value == steps[-1]
    run(page.select_slider(key=key).set_value(steps[0]))
    assert f"After step {steps[0]:,}" in [each.value for each in page.caption]
    run(page.button_group(key="train_view").set_value("Weights"))
    assert any({"linear": "template", "cnn": "filters"}[model] in each.value for each in page.caption)


def test_my_drawing_is_among_the_images_that_are_replayed(miniature: Miniature) -> None:
    page = train()
    ended(start(page))
    run(page.button_group(key="train_view").set_value("My digit"))
    assert page.button_group(key="train_probe_4").options == [f"Test {place % 100}" for place in HARD_TEST_IMAGES]
    page.session_state["session"].drawing = example_strokes()
    run(page)
    assert "My drawing" in page.button_group(key="train_probe_5").options


def example_strokes() -> Strokes:
    return parse_strokes(EXAMPLES.read_text(encoding="utf-8").splitlines()[3])


def test_a_run_of_the_command_line_is_shown_as_what_it_is(miniature: Miniature) -> None:
    folder = resources.registry().root / "by-hand"
    config = TrainConfig("linear", epochs=2, batch_size=40)
    folder.mkdir(parents=True)
    save_json(folder / CONFIG, config)
    training = Run("by-hand", config, folder, owner="")
    halfway: list[str | None] = []
    states: list[str] = []

    def look(report: StepReport) -> None:
        if report.step == 15:
            page = train(run="by-hand")
            states.append(words(page))
            halfway.extend(keys(page))

    record_outcome(training, train_run(training, miniature.train, miniature.test, on_report=look))
    page = train(run="by-hand")
    (shown,) = states
    assert "training elsewhere" in shown and "finished" in words(page)
    assert not {"train_pause", "train_stop", "train_take_up", "train_delete_yes"} & {*halfway, *keys(page)}
    assert any("started on the command line" in caption.value for caption in page.caption)


def test_a_paused_run_lets_others_train_and_waits_for_its_turn_to_continue(miniature: Miniature) -> None:
    page = train()
    first = start(page, epochs=50, model="cnn")
    wait_for(lambda: first.history)
    run(page.button(key="train_pause").click())
    assert first.state is RunState.PAUSED
    others = train()
    second = start(others, epochs=50, model="cnn")
    wait_for(lambda: second.history)
    run(page.button(key="train_resume").click())
    wait_for(lambda: first.state is RunState.QUEUED)
    assert "number 1 in the queue" in words(run(page))
    assert any("Visitors take turns" in each.value for each in page.caption)
    run(others.button(key="train_stop").click())
    wait_for(lambda: first.state is RunState.TRAINING)


def test_the_limits_are_said_beside_the_form_and_too_many_runs_are_refused_in_one_sentence(
    miniature: Miniature,
) -> None:
    page = train()
    (said,) = (each.value for each in page.caption if "can wait" in each.value)
    assert said == (
        "One run trains at a time, 3 more can wait. A run has at most 100,000 steps and 2 hours; "
        "all your runs together take at most 1,000 MB."
    )
    for _ in range(4):
        start(page, epochs=50, model="cnn")
    run(page.button(key="train_start").click())
    assert [error.value for error in page.error] == [
        "At most 4 of your runs can train, wait or be paused, and you have 4: wait until one ends, or stop one."
    ]
    assert len(resources.registry().runs) == 4


def test_too_long_a_run_is_refused_in_one_sentence(miniature: Miniature, monkeypatch: pytest.MonkeyPatch) -> None:
    page = train()
    monkeypatch.setattr(resources.registry(), "limits", Limits(steps=20))
    run(page.button_group(key="train_model").set_value("linear"))
    run(page.number_input(key="train_epochs_linear_standard").set_value(30))
    assert page.button(key="train_start").disabled
    (error,) = page.error
    assert error.value == (
        "A run can have at most 20 steps, and this one would have 30: choose fewer epochs or a larger batch."
    )


def test_the_settings_stay_when_the_visitor_leaves_the_page_and_comes_back(miniature: Miniature) -> None:
    page = train()
    run(page.button_group(key="train_model").set_value("mlp"))
    run(page.button_group(key="train_preset").set_value("best"))
    run(page.number_input(key="train_epochs_mlp_best").set_value(7))
    run(page.select_slider(key="train_batch_size_mlp_best").set_value(64))
    run(page.selectbox(key="train_optimiser_mlp_best").set_value("sgd"))
    for name in ("draw", "browse", "train"):
        page.switch_page(f"app_pages/{name}.py")
        run(page)
    assert page.button_group(key="train_model").value == "mlp"
    assert page.button_group(key="train_preset").value == "best"
    assert page.number_input(key="train_epochs_mlp_best").value == 7
    assert page.select_slider(key="train_batch_size_mlp_best").value == 64
    assert page.selectbox(key="train_optimiser_mlp_best").value == "sgd"


def test_the_settings_of_another_model_stay_too(miniature: Miniature) -> None:
    page = train()
    run(page.number_input(key="train_epochs_cnn_standard").set_value(7))
    for model in ("linear", "cnn"):
        run(page.button_group(key="train_model").set_value(model))
    assert page.number_input(key="train_epochs_cnn_standard").value == 7


def test_start_says_how_long_a_run_takes_and_learns_it_from_the_runs(miniature: Miniature) -> None:
    page = train()
    wait_for(lambda: not machine_pace().is_measuring)
    label = run(page).button(key="train_start").label
    assert re.fullmatch(r"Start, about \d+ (s|min|h)", label)
    started = start(page, epochs=200)  # 2,400 steps that take far less than the pace of this test's process says
    wait_for(lambda: len(started.history) > 500)
    expected = expected_here()(started.config)
    assert expected is not None
    seconds = started.history.last.seconds + started.history.last.seconds_left
    assert expected == pytest.approx(seconds + 800 * SECONDS_PER_RECORD, rel=0.8)
    assert run(page).button(key="train_start").label != label


def test_a_machine_whose_pace_cannot_be_measured_trains_all_the_same(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(device: object) -> Pace:
        raise RuntimeError("no such kernel")

    monkeypatch.setattr("app_pages.training.pace.measured", broken)
    page = train()
    wait_for(lambda: not machine_pace().is_measuring)
    assert run(page).button(key="train_start").label == "Start"
    assert ended(start(page)).state is RunState.FINISHED


def test_a_race_of_two_models_grows_in_one_chart_and_ends_with_the_winner(miniature: Miniature) -> None:
    page = train()
    run(page.button_group(key="train_model").set_value("linear"))
    run(page.select_slider(key="train_batch_size_linear_standard").set_value(32))
    assert page.button_group(key="train_rival_model").value == "mlp"
    run(page.button_group(key="train_rival_preset").set_value("quick"))
    run(page.button(key="train_race_start").click())
    one, other = resources.registry().runs.values()
    assert (one.config.model, other.config) == ("linear", PRESETS["quick"].configs["mlp"])
    assert "against" in words(page)
    ended(one), ended(other)
    run(page)
    result = next(each for each in html_of(page) if 'role="status"' in each)
    assert " wins" in result
    assert any(alt.startswith("Test accuracy against training time.") and " wins" in alt for alt in charts(page))
    run(page.selectbox(key="train_run").set_value(other.name))
    assert "against" in words(page)  # whichever of the two is shown
    run(page.button(key="train_delete_yes").click())
    assert "against" not in words(page) and one.name in resources.registry().runs


def test_a_race_needs_room_for_two_runs(miniature: Miniature) -> None:
    page = train()
    for _ in range(3):
        start(page, epochs=50, model="cnn")
    run(page.button(key="train_race_start").click())
    (error,) = page.error
    assert error.value.startswith("A race has 2 runs. At most 4 of your runs can train, wait or be paused, and you")
    assert len(resources.registry().runs) == 3


def test_a_run_that_was_stopped_by_a_limit_says_so(miniature: Miniature) -> None:
    page = train()
    started = start(page, epochs=1000)
    wait_for(lambda: started.history)
    started.max_seconds = 0.0
    wait_for(lambda: started.state is RunState.STOPPED)
    assert any("the most that this server allows" in info.value for info in run(page).info)


def test_a_page_that_shows_a_run_keeps_it_from_being_abandoned(miniature: Miniature) -> None:
    page = train()
    started = start(page, epochs=1000)
    started._looked_at -= 3_000
    before = started._looked_at
    run(page)
    assert started._looked_at > before + 2_000


def test_beside_another_server_one_can_look_and_not_train(miniature: Miniature, tmp_path: Path) -> None:
    other = RunRegistry(tmp_path / "runs", max_concurrent=1)
    config = TrainConfig("linear", epochs=2, batch_size=32)
    done = ended(other.start(config, lambda: (miniature.train, miniature.test), "somebody"))
    assert not train().info  # nothing says that one could start a run
    page = train(run=done.name)
    assert any("Another server uses this folder" in each.value for each in page.warning)
    assert page.button(key="train_start").disabled and called(done) in words(page)
    assert not {"train_delete_yes", "train_take_up"} & keys(page) and "train_use" in keys(page)
    other.close()


HEADER = ",".join(METRIC_COLUMNS) + "\n"
ODD_TABLES = {
    "no test loss": ("1,2,0.5,0.1,0.5,0.01,40,nan,0.5\n", f"1{',7' * 100}\n"),
    "an infinite test loss": ("1,2,0.5,0.1,0.5,0.01,40,inf,0.5\n", ""),
    "no time, no images, no counts": ("1,2,0.0,0.0,0.0,0.0,0,0.0,0.0\n", f"1{',0' * 100}\n"),
    "the largest numbers": ("1,999999999999,1e12,1e12,1e12,1e12,999999999999,1e300,1.0\n", f"1{',999999999' * 100}\n"),
    "the smallest time": ("1,999999999999,0,5e-324,0,0,999999999999,,\n", ""),
    "step 0": ("0,2,0.5,0.1,0.5,0.01,40,,\n", f"0{',7' * 100}\n"),
    "a time that is not a number": ("1,2,0.5,nan,0.5,0.01,40,0.5,0.5\n", ""),
    "an endless number": (f"1,2,0.5,0.1,0.5,0.01,{'9' * 10**6},,\n", f"{'9' * 10**6}\n"),
    "garbage": ("\0\u2028\x85,,,\n", "\0\u2028\x85,,,\n"),
}


@pytest.mark.parametrize("state", ["finished", "training"])
@pytest.mark.parametrize("tables", ODD_TABLES.values(), ids=ODD_TABLES)
def test_a_run_with_odd_tables_is_shown_in_every_view(
    miniature: Miniature, tmp_path: Path, tables: tuple[str, str], state: str
) -> None:
    folder = tmp_path / "runs" / "odd"
    folder.mkdir(parents=True)
    save_json(folder / CONFIG, TrainConfig("linear"))
    files.save_record(folder, {"owner": "", "state": state, "message": ""})
    (folder / "metrics.csv").write_text(HEADER + tables[0], encoding="utf-8")
    (folder / CONFUSION).write_text(tables[1], encoding="utf-8")
    page = train(run="odd")
    assert "Linear, 1 epoch, " in words(page)
    for view in VIEWS:
        run(page.button_group(key="train_view").set_value(view))


@pytest.mark.parametrize("value", ["", "..", "../..", "/", "/etc", "\0", "a" * 5_000, "\u2028", ".", "odd/"])
def test_a_link_to_an_absurd_run_shows_no_run(miniature: Miniature, tmp_path: Path, value: str) -> None:
    (tmp_path / "runs" / "odd").mkdir(parents=True)
    page = train(run=value, model=value)
    assert page.info[0].value.startswith("No runs yet.")
    assert [each.value.startswith("There is no run") for each in page.warning].count(True) == (1 if value else 0)
    assert all(len(each.value) < 160 and "\n" not in each.value for each in page.warning)


def test_a_link_to_no_run_says_so_until_another_is_chosen_and_shows_the_newest(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app_pages.state.session.cookie_token", lambda: "0" * 32)  # the browser's cookie
    mine = [ended(start(train(), seed=seed)) for seed in (1, 2)]
    page = train(run="cnn-![x](y)")
    said = "There is no run “cnn\\-\\!\\[x\\](y)”: it may have been deleted, or its link is incomplete."
    assert [each.value for each in page.warning] == [said]
    assert address_of(page)["run"] == [mine[1].name] and called(mine[1]) in words(page)
    assert [each.value for each in run(page).warning] == [said]
    run(page.selectbox(key="train_run").set_value(mine[0].name))
    assert not page.warning and not train(run=mine[0].name).warning


def test_a_run_is_called_by_a_name_that_its_owner_may_change(miniature: Miniature) -> None:
    page = train()
    first, second = ended(start(page, seed=1)), ended(start(page, seed=2))
    assert words(run(page)).endswith(called(second)) or f"{called(second)} (2)" in words(page)
    run(page.text_input(key=f"train_name_{second.name}").set_value(" **Anna's**  best "))
    assert second.naming == Naming("**Anna's** best")
    assert as_markdown("**Anna's** best") in words(page) and second.folder.name == second.name
    assert address_of(page)["run"] == [second.name]
    assert page.selectbox(key="train_run").options == ["**Anna's** best", called(first)]
    run(page.text_input(key=f"train_name_{second.name}").set_value(""))
    assert second.naming == Naming() and "Anna" not in words(page)
    run(page.text_input(key=f"train_name_{second.name}").set_value("Anna's"))
    page.switch_page("app_pages/draw.py")
    assert run(page).selectbox(key="model").options[3:] == ["Anna's", called(first)]


def test_a_starred_run_is_listed_first_and_the_newest_is_shown(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app_pages.state.session.cookie_token", lambda: "0" * 32)  # the browser's cookie
    page = train()
    first, second = ended(start(page, seed=1)), ended(start(page, seed=2))
    run(page)
    run(page.selectbox(key="train_run").set_value(first.name))
    run(page.toggle(key=f"train_star_{first.name}").set_value(True))
    again = train()
    listed = again.selectbox(key="train_run")
    assert listed.options[0] == f"★ {called(first)}" and listed.value == second.name
    run(listed.set_value(first.name))
    run(again.toggle(key=f"train_star_{first.name}").set_value(False))
    assert not any("★" in option for option in again.selectbox(key="train_run").options)


def test_a_name_that_cannot_be_written_is_refused_in_one_sentence(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = train()
    started = ended(start(page))
    run(page)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mnist_core.runs.registry.save_naming", full)
    run(page.text_input(key=f"train_name_{started.name}").set_value("Ours"))
    (error,) = page.error
    assert error.value == "The name could not be written (No space left on device): free space on the disk."
    assert page.text_input(key=f"train_name_{started.name}").value == "" and called(started) in words(page)


def test_only_its_owner_names_a_run(miniature: Miniature) -> None:
    started = ended(start(train()))
    guest = train(run=started.name)
    assert called(started) in words(guest) and not guest.text_input and not guest.toggle
