import numpy as np

from grids import GRIDS, dice, ellipsoid_volume
from sammoe import Volume
from sammoe.geometry import array_box, box_slices_kji
from SAMMoESlicerLib.Bridge import SegmentReader, SegmentWriter


def test_a_segment_of_another_grid_is_read_onto_the_volumes(segmentationNode):
    coarse, mask, centre_ras = ellipsoid_volume(GRIDS["oblique"], (40, 36, 24))
    writer = SegmentWriter(segmentationNode)
    segmentId = writer.addSegment()
    writer.write(segmentId, coarse, mask, array_box(mask.shape))
    shape_ijk = np.array((50, 44, 40))
    matrix = GRIDS["aligned"].copy()
    matrix[:3, 3] = centre_ras - (shape_ijk - 1) / 2
    fine, expected, _ = ellipsoid_volume(matrix, shape_ijk)
    prompt = SegmentReader(segmentationNode).readMask(segmentId, fine)
    found = np.zeros(expected.shape, dtype=bool)
    found[box_slices_kji(prompt.box_ijk)] = prompt.mask_kji
    assert dice(found, expected) > 0.93


def test_only_what_lies_in_the_volume_is_read(segmentationNode, ellipsoid):
    volume, mask, _ = ellipsoid
    writer = SegmentWriter(segmentationNode)
    segmentId = writer.addSegment()
    writer.write(segmentId, volume, mask, array_box(mask.shape))
    half = Volume(volume.array_kji[:, :, :20], volume.ijk_to_ras)
    prompt = SegmentReader(segmentationNode).readMask(segmentId, half)
    found = np.zeros(half.array_kji.shape, dtype=bool)
    found[box_slices_kji(prompt.box_ijk)] = prompt.mask_kji
    np.testing.assert_array_equal(found, mask[:, :, :20])


def test_an_empty_segment_and_one_elsewhere_are_no_mask(segmentationNode, ellipsoid):
    volume, mask, _ = ellipsoid
    writer = SegmentWriter(segmentationNode)
    reader = SegmentReader(segmentationNode)
    segmentId = writer.addSegment()
    assert reader.readMask(segmentId, volume) is None
    writer.write(segmentId, volume, mask, array_box(mask.shape))
    far = volume.ijk_to_ras.copy()
    far[:3, 3] += 1000
    assert reader.readMask(segmentId, Volume(volume.array_kji, far)) is None
