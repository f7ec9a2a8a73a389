"""What may be dropped on the page."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed here")

from full_disk import disk_with_room_for
from sammoe_web.upload_home import UploadHome
from sammoe_web.uploads import MAX_FILES, UploadError, Uploads


@pytest.fixture
def uploads():
    uploads = Uploads(max_bytes=1000)
    yield uploads
    uploads.close()


def test_pieces_become_the_file_that_was_announced(uploads):
    upload = uploads.begin([("../../scan.nii.gz", 5)])
    uploads.prefer(upload, 7)
    assert uploads.name(upload) == "scan.nii.gz"
    uploads.add(upload, 0, b"abc")
    assert uploads.progress(7) == pytest.approx(0.6)
    uploads.add(upload, 0, b"de")
    path = uploads.take(upload)
    assert uploads.progress(7) is None
    assert path.read_bytes() == b"abcde"
    assert path.name.endswith("scan.nii.gz")
    uploads.end(upload)
    assert not path.parent.exists()


def test_slices_of_a_series_become_a_folder(uploads):
    upload = uploads.begin([("a/1.dcm", 1), ("b/1.dcm", 1)])
    uploads.add(upload, 0, b"x")
    uploads.add(upload, 1, b"y")
    assert sorted(path.read_bytes() for path in uploads.take(upload).iterdir()) == [b"x", b"y"]


@pytest.mark.parametrize(
    ("files", "folder", "name"),
    [
        (["1.dcm", "2.dcm"], "P01", "P01"),
        (["1.dcm", "2.dcm"], "../P01", "P01"),
        (["1.dcm", "2.dcm"], "", "2 files"),
        (["scan.nii.gz"], "Downloads", "scan.nii.gz"),
        (["scan.nii.gz", "scan.json"], "Downloads", "scan.nii.gz"),
    ],
)
def test_slices_are_called_after_their_folder_and_an_image_after_its_file(
    uploads, files, folder, name
):
    upload = uploads.begin([(file, 1) for file in files], dropped_folder=folder)
    assert uploads.name(upload) == name


def test_what_a_killed_server_left_goes_with_the_next_one_and_a_living_one_s_stays(tmp_path):
    script = (
        "import os, sys, time; from pathlib import Path\n"
        "from sammoe_web.upload_home import UploadHome\n"
        "home = UploadHome(Path(sys.argv[1])); (home.new_folder() / 'scan.nii').touch()\n"
        "print(home.path, flush=True); time.sleep(600)"
    )
    dead, living = (
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(2)
    )
    with dead, living:
        folders = [Path(server.stdout.readline().strip()) for server in (dead, living)]
        (tmp_path / "sammoe-uploads-link").symlink_to(tmp_path)
        dead.kill()
        dead.wait()
        for folder in folders:
            os.utime(folder, (1, 1))
        home = UploadHome(tmp_path)
        assert [folder.exists() for folder in folders] == [False, True]
        assert (tmp_path / "sammoe-uploads-link").is_symlink()
        home.close()
        assert not home.path.exists()
        living.kill()


@pytest.mark.parametrize("ending", [".nii.gz", ".dcm"])
def test_a_name_as_long_as_a_disk_allows_arrives(uploads, ending):
    name = "ü" * ((255 - len(ending)) // 2) + ending
    upload = uploads.begin([(name, 1)])
    uploads.add(upload, 0, b"x")
    assert uploads.name(upload) == name
    path = uploads.take(upload)
    assert path.read_bytes() == b"x"
    assert path.name.endswith(f"ü{ending}")
    uploads.end(upload)
    assert not path.exists()


def test_an_image_keeps_its_name_in_what_is_said_of_it(uploads):
    upload = uploads.begin([("scan.json", 1), ("scan.nii", 1)])
    uploads.add(upload, 1, b"x")
    uploads.add(upload, 0, b"{")
    assert uploads.take(upload).name == "scan.nii"


def test_an_archive_is_refused_before_it_is_sent(uploads):
    for name in ("study.ZIP", "study.tar.gz"):
        with pytest.raises(UploadError, match=rf"{name} is an archive; unpack it"):
            uploads.begin([(name, 1)])
    assert uploads.begin([("1.dcm", 1), ("notes.zip", 1)])


def test_an_upload_that_is_read_stays_whole_when_another_one_begins_and_ends(uploads):
    first = uploads.begin([("1.dcm", 1), ("2.dcm", 1)])
    uploads.add(first, 0, b"x")
    uploads.add(first, 1, b"y")
    folder = uploads.take(first)
    second = uploads.begin([("scan.nii", 2)])
    uploads.prefer(second, 2)
    uploads.add(second, 0, b"a")
    assert len(list(folder.iterdir())) == 2
    uploads.end(first)
    assert not folder.exists()
    uploads.add(second, 0, b"b")
    path = uploads.take(second)
    assert path.read_bytes() == b"ab"
    uploads.close()
    assert not path.exists()


def test_one_that_still_arrives_gives_way_to_a_preferred_one(uploads):
    first, second = uploads.begin([("one.nii", 2)]), uploads.begin([("two.nii", 2)])
    uploads.add(first, 0, b"a")
    uploads.prefer(second, 2)
    assert not uploads.accepts(first)
    assert uploads.accepts(second)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "nothing"),
        ([("scan.nii", 0)], "nothing"),
        ([("scan.nii", 1001)], "too large"),
        ([("1.dcm", 600), ("2.dcm", 600)], "too large"),
        ([("1.dcm", 0)] * MAX_FILES + [("2.dcm", 1)], "too many"),
    ],
)
def test_what_is_too_much_or_nothing_is_refused_before_anything_is_sent(uploads, files, words):
    with pytest.raises(UploadError, match=words):
        uploads.begin(files)
    with pytest.raises(UploadError, match="announced"):
        uploads.add(1, 0, b"x")


def test_more_than_was_announced_is_refused_and_deleted(uploads):
    upload = uploads.begin([("scan.nii", 3)])
    uploads.add(upload, 0, b"ab")
    with pytest.raises(UploadError, match="more came"):
        uploads.add(upload, 0, b"cd")
    with pytest.raises(UploadError, match="not everything"):
        uploads.take(upload)


@pytest.mark.parametrize("index", [-1, 1])
def test_a_file_that_was_not_announced_is_refused(uploads, index):
    upload = uploads.begin([("scan.nii", 3)])
    with pytest.raises(UploadError, match="announced"):
        uploads.add(upload, index, b"a")


def test_half_a_file_and_two_scans_are_not_opened(uploads):
    half = uploads.begin([("scan.nii", 3)])
    uploads.add(half, 0, b"a")
    with pytest.raises(UploadError, match="not everything"):
        uploads.take(half)
    two = uploads.begin([("one.nii", 1), ("two.nrrd", 1)])
    uploads.add(two, 0, b"a")
    uploads.add(two, 1, b"b")
    with pytest.raises(UploadError, match="several"):
        uploads.take(two)


def test_a_full_disk_is_the_servers_and_said_so(uploads):
    upload = uploads.begin([("scan.nii", 500)])
    with disk_with_room_for(100), pytest.raises(UploadError, match="cannot be kept on the server"):
        uploads.add(upload, 0, b"x" * 500)
