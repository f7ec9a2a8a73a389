"""The command line as a user meets it: real processes, a real worker, a small random bundle."""

import errno
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.image import imread

from command_line import CENTRE, SOURCES, sammoe
from sammoe.cli import join_coordinates, main
from sammoe.labelled_scans import LeftOut, find_dataset, read_labelled_scan
from sammoe.phantom import make_phantom


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
    report = json.loads((place / "demo" / "report.json").read_text("utf-8"))
    assert 0 <= report["phantom"]["dice"] <= 1
    assert imread(place / "demo" / "picture.png").std() > 0.05


def test_labelled_phantoms_are_a_data_set_to_train_on(place):
    words = ("phantom", "--out", "phantoms", "--scans", "2", "--seed", "3")
    assert sammoe(*words, cwd=place).returncode == 0
    dataset = find_dataset(place / "phantoms", LeftOut())
    scan = read_labelled_scan(dataset.entries[1])
    assert (len(dataset.entries), dataset.entries[1].name) == (2, "phantom4")
    phantom = make_phantom(seed=4)
    liver = scan.mask_kji(dataset.label_value("liver"))
    assert np.array_equal(liver, phantom.mask_of("liver"))
    assert np.array_equal(scan.volume.array_kji, phantom.volume.array_kji)
    again = sammoe(*words, cwd=place)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert "is there already" in again.stderr


@pytest.mark.parametrize("out", ["phantoms", "."])
def test_phantoms_whose_command_was_killed_are_no_data_set(tmp_path, out):
    words = ("phantom", "--out", out, "--scans", "50")
    process = subprocess.Popen(
        [sys.executable, "-m", "sammoe.cli", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "phantom100\n"
    process.kill()
    process.communicate()
    assert list(tmp_path.glob("[!.]*")) == []
    assert sammoe(*words[:-1], "1", cwd=tmp_path).returncode == 0
    assert len(find_dataset(tmp_path / out, LeftOut()).entries) == 1
    assert list(tmp_path.glob(".*")) == []


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


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EINVAL])
def test_who_stops_reading_is_told_nothing_whatever_the_system_calls_it(
    place, capfd, monkeypatch, number
):
    with UnreadPipe(number) as pipe:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(pipe)))
        assert main(["info", "--bundle", str(place / "bundle"), "--device", "cpu"]) == 0
        assert capfd.readouterr().err == ""


class UnreadPipe(io.RawIOBase):
    """A pipe that nobody reads, with the error a system has for it: Windows says EINVAL."""

    def __init__(self, number: int) -> None:
        read, self._write = os.pipe()
        os.close(read)
        self._number = number

    def fileno(self) -> int:
        return self._write

    def writable(self) -> bool:
        return True

    def write(self, block) -> int:
        raise OSError(self._number, os.strerror(self._number))


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
