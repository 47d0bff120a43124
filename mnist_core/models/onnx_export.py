"""Export of models to ONNX files that include the preprocessing."""

import threading
from pathlib import Path

import torch
from torch import nn

from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.models.storage import atomic_write

_EXPORTING = threading.Lock()  # torch.onnx.export keeps its state in globals: one export at a time


def export_onnx(model: nn.Sequential, path: Path, temperature: float = 1.0) -> None:
    """Write a model to an ONNX file that includes the normalisation and the softmax.

    The input is `image`, (N, 28, 28) uint8 with ink 255 on paper 0. The output is `probabilities`, (N, 10) float32.

    Args:
        model: takes (N, 1, 28, 28) normalised digits, gives logits (N, 10).
        path: the file to write, whole or not at all.
        temperature: what the logits are divided by before the softmax.
    """
    end_to_end = _ImageToProbabilities(model, temperature).eval()
    example = torch.zeros(1, 28, 28, dtype=torch.uint8)
    with _EXPORTING, atomic_write(path) as unfinished:
        torch.onnx.export(
            end_to_end,
            (example,),
            str(unfinished),
            input_names=["image"],
            output_names=["probabilities"],
            dynamic_axes={"image": {0: "count"}, "probabilities": {0: "count"}},
            dynamo=False,
        )


class _ImageToProbabilities(nn.Module):
    def __init__(self, model: nn.Sequential, temperature: float) -> None:
        super().__init__()
        self.model, self.temperature = model, temperature

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        inputs = (image.unsqueeze(1).float() / 255 - MEAN) / STD
        return torch.softmax(self.model(inputs) / self.temperature, dim=1)
