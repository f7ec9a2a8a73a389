"""The architecture: which part may import which, read from the sources with `ast`."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from import_arrows import ARROWS, SLICER_SIDE, TRAINING, WITH_TORCH

MODULE_FOLDER = Path(__file__).parents[2] / "SAMMoESlicer"


def imports(
    source: str, module: str, *, is_package: bool = False, file_scope_only: bool = False
) -> Iterator[str]:
    """Yield the full dotted names a source imports; names under TYPE_CHECKING do not count."""
    pending: list[ast.AST] = [ast.parse(source)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if file_scope_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                kept = parts[: len(parts) - node.level + is_package]
                base = ".".join([*kept, base] if base else kept)
            yield from (f"{base}.{alias.name}" for alias in node.names)
        pending.extend(ast.iter_child_nodes(node))


def sources(folder: str) -> list[tuple[str, Path]]:
    """Return (dotted module name, path) of every source below a folder."""
    found = []
    for path in sorted((MODULE_FOLDER / folder).rglob("*.py")):
        parts = path.relative_to(MODULE_FOLDER).with_suffix("").parts
        found.append((".".join(parts).removesuffix(".__init__"), path))
    return found


def part_of(module: str) -> str:
    """Return the key of `ARROWS` for a module of `sammoe`; empty for `sammoe` itself."""
    parts = module.split(".")[1:]
    if ".".join(parts[:2]) in ARROWS:
        return ".".join(parts[:2])
    return parts[0] if parts else ""


def wrong_arrows(source: str, module: str, *, is_package: bool = False) -> list[str]:
    """Return what a source of `sammoe` imports although it may not."""
    own = part_of(module)
    wrong = []
    for name in imports(source, module, is_package=is_package):
        top = name.split(".")[0]
        if top in SLICER_SIDE:
            wrong.append(name)
        if top != "sammoe" or not own:
            continue
        target = part_of(name)
        inside = target in (own, own.split(".")[0])
        if target in ARROWS and not inside and target not in ARROWS[own]:
            wrong.append(name)
    return wrong


def all_of(folder: str) -> pytest.MarkDecorator:
    found = sources(folder)
    return pytest.mark.parametrize(("module", "path"), found, ids=[name for name, _ in found])


@all_of("sammoe")
def test_every_import_follows_the_arrows_of_the_design(module, path):
    part = part_of(module)
    assert not part or part in ARROWS, f"give {part} its place in ARROWS"
    is_package = path.name == "__init__.py"
    assert wrong_arrows(path.read_text("utf-8"), module, is_package=is_package) == []


def layer_of(module: str) -> int | None:
    """Return the place in `TRAINING` of a module of `sammoe.training`; None: of something else."""
    inside = module.removeprefix("sammoe.training.")
    found = [n for n, layer in enumerate(TRAINING) if f"{inside}.".startswith(f"{layer}.")]
    return min(found) if found and inside != module else None


@all_of("sammoe/training")
def test_a_training_is_built_in_layers(module, path):
    own = layer_of(module)
    if own is None:
        return
    names = imports(path.read_text("utf-8"), module, is_package=path.name == "__init__.py")
    above = [name for name in names if (layer := layer_of(name)) is not None and layer > own]
    assert above == []


@all_of("sammoe")
def test_torch_is_imported_at_file_scope_only_behind_the_worker(module, path):
    inside = module.removeprefix("sammoe.")
    if any(inside == place or inside.startswith(f"{place}.") for place in WITH_TORCH):
        return
    source = path.read_text("utf-8")
    is_package = path.name == "__init__.py"
    names = imports(source, module, is_package=is_package, file_scope_only=True)
    assert [name for name in names if name.split(".")[0] in {"torch", "monai"}] == []


def names_in(source: str) -> set[str]:
    """Return the identifiers of a source."""
    nodes = list(ast.walk(ast.parse(source)))
    found = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    found |= {node.id for node in nodes if isinstance(node, ast.Name)}
    return found | {node.arg for node in nodes if isinstance(node, ast.arg)}


@all_of("sammoe/engine")
def test_behind_the_engines_door_every_position_is_ijk(module, path):
    if module.endswith((".prompts_ijk", ".curve_clicks")):  # the door: clicks are millimetres apart
        return
    names = names_in(path.read_text("utf-8")) - {"ijk_to_ras"}
    assert [name for name in names if name.endswith("_ras") or name == "ras_to_ijk"] == []


@all_of("sammoe")
def test_a_volumes_matrix_is_inverted_where_volumes_are(module, path):
    if module in ("sammoe.geometry", "sammoe.volume"):
        return
    assert "inv" not in names_in(path.read_text("utf-8"))


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("sammoe.geometry", "from .volume import Volume"),
        ("sammoe.geometry", "import sammoe.volume"),
        ("sammoe.model.gate", "from ..crop import Crop"),
        ("sammoe.model.gate", "from .. import engine"),
        ("sammoe.engine.predictor", "def late():\n    from sammoe.training import train"),
        ("sammoe.worker.client", "from ..engine import Predictor"),
        ("sammoe.worker.client", "from . import main"),
        ("sammoe.crop.plan", "import vtk"),
        ("sammoe.volume", "from slicer.util import arrayFromVolume"),
    ],
)
def test_an_arrow_that_points_the_wrong_way_is_found(module, line):
    assert len(wrong_arrows(line, module)) == 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("sammoe.volume", "from .geometry import Matrix"),
        ("sammoe.worker.main", "from ..engine import Predictor\nfrom .protocol import Kind"),
        ("sammoe.volume", "if TYPE_CHECKING:\n    from .engine import Predictor"),
    ],
)
def test_an_arrow_of_the_design_is_let_through(module, line):
    assert wrong_arrows(line, module) == []


@pytest.mark.parametrize(
    "module", ["sammoe", "sammoe.worker", "sammoe.bundle", "sammoe.image_io", "sammoe.cli"]
)
def test_importing_what_slicer_and_the_command_line_import_does_not_import_torch(module):
    check = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", check],
        cwd=MODULE_FOLDER,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr or f"{module} imports torch"


def test_the_modules_folder_holds_one_module_candidate():
    assert [path.name for path in MODULE_FOLDER.glob("*.py")] == ["SAMMoESlicer.py"]


def test_the_module_file_needs_nothing_that_slicer_would_have_to_install_first():
    source = (MODULE_FOLDER / "SAMMoESlicer.py").read_text("utf-8")
    names = imports(source, "SAMMoESlicer", file_scope_only=True)
    in_slicer = {"slicer", "vtk", "qt", "ctk", "SAMMoESlicerLib"}
    foreign = [n for n in names if n.split(".")[0] not in in_slicer | sys.stdlib_module_names]
    assert foreign == []


@all_of("SAMMoESlicerLib")
def test_the_slicer_side_imports_no_torch_and_only_its_panel_imports_qt(module, path):
    names = [name.split(".")[0] for name in imports(path.read_text("utf-8"), module)]
    forbidden = {"torch", "monai", "SimpleITK"}
    if ".Ui" not in module:
        forbidden |= {"qt", "ctk", "PySide6"}
    assert forbidden.isdisjoint(names)


@all_of("sammoe_web")
def test_the_browsers_side_shares_the_session_and_imports_neither_torch_nor_the_panel(module, path):
    names = list(imports(path.read_text("utf-8"), module))
    forbidden = {"torch", "monai", "SimpleITK", "qt", "ctk", "PySide6"}
    assert forbidden.isdisjoint(name.split(".")[0] for name in names)
    panel = {name for name in names if name.startswith("SAMMoESlicerLib.Ui")}
    assert panel <= {"SAMMoESlicerLib.Ui.Messages.Messages"}, "only this one needs no Qt"


@all_of("SAMMoESlicerLib/Bridge")
def test_the_bridge_takes_its_scene_and_never_reaches_for_the_application(module, path):
    reached = [
        node.attr
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "slicer"
        and node.attr in {"app", "mrmlScene", "modules", "util"}
    ]
    assert reached == []
