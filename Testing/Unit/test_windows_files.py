"""Files on Windows, where nothing that is open can be removed or renamed."""

import os
import time
from pathlib import Path

import pytest

from sammoe import whole_file, whole_folder
from sammoe.bundle import read_bundle
from sammoe.bundle.install import remove_bundle
from sammoe.bundle.writer import check_can_write
from sammoe.errors import CheckpointError
from sammoe.path_lock import path_lock
from sammoe.patiently import patiently
from tiny_bundle import write_tiny_bundle

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="open files are seen on Linux"
)


@pytest.fixture
def windows(monkeypatch):
    from windows_files import obey_windows

    obey_windows(monkeypatch)


class Scanner:
    """Refuses the first renames, as a virus scanner that has the file open makes Windows do."""

    def __init__(self, refusals: int) -> None:
        self.left = refusals

    def __call__(self, *_: object) -> None:
        """Raise PermissionError as long as it looks."""
        self.left -= 1
        if self.left >= 0:
            raise PermissionError(13, "it is open")


def test_a_lock_is_held_by_one_and_leaves_no_file(windows, tmp_path):
    path = tmp_path / "lock"
    with path_lock(path):
        with pytest.raises(BlockingIOError), path_lock(path, wait=False):
            pass
        assert path.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_is_written_and_replaced_and_nothing_lies_beside_it(windows, tmp_path):
    hashes = {write_tiny_bundle(tmp_path / "bundle", seed=seed).hash for seed in (1, 2)}
    assert len(hashes) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_what_a_killed_writer_left_is_swept_and_what_a_living_one_writes_is_not(windows, tmp_path):
    path = tmp_path / "file"
    with whole_file.whole_file(path) as part:
        left = part.with_name(f"{part.name}0")
        long_ago = time.time() - 2 * whole_file.SWEEP_AFTER_S
        for file in (left, part):
            file.touch()
            os.utime(file, (long_ago, long_ago))
        with whole_file.written_whole(path) as stream:
            stream.write(b"another's")
        assert not left.exists()
        assert part.exists()
    assert list(tmp_path.iterdir()) == [path]


def test_a_rename_is_tried_until_nobody_looks_into_the_file():
    looking = Scanner(3)
    patiently(looking, patience_s=600.0)
    assert looking.left == -1


def test_a_rename_that_stays_refused_is_given_up():
    with pytest.raises(PermissionError):
        patiently(Scanner(10**9), patience_s=0.1)


def test_a_bundle_waits_for_who_looks_into_its_files(tmp_path, monkeypatch):
    looking, rename = Scanner(2), Path.rename

    def renamed(self, target):
        looking()
        return rename(self, target)

    monkeypatch.setattr(whole_folder, "FOLDER_PATIENCE_S", 600.0)
    monkeypatch.setattr(Path, "rename", renamed)
    assert write_tiny_bundle(tmp_path / "bundle", seed=1).path.is_dir()
    assert looking.left < 0


def test_a_bundle_in_whose_folder_somebody_is_stays_and_that_is_said_before_the_work(
    windows, tmp_path, monkeypatch
):
    before = write_tiny_bundle(tmp_path / "bundle", seed=1).hash
    monkeypatch.chdir(tmp_path / "bundle")
    for write in (
        lambda: write_tiny_bundle(tmp_path / "bundle", seed=2),
        lambda: check_can_write(tmp_path / "bundle", replace_it=True),
        lambda: remove_bundle(tmp_path / "bundle"),
    ):
        with pytest.raises(CheckpointError, match="leave it where it is the folder of a command"):
            write()
    assert read_bundle(tmp_path / "bundle").hash == before
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def writes(path: Path) -> None:
    with whole_file.written_whole(path) as stream:
        stream.write(b"mask")


@pytest.mark.parametrize("name", ["liver:2.nii.gz", "what?.nrrd", "nul.seg.nrrd", "mask.mha "])
@pytest.mark.parametrize("write", [whole_file.check_can_write, writes])
def test_a_name_that_windows_takes_for_no_file_is_refused(windows, tmp_path, write, name):
    with pytest.raises(OSError, match="Windows takes no file of the name"):
        write(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [whole_file.check_can_write, writes])
def test_a_path_that_windows_may_find_too_long_is_called_so(windows, tmp_path, write):
    with pytest.raises(FileNotFoundError, match="too long: Windows takes 259 characters"):
        write(tmp_path.joinpath(*["x" * 99] * 3, "mask.nii.gz"))
    with pytest.raises(FileNotFoundError) as fault:
        write(tmp_path / "none" / "mask.nii.gz")
    assert "too long" not in str(fault.value)
