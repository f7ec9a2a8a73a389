"""A segment in one call, for scripts."""

import numpy as np
import pytest

from sammoe.errors import WorkerError
from SAMMoESlicerLib.SegmentOnce import segmentOnce
from session_user import near
from slicer_scene import segmentPoints


def test_a_script_gets_a_segment_in_one_call(
    slicerScene, session, segmentationNode, volumeNode, centre, client
):
    roi = slicerScene.add("vtkMRMLMarkupsROINode")
    roi.SetCenterWorld(*centre)
    roi.SetSize(30, 30, 30)
    segmentId = segmentOnce(
        session,
        volumeNode,
        segmentationNode,
        positivePoints=[centre],
        negativePoints=[near(centre, 6, 0, 0)],
        roiNode=roi,
    )
    assert len(segmentPoints(segmentationNode, segmentId)) > 0
    prompts = client.asked[-1][0]
    np.testing.assert_array_equal(prompts.point_labels, [1, 0])
    assert prompts.box_ras.shape == (8, 3)


def test_a_script_learns_why_there_is_no_segment(slicerScene, session, segmentationNode, centre):
    empty = slicerScene.add("vtkMRMLScalarVolumeNode")
    with pytest.raises(WorkerError, match="no voxels"):
        segmentOnce(session, empty, segmentationNode, positivePoints=[centre])
