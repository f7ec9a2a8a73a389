"""The extension as Slicer's build and its module factory see it, without Slicer."""

import ast
import json
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE_FOLDER = ROOT / "SAMMoESlicer"
MODULE = MODULE_FOLDER / "SAMMoESlicer.py"
FAKE_SLICER = ROOT / "Testing" / "Data" / "fake_slicer"
INSTALLED = Path("lib/Slicer-5.12/qt-scripted-modules")
WITH_SLICER = {"slicer", "vtk", "qt", "ctk"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Folder of the module as CMake installs it, and what the extension says of itself."""
    if shutil.which("cmake") is None or not (shutil.which("c++") or shutil.which("g++")):
        pytest.skip("cmake and a C++ compiler, which Slicer's project() asks for, are not here")
    build = tmp_path_factory.mktemp("build")
    prefix = tmp_path_factory.mktemp("install")
    steps = [
        ["cmake", "-S", ROOT, "-B", build, f"-DSlicer_DIR={FAKE_SLICER}"],
        ["cmake", "--install", build, "--prefix", prefix],
    ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return prefix / INSTALLED, (build / "extension.txt").read_text("utf-8")


def files(folder, *patterns):
    found = (path for pattern in patterns for path in folder.rglob(pattern))
    return {
        path.relative_to(folder).as_posix()
        for path in found
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_every_source_of_the_module_and_its_packages_is_installed(installed):
    wanted = {"SAMMoESlicer.py"}
    for package in ("SAMMoESlicerLib", "sammoe"):
        wanted |= {f"{package}/{name}" for name in files(MODULE_FOLDER / package, "*.py")}
    assert files(installed[0], "*.py") == wanted
    assert len(wanted) > 40


def test_the_packages_hold_nothing_but_sources():
    for package in ("SAMMoESlicerLib", "sammoe"):
        others = files(MODULE_FOLDER / package, "*") - files(MODULE_FOLDER / package, "*.py")
        assert others <= {"py.typed"}  # for type checkers only, no loss in Slicer


def test_every_resource_is_installed_beside_the_module(installed):
    wanted = {
        name for name in files(ROOT / "Resources", "*") if not name.startswith("Screenshots/")
    }
    assert files(installed[0] / "Resources", "*") == wanted
    assert {"UI/SAMMoESlicer.ui", "Icons/SAMMoESlicer.png"} <= wanted
    for name in wanted:
        original = (ROOT / "Resources" / name).read_bytes()
        assert (installed[0] / "Resources" / name).read_bytes() == original


def test_nothing_else_is_installed(installed):
    others = files(installed[0], "*") - files(installed[0], "*.py")
    assert all(name.startswith("Resources/") for name in others)


def test_the_installed_library_is_whole(installed):
    code = "import sammoe.worker, sammoe.prompts, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=installed[0], check=True)


def test_the_extension_says_what_the_index_asks_for(installed):
    fields = dict(line.split("=", 1) for line in installed[1].splitlines())
    assert fields["NAME"] == "SAMMoE"
    assert fields["DEPENDS"] == "PyTorch"
    text = (ROOT / "CMakeLists.txt").read_text("utf-8")
    assert "\nproject(SAMMoE)\n" in text
    for name in ("EXTENSION_ICONURL", "EXTENSION_SCREENSHOTURLS", "EXTENSION_HOMEPAGE"):
        assert f'set({name} "https://' in text


def test_the_two_descriptions_agree():
    catalogue = json.loads((ROOT / "SAMMoE.json").read_text("utf-8"))
    lines = (ROOT / "SAMMoE.s4ext").read_text("utf-8").splitlines()
    older = dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    assert catalogue["$schema"].endswith("slicer-extension-catalog-entry-schema-v1.0.1.json#")
    assert catalogue["category"] == older["category"] == "Segmentation"
    assert catalogue["scm_url"] == older["scmurl"]
    assert catalogue["build_dependencies"] == older["depends"].split()
    assert str(catalogue["tier"]) == older["tier"]


def test_every_address_names_a_repository_that_the_index_takes():
    for name in ("CMakeLists.txt", "SAMMoE.json", "SAMMoE.s4ext"):
        text = (ROOT / name).read_text("utf-8")
        own = re.findall(r"github(?:usercontent)?\.com/SAMMoESlicer/(\w+)", text)
        assert own
        assert set(own) == {"SlicerSAMMoE"}, name


def test_exactly_one_source_lies_where_slicer_looks_for_modules():
    assert [path.name for path in MODULE_FOLDER.glob("*.py")] == ["SAMMoESlicer.py"]


def test_the_module_file_imports_only_what_every_slicer_has():
    tree = ast.parse(MODULE.read_text("utf-8"))
    names = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.split(".")[0])
    assert names <= WITH_SLICER | set(sys.stdlib_module_names)


def test_the_module_file_holds_slicers_four_classes():
    classes = {
        node.name for node in ast.parse(MODULE.read_text("utf-8")).body if hasattr(node, "name")
    }
    assert {f"SAMMoESlicer{role}" for role in ("", "Widget", "Logic", "Test")} <= classes


def test_the_icon_is_128_pixels_square():
    data = (ROOT / "Resources" / "Icons" / "SAMMoESlicer.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (128, 128)
