"""What goes out of a segmentation: a file for every segment, under a name of its own."""

import numpy as np
import pytest
import vtk

from sammoe.errors import SAMMoEError
from sammoe.geometry import transform_points
from sammoe.image_io import read_volume
from SAMMoESlicerLib.Bridge import SegmentWriter
from SAMMoESlicerLib.Bridge.FileNames import distinct, safeStem
from SAMMoESlicerLib.Bridge.SegmentExport import exportLabelmap, exportSurfaces, nonEmptyIds
from SAMMoESlicerLib.FilesAside import filesAside
from slicer_scene import segmentPoints

NAMES = ("Kidney", "kidney", "a/b", "a:b", "Leber links ä")


@pytest.fixture
def drawn(segmentationNode, volumeNode, hand, transformNode):
    """A segment of every name, in a segmentation under a transform."""
    segmentationNode.SetAndObserveTransformNodeID(transformNode.GetID())
    segmentationNode.SetReferenceImageGeometryParameterFromVolumeNode(volumeNode)
    writer = SegmentWriter(segmentationNode)
    for number, name in enumerate(NAMES):
        hand.draw(writer.addSegment(name), add=np.s_[4 * number : 4 * number + 3, 5:12, 5:9])
    writer.addSegment("Nothing")
    return segmentationNode


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_every_segment_has_a_surface_of_its_own_whatever_its_name_is(drawn, folder):
    exportSurfaces(drawn, nonEmptyIds(drawn), folder)
    names = {"CT_Kidney", "CT_kidney_2", "CT_a_b", "CT_a_b_2", "CT_Leber links ä"}
    assert {path.name for path in folder.iterdir()} == {f"{name}.stl" for name in names}


def test_a_surface_lies_around_its_segment_in_lps(drawn, folder):
    (segmentId, *_others) = nonEmptyIds(drawn)
    exportSurfaces(drawn, [segmentId], folder)
    reader = vtk.vtkSTLReader()
    reader.SetFileName(str(folder / "CT_Kidney.stl"))
    reader.Update()
    bounds = np.reshape(reader.GetOutput().GetBounds(), (3, 2)).T
    points_lps = segmentPoints(drawn, segmentId) * (-1, -1, 1)
    np.testing.assert_allclose(bounds, (points_lps.min(0), points_lps.max(0)), atol=2.0)
    assert b"SPACE=LPS" in (folder / "CT_Kidney.stl").read_bytes()[:80]


def test_a_label_map_has_the_scans_name_in_front(drawn, folder):
    drawn.SetName("to/do")
    exportLabelmap(drawn, nonEmptyIds(drawn), folder)
    names = {"CT_to_do.nrrd", "CT_to_do.labels.csv"}
    assert {path.name for path in folder.iterdir()} == names
    labels = read_volume(folder / "CT_to_do.nrrd").array_kji
    assert set(np.unique(labels)) == {0, 1, 2, 3, 4, 5}


def test_a_label_map_lies_on_the_scan_where_only_the_segmentation_is_under_a_transform(
    drawn, volumeNode, worldVolume, folder
):
    volumeNode.HardenTransform()
    (segmentId, *_others) = nonEmptyIds(drawn)
    exportLabelmap(drawn, [segmentId], folder)
    (path,) = folder.glob("*.nrrd")
    written = read_volume(path)
    np.testing.assert_allclose(written.ijk_to_ras, worldVolume.ijk_to_ras, atol=1e-4)
    points = transform_points(np.argwhere(written.array_kji)[:, ::-1], written.ijk_to_ras)
    found = points[np.lexsort(points.round(3).T)]
    np.testing.assert_allclose(found, segmentPoints(drawn, segmentId), atol=1e-2)


def test_what_cannot_be_written_is_said(drawn, folder):
    with pytest.raises(SAMMoEError, match="nothing to write"):
        exportLabelmap(drawn, [], folder)
    emptyId = drawn.GetSegmentation().GetSegmentIDs()[-1]
    with pytest.raises(SAMMoEError, match=r"CT_Nothing\.stl was not written"):
        exportSurfaces(drawn, [emptyId], folder)
    with pytest.raises(SAMMoEError, match="may you write there"), filesAside(folder / "missing"):
        pass


def test_names_are_made_safe_and_distinct():
    assert safeStem(" 6: CT <x>\n", "../..", "") == "6_ CT _x___"
    assert safeStem("///", "...") == "_"
    assert [safeStem(name) for name in ("Aux", "nul.ct", "nullify")] == [
        "_Aux",
        "_nul.ct",
        "nullify",
    ]
    assert safeStem("", " .") == "unnamed"
    assert len(safeStem("ä" * 300, "b" * 300).encode()) == 201
    assert distinct(["K", "K_2", "k", "K"]) == ["K", "K_2", "k_3", "K_4"]


def test_files_are_moved_together_and_those_they_replace_are_known(folder):
    (folder / "a").write_text("old")
    with filesAside(folder) as files:
        (files.folder / "a").write_text("new")
        (files.folder / "b").write_text("new")
        assert files.replaced == ["a"]
        assert (folder / "a").read_text() == "old"
        assert files.move() == 2
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"a": "new", "b": "new"}


def test_what_is_not_moved_leaves_nothing(folder):
    (folder / "b").mkdir()
    with filesAside(folder) as files:
        (files.folder / "a").write_text("new")
        (files.folder / "b").write_text("new")
        with pytest.raises(SAMMoEError, match=r"b was not written .* 1 of 2 files were"):
            files.move()
    assert {path.name for path in folder.iterdir()} == {"a", "b"}
