"""Masks written into segments and read from them again, on the grid of a volume."""

import numpy as np

from sammoe.geometry import array_box, box_slices_kji
from SAMMoESlicerLib.Bridge import SegmentReader


def block(grid, start, stop):
    """Return a mask that is true in one box (IJK) of the grid."""
    mask = np.zeros(grid.array_kji.shape, dtype=bool)
    mask[box_slices_kji(np.array([start, stop]))] = True
    return mask


def write(writer, segmentId, grid, mask):
    writer.write(segmentId, grid, mask, array_box(mask.shape))


def read(writer, segmentId, grid):
    mask = np.zeros(grid.array_kji.shape, dtype=bool)
    prompt = SegmentReader(writer.segmentationNode).readMask(segmentId, grid)
    if prompt is not None:
        mask[box_slices_kji(prompt.box_ijk)] = prompt.mask_kji
    return mask
