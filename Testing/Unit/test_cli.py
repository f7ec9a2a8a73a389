"""The command line as a user meets it: real processes, a real worker, a small random bundle."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from dicom_slices import write_dicom
from random_sam_med3d import TINY, random_sam_med3d
from sammoe.cli import join_coordinates
from sammoe.commands.progress_bar import ProgressBar
from sammoe.figure.planes import bounds_ras
from sammoe.geometry import ras_to_ijk
from sammoe.image_io import read_mask, read_volume, write_mask
from tiny_bundle import write_tiny_bundle

SOURCES = Path(__file__).parents[2] / "SAMMoESlicer"
REAL_CT = Path(__file__).parents[3] / "shared" / "data" / "ct_torso.nii.gz"
CENTRE_LPS = np.array([10.0, 30.0, -44.0])
CENTRE = "-10,-30,-44"
PATIENCE_S = 600
"""Against hanging only."""


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with a bundle, an oblique CT of a bright ball, and what is not a CT."""
    folder = tmp_path_factory.mktemp("cli")
    write_tiny_bundle(folder / "bundle")
    k, j, i = np.indices((24, 40, 36))
    ball = (i - 18) ** 2 + (j - 20) ** 2 + (2 * (k - 12)) ** 2 < 90
    image = sitk.GetImageFromArray((np.where(ball, 150, -90)).astype(np.int16))
    image.SetSpacing((1.0, 1.0, 2.0))
    image.SetDirection(sitk.Euler3DTransform((0, 0, 0), 0.2, 0.1, -0.3).GetMatrix())
    middle = np.array(image.TransformContinuousIndexToPhysicalPoint((18.0, 20.0, 12.0)))
    image.SetOrigin((CENTRE_LPS - middle).tolist())
    sitk.WriteImage(image, str(folder / "ct.nii.gz"))
    sitk.WriteImage(sitk.JoinSeries([image, image]), str(folder / "series.nii.gz"))
    colour = sitk.Cast(image, sitk.sitkUInt8)
    sitk.WriteImage(sitk.Compose(colour, colour, colour), str(folder / "colour.nrrd"))
    (folder / "text.nrrd").write_text("no image")
    (folder / "empty").mkdir()
    damaged = write_tiny_bundle(folder / "damaged")
    (damaged.path / "gate.safetensors").write_bytes(b"0" * 100)
    return folder


def sammoe(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "sammoe.cli", *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def segment(place: Path, *words: str, output: str = "out.nii.gz", bundle: str = "bundle"):
    return sammoe("segment", *words, "--bundle", bundle, "-o", output, cwd=place)


def test_one_point_gives_a_mask_around_it_a_report_and_a_sentence(place):
    done = segment(place, "ct.nii.gz", "--point", CENTRE, "--report", "out.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("out.nii.gz: ")
    assert done.stdout.count("\n") == 1

    volume = read_volume(place / "ct.nii.gz")
    mask_kji = read_mask(place / "out.nii.gz", volume)
    i, j, k = ras_to_ijk([-10, -30, -44], volume.ijk_to_ras)[0].round().astype(int)
    assert mask_kji[k, j, i]

    report = json.loads((place / "out.json").read_text())
    assert set(report["scores"]) == {"liver", "vessels", "general"}
    assert sum(report["scores"].values()) == pytest.approx(1)
    assert report["expert"] == "liver"
    assert report["tau"] == 0.5
    assert report["thresholds"] == {"liver": 0.5, "vessels": 0.6}
    assert report["mask"]["volume_ml"] == pytest.approx(mask_kji.sum() * 2e-3, rel=1e-4)
    assert len(report["bundle"]["hash"]) == 64
    assert report["prompts"]["points_ras"] == [[-10, -30, -44]]
    assert {"encode", "decode", "paste", "read", "start_worker"} <= set(report["timings_ms"])
    assert all(ms >= 0 for ms in report["timings_ms"].values())


def test_every_prompt_and_option_reaches_the_worker_in_order(place):
    write_mask(
        place / "earlier.seg.nrrd",
        read_volume(place / "ct.nii.gz").array_kji > 0,
        read_volume(place / "ct.nii.gz").ijk_to_ras,
    )
    done = segment(
        place, "ct.nii.gz",
        "--point", CENTRE, "--negative", "-2,-30,-44", "--point=-12,-31,-45",
        "--box", "-20,-40,-54,0,-20,-34", "--mask", "earlier.seg.nrrd",
        "--expert", "vessels", "--tau", "0.9", "--device", "cpu", "--threads", "1", "--follow",
        "--report", "all.json", output="all.seg.nrrd",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads((place / "all.json").read_text())
    assert report["prompts"] == {
        "points_ras": [[-10, -30, -44], [-2, -30, -44], [-12, -31, -45]],
        "point_labels": [1, 0, 1],
        "box_ras": [[-20, -40, -54], [0, -20, -34]],
        "earlier_mask": True,
        "curves": [],
    }
    assert report["options"] == {"expert": "vessels", "tau": 0.9, "follow": True}
    assert report["expert"] == "vessels"
    header = sitk.ReadImage(str(place / "all.seg.nrrd"))
    assert header.GetMetaData("Segment0_Name") == "Vessels"
    assert 'SAMMoE.expert:"vessels"' in header.GetMetaData("Segment0_Tags")


def test_without_an_expert_the_general_decoder_is_used_alone(place):
    done = segment(place, "ct.nii.gz", "--point", CENTRE, "--expert", "none", "--report", "g.json")
    assert done.returncode == 0, done.stderr
    assert json.loads((place / "g.json").read_text())["expert"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("missing.nii.gz", "--point", CENTRE), "no file or folder missing.nii.gz"),
        (("text.nrrd", "--point", CENTRE), "text.nrrd cannot be read"),
        (("empty", "--point", CENTRE), "holds no DICOM slices"),
        (("series.nii.gz", "--point", CENTRE), "4 axes"),
        (("colour.nrrd", "--point", CENTRE), "3 values a voxel"),
        (("ct.nii.gz", "--point", "-500,0,0"), "outside the volume, which spans R "),
        (("ct.nii.gz",), "say where the object is"),
        (("ct.nii.gz", "--point", "1,2"), "is not R,A,S"),
        (("ct.nii.gz", "--point", "a,b,c"), "is not R,A,S"),
        (("ct.nii.gz", "--point", "nan,0,0"), "NaN"),
        (("ct.nii.gz", "--box", "0,0,0,0,5,5"), "no extent"),
        (("ct.nii.gz", "--point", CENTRE, "--expert", "heart"), "no expert 'heart'"),
        (("ct.nii.gz", "--point", CENTRE, "--tau", "1.5"), "0 to 1"),
        (("ct.nii.gz", "--point", CENTRE, "--device", "abacus"), "abacus"),
        (("ct.nii.gz", "--point", CENTRE, "--mask", "colour.nrrd"), "3 values a voxel"),
        (("ct.nii.gz", "--point", CENTRE, "--report", "no/where.json"), "does not exist"),
        (("ct.nii.gz", "--pint", CENTRE), "unrecognized arguments"),
    ],
)
def test_bad_input_gives_exit_code_2_and_one_clear_line(place, words, message):
    done = segment(place, *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("bundle", "message"), [("damaged", "altered or damaged"), ("empty", "is not a bundle")]
)
def test_an_unreadable_bundle_gives_exit_code_2_and_one_clear_line(place, bundle, message):
    done = segment(place, "ct.nii.gz", "--point", CENTRE, bundle=bundle)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert message in done.stderr


@pytest.mark.parametrize("output", ["out.png", "nowhere/out.nii.gz"])
def test_an_output_that_cannot_be_written_is_refused_before_any_work(place, output):
    done = segment(place, "ct.nii.gz", "--point", CENTRE, output=output)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_the_volume_is_never_overwritten_by_its_mask(place):
    before = (place / "ct.nii.gz").read_bytes()
    done = segment(place, "ct.nii.gz", "--point", CENTRE, output="./ct.nii.gz")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert (place / "ct.nii.gz").read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_ctrl_c_ends_the_command_and_its_worker_quietly(place):
    stays = place / "stays.py"
    stays.write_text(
        "import os, pathlib, time\n"
        "pathlib.Path('pid').write_text(str(os.getpid()))\n"
        "time.sleep(600)\n"
    )
    words = ["segment", "ct.nii.gz", "--point", CENTRE, "-o", "never.nii.gz", "--worker"]
    with subprocess.Popen(
        [sys.executable, "-m", "sammoe.cli", *words, f"{sys.executable} {stays}"],
        cwd=place, env={**os.environ, "PYTHONPATH": str(SOURCES)}, stderr=subprocess.PIPE,
    ) as command:  # fmt: skip
        pid = _wait_for(lambda: (place / "pid").exists() and (place / "pid").read_text())
        command.send_signal(signal.SIGINT)
        _, stderr = command.communicate(timeout=PATIENCE_S)
    assert (command.returncode, stderr) == (130, b"")
    _wait_for(lambda: not Path(f"/proc/{pid}").exists())
    assert not (place / "never.nii.gz").exists()


def _wait_for(condition):
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"it did not happen within {PATIENCE_S} seconds")


def test_a_worker_that_cannot_start_gives_exit_code_1_and_one_line(place):
    done = segment(place, "ct.nii.gz", "--point", CENTRE, "--worker", "no-such-program")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr


def test_a_worker_by_a_command_of_its_own_gives_the_same_mask(place):
    command = f"{sys.executable} -m sammoe.worker.main --no-shared-memory"
    for name, more in (("here.nii.gz", ()), ("there.nii.gz", ("--worker", command))):
        done = segment(place, "ct.nii.gz", "--point", CENTRE, *more, output=name)
        assert done.returncode == 0, done.stderr
    here, there = (read_volume(place / name).array_kji for name in ("here.nii.gz", "there.nii.gz"))
    np.testing.assert_array_equal(here, there)


def test_info_prints_bundle_device_and_versions(place):
    done = sammoe("info", "--bundle", "bundle", "--device", "cpu", cwd=place)
    assert done.returncode == 0, done.stderr
    for expected in ("Tiny", "cpu", "torch", "numpy", "vessels", "tau 0.60"):
        assert expected in done.stdout
    as_json = json.loads(sammoe("info", "--bundle", "bundle", "--json", cwd=place).stdout)
    assert as_json["worker"]["bundle"]["name"] == "Tiny"


def test_the_demo_makes_a_mask_a_report_and_a_picture_of_the_phantom(place):
    done = sammoe("demo", "--bundle", "bundle", "--structure", "liver", "--out", "demo", cwd=place)
    assert (done.returncode, done.stderr) == (0, "")
    files = {path.name for path in (place / "demo").iterdir()}
    assert files == {"phantom.nii.gz", "mask.seg.nrrd", "report.json", "picture.png"}
    report = json.loads((place / "demo" / "report.json").read_text())
    assert 0 <= report["phantom"]["dice"] <= 1
    assert (place / "demo" / "picture.png").stat().st_size > 50_000


def test_the_demo_takes_a_volume_of_the_users_own(place):
    done = sammoe(
        "demo", "ct.nii.gz", "--point", CENTRE, "--bundle", "bundle", "--out", "own", cwd=place
    )
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (place / "own").iterdir()} == {
        "mask.seg.nrrd",
        "report.json",
        "picture.png",
    }


def test_an_imported_checkpoint_segments(place):
    _, _, state = random_sam_med3d(**TINY)
    torch.save({"model_state_dict": state}, place / "sam.pth")
    done = sammoe("import", "sam.pth", "-o", "imported_sam", "--name", "Upstream", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "sam_med3d" in done.stdout
    done = segment(
        place, "ct.nii.gz", "--point", CENTRE, "--report", "sam.json", bundle="imported_sam"
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((place / "sam.json").read_text())
    assert (report["scores"], report["expert"]) == ({"general": 1.0}, None)
    assert report["bundle"]["name"] == "Upstream"


def test_a_dicom_folder_is_segmented_on_its_own_grid(place):
    write_dicom(place / "dicom", sitk.ReadImage(str(place / "ct.nii.gz")))
    done = segment(place, "dicom", "--point", CENTRE, output="dicom.nii.gz")
    assert done.returncode == 0, done.stderr
    assert segment(place, "ct.nii.gz", "--point", CENTRE, output="same.nii.gz").returncode == 0
    from_dicom, from_nifti = (
        read_volume(place / name).array_kji for name in ("dicom.nii.gz", "same.nii.gz")
    )
    assert from_dicom.shape == from_nifti.shape
    assert np.count_nonzero(from_dicom != from_nifti) <= 0.02 * max(from_nifti.sum(), 50)


@pytest.mark.skipif(not REAL_CT.exists(), reason="../shared/data is not on this machine")
def test_a_real_ct_is_segmented_around_the_click(place):
    centre_ras = bounds_ras(read_volume(REAL_CT)).mean(axis=0)
    point = ",".join(f"{value:.1f}" for value in centre_ras)
    done = segment(place, str(REAL_CT), "--point", point, output="real.seg.nrrd")
    assert done.returncode == 0, done.stderr
    volume = read_volume(REAL_CT)
    i, j, k = ras_to_ijk(centre_ras.round(1), volume.ijk_to_ras)[0].round().astype(int)
    assert read_mask(place / "real.seg.nrrd", volume)[k, j, i]


def test_import_refuses_what_is_no_checkpoint(place):
    done = sammoe("import", "text.nrrd", "-o", "imported", cwd=place)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (place / "imported").exists()


def test_help_names_every_command_and_the_version_is_printed(place):
    done = sammoe("--help", cwd=place)
    assert done.returncode == 0
    for command in ("segment", "demo", "info", "import"):
        assert command in done.stdout
    assert sammoe("--version", cwd=place).stdout.startswith("sammoe 0.")


@pytest.mark.parametrize(
    ("words", "joined"),
    [
        (["--point", "-1,2,3"], ["--point=-1,2,3"]),
        (["--box", "-1.5,2,3,4e1,-5,.6"], ["--box=-1.5,2,3,4e1,-5,.6"]),
        (["--point", "1,2,3", "-o", "-x"], ["--point", "1,2,3", "-o", "-x"]),
        (["--tau", "-1"], ["--tau", "-1"]),
        (["--point=-1,2,3"], ["--point=-1,2,3"]),
    ],
)
def test_coordinates_may_begin_with_a_minus(words, joined):
    assert join_coordinates(words) == joined


class _Terminal:
    def __init__(self, *, is_terminal: bool) -> None:
        self.text, self._is_terminal = "", is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def test_the_progress_bar_only_grows_and_is_wiped():
    terminal = _Terminal(is_terminal=True)
    bar = ProgressBar(terminal)
    filled = []
    for stage in ("start", "load", "encode", "something new", "extract", "paste"):
        bar.show(stage)
        filled.append(terminal.text.split("\r")[-2].count("#"))
    bar.clear()
    assert filled == sorted(filled)
    assert filled[-1] > filled[0]
    assert terminal.text.endswith(" \r")


def test_the_bar_goes_on_while_a_stage_takes_its_time():
    terminal, now_s = _Terminal(is_terminal=True), [0.0]
    bar = ProgressBar(terminal, clock=lambda: now_s[0])
    bar.show("load")
    drawn = []
    for now_s[0] in (1.0, 5.0, 35.0, 3600.0):
        bar.draw()
        drawn.append(terminal.text.split("\r")[-2])
    filled = [line.count("#") for line in drawn]
    assert len(set(drawn)) == 4
    assert filled[0] < filled[1] < filled[2] <= filled[3]
    bar.show("volume")
    assert terminal.text.split("\r")[-2].count("#") >= filled[3]


def test_the_bar_draws_itself_until_it_is_left():
    class Watched(_Terminal):
        drawn = Event()

        def write(self, text: str) -> None:
            super().write(text)
            if self.text.count("load") > 2:
                self.drawn.set()

    terminal = Watched(is_terminal=True)
    with ProgressBar(terminal) as bar:
        bar.show("load")
        assert terminal.drawn.wait(PATIENCE_S)
    assert terminal.text.endswith(" \r")


def test_there_is_no_progress_bar_without_a_terminal():
    terminal = _Terminal(is_terminal=False)
    bar = ProgressBar(terminal)
    bar.show("encode")
    bar.clear()
    assert terminal.text == ""
