"""One history across segments: undo goes where the last action was, and brings segments back."""

import numpy as np
import pytest

from sammoe.geometry import array_box
from SAMMoESlicerLib.Bridge import PromptRole, SegmentWriter, Structure, WriteMode
from SAMMoESlicerLib.Bridge.Structure import Code
from session_user import click
from slicer_scene import segmentPoints

LIVER = Structure("Liver", (0.1, 0.6, 0.3), type=Code("SCT", "10200004", "Liver"))


@pytest.fixture
def two(session, volumeNode, segmentationNode, centre):
    """Two segments with a click each; their ids."""
    session.setVolumeNode(volumeNode)
    ids = []
    for name, shift in (("first", 0), ("second", 13)):
        ids.append(session.addSegment(segmentationNode, name))
        click(session, centre + np.array([shift, 0, 0]))
    return ids


def sizes(node, ids):
    return [len(segmentPoints(node, id)) for id in ids]


def test_undo_and_redo_go_from_segment_to_segment_in_the_order_of_actions(
    session, segmentationNode, two
):
    first, second = two
    before = sizes(segmentationNode, two)
    session.undo()
    session.poll()
    assert session.segmentId == second
    assert sizes(segmentationNode, two) == [before[0], 0]
    session.undo()
    session.poll()
    assert session.segmentId == first
    assert sizes(segmentationNode, two) == [0, 0]
    assert not session.canUndo
    session.redo()
    session.poll()
    session.redo()
    session.poll()
    assert session.segmentId == second
    assert sizes(segmentationNode, two) == before


def test_undo_brings_a_deleted_segment_back_with_its_place_look_voxels_and_prompts(
    session, slicerScene, segmentationNode, two
):
    first, second = two
    session.setSegment(segmentationNode, first)
    session.nameAs(LIVER)
    before = segmentPoints(segmentationNode, first)
    session.removeSegment()
    session.poll()
    assert session.segmentId is None
    assert list(segmentationNode.GetSegmentation().GetSegmentIDs()) == [second]
    assert slicerScene.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsFiducialNode") == 1
    session.undo()
    assert session.segmentId == first
    segmentation = segmentationNode.GetSegmentation()
    assert list(segmentation.GetSegmentIDs()) == [first, second]
    segment = segmentation.GetSegment(first)
    assert (segment.GetName(), segment.GetColor()) == ("Liver", LIVER.color)
    assert "SCT^10200004^Liver" in segment.GetTerminology()
    np.testing.assert_array_equal(segmentPoints(segmentationNode, first), before)
    assert session.promptNode(PromptRole.POSITIVE).GetNumberOfControlPoints() == 1
    session.redo()
    session.poll()
    assert list(segmentation.GetSegmentIDs()) == [second]


def test_a_segment_that_comes_back_leaves_those_alone_that_it_lay_over(
    session, segmentationNode, two, hand
):
    first, second = two
    hand.draw(second, add=hand.mask(first))
    session.takeHandWork()
    before = [segmentPoints(segmentationNode, id) for id in two]
    session.removeSegment()
    session.undo()
    for id, points in zip(two, before, strict=True):
        np.testing.assert_array_equal(segmentPoints(segmentationNode, id), points)


def test_a_segment_that_came_back_goes_on(session, segmentationNode, two, centre):
    session.removeSegment()
    session.undo()
    click(session, centre + np.array([13, 2, 0]))
    assert len(session.prompts.clicks) == 2
    session.undo()
    session.poll()
    assert len(session.prompts.clicks) == 1


def test_a_segment_that_somebody_else_deleted_is_left_out(session, segmentationNode, two):
    segmentationNode.GetSegmentation().RemoveSegment(two[1])
    session.poll()
    session.undo()
    session.poll()
    assert session.segmentId == two[0]
    assert sizes(segmentationNode, two[:1]) == [0]


def test_a_deletion_is_not_done_again_where_somebody_else_has_deleted_the_segment(
    session, segmentationNode, two
):
    session.removeSegment()
    session.undo()
    segmentationNode.GetSegmentation().RemoveSegment(two[1])
    session.redo()  # before the next poll
    assert not session.canRedo
    assert session.segmentId is None
    session.undo()
    assert session.segmentId == two[0]
    assert session.failures == []


@pytest.fixture
def bad(session, segmentationNode, two, centre):
    """A third segment, whose bad click took all of the first one; how large that one had been."""
    before = sizes(segmentationNode, two)[0]
    session.writer(segmentationNode).mode = WriteMode.OVERWRITE_OTHERS
    segmentId = session.addSegment(segmentationNode, "bad")
    click(session, centre)
    assert sizes(segmentationNode, [two[0], segmentId]) == [0, before]
    return segmentId, before


def test_a_deleted_segment_gives_back_what_it_took_and_undo_takes_it_again(
    session, segmentationNode, two, bad
):
    segmentId, before = bad
    session.removeSegment()
    session.poll()
    assert sizes(segmentationNode, two[:1]) == [before]
    session.undo()
    session.poll()
    assert sizes(segmentationNode, [two[0], segmentId]) == [0, before]
    session.redo()
    session.poll()
    assert sizes(segmentationNode, two[:1]) == [before]
    session.undo()
    session.undo()
    session.poll()
    assert sizes(segmentationNode, [two[0], segmentId]) == [before, 0]


def test_what_comes_back_from_a_deleted_segment_is_no_hand_work(
    session, segmentationNode, two, bad
):
    session.removeSegment()
    session.setSegment(segmentationNode, two[0])
    session.poll()
    assert session.prompts.edits == ()


def test_a_segment_that_somebody_else_deleted_gives_back_what_it_took(
    session, segmentationNode, two, bad
):
    segmentId, before = bad
    segmentationNode.GetSegmentation().RemoveSegment(segmentId)
    session.poll()
    assert sizes(segmentationNode, two[:1]) == [before]
    session.setSegment(segmentationNode, two[0])
    assert session.prompts.edits == ()


def test_a_segment_that_was_deleted_and_is_back_is_still_given_what_was_taken_from_it(
    session, segmentationNode, two, bad
):
    segmentId, before = bad
    session.setSegment(segmentationNode, two[0])
    session.removeSegment()
    session.poll()
    session.undo()
    session.setSegment(segmentationNode, segmentId)
    session.removeSegment()
    assert sizes(segmentationNode, two[:1]) == [before]


def test_a_segment_that_comes_back_takes_no_more_than_it_had_taken(
    session, segmentationNode, two, hand
):
    first, second = two
    hand.draw(second, add=hand.mask(first))
    session.takeHandWork()
    before = sizes(segmentationNode, two)
    session.writer(segmentationNode).mode = WriteMode.OVERWRITE_OTHERS
    session.removeSegment()
    session.undo()
    assert sizes(segmentationNode, two) == before


def test_painting_in_a_segment_that_is_not_chosen_is_the_first_thing_taken_back(
    session, segmentationNode, two, worldVolume
):
    drawn = np.zeros(worldVolume.array_kji.shape, bool)
    drawn[2:5, 3:9, 1:8] = True
    before = segmentPoints(segmentationNode, two[1])
    session.setSegment(segmentationNode, two[0])
    SegmentWriter(segmentationNode).write(two[1], worldVolume, drawn, array_box(drawn.shape))
    session.undo()
    session.poll()
    np.testing.assert_array_equal(segmentPoints(segmentationNode, two[1]), before)


def test_next_takes_the_rows_of_a_worklist_one_after_the_other(
    session, segmentationNode, volumeNode, centre
):
    session.setVolumeNode(volumeNode)
    rows = [Structure(name) for name in ("Liver", "Spleen", "Aorta")]
    session.addStructures(segmentationNode, rows)
    session.addStructures(segmentationNode, rows)
    segmentation = segmentationNode.GetSegmentation()
    names = []
    for _row in range(3):
        session.nextSegment(segmentationNode)
        names.append(segmentation.GetSegment(session.segmentId).GetName())
        click(session, centre)
    assert names == ["Liver", "Spleen", "Aorta"]
    assert segmentation.GetNumberOfSegments() == 3
    session.nextSegment(segmentationNode)
    assert segmentation.GetNumberOfSegments() == 4
    assert segmentation.GetNthSegment(0).GetName() == "Liver"  # no expert renames a row


def test_the_size_is_told_in_millilitres(session, segmentationNode, two, worldVolume):
    voxel_ml = float(np.prod(worldVolume.spacing_mm)) / 1000
    voxels = len(segmentPoints(segmentationNode, two[1]))
    assert session.volumeMl == pytest.approx(voxels * voxel_ml)
