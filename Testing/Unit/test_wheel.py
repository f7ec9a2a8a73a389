"""What `pip install` gives: a package that works outside the repository, with the network off."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

ROOT = Path(__file__).parents[2]
SOURCES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE.txt")
NO_NETWORK = {"no_proxy": "", **dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")}


def run(command, cwd):
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment = {**kept, **NO_NETWORK, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of a copy of the repository: building leaves folders behind."""
    pytest.importorskip("setuptools", reason="the wheel is built without the network")
    copy = tmp_path_factory.mktemp("copy")
    for name in SOURCES:
        shutil.copy(ROOT / name, copy)
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for folder in ("SAMMoESlicer", "Resources"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignore)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", copy / "wheels"]
    run([sys.executable, "-m", "pip", "wheel", ".", *options], cwd=copy)
    (built,) = (copy / "wheels").iterdir()
    return built


@pytest.fixture(scope="module")
def command(wheel, tmp_path_factory):
    """`sammoe` in a new environment that borrows this one's dependencies, but not `sammoe`."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=False, symlinks=True)
    (site_packages,) = environment.glob("lib/python3*/site-packages")
    options = ["--no-deps", "--no-index", "--quiet", "--python", environment / "bin" / "python"]
    run([sys.executable, "-m", "pip", *options[3:], "install", *options[:3], wheel], environment)
    dependencies = Path(np.__file__).parents[1]
    (site_packages / "borrowed.pth").write_text(f"{dependencies}\n")
    return environment / "bin" / "sammoe"


@pytest.mark.skipif(os.name != "posix", reason="an environment's folders are named otherwise")
def test_an_installed_wheel_segments_with_its_own_bundle_outside_the_repository(command, tmp_path):
    k, j, i = np.indices((24, 40, 40))
    ball = (k - 12) ** 2 * 4 + (j - 18) ** 2 * 1.44 + (i - 22) ** 2 * 2.25 < 256
    image = sitk.GetImageFromArray(np.where(ball, 150, 0).astype(np.int16))
    image.SetSpacing((1.5, 1.2, 2.0))
    image.SetOrigin((-30.0, -24.0, 700.0))
    sitk.WriteImage(image, str(tmp_path / "scan.nii.gz"))
    said = run(
        [command, "segment", "scan.nii.gz", "--point=-3,2.4,724", "-o", "mask.nii.gz"], tmp_path
    )
    assert said.startswith("mask.nii.gz: ")
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "mask.nii.gz"))) > 0
    assert mask[12, 18, 22]
    python = command.with_name("python")
    where = "from sammoe.bundle import default_bundle_path; print(default_bundle_path())"
    assert str(command.parents[1]) in run([python, "-c", where], tmp_path)


def test_the_wheel_holds_what_each_package_needs_and_nothing_beside_them(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    demo = ROOT / "Resources" / "Models" / "demo"
    bundle = [path.relative_to(ROOT) for path in demo.rglob("*") if path.is_file()]
    inside = {f"sammoe/{path.as_posix()}" for path in bundle}
    assert inside <= names
    assert "sammoe_web/Resources/UI/SAMMoESlicer.ui" in names
    assert "sammoe_web/Resources/Templates/spine.json" in names
    tops = {name.split("/")[0].split("-")[0] for name in names}
    assert tops == {"sammoe", "sammoe_web", "SAMMoESlicerLib"}
