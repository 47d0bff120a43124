"""The rooms of the house and the arrows between them: which module may import which."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A package imports only packages on floors below its own; packages on one floor do not know one another.
CORE_FLOORS = {
    "constants": 0,
    "durable_files": 0,
    "formatting": 0,
    "memory": 0,
    "paths": 0,
    "plain_text": 0,
    "progress": 0,
    "regular_files": 0,
    "ink": 1,
    "data": 1,
    "models": 2,
    "synthetic": 2,
    "training": 3,
    "analysis": 3,
    "recognition": 3,
    "runs": 4,
    "sharing": 4,
    "labs": 4,
    "course": 4,
    "challenges": 4,
    "classroom": 4,
    "ood_training": 4,
    "cli": 5,
    "__main__": 6,
}
PAGE_FLOORS = {
    "state": 0,
    "components": 1,
    "drawing": 2,
    "browsing": 2,
    "inspecting": 2,
    "labs": 2,
    "handwriting": 2,
    "challenges": 2,
    "own_lessons": 2,
    "classroom": 2,
    "lessons": 2,
    "training": 2,
    "draw": 3,
    "browse": 3,
    "train": 3,
    "inside": 3,
    "learn": 3,
}
# Modules without a test file of their own, and where they are tested.
TESTED_ELSEWHERE = {
    "constants": "they are three numbers",
    "__main__": "test_cli.py runs it as a process of its own",
}
TREES = {"mnist_core": CORE_FLOORS, "app_pages": PAGE_FLOORS}
PAGES = {"draw", "browse", "train", "inside", "learn"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules_of(tree: str, root: Path = ROOT) -> list[Path]:
    """Return all modules of a tree, however deep, without the packages' own `__init__`."""
    return sorted(module for module in (root / tree).rglob("*.py") if module.name != "__init__.py")


CORE = modules_of("mnist_core")


def name_of(module: Path, root: Path = ROOT) -> str:
    return ".".join(module.relative_to(root).with_suffix("").parts)


def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def imported(module: Path, root: Path = ROOT) -> set[str]:
    """Return the full names of all that a module imports, anywhere in it: modules, and names in them."""
    names = set()
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = name_of(module, root).split(".")[: -node.level] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return names


def room(name: str, tree: str) -> str:
    """Return the package, or module beside the packages, in which something lies; the tree's own name for the top."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else tree


def upward_arrows(tree: str, floors: dict[str, int], root: Path = ROOT) -> list[str]:
    """Return the imports that do not lead to a lower floor."""
    wrong = []
    for module in modules_of(tree, root):
        here = room(name_of(module, root), tree)
        for name in imported(module, root):
            there = room(name, tree)
            if name.startswith(f"{tree}.") and there != here and floors[there] >= floors[here]:
                wrong.append(f"{name_of(module, root)} -> {name}")
    return wrong


def public_functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Yield every public function and every public method of a public class."""
    for node in tree.body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node.name, node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, Function) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


@pytest.mark.parametrize("tree", TREES)
def test_every_room_stands_on_a_floor_and_every_floor_has_its_rooms(tree: str) -> None:
    assert {room(name_of(module), tree) for module in modules_of(tree)} == set(TREES[tree])


@pytest.mark.parametrize("tree", TREES)
def test_imports_lead_downwards(tree: str) -> None:
    assert upward_arrows(tree, TREES[tree]) == []


def test_an_import_that_leads_upwards_is_seen_however_deep_it_lies(tmp_path: Path) -> None:
    for name, line in (
        ("ink/deep/pen.py", "def f():\n    from ...data import idx"),
        ("data/idx.py", "import mnist_core.ink"),
    ):
        module = tmp_path / "mnist_core" / name
        module.parent.mkdir(parents=True, exist_ok=True)
        module.write_text(line + "\n")
    found = upward_arrows("mnist_core", CORE_FLOORS, tmp_path)
    assert sorted(found) == [
        "mnist_core.data.idx -> mnist_core.ink",
        "mnist_core.ink.deep.pen -> mnist_core.data",
        "mnist_core.ink.deep.pen -> mnist_core.data.idx",
    ]


@pytest.mark.parametrize("tree", TREES)
def test_no_modules_import_one_another_in_a_circle(tree: str) -> None:
    known = {name_of(module): module for module in modules_of(tree)}
    graph = {name: imported(module) & known.keys() for name, module in known.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(known)


def test_every_module_of_the_core_has_a_test_file_in_the_same_place() -> None:
    untested = set()
    for module in CORE:
        name = module.relative_to(ROOT / "mnist_core").with_suffix("")
        if not (Path(__file__).parent / name.parent / f"test_{name.name}.py").is_file():
            untested.add(name.as_posix())
    assert untested == set(TESTED_ELSEWHERE)


def test_app_pages_lists_the_pages_and_folders_of_parts() -> None:
    beside = {path.stem for path in (ROOT / "app_pages").glob("*.py")}
    assert beside == PAGES | {"__init__"}


@pytest.mark.parametrize("tree", TREES)
def test_every_package_says_what_it_is_for_and_what_it_may_import(tree: str) -> None:
    packages = [path for path in (ROOT / tree).rglob("__init__.py") if path.parent != ROOT / tree]
    assert packages
    for package in packages:
        words = ast.get_docstring(parsed(package)) or ""
        assert "May import" in words, f"{package} does not say what it may import"


@pytest.mark.parametrize("module", CORE, ids=name_of)
def test_no_module_of_the_core_imports_streamlit_or_a_page(module: Path) -> None:
    tops = {name.split(".")[0] for name in imported(module)}
    assert not {top for top in tops if top.startswith("streamlit")} and not tops & {"app", "app_pages"}


def test_the_app_never_imports_what_makes_the_ood_detector() -> None:
    for module in [ROOT / "app.py", *modules_of("app_pages")]:
        assert not {name for name in imported(module) if name.startswith("mnist_core.ood_training")}


@pytest.mark.parametrize(
    "program", ["import mnist_core.recognition", "import mnist_core; mnist_core.load_predictor('cnn')"]
)
def test_reading_a_digit_loads_no_trainer(program: str) -> None:
    program += (
        "\nimport sys\nprint(sorted({name.split('.')[1] for name in sys.modules if name.startswith('mnist_core.')}))"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == str(
        ["constants", "durable_files", "ink", "models", "paths", "recognition", "regular_files"]
    )


def test_importing_the_core_loads_neither_streamlit_nor_torchvision() -> None:
    names = [name_of(module) for module in CORE]
    program = (
        f"import importlib, sys\nfor name in {names}: importlib.import_module(name)\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & "
        "{'streamlit', 'torchvision', 'scipy', 'skimage', 'onnx', 'captum', 'matplotlib', 'pandas', 'sqlalchemy', "
        "'mnist_core'}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (ended.stdout, ended.stderr) == ("['mnist_core']\n", "")


def test_nothing_is_pickled() -> None:
    for module in CORE:
        tree = parsed(module)
        assert not {"pickle", "joblib", "dill"} & imported(module)
        calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not {"torch.load", "torch.save", "np.load", "np.save"} & calls


@pytest.mark.parametrize("module", CORE, ids=name_of)
def test_a_module_says_what_it_is(module: Path) -> None:
    assert ast.get_docstring(parsed(module))


@pytest.mark.parametrize("module", CORE, ids=name_of)
def test_every_public_function_has_a_docstring_and_type_hints(module: Path) -> None:
    for name, function in public_functions(parsed(module)):
        special = name.rsplit(".")[-1].startswith("__")
        assert special or name.endswith(".forward") or ast.get_docstring(function), f"{name} has no docstring"
        assert function.returns is not None, f"{name} does not say what it returns"
        given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        given += [argument for argument in (function.args.vararg, function.args.kwarg) if argument]
        for argument in given:
            assert argument.annotation or argument.arg in ("self", "cls"), f"{name} does not say what {argument.arg} is"


@pytest.mark.parametrize("module", CORE, ids=name_of)
def test_every_public_class_has_a_docstring(module: Path) -> None:
    for node in parsed(module).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"
