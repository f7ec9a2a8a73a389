"""Saving a scene in which a segment was emptied: Slicer merges all layers, and no mask changes."""

import numpy as np
import pytest
import slicer
from vtk.util.numpy_support import vtk_to_numpy

from grids import GRIDS, affine, ellipsoid_volume
from SAMMoESlicerLib.Bridge import SegmentVoxels, SegmentWriter
from session_user import click
from slicer_scene import SlicerScene, segmentPoints

SCANS = {
    "fine": affine(np.eye(3), (0.4, 0.4, 0.4), (-10, 3, 7)),
    "oblique": GRIDS["oblique"],
    "left-handed": GRIDS["left-handed"],
}
every_scan = pytest.mark.parametrize("ijk_to_ras", SCANS.values(), ids=SCANS)


def undo(session, segmentationNode, centre):
    session.undo()


def reset(session, segmentationNode, centre):
    session.reset()


def undoDeletion(session, segmentationNode, centre):
    """Delete the emptied segment and bring it back."""
    session.undo()
    session.removeSegment()
    session.undo()


def clear(session, segmentationNode, centre):
    session.writer(segmentationNode).clear(session.segmentId)
    session.takeHandWork()


def clearUnwritten(session, segmentationNode, centre):
    """Clear a segment that never had a voxel, in a segmentation that has none."""
    session.removeSegment()
    session.addSegment(segmentationNode, "one")
    session.writer(segmentationNode).clear(session.segmentId)


@every_scan
@pytest.mark.parametrize("empty", [undo, reset, undoDeletion, clear, clearUnwritten])
def test_saving_beside_an_emptied_segment_leaves_every_mask_as_it_is(
    tmp_path, slicerScene, session, segmentationNode, ijk_to_ras, empty
):
    volume, mask, centre = ellipsoid_volume(ijk_to_ras, (40, 36, 30), radii_mm=(5.0, 4.0, 3.0))
    session.setVolumeNode(slicerScene.addVolume(volume))
    session.addSegment(segmentationNode, "one")
    click(session, centre)
    empty(session, segmentationNode, centre)
    session.poll()
    emptied = session.segmentId
    made = session.addSegment(segmentationNode, "two")
    click(session, centre)
    before = segmentPoints(segmentationNode, made)
    assert len(before) == mask.sum()
    path = tmp_path / "scene.mrb"
    assert slicerScene.scene.WriteToMRB(str(path), None)
    np.testing.assert_allclose(segmentPoints(segmentationNode, made), before, atol=1e-3)
    session.takeHandWork()
    assert session.prompts.edits == ()

    (tmp_path / "other").mkdir()
    other = SlicerScene(tmp_path / "other")
    assert other.scene.ReadFromMRB(str(path), True, None)
    node = other.first("vtkMRMLSegmentationNode")
    np.testing.assert_allclose(segmentPoints(node, made), before, atol=1e-2)
    assert len(segmentPoints(node, emptied)) == 0
    other.close()


def test_a_segment_that_never_had_a_voxel_gets_no_grid_by_being_emptied(segmentationNode):
    writer = SegmentWriter(segmentationNode)
    segmentId = writer.addSegment("one")
    writer.clear(segmentId)
    segmentation = segmentationNode.GetSegmentation()
    layer = segmentation.GetLayerDataObject(segmentation.GetLayerIndex(segmentId))
    assert min(layer.GetDimensions()) < 1


def eraseByHand(session, segmentationNode, centre):
    """Erase in the labelmap, past everything of ours, as the Segment Editor does."""
    segmentation = segmentationNode.GetSegmentation()
    layer = segmentation.GetLayerDataObject(segmentation.GetLayerIndex(session.segmentId))
    vtk_to_numpy(layer.GetPointData().GetScalars())[:] = 0
    session.takeHandWork()


def deleteTheOther(session, segmentationNode, centre):
    """Empty one of two that share a labelmap; the other, never chosen, is deleted elsewhere."""
    emptied, writer = session.segmentId, session.writer(segmentationNode)
    other = writer.addSegment("other")
    corner = np.ones((2, 2, 2), dtype=bool), np.array([[0, 0, 0], [2, 2, 2]])
    writer.putBack(other, SegmentVoxels(*corner, writer.voxelsOf(emptied).ijkToNode))
    assert segmentationNode.GetSegmentation().GetNumberOfLayers() == 1
    clear(session, segmentationNode, centre)
    session.poll()
    segmentationNode.GetSegmentation().RemoveSegment(other)
    session.poll()


@pytest.mark.parametrize("empty", [clear, eraseByHand, deleteTheOther])
def test_a_scene_in_which_nothing_is_left_of_any_segment_is_opened_and_gone_on_with(
    tmp_path, slicerScene, session, segmentationNode, empty
):
    """Slicer crashes on opening one that was saved as zeros and has no volume's grid."""
    volume, mask, centre = ellipsoid_volume(SCANS["oblique"], (40, 36, 30), radii_mm=(5.0, 4.0, 3))
    session.setVolumeNode(slicerScene.addVolume(volume))
    session.addSegment(segmentationNode, "one")
    click(session, centre)
    grid = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    segmentationNode.GetSegmentation().SetConversionParameter(grid, "")
    empty(session, segmentationNode, centre)
    session.poll()
    path = tmp_path / "scene.mrb"
    assert slicerScene.scene.WriteToMRB(str(path), None)
    (tmp_path / "other").mkdir()
    other = SlicerScene(tmp_path / "other")
    assert other.scene.ReadFromMRB(str(path), True, None)
    (name,) = SegmentWriter(other.first("vtkMRMLSegmentationNode")).names()
    assert name == "one"
    other.close()
    session.addSegment(segmentationNode, "two")
    click(session, centre)
    assert len(segmentPoints(segmentationNode, session.segmentId)) == mask.sum()
