"""A mask is in the file that was named, and in no other; what was there stays until it is."""

import os

import numpy as np
import pytest

from full_disk import disk_with_room_for
from grids import GRIDS
from sammoe.errors import GeometryError
from sammoe.image_io import SegmentInfo, check_mask_path, read_volume, write_mask

MASK = np.random.default_rng(0).random((20, 24, 30)) > 0.5
GRID = GRIDS["oblique"]
ODD_NAMES = [
    "m.img.nii.gz", "m.hdr.nii", "m.vtk.mha", "m.vtk.nrrd", "folder.vtk.d/m.mha",
    "p.img.d/m.nii.gz", "m.nii.gz.nii", "m.nia.nii", ".nii.gz", ".nrrd", "m.nii.seg.nrrd",
    "m.gz.nii", "a.b.c.nii.gz",
    "OUT.NII.GZ", "out.NII", "out.Nii.Gz", "OUT.SEG.NRRD", "OUT.MHA", "m m.nii.gz",
    os.fsdecode(b"m\xe4sk.nii.gz"), os.fsdecode(b"fold\xe9r/mask.seg.nrrd"),
]  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_the_mask_is_in_the_file_that_was_named_and_nothing_else_is_written(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    neighbour = path.with_name(path.name.rpartition(".")[0] or "neighbour")
    neighbour.write_bytes(b"untouched")
    check_mask_path(path)
    write_mask(path, MASK, GRID)
    assert {p for p in tmp_path.rglob("*") if p.is_file()} == {path, neighbour}
    assert neighbour.read_bytes() == b"untouched"
    np.testing.assert_array_equal(read_volume(path).array_kji > 0, MASK)


@pytest.mark.parametrize("name", ["m.nii", "m.nii.gz", "m.nrrd", "m.seg.nrrd", "m.mha"])
def test_a_full_disk_is_an_error_and_leaves_the_earlier_mask(tmp_path, name):
    path = tmp_path / name
    write_mask(path, MASK[:4], GRID)
    before = path.read_bytes()
    full = pytest.raises(GeometryError, match="cannot be written")
    with disk_with_room_for(1200), full:
        write_mask(path, MASK, GRID)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "name", ["folder.nii.gz", "missing/mask.nii.gz", "m.png", "x" * 300 + ".mha"]
)
def test_what_cannot_be_written_is_refused_before_any_work(tmp_path, name):
    (tmp_path / "folder.nii.gz").mkdir()
    with pytest.raises(GeometryError):
        check_mask_path(tmp_path / name)


def test_a_segment_s_name_may_be_anything(tmp_path):
    name = " left\nand | right; " + os.fsdecode(b"\xe9") + " Ä "
    write_mask(tmp_path / "m.seg.nrrd", MASK, GRID, segment=SegmentInfo(name=name))
    np.testing.assert_array_equal(read_volume(tmp_path / "m.seg.nrrd").array_kji > 0, MASK)
