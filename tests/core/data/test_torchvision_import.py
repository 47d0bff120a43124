import os
import subprocess
import sys
from pathlib import Path

from mnist_core.data.torchvision_import import import_datasets, import_transforms


def test_torchvision_can_be_imported_repeatedly() -> None:
    assert import_datasets().MNIST.__name__ == "MNIST"
    assert import_datasets() is import_datasets()
    assert import_transforms().ToTensor.__name__ == "ToTensor"


def test_torchvision_can_be_imported_when_its_operators_are_not_registered(tmp_path: Path) -> None:
    """Stand in for a CPU build of torch: a torchvision that needs an operator which nobody has registered."""
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import torch\n"
        "torch.library.register_fake('torchvision::nms')(lambda dets, scores, iou_threshold: scores)\n"
        "from torchvision import datasets, transforms\n"
    )
    (package / "datasets.py").write_text("here = 'datasets'\n")
    (package / "transforms.py").write_text("here = 'transforms'\n")
    program = (
        "from mnist_core.data.torchvision_import import *\nprint(import_datasets().here, import_transforms().here)"
    )
    paths = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[3])])
    ended = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True
    )
    assert (ended.stdout, ended.returncode) == ("datasets transforms\n", 0), ended.stderr
