"""Prompts mean the volume they were marked on, whichever is chosen later."""

import gc
import weakref

import numpy as np
import pytest

from fake_client import FakeClient
from sammoe import Volume
from sammoe.geometry import transform_points
from SAMMoESlicerLib.Bridge import PromptRole
from SAMMoESlicerLib.ChosenVolume import ChosenVolume
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from session_user import click, near
from slicer_scene import segmentPoints


@pytest.fixture
def otherVolume(worldVolume):
    """The same anatomy on a grid that begins elsewhere, with other grey values."""
    start_ijk = (3, 2, 1)
    matrix = worldVolume.ijk_to_ras.copy()
    matrix[:3, 3] = transform_points([start_ijk], matrix)[0]
    cut = worldVolume.array_kji[1:, 2:, 3:]
    ramp = (20 * np.indices(cut.shape)[0]).astype(np.int16)
    return Volume(ramp, matrix)


@pytest.fixture
def chooseOther(session, slicerScene, segmentationNode, otherVolume):
    """Chooses the other volume, whose masks may go into the segmentation as well."""

    def choose():
        session.setVolumeNode(slicerScene.addVolume(otherVolume))
        session.allowVolume(segmentationNode)

    return choose


def points(segmentationNode, segmentId):
    return segmentPoints(segmentationNode, segmentId).round(2).tolist()


def test_undo_and_redo_of_a_click_ask_the_volume_it_was_made_on(
    session, segmentId, segmentationNode, centre, chooseOther
):
    click(session, centre)
    first = points(segmentationNode, segmentId)
    click(session, near(centre, 1, 0, 0), PromptRole.NEGATIVE)
    both = points(segmentationNode, segmentId)
    chooseOther()
    session.addSegment(segmentationNode, "in the other volume")
    click(session, centre)
    session.undo()
    session.undo()
    session.poll()
    assert points(segmentationNode, segmentId) == first
    session.redo()
    session.poll()
    assert points(segmentationNode, segmentId) == both


def test_a_click_on_another_volume_asks_that_one_and_undo_the_one_before(
    session, segmentId, segmentationNode, centre, client, chooseOther, otherVolume
):
    click(session, centre)
    before = points(segmentationNode, segmentId)
    chooseOther()
    click(session, near(centre, 1, 0, 0))
    assert client.volume.shape_ijk.tolist() == otherVolume.shape_ijk.tolist()
    session.undo()
    session.poll()
    assert points(segmentationNode, segmentId) == before


def test_a_loaded_scene_knows_which_volume_was_clicked_in(
    session, segmentId, segmentationNode, slicerScene, centre, tmp_path, chooseOther, otherVolume
):
    click(session, centre)
    chooseOther()
    session.addSegment(segmentationNode, "in the other volume")
    click(session, centre)
    click(session, near(centre, 1, 0, 0))
    path = str(tmp_path / "case.mrb")
    assert slicerScene.scene.WriteToMRB(path)
    session.close()
    slicerScene.scene.Clear(0)
    assert slicerScene.scene.ReadFromMRB(path, False)
    client = FakeClient()
    again = SegmentationSession(slicerScene.scene, client)
    again.setVolumeNode(slicerScene.first("vtkMRMLScalarVolumeNode"))
    node = slicerScene.first("vtkMRMLSegmentationNode")
    again.setSegment(node, node.GetSegmentation().GetNthSegmentID(1))
    again.undo()
    again.poll()
    assert client.volume.shape_ijk.tolist() == otherVolume.shape_ijk.tolist()
    again.close()


def test_the_chosen_volume_stands_for_one_that_was_deleted(
    session, segmentId, segmentationNode, volumeNode, slicerScene, centre, client, chooseOther
):
    click(session, centre)
    click(session, near(centre, 1, 0, 0))
    chooseOther()
    slicerScene.scene.RemoveNode(volumeNode)
    session.undo()
    session.poll()
    assert len(client.asked) == 3
    assert session.failures == []


def test_an_earlier_mask_lies_where_it_was_drawn_on_another_volume_as_well(
    session, segmentId, segmentationNode, centre, client, hand, chooseOther, otherVolume
):
    block = np.s_[10:13, 15:18, 18:21]
    hand.draw(segmentId, add=block)
    drawn = segmentPoints(segmentationNode, segmentId)
    session.useSegmentAsPrompt()
    session.poll()
    chooseOther()
    click(session, centre)
    mask = client.asked[-1][0].mask
    at_ijk = np.argwhere(mask.mask_kji)[:, ::-1] + mask.box_ijk[0]
    found = transform_points(at_ijk, otherVolume.ijk_to_ras)
    np.testing.assert_allclose(found[np.lexsort(found.round(3).T)], drawn, atol=1e-2)


def test_a_scribble_is_not_cut_to_a_volume_that_is_chosen_later(
    session, segmentId, centre, client, chooseOther, otherVolume
):
    client.holds = True
    curve = session.beginCurve(isClosed=False, isForeground=True)
    ends = transform_points([(-1.2, 10, 10), (12, 10, 10)], otherVolume.ijk_to_ras)
    for point in ends:
        curve.AddControlPointWorld(*point)
    session.endCurve(curve)
    session.poll()
    chooseOther()
    drawn = session.prompts.curves
    click(session, centre, PromptRole.NEGATIVE)
    assert session.clickCount == 2
    assert session.prompts.curves == drawn


def test_the_voxels_of_a_volume_that_was_deleted_are_let_go(slicerScene, otherVolume):
    chosen = ChosenVolume(slicerScene.scene)
    node = slicerScene.addVolume(otherVolume)
    chosen.choose(node)
    voxels = weakref.ref(chosen.read())
    slicerScene.scene.RemoveNode(node)
    chosen.choose(None)
    gc.collect()
    assert voxels() is None
