"""Models as ONNX files with their preprocessing inside."""

from pathlib import Path

import torch
from torch import nn

from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.models.storage import atomic_write


def export_onnx(model: nn.Sequential, path: Path, temperature: float = 1.0) -> None:
    """Write a model as ONNX with its preprocessing inside.

    The input is `image`, (N, 28, 28) uint8 with ink 255 on paper 0; the output `probabilities`, (N, 10) float32.
    """
    whole = _FromBytes(model, temperature).eval()
    example = torch.zeros(1, 28, 28, dtype=torch.uint8)
    with atomic_write(path) as unfinished:
        torch.onnx.export(
            whole,
            (example,),
            str(unfinished),
            input_names=["image"],
            output_names=["probabilities"],
            dynamic_axes={"image": {0: "count"}, "probabilities": {0: "count"}},
            dynamo=False,
        )


class _FromBytes(nn.Module):
    def __init__(self, model: nn.Sequential, temperature: float) -> None:
        super().__init__()
        self.model, self.temperature = model, temperature

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        inputs = (image.unsqueeze(1).float() / 255 - MEAN) / STD
        return torch.softmax(self.model(inputs) / self.temperature, dim=1)
