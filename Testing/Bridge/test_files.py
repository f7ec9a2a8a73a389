"""What the command line reads and writes is what Slicer reads, voxel by voxel."""

import numpy as np
import pytest

from grids import GRIDS, ellipsoid_volume
from sammoe import Volume
from sammoe.geometry import transform_points
from sammoe.image_io import SegmentInfo, read_volume, write_mask, write_volume
from SAMMoESlicerLib.Bridge import SegmentReader, VolumeReader

LIVER = {
    "category": {"scheme": "SCT", "value": "123037004", "meaning": "Anatomical Structure"},
    "type": {"scheme": "SCT", "value": "10200004", "meaning": "Liver"},
}
RIGHT_HANDED = ["aligned", "lps file", "oblique", "permuted", "anisotropic"]


def loadVolume(slicerScene, path):
    node = slicerScene.add("vtkMRMLScalarVolumeNode")
    storage = slicerScene.add("vtkMRMLVolumeArchetypeStorageNode")
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    return node


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("grid", RIGHT_HANDED)
def test_slicer_and_the_command_line_read_the_same_volume(slicerScene, tmp_path, grid, suffix):
    volume, _, _ = ellipsoid_volume(GRIDS[grid], (17, 14, 11), radii_mm=(6.0, 5.0, 4.0))
    path = tmp_path / f"scan{suffix}"
    write_volume(path, volume)
    ours = read_volume(path)
    slicers = VolumeReader(loadVolume(slicerScene, path)).read()
    np.testing.assert_allclose(slicers.ijk_to_ras, ours.ijk_to_ras, atol=1e-4)
    np.testing.assert_array_equal(slicers.array_kji, ours.array_kji)


def test_a_left_handed_file_which_slicer_turns_over_lies_at_the_same_place(slicerScene, tmp_path):
    volume, _, _ = ellipsoid_volume(GRIDS["left-handed"], (17, 14, 11), radii_mm=(6.0, 5.0, 4.0))
    path = tmp_path / "scan.nrrd"
    write_volume(path, volume)
    slicers = VolumeReader(loadVolume(slicerScene, path)).read()
    last = np.array([(0, 0, 10)])
    np.testing.assert_array_equal(slicers.array_kji, volume.array_kji[::-1])
    np.testing.assert_allclose(
        transform_points(last, slicers.ijk_to_ras), [volume.ijk_to_ras[:3, 3]], atol=1e-6
    )


@pytest.mark.parametrize("grid", [*RIGHT_HANDED, "left-handed"])
def test_a_segmentation_of_the_command_line_opens_in_slicer_where_it_belongs(
    slicerScene, tmp_path, grid
):
    volume, mask, _ = ellipsoid_volume(GRIDS[grid], (20, 18, 16), radii_mm=(6.0, 5.0, 8.0))
    path = tmp_path / "mask.seg.nrrd"
    info = SegmentInfo(name="Liver", color=(0.5, 0.25, 0.75), terminology=LIVER)
    write_mask(path, mask, volume.ijk_to_ras, segment=info)
    node = slicerScene.addSegmentation()
    storage = slicerScene.add("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    segmentId = node.GetSegmentation().GetNthSegmentID(0)
    segment = node.GetSegmentation().GetSegment(segmentId)
    assert segment.GetName() == "Liver"
    assert segment.GetColor() == pytest.approx((0.5, 0.25, 0.75), abs=1e-3)
    assert "SCT^10200004^Liver" in segment.GetTerminology()
    prompt = SegmentReader(node).readMask(segmentId, Volume(volume.array_kji, volume.ijk_to_ras))
    assert prompt.mask_kji.sum() == mask.sum()
    where = np.argwhere(mask)[:, ::-1]
    np.testing.assert_array_equal(prompt.box_ijk, [where.min(axis=0), where.max(axis=0) + 1])
