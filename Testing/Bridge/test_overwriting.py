"""What one segment takes from another, and when it gives it back."""

import numpy as np

from grids import GRIDS
from sammoe import Volume
from SAMMoESlicerLib.Bridge import WriteMode
from written_masks import block, read, write


def test_overwriting_takes_the_mask_from_the_others_on_every_layer(writer, grid):
    shared, overlapping, mine = (writer.addSegment(name) for name in ("a", "b", "mine"))
    write(writer, shared, grid, block(grid, (0, 0, 0), (6, 6, 6)))
    write(writer, overlapping, grid, block(grid, (2, 2, 2), (8, 8, 8)))
    mask = block(grid, (4, 0, 0), (12, 11, 10))
    writer.mode = WriteMode.OVERWRITE_OTHERS
    write(writer, mine, grid, mask)
    np.testing.assert_array_equal(read(writer, mine, grid), mask)
    np.testing.assert_array_equal(
        read(writer, shared, grid), block(grid, (0, 0, 0), (6, 6, 6)) & ~mask
    )
    np.testing.assert_array_equal(
        read(writer, overlapping, grid), block(grid, (2, 2, 2), (8, 8, 8)) & ~mask
    )


def test_what_was_overwritten_comes_back_when_the_mask_leaves_it(writer, grid):
    neighbour, mine = writer.addSegment("neighbour"), writer.addSegment("mine")
    mask = block(grid, (0, 0, 0), (6, 6, 6))
    write(writer, neighbour, grid, mask)
    writer.mode = WriteMode.OVERWRITE_OTHERS
    write(writer, mine, grid, block(grid, (0, 0, 0), (12, 11, 10)))
    assert not read(writer, neighbour, grid).any()
    small = block(grid, (5, 5, 5), (8, 8, 8))
    write(writer, mine, grid, small)
    np.testing.assert_array_equal(read(writer, neighbour, grid), mask & ~small)
    writer.clear(mine)
    np.testing.assert_array_equal(read(writer, neighbour, grid), mask)


def test_what_a_segment_had_taken_that_somebody_removed_is_given_back(writer, grid):
    neighbour, mine = writer.addSegment("neighbour"), writer.addSegment("mine")
    mask = block(grid, (0, 0, 0), (6, 6, 6))
    write(writer, neighbour, grid, mask)
    writer.mode = WriteMode.OVERWRITE_OTHERS
    write(writer, mine, grid, block(grid, (4, 4, 4), (12, 11, 10)))
    assert not writer.owesForRemoved
    writer.segmentationNode.GetSegmentation().RemoveSegment(mine)
    assert writer.owesForRemoved
    writer.settleRemoved()
    np.testing.assert_array_equal(read(writer, neighbour, grid), mask)
    assert not writer.owesForRemoved


def test_what_was_taken_before_a_segment_was_drawn_anew_does_not_come_back(writer, grid):
    neighbour, mine = writer.addSegment("neighbour"), writer.addSegment("mine")
    write(writer, neighbour, grid, block(grid, (0, 0, 0), (6, 6, 6)))
    writer.mode = WriteMode.OVERWRITE_OTHERS
    write(writer, mine, grid, block(grid, (4, 4, 4), (12, 11, 10)))
    writer.clear(neighbour)
    writer.clear(mine)
    assert not read(writer, neighbour, grid).any()


def test_where_surfaces_took_the_place_of_voxels_nothing_is_given_back(writer, grid):
    neighbour, mine = writer.addSegment("neighbour"), writer.addSegment("mine")
    write(writer, neighbour, grid, block(grid, (0, 0, 0), (6, 6, 6)))
    writer.mode = WriteMode.OVERWRITE_OTHERS
    write(writer, mine, grid, block(grid, (4, 4, 4), (12, 11, 10)))
    writer.segmentationNode.SetSourceRepresentationToClosedSurface()
    writer.segmentationNode.GetSegmentation().RemoveSegment(mine)
    writer.settleRemoved()
    assert not writer.owesForRemoved


def test_a_neighbour_on_another_grid_is_overwritten_on_its_own_grid_and_comes_back(writer, grid):
    other = Volume(np.zeros((40, 40, 40), np.int16), GRIDS["oblique"] @ np.diag([0.5, 0.5, 0.5, 1]))
    neighbour, mine = writer.addSegment("neighbour"), writer.addSegment("mine")
    mask = block(other, (4, 4, 4), (14, 14, 14))
    write(writer, neighbour, other, mask)
    writer.mode = WriteMode.OVERWRITE_OTHERS
    write(writer, mine, grid, block(grid, (5, 0, 0), (12, 11, 10)))
    left = read(writer, neighbour, other)
    assert 0 < left.sum() < mask.sum()
    assert not (left & ~mask).any()
    writer.mode = WriteMode.KEEP_OTHERS
    write(writer, mine, grid, block(grid, (8, 0, 0), (12, 11, 10)))
    np.testing.assert_array_equal(read(writer, neighbour, other), mask)


def test_a_locked_segment_is_not_overwritten(writer, grid):
    neighbour, mine = writer.addSegment("neighbour"), writer.addSegment("mine")
    mask = block(grid, (0, 0, 0), (6, 6, 6))
    write(writer, neighbour, grid, mask)
    writer.mode, writer.lockedSegmentIds = WriteMode.OVERWRITE_OTHERS, {neighbour}
    write(writer, mine, grid, block(grid, (0, 0, 0), (12, 11, 10)))
    np.testing.assert_array_equal(read(writer, neighbour, grid), mask)
