"""Sizes of segments: counted slab by slab, and only of layers that changed."""

import numpy as np
import pytest

from sammoe.geometry import array_box, box_slices_kji
from SAMMoESlicerLib.Bridge.SegmentSizes import SegmentSizes


@pytest.fixture
def sizes(segmentationNode):
    sizes = SegmentSizes(slabVoxels=50)
    sizes.follow(segmentationNode)
    yield sizes
    sizes.follow(None)


def write(writer, segmentId, grid, start, stop):
    mask = np.zeros(grid.array_kji.shape, dtype=bool)
    mask[box_slices_kji(np.array([start, stop]))] = True
    writer.write(segmentId, grid, mask, array_box(mask.shape))


def counted(sizes):
    """Count to the end; returns in how many polls."""
    polls = 0
    while sizes.isCounting:
        sizes.poll()
        polls += 1
    return polls


def ml(grid, voxels):
    return pytest.approx(voxels * float(grid.spacing_mm.prod()) / 1e3)


def test_segments_of_one_layer_and_of_two_have_their_own_sizes(sizes, writer, grid):
    a, b, over = (writer.addSegment(name) for name in ("a", "b", "over"))
    write(writer, a, grid, (0, 0, 0), (3, 3, 3))
    write(writer, b, grid, (5, 5, 5), (7, 7, 7))
    write(writer, over, grid, (1, 1, 1), (9, 9, 9))
    assert sizes.ml(a) is None
    assert counted(sizes) > 3  # slab by slab
    assert [sizes.ml(id) for id in (a, b, over)] == [ml(grid, 27), ml(grid, 8), ml(grid, 512)]


def test_only_what_changed_is_counted_again(sizes, writer, grid):
    a, b = writer.addSegment("a"), writer.addSegment("b")
    write(writer, a, grid, (0, 0, 0), (10, 10, 10))
    write(writer, b, grid, (2, 2, 2), (4, 4, 4))
    whole = counted(sizes)
    write(writer, b, grid, (2, 2, 2), (3, 3, 3))
    assert sizes.ml(b) == ml(grid, 8)  # the size from before, until it is counted
    assert counted(sizes) < whole / 2
    assert (sizes.ml(a), sizes.ml(b)) == (ml(grid, 1000), ml(grid, 1))
    writer.segmentationNode.GetSegmentation().GetSegment(a).SetName("renamed")
    assert counted(sizes) == 1


def test_a_layer_that_changes_while_it_is_counted_is_counted_from_the_start(sizes, writer, grid):
    a = writer.addSegment("a")
    write(writer, a, grid, (0, 0, 0), (10, 10, 10))
    for _poll in range(4):
        sizes.poll()
    write(writer, a, grid, (0, 0, 0), (9, 9, 9))
    counted(sizes)
    assert sizes.ml(a) == ml(grid, 729)


def test_a_segment_that_was_emptied_has_the_size_nothing(sizes, writer, grid):
    a = writer.addSegment("a")
    write(writer, a, grid, (0, 0, 0), (3, 3, 3))
    counted(sizes)
    writer.putBack(a, writer.voxelsOf(a).none())
    counted(sizes)
    assert sizes.ml(a) == 0


def test_a_segment_that_is_removed_or_was_never_filled_has_no_size(sizes, writer, grid):
    a, empty = writer.addSegment("a"), writer.addSegment("empty")
    write(writer, a, grid, (0, 0, 0), (3, 3, 3))
    writer.segmentationNode.GetSegmentation().RemoveSegment(a)
    counted(sizes)
    assert sizes.ml(a) is None
    assert not sizes.ml(empty)
    sizes.follow(None)
    assert sizes.ml(empty) is None
    assert not sizes.poll()
