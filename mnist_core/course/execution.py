"""Run blocks of code one after another as a notebook does, and keep what each of them gives.

The code runs in this process, in one namespace; it is the course's own, never a visitor's.
"""

import ast
import contextlib
import io
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from mnist_core.data.split import require_torchvision_layout
from mnist_core.data.torchvision_import import import_datasets
from mnist_core.paths import data_root

INK = "#757a88"  # of a figure's text and axes, readable on white and on black
DPI = 110  # of a figure


@dataclass(frozen=True)
class Output:
    """What a block of code gave.

    Attributes:
        printed: its standard output.
        value: its last line's value, as Python prints it; "" when that is None, a statement, or a part of a figure.
        figures: the matplotlib figures that it made, each as a PNG with a transparent background.
    """

    printed: str = ""
    value: str = ""
    figures: tuple[bytes, ...] = ()

    @property
    def text(self) -> str:
        """What it printed, followed by its value."""
        return (self.printed + self.value).rstrip("\n")


def run_blocks(blocks: Sequence[str], names: dict[str, Any]) -> Iterator[Output]:
    """Run blocks of code in order in one namespace, in a folder of their own whose `data` is the app's MNIST.

    Yields the output of each block once it has run. What a block raises is not caught. While a block runs, the
    current folder of the process is the temporary one.

    Args:
        blocks: Python code.
        names: the namespace; the blocks add to it.

    Raises:
        MissingDataError: MNIST is not where torchvision looks for it.
    """
    root = data_root().resolve()
    require_torchvision_layout(root)
    import_datasets()  # NOTE: beside a CPU build of torch, the first import of torchvision must go this way
    plt = _pyplot()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data").symlink_to(root)
        style = dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK)
        for number, block in enumerate(blocks, start=1):
            with contextlib.chdir(folder), plt.rc_context(style | {"legend.framealpha": 0}):
                output = _run_block(block, names, f"<block {number}>", plt)
            yield output


def _pyplot() -> ModuleType:
    os.environ.setdefault("MPLBACKEND", "agg")
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    return pyplot


def _run_block(block: str, names: dict[str, Any], file: str, plt: ModuleType) -> Output:
    plt.close("all")
    tree = ast.parse(block, file)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(io.StringIO()) as printed, warnings.catch_warnings():
        # matplotlib and torch do not agree on numpy's newest protocol; as in a notebook, the learner does not see it.
        warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy", DeprecationWarning)
        exec(compile(tree, file, "exec"), names)
        value = eval(compile(ast.Expression(last.value), file, "eval"), names) if isinstance(last, ast.Expr) else None
    figures = tuple(_png(plt.figure(number)) for number in plt.get_fignums())
    plt.close("all")
    return Output(printed.getvalue(), "" if value is None or _is_of_figure(value) else repr(value), figures)


def _is_of_figure(value: object) -> bool:
    """Tell whether a value is what a call of matplotlib returned, which the figure shows."""
    first = value[0] if isinstance(value, list) and value else value
    return type(first).__module__.split(".")[0] == "matplotlib"


def _png(figure: Any) -> bytes:
    for axes in figure.axes:
        axes.patch.set_alpha(0)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DPI, transparent=True, bbox_inches="tight", metadata={"Software": None})
    return stream.getvalue()
