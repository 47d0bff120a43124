import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "mnist_core"
MODULES = sorted(module for module in PACKAGE.rglob("*.py") if module.name != "__init__.py")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def imported(tree: ast.AST, package: str = "mnist_core") -> set[str]:
    """Return the names of all modules that a module imports, anywhere in it."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(filter(None, [package if node.level else "", node.module]))
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return names


def public_functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Yield every public function and every public method of a public class."""
    for node in tree.body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node.name, node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, Function) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def test_the_package_is_where_these_tests_look() -> None:
    assert {"preprocessing", "split", "loop", "registry", "__main__"} <= {module.stem for module in MODULES}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_no_module_of_the_core_imports_streamlit_or_a_page(module: Path) -> None:
    tops = {name.split(".")[0] for name in imported(parsed(module))}
    assert not {top for top in tops if top.startswith("streamlit")} and not tops & {"app", "app_pages"}


def test_importing_the_core_loads_neither_streamlit_nor_torchvision() -> None:
    names = [".".join(module.relative_to(PACKAGE.parent).with_suffix("").parts) for module in MODULES]
    program = (
        f"import importlib, sys\nfor name in {names}: importlib.import_module(name)\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & "
        "{'streamlit', 'torchvision', 'scipy', 'skimage', 'onnx', 'matplotlib', 'pandas', 'mnist_core'}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
    )
    assert (ended.stdout, ended.stderr) == ("['mnist_core']\n", "")


def test_nothing_is_pickled() -> None:
    for module in MODULES:
        tree = parsed(module)
        assert not {"pickle", "joblib", "dill"} & imported(tree)
        calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not {"torch.load", "torch.save", "np.load", "np.save"} & calls


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_module_says_what_it_is(module: Path) -> None:
    assert ast.get_docstring(parsed(module))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_every_public_function_has_a_docstring_and_type_hints(module: Path) -> None:
    for name, function in public_functions(parsed(module)):
        special = name.rsplit(".")[-1].startswith("__")
        assert special or name.endswith(".forward") or ast.get_docstring(function), f"{name} has no docstring"
        assert function.returns is not None, f"{name} does not say what it returns"
        given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        given += [argument for argument in (function.args.vararg, function.args.kwarg) if argument]
        for argument in given:
            assert argument.annotation or argument.arg in ("self", "cls"), f"{name} does not say what {argument.arg} is"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_every_public_class_has_a_docstring(module: Path) -> None:
    for node in parsed(module).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"
