from collections import Counter

import numpy as np
import pytest
import slicer

from grids import GRIDS, affine, ellipsoid_volume, rotation
from sammoe import Volume
from sammoe.errors import GeometryError
from sammoe.geometry import bounding_box, box_slices_kji, transform_points
from SAMMoESlicerLib.Bridge import SegmentWriter
from slicer_scene import segmentPoints, surfaceBounds
from written_masks import block, read, write

TURN = affine(rotation(15, (0, 2, 1)), (1, 1, 1), (-8, 3, 5))


def layers(writer):
    return writer.segmentationNode.GetSegmentation().GetNumberOfLayers()


def test_a_mask_lies_where_its_object_is_in_the_world(writer, ellipsoid):
    volume, mask, centre_ras = ellipsoid
    segmentId = writer.addSegment("ellipsoid")
    box = bounding_box(mask)
    writer.write(segmentId, volume, mask[box_slices_kji(box)], box)
    points = segmentPoints(writer.segmentationNode, segmentId)
    expected = transform_points(np.argwhere(mask)[:, ::-1], volume.ijk_to_ras)
    np.testing.assert_allclose(points, expected[np.lexsort(expected.round(3).T)], atol=1e-4)
    assert ((((points - centre_ras) / (11, 9, 12)) ** 2).sum(axis=1) <= 1 + 1e-4).all()


def test_a_transform_on_the_segmentation_does_not_move_the_mask_in_the_world(
    slicerScene, ellipsoid
):
    volume, mask, _ = ellipsoid
    plain = SegmentWriter(slicerScene.addSegmentation())
    turned = SegmentWriter(slicerScene.addSegmentation(under=slicerScene.addTransform(TURN)))
    points = []
    for writer in (plain, turned):
        segmentId = writer.addSegment()
        write(writer, segmentId, volume, mask)
        points.append(segmentPoints(writer.segmentationNode, segmentId))
        np.testing.assert_array_equal(read(writer, segmentId, volume), mask)
    np.testing.assert_allclose(points[0], points[1], atol=1e-3)


@pytest.mark.parametrize("name", ["lps file", "left-handed", "permuted", "anisotropic", "aligned"])
def test_every_orientation_gives_the_same_voxels_back(writer, name):
    volume, mask, _ = ellipsoid_volume(GRIDS[name], (20, 18, 16), radii_mm=(6.0, 5.0, 8.0))
    segmentId = writer.addSegment()
    write(writer, segmentId, volume, mask)
    np.testing.assert_array_equal(read(writer, segmentId, volume), mask)


def test_a_new_mask_replaces_all_of_the_old_one(writer, grid):
    segmentId = writer.addSegment()
    write(writer, segmentId, grid, block(grid, (0, 0, 0), (5, 5, 5)))
    later = block(grid, (4, 4, 4), (9, 9, 9))
    write(writer, segmentId, grid, later)
    np.testing.assert_array_equal(read(writer, segmentId, grid), later)


def test_an_empty_mask_empties_the_segment(writer, grid):
    segmentId = writer.addSegment()
    write(writer, segmentId, grid, block(grid, (0, 0, 0), (5, 5, 5)))
    writer.write(segmentId, grid, np.zeros((0, 0, 0), bool), np.zeros((2, 3), np.int64))
    assert not read(writer, segmentId, grid).any()


def test_a_single_voxel_and_the_volumes_corner_are_written(writer, grid):
    segmentId = writer.addSegment()
    corner = block(grid, (11, 10, 9), (12, 11, 10))
    write(writer, segmentId, grid, corner)
    np.testing.assert_array_equal(read(writer, segmentId, grid), corner)


def test_neighbours_keep_their_voxels_where_masks_overlap_on_a_shared_layer(writer, grid):
    first, second, mine = (writer.addSegment(name) for name in ("first", "second", "mine"))
    masks = [block(grid, (0, 0, 0), (6, 6, 6)), block(grid, (6, 0, 0), (12, 6, 6))]
    write(writer, first, grid, masks[0])
    write(writer, second, grid, masks[1])
    segmentation = writer.segmentationNode.GetSegmentation()
    assert segmentation.GetLayerIndex(first) == segmentation.GetLayerIndex(second)
    overlapping = block(grid, (3, 2, 2), (9, 9, 9))
    write(writer, mine, grid, overlapping)
    write(writer, mine, grid, np.roll(overlapping, -1, axis=0))
    np.testing.assert_array_equal(read(writer, first, grid), masks[0])
    np.testing.assert_array_equal(read(writer, second, grid), masks[1])
    np.testing.assert_array_equal(read(writer, mine, grid), np.roll(overlapping, -1, axis=0))


def test_masks_that_do_not_overlap_share_a_layer(writer, grid):
    for start in (0, 4, 8):
        write(writer, writer.addSegment(), grid, block(grid, (start, 0, 0), (start + 3, 9, 9)))
    assert layers(writer) == 1


def test_a_neighbour_on_another_grid_is_not_resampled(writer, grid):
    other = Volume(np.zeros((20, 20, 20), np.int16), GRIDS["aligned"])
    neighbour, mine = writer.addSegment("neighbour"), writer.addSegment("mine")
    mask = block(other, (10, 5, 10), (17, 12, 17))
    write(writer, neighbour, other, mask)
    before = segmentPoints(writer.segmentationNode, neighbour)
    write(writer, mine, grid, block(grid, (0, 0, 0), (12, 11, 10)))
    np.testing.assert_array_equal(segmentPoints(writer.segmentationNode, neighbour), before)
    assert read(writer, mine, grid).all()


def test_the_closed_surface_stays_and_follows(writer, grid):
    mine, neighbour = writer.addSegment("mine"), writer.addSegment("neighbour")
    write(writer, neighbour, grid, block(grid, (0, 0, 0), (2, 2, 2)))
    write(writer, mine, grid, block(grid, (0, 0, 0), (5, 5, 5)))
    writer.segmentationNode.CreateClosedSurfaceRepresentation()
    neighbourBounds = surfaceBounds(writer.segmentationNode, neighbour)
    mask = block(grid, (5, 5, 5), (11, 10, 9))
    write(writer, mine, grid, mask)
    bounds = surfaceBounds(writer.segmentationNode, mine)
    points = segmentPoints(writer.segmentationNode, mine)
    np.testing.assert_allclose(bounds, (points.min(0), points.max(0)), atol=2.0)
    np.testing.assert_array_equal(
        surfaceBounds(writer.segmentationNode, neighbour), neighbourBounds
    )


def test_a_copy_can_be_put_back(writer, grid):
    segmentId = writer.addSegment()
    mask = block(grid, (1, 2, 3), (6, 7, 8))
    write(writer, segmentId, grid, mask)
    copy = writer.voxelsOf(segmentId)
    write(writer, segmentId, grid, block(grid, (0, 0, 0), (12, 11, 10)))
    writer.putBack(segmentId, copy)
    np.testing.assert_array_equal(read(writer, segmentId, grid), mask)


def test_a_segments_id_name_and_colour_stay(writer, grid):
    segmentId = writer.addSegment("liver")
    segment = writer.segmentationNode.GetSegmentation().GetSegment(segmentId)
    colour = segment.GetColor()
    write(writer, segmentId, grid, block(grid, (0, 0, 0), (6, 6, 6)))
    assert writer.segmentationNode.GetSegmentation().GetSegment(segmentId) is segment
    assert (segment.GetName(), segment.GetColor()) == ("liver", colour)


def test_new_segments_differ_in_name_and_colour(writer):
    segmentation = writer.segmentationNode.GetSegmentation()
    segments = [segmentation.GetSegment(writer.addSegment()) for _ in range(3)]
    assert len({segment.GetName() for segment in segments}) == 3
    assert len({segment.GetColor() for segment in segments}) == 3


def test_the_volume_becomes_the_reference_unless_there_is_one(slicerScene, writer, volumeNode):
    role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
    writer.useReference(volumeNode)
    writer.useReference(slicerScene.addVolume(Volume(np.zeros((3, 3, 3), np.int16), np.eye(4))))
    assert writer.segmentationNode.GetNodeReference(role) is volumeNode


def test_a_segmentation_of_surfaces_is_refused_with_advice(writer, grid):
    segmentId = writer.addSegment()
    write(writer, segmentId, grid, block(grid, (0, 0, 0), (6, 6, 6)))
    writer.segmentationNode.SetSourceRepresentationToClosedSurface()
    with pytest.raises(GeometryError, match="surfaces"):
        write(writer, segmentId, grid, block(grid, (0, 0, 0), (3, 3, 3)))


def test_a_removed_segment_and_a_warped_segmentation_are_refused(slicerScene, writer, grid):
    with pytest.raises(GeometryError, match="not there any more"):
        write(writer, "gone", grid, block(grid, (0, 0, 0), (3, 3, 3)))
    warped = SegmentWriter(slicerScene.addSegmentation(under=slicerScene.addWarp()))
    with pytest.raises(GeometryError, match="harden"):
        write(warped, warped.addSegment(), grid, block(grid, (0, 0, 0), (3, 3, 3)))


def test_a_late_surface_stays_as_it_was_until_it_is_wanted(writer, grid):
    mine, neighbour = writer.addSegment("mine"), writer.addSegment("neighbour")
    write(writer, neighbour, grid, block(grid, (0, 0, 0), (2, 2, 2)))
    write(writer, mine, grid, block(grid, (0, 0, 0), (5, 5, 5)))
    writer.segmentationNode.CreateClosedSurfaceRepresentation()
    before = [surfaceBounds(writer.segmentationNode, id) for id in (mine, neighbour)]
    writer.makesSurfacesLate = True
    mask = block(grid, (5, 5, 5), (11, 10, 9))
    write(writer, mine, grid, mask)
    np.testing.assert_array_equal(read(writer, mine, grid), mask)
    np.testing.assert_array_equal(surfaceBounds(writer.segmentationNode, mine), before[0])
    assert writer.hasStaleSurfaces
    writer.rebuildSurfaces()
    assert not writer.hasStaleSurfaces
    points = segmentPoints(writer.segmentationNode, mine)
    bounds = surfaceBounds(writer.segmentationNode, mine)
    np.testing.assert_allclose(bounds, (points.min(0), points.max(0)), atol=2.0)
    np.testing.assert_array_equal(surfaceBounds(writer.segmentationNode, neighbour), before[1])


def test_without_surfaces_none_is_made_and_a_removed_segment_has_none(writer, grid):
    writer.makesSurfacesLate = True
    segmentId = writer.addSegment()
    write(writer, segmentId, grid, block(grid, (0, 0, 0), (5, 5, 5)))
    assert not writer.hasStaleSurfaces
    writer.segmentationNode.CreateClosedSurfaceRepresentation()
    write(writer, segmentId, grid, block(grid, (0, 0, 0), (6, 6, 6)))
    writer.segmentationNode.GetSegmentation().RemoveSegment(segmentId)
    writer.rebuildSurfaces()
    assert not writer.hasStaleSurfaces


def test_views_hear_once_of_a_mask_that_is_written(writer, grid):
    """For each event every view draws all segments anew, which the user waits for."""
    segmentId = writer.addSegment()
    write(writer, segmentId, grid, block(grid, (0, 0, 0), (5, 5, 5)))
    writer.segmentationNode.CreateClosedSurfaceRepresentation()
    writer.makesSurfacesLate = True
    heard = Counter()
    for name in ("SourceRepresentationModified", "SegmentModified"):
        writer.segmentationNode.AddObserver(
            getattr(slicer.vtkSegmentation, name), lambda *_, name=name: heard.update([name])
        )
    write(writer, segmentId, grid, block(grid, (0, 0, 0), (6, 6, 6)))
    assert heard == {"SourceRepresentationModified": 1, "SegmentModified": 1}
