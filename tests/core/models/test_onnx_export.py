import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
import torch

from mnist_core.models.evaluation import predict_logits
from mnist_core.models.networks import MODELS, build_model
from mnist_core.models.onnx_export import export_onnx
from mnist_core.models.storage import load_trained, model_folder


@pytest.mark.parametrize("name", [*MODELS, "a run's own"])
def test_an_exported_model_gives_the_probabilities_of_torch_for_any_number_of_images(tmp_path: Path, name: str) -> None:
    if name in MODELS:
        trained = load_trained(model_folder(name))
        model, temperature = trained.model, trained.temperature
    else:
        model, temperature = build_model("cnn", seed=3, width=6, depth=3, views=4).eval(), 1.7
    export_onnx(model, tmp_path / "digit.onnx", temperature)
    session = onnxruntime.InferenceSession(str(tmp_path / "digit.onnx"), providers=["CPUExecutionProvider"])
    assert [(port.name, port.type) for port in session.get_inputs()] == [("image", "tensor(uint8)")]
    assert [(port.name, port.type) for port in session.get_outputs()] == [("probabilities", "tensor(float)")]
    for count in (1, 7, 100):
        generator = torch.Generator().manual_seed(count)
        images = torch.randint(0, 256, (count, 28, 28), generator=generator, dtype=torch.uint8)
        (probabilities,) = session.run(None, {"image": images.numpy()})
        expected = torch.softmax(predict_logits(model, images) / temperature, dim=1)
        torch.testing.assert_close(torch.from_numpy(probabilities), expected, rtol=0, atol=1e-4)
    assert [path.name for path in tmp_path.iterdir()] == ["digit.onnx"]


def test_many_visitors_can_export_at_the_same_time(tmp_path: Path) -> None:
    model = build_model("cnn", views=3).eval()
    start = threading.Barrier(12)

    def export(number: int) -> bytes:
        start.wait()
        path = tmp_path / f"{number}.onnx"
        export_onnx(model, path, 1.5)
        return path.read_bytes()

    with ThreadPoolExecutor(12) as threads:
        files = list(threads.map(export, range(12)))
    assert len(set(files)) == 1


def test_a_failed_export_leaves_no_partial_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_half(model: Any, example: Any, path: str, **options: Any) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch.onnx, "export", write_half)
    with pytest.raises(OSError, match="No space left"):
        export_onnx(build_model("linear"), tmp_path / "digit.onnx")
    assert not list(tmp_path.iterdir())
