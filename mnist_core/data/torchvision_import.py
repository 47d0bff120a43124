"""Import torchvision only when it is needed, also next to a CPU build of torch.

PyPI's Linux build of torchvision expects the CUDA build of torch. With another build its import fails, because two
operators that this project never calls are not registered. Declaring their schemas first is enough.
"""

import sys
import threading
from types import ModuleType

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_import_lock = threading.Lock()  # a page and a download may import at the same time, and the first import may fail
_library: torch.library.Library | None = None  # kept alive, because its schemas are removed with it


def import_datasets() -> ModuleType:
    """Return `torchvision.datasets`; its import takes about as long as torch's."""
    with _import_lock:
        _declare_missing_operators()
        from torchvision import datasets
    return datasets


def import_transforms() -> ModuleType:
    """Return `torchvision.transforms`."""
    with _import_lock:
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
            del sys.modules[name]  # partially imported; the next import starts again
        _library = torch.library.Library("torchvision", "DEF")
        for schema in _SCHEMAS.values():
            _library.define(schema)
