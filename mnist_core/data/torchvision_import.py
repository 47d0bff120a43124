"""Import torchvision late, and beside a CPU build of torch.

PyPI's Linux build of torchvision expects the CUDA build of torch. Beside another build its import fails, because two
operators that this project never calls were not registered; declaring their schemas first is all it needs.
"""

import sys
import threading
from types import ModuleType

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_importing = threading.Lock()  # a page and a download may want it at once, and the first import may be taken back
_library: torch.library.Library | None = None  # kept alive: its schemas vanish with it


def import_datasets() -> ModuleType:
    """Return `torchvision.datasets`; the import costs about as long as torch's own."""
    with _importing:
        _declare_missing_operators()
        from torchvision import datasets
    return datasets


def import_transforms() -> ModuleType:
    """Return `torchvision.transforms`."""
    with _importing:
        _declare_missing_operators()
        from torchvision import transforms
    return transforms


def _declare_missing_operators() -> None:
    global _library
    if _library is not None:
        return
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]  # half imported: the next import starts afresh
        _library = torch.library.Library("torchvision", "DEF")
        for schema in _SCHEMAS.values():
            _library.define(schema)
