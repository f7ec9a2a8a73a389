"""What may be dropped on the page."""

import pytest

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed here")

from sammoe_web.uploads import MAX_FILES, UploadError, Uploads


@pytest.fixture
def uploads():
    uploads = Uploads(max_bytes=1000)
    yield uploads
    uploads.end()


def test_pieces_become_the_file_that_was_announced(uploads):
    uploads.begin([("../../scan.nii.gz", 5)])
    assert uploads.name == "scan.nii.gz"
    uploads.add(0, b"abc")
    assert uploads.progress == pytest.approx(0.6)
    uploads.add(0, b"de")
    path = uploads.take()
    assert path.read_bytes() == b"abcde"
    assert path.name.endswith("scan.nii.gz")
    uploads.end()
    assert not path.parent.exists()


def test_slices_of_a_series_become_a_folder(uploads):
    uploads.begin([("a/1.dcm", 1), ("b/1.dcm", 1)])
    uploads.add(0, b"x")
    uploads.add(1, b"y")
    assert sorted(path.read_bytes() for path in uploads.take().iterdir()) == [b"x", b"y"]


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
        uploads.add(0, b"x")


def test_more_than_was_announced_is_refused_and_deleted(uploads):
    uploads.begin([("scan.nii", 3)])
    uploads.add(0, b"ab")
    with pytest.raises(UploadError, match="more came"):
        uploads.add(0, b"cd")
    with pytest.raises(UploadError, match="not everything"):
        uploads.take()


@pytest.mark.parametrize("index", [-1, 1])
def test_a_file_that_was_not_announced_is_refused(uploads, index):
    uploads.begin([("scan.nii", 3)])
    with pytest.raises(UploadError, match="announced"):
        uploads.add(index, b"a")


def test_half_a_file_and_two_scans_are_not_opened(uploads):
    uploads.begin([("scan.nii", 3)])
    uploads.add(0, b"a")
    with pytest.raises(UploadError, match="not everything"):
        uploads.take()
    uploads.begin([("one.nii", 1), ("two.nrrd", 1)])
    uploads.add(0, b"a")
    uploads.add(1, b"b")
    with pytest.raises(UploadError, match="several"):
        uploads.take()
