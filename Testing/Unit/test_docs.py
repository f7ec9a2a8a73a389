"""What the documentation says can be done, is done: every command, link, name and number."""

import ast
import json
import re
import shlex
import tomllib
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import sammoe
from bare_bundle import write_bare_bundle
from sammoe.cli import build_parser, join_coordinates, main
from sammoe.image_io import write_volume
from sammoe.volume import Volume
from tiny_scans import write_nnunet

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").glob("*.md"))
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=NAMES)
TRAINING = ("--steps", "1", "--views", "1", "--device", "cpu")
GATE = ("--gate-steps", "2", "--gate-samples", "4", "--test-samples", "1", "--test-clicks", "1",
        "--scenes", "2", "--anatomy", "none", "--force")  # fmt: skip
QUICK = {
    "segment": ("--device", "cpu"),
    "info": (),
    "train-expert": (*TRAINING, *GATE, "--replace"),
    "phantom": ("--scans", "1"),
    "train-gate": (*GATE, "--device", "cpu", "--general", "Task03_Liver"),
    "fit-gate": (
        *("--gate-samples", "4", "--test-samples", "1", "--test-clicks", "1", "--scenes", "2"),
        *("--anatomy", "none", "--users", "1", "--force", "--device", "cpu"),
    ),
    "train-joint": (*TRAINING, *GATE),
    "train-general": (
        *(*TRAINING, "--anatomy", "none", "--test-samples", "1"),
        *("--size", "encoder_depth=1", "--size", "patch_size=32"),
    ),
    "evaluate": ("--device", "cpu", "--processes", "1", "--worst", "0", "--bundle", "my-bundle"),
}
"""What makes a command quick enough to be run here; the others are read by the parser only."""
ELSEWHERE = ("--scheduler", "../shared/data", "sam_med3d.pth", "sam-med3d")


def blocks(page: Path, language: str = "") -> list[str]:
    """Return the fenced blocks of a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)


def commands(page: Path) -> list[list[str]]:
    """Return the words after `sammoe` of every command in a page's blocks."""
    found = []
    for block in blocks(page):
        for line in block.splitlines():
            start = re.match(r"(?:torchrun .* -m sammoe\.cli|sammoe) ", line)
            if start:
                found.append(shlex.split(line[start.end() :], comments=True))
    return found


@EVERY_PAGE
def test_every_command_is_one_the_parser_knows(page):
    for words in commands(page):
        build_parser(words[0]).parse_args(join_coordinates(words))


@EVERY_PAGE
def test_commands_and_make_targets_in_running_text_exist(page):
    text = page.read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:`|^)make ([a-z][a-z-]*)", text, re.M):
        assert re.search(rf"^{target}:", makefile, re.M), f"make {target}"
    known = build_parser("").format_help()
    for command in re.findall(r"`sammoe ([a-z][a-z-]*)", text):
        assert re.search(rf"\b{command}\b", known), f"sammoe {command}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with the files the pages speak of."""
    folder = tmp_path_factory.mktemp("desk")
    write_nnunet(folder / "Task03_Liver", scans=2)
    dataset = json.loads((folder / "Task03_Liver" / "dataset.json").read_text("utf-8"))
    dataset["labels"] = {"background": 0, "liver": 1, "tumour": 2}
    (folder / "Task03_Liver" / "dataset.json").write_text(json.dumps(dataset))
    write_bare_bundle(folder / "my-bundle")
    write_volume(folder / "scan.nii.gz", a_ball())
    write_scribble(folder / "along-the-vessel.mrk.json", [(5, -30, 44), (15, -28, 46)])
    write_scribble(folder / "leak.mrk.json", [(45, -30, 44), (45, -10, 44)])
    return folder


def write_scribble(path, points_ras):
    """Write an open curve as Slicer does."""
    points = [{"position": point, "positionStatus": "defined"} for point in points_ras]
    markup = {"type": "Curve", "coordinateSystem": "RAS", "controlPoints": points}
    path.write_text(json.dumps({"markups": [markup]}))


def a_ball() -> Volume:
    """A bright ball where the pages click."""
    k, j, i = np.ogrid[:70, :70, :70]
    ball = (i - 35) ** 2 + (j - 35) ** 2 + (k - 35) ** 2 < 12**2
    ijk_to_ras = np.diag([2.0, 2.0, 2.0, 1.0])
    ijk_to_ras[:3, 3] = -55, -100, -25
    return Volume(np.where(ball, 150, 20).astype(np.int16), ijk_to_ras)


@pytest.mark.parametrize("name", ["docs/annotator.md", "docs/model-developer.md", "README.md",
                                  "docs/evaluation.md"])  # fmt: skip
def test_the_commands_of_a_page_can_be_run_one_after_the_other(name, desk, monkeypatch, capsys):
    monkeypatch.chdir(desk)
    monkeypatch.setenv("XDG_CACHE_HOME", str(desk / "cache"))
    ran = 0
    for words in commands(ROOT / name):
        line = " ".join(words)
        if words[0] not in QUICK or any(word in line for word in ELSEWHERE):
            continue
        quick = [*words, *QUICK[words[0]]]
        if "2=tumour" in quick:  # an expert of the embedded bundle
            quick.remove("--expert")
            quick.remove("2=tumour")
        assert main(quick) == 0, f"{line}: {capsys.readouterr().err}"
        ran += 1
    assert ran


@EVERY_PAGE
def test_every_link_and_picture_leads_somewhere(page):
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8")):
        if link.startswith("http"):
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.M)
            slugs = [re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings]
            assert heading in slugs, link


@EVERY_PAGE
def test_every_file_and_folder_of_the_code_that_is_named_exists(page):
    text = page.read_text("utf-8")
    homes = (ROOT, ROOT / "SAMMoESlicer", ROOT / "SAMMoESlicer" / "sammoe")
    pattern = r"(?:sammoe|Testing|Resources|docs|SAMMoESlicerLib|training|engine|crop|worker|model)"
    for name in re.findall(rf"[`\"]({pattern}/[\w./-]+)", text):
        assert any((home / name.rstrip("/.")).exists() for home in homes), name


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_examples_in_python_name_what_there_is(page):
    for block in blocks(page, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sammoe"):
                module = import_module(node.module)
                for alias in node.names:
                    assert hasattr(module, alias.name), f"{node.module}.{alias.name}"


def test_the_example_in_json_is_read(tmp_path):
    from sammoe.labelled_scans.structures import read_structures

    (example,) = blocks(ROOT / "docs" / "evaluation.md", "json")
    (tmp_path / "a.json").write_text(example)
    assert read_structures(tmp_path / "a.json").of("ct_torso", 27).name == "L5"
    own = read_structures(ROOT / "docs" / "evaluation" / "structures.json")
    assert own.of("ct_upper_abdomen", 112).name == "right rib 9"
    assert own.patient_of("sts012_mr_t1") == own.patient_of("sts012_ct") == "sts012"


def test_the_version_stands_in_one_place_and_the_changelog_has_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "version" not in project
    assert "version" in project["dynamic"]
    assert f"## {sammoe.__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
