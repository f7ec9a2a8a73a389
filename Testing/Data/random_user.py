"""A user who does anything at any time, the same for the same seed."""

import random

import numpy as np
import vtk

from painting_hand import Hand
from sammoe.geometry import transform_points
from SAMMoESlicerLib.Bridge import PromptRole
from session_user import SETTLED_S

ROLES = (PromptRole.POSITIVE, PromptRole.POSITIVE, PromptRole.NEGATIVE)


class RandomUser:
    """Clicks, paints, adds, chooses, resets, deletes, takes back and does again."""

    def __init__(self, session, segmentationNode, volume, clock, *, seed):
        self.session, self.node, self.volume, self.clock = session, segmentationNode, volume, clock
        self._hand = Hand(segmentationNode, volume)
        self._random = random.Random(seed)
        self._anytime = [self._add, self._choose, session.undo, session.undo, session.redo]
        self._inSegment = [self._click] * 3 + [self._paint, self._reset, self._delete]

    def act(self):
        """Do something; return the ids of the segments it may have changed."""
        before = self.session.segmentId
        possible = self._anytime + (self._inSegment if before is not None else [])
        self._random.choice(possible)()
        self._settle()
        return {before, self.session.segmentId}

    def undo(self):
        self.session.undo()
        self._settle()

    def redo(self):
        self.session.redo()
        self._settle()

    def segments(self):
        """Return which voxels each segment has, by its id."""
        ids = self.node.GetSegmentation().GetSegmentIDs()
        return {id: self._hand.mask(id).tobytes() for id in ids}

    def _settle(self):
        for _ in range(4):
            self.clock.advance(SETTLED_S)
            self.session.poll()

    def _add(self):
        self.session.addSegment(self.node)

    def _choose(self):
        ids = self.node.GetSegmentation().GetSegmentIDs()
        if ids:
            self.session.setSegment(self.node, self._random.choice(ids))

    def _delete(self):
        self.session.removeSegment()

    def _reset(self):
        self.session.reset()

    def _click(self):
        voxel_ijk = [self._random.randrange(n) for n in self.volume.array_kji.shape[::-1]]
        point_ras = transform_points(np.array(voxel_ijk, float), self.volume.ijk_to_ras)[0]
        node = self.session.promptNode(self._random.choice(ROLES))
        node.AddControlPointWorld(vtk.vtkVector3d(*point_ras))

    def _paint(self):
        k, j, i = (self._random.randrange(n - 2) for n in self.volume.array_kji.shape)
        block = np.s_[k : k + 2, j : j + 2, i : i + 2]
        isThere = self._hand.mask(self.session.segmentId)[block].any()
        self._hand.draw(self.session.segmentId, **{"remove" if isThere else "add": block})
        self.session.takeHandWork()
