"""Users who do anything at any time: nobody else's voxels change, and all of it can be undone."""

import numpy as np
import pytest

from grids import GRIDS
from random_user import RandomUser
from sammoe import Volume
from SAMMoESlicerLib.SegmentationSession import SegmentationSession

SEEDS = range(20)


@pytest.fixture(params=SEEDS)
def user(request, slicerScene, segmentationNode, client, clock):
    """Somebody with a small CT of a few balls that touch each other."""
    values = np.random.default_rng(request.param)
    array = np.zeros((16, 20, 18), np.int16)
    at = np.moveaxis(np.indices(array.shape), 0, -1)
    for _ball in range(6):
        ball = np.linalg.norm(at - values.integers(0, array.shape), axis=-1)
        array[ball < values.integers(2, 7)] = values.integers(0, 6) * 100
    volume = Volume(array, GRIDS["oblique"])
    session = SegmentationSession(slicerScene.scene, client, clock=clock)
    session.setVolumeNode(slicerScene.addVolume(volume))
    session.addSegment(segmentationNode)
    yield RandomUser(session, segmentationNode, volume, clock, seed=request.param)
    session.close()


def test_no_action_changes_another_segment_and_all_can_be_undone_and_done_again(user):
    for _action in range(20):
        before = user.segments()
        touched = user.act()
        after = user.segments()
        others = (before.keys() & after.keys()) - touched
        assert [id for id in others if before[id] != after[id]] == []
    end, count = user.segments(), 0
    while user.session.canUndo:
        user.undo()
        count += 1
    assert not any(any(mask) for mask in user.segments().values())
    for _action in range(count):
        user.redo()
    assert user.segments() == end
