"""A hand that paints in a segment, as a user does between clicks."""

import numpy as np

from sammoe.geometry import array_box
from SAMMoESlicerLib.Bridge import SegmentReader, SegmentWriter


class Hand:
    """Paints as the Segment Editor does: into the labelmap, past everything of ours."""

    def __init__(self, segmentationNode, volume):
        self.node, self.volume = segmentationNode, volume

    def draw(self, segmentId, *, add=None, remove=None):
        mask = self.mask(segmentId)
        for block, value in ((add, True), (remove, False)):
            if block is not None:
                mask[block] = value
        SegmentWriter(self.node).write(segmentId, self.volume, mask, array_box(mask.shape))
        return mask

    def mask(self, segmentId):
        """Return the segment on the whole of the volume's grid."""
        found = SegmentReader(self.node).readMask(segmentId, self.volume)
        mask = np.zeros(self.volume.array_kji.shape, bool)
        if found is not None:
            (i0, j0, k0), (i1, j1, k1) = found.box_ijk
            mask[k0:k1, j0:j1, i0:i1] = found.mask_kji
        return mask


CORNER = np.s_[2:6, 3:10, 1:9]


def middle(mask):
    """Return the part of a mask in its middle slices, to erase."""
    part = np.zeros_like(mask)
    k = np.flatnonzero(mask.any(axis=(1, 2)))
    part[k[len(k) // 2] : k[len(k) // 2] + 2] = True
    return part & mask
