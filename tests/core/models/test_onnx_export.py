from pathlib import Path
from typing import Any

import onnxruntime
import pytest
import torch

from mnist_core.models.evaluation import predict_logits
from mnist_core.models.networks import build_model
from mnist_core.models.onnx_export import export_onnx


@pytest.mark.parametrize(("name", "temperature"), [("linear", 1.0), ("mlp", 0.5), ("cnn", 1.7)])
def test_an_exported_model_gives_the_probabilities_of_torch(tmp_path: Path, name: str, temperature: float) -> None:
    torch.manual_seed(6)
    model = build_model(name).eval()
    export_onnx(model, tmp_path / "digit.onnx", temperature)
    session = onnxruntime.InferenceSession(str(tmp_path / "digit.onnx"), providers=["CPUExecutionProvider"])
    assert [(port.name, port.type) for port in session.get_inputs()] == [("image", "tensor(uint8)")]
    assert [(port.name, port.type) for port in session.get_outputs()] == [("probabilities", "tensor(float)")]
    for count in (1, 3):
        generator = torch.Generator().manual_seed(count)
        images = torch.randint(0, 256, (count, 28, 28), generator=generator, dtype=torch.uint8)
        (probabilities,) = session.run(None, {"image": images.numpy()})
        expected = torch.softmax(predict_logits(model, images) / temperature, dim=1)
        torch.testing.assert_close(torch.from_numpy(probabilities), expected, rtol=0, atol=1e-4)
    assert [path.name for path in tmp_path.iterdir()] == ["digit.onnx"]


def test_a_failed_export_leaves_no_partial_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_half(model: Any, example: Any, path: str, **options: Any) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch.onnx, "export", write_half)
    with pytest.raises(OSError, match="No space left"):
        export_onnx(build_model("linear"), tmp_path / "digit.onnx")
    assert not list(tmp_path.iterdir())
