"""`sammoe segment` where it cannot: one clear line, an exit code, nothing lost."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from command_line import CENTRE, PATIENCE_S, SOURCES, segment


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
        pid = _wait_for(lambda: (place / "pid").exists() and (place / "pid").read_text("utf-8"))
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
