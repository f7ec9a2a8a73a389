"""Segmentations whose source somebody makes surfaces: nothing is lost on the way there and back."""

import pytest

from SAMMoESlicerLib.Bridge import PromptRole
from session_user import click, near
from slicer_scene import segmentPoints, surfaceBounds

LABELMAP, SURFACE = "Binary labelmap", "Closed surface"


@pytest.fixture
def makeSource(segmentationNode):
    """Does what the Segmentations module does."""
    segmentation = segmentationNode.GetSegmentation()

    def makeSource(name):
        segmentation.CreateRepresentation(name)
        segmentation.SetSourceRepresentationName(name)

    return makeSource


def test_a_deleted_segment_is_not_brought_back_empty(
    session, segmentId, segmentationNode, centre, makeSource
):
    click(session, centre)
    other = session.addSegment(segmentationNode, "other")
    click(session, centre)
    session.removeSegment()
    makeSource(SURFACE)
    session.undo()
    assert ["surfaces" in failure for failure in session.failures] == [True]
    assert list(segmentationNode.GetSegmentation().GetSegmentIDs()) == [segmentId]
    makeSource(LABELMAP)
    session.undo()
    assert len(segmentPoints(segmentationNode, other)) == 2514


def test_a_surface_that_was_deleted_comes_back(
    session, segmentId, segmentationNode, centre, makeSource
):
    click(session, centre)
    makeSource(SURFACE)
    bounds = surfaceBounds(segmentationNode, segmentId)
    session.removeSegment()
    assert segmentationNode.GetSegmentation().GetNumberOfSegments() == 0
    session.undo()
    assert surfaceBounds(segmentationNode, segmentId).tolist() == bounds.tolist()
    assert session.segmentId == segmentId


def test_making_surfaces_the_source_erases_nothing(
    session, segmentId, segmentationNode, centre, makeSource
):
    click(session, centre)
    click(session, near(centre, 1, 0, 0), PromptRole.NEGATIVE)
    prompts = session.prompts
    makeSource(SURFACE)
    session.takeHandWork()
    assert session.prompts == prompts
