import numpy as np
import pytest
import vtk

from grids import GRIDS, ellipsoid_volume
from sammoe import Volume
from sammoe.errors import GeometryError
from sammoe.geometry import transform_points
from SAMMoESlicerLib.Bridge import VolumeReader


def test_a_volume_under_a_transform_is_read_where_it_is_in_the_world(volumeNode, worldVolume):
    volume = VolumeReader(volumeNode).read()
    np.testing.assert_allclose(volume.ijk_to_ras, worldVolume.ijk_to_ras, atol=1e-9)
    np.testing.assert_array_equal(volume.array_kji, worldVolume.array_kji)


@pytest.mark.parametrize("grid", ["lps file", "left-handed", "permuted", "anisotropic"])
def test_every_orientation_keeps_its_matrix(slicerScene, grid):
    volume, _, _ = ellipsoid_volume(GRIDS[grid], (9, 8, 7))
    read = VolumeReader(slicerScene.addVolume(volume)).read()
    np.testing.assert_allclose(read.ijk_to_ras, GRIDS[grid], atol=1e-9)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_voxels_of_every_type_arrive_as_they_are(slicerScene, dtype):
    array = np.arange(24, dtype=dtype).reshape(2, 3, 4)
    read = VolumeReader(slicerScene.addVolume(Volume(array, np.eye(4)))).read()
    assert read.array_kji.dtype == dtype
    np.testing.assert_array_equal(read.array_kji, array)


def test_an_image_whose_extent_does_not_start_at_0_lies_where_slicer_shows_it(volumeNode):
    before = VolumeReader(volumeNode).read()
    part = vtk.vtkExtractVOI()
    part.SetInputData(volumeNode.GetImageData())
    part.SetVOI(3, 9, 2, 8, 4, 7)
    part.Update()
    assert part.GetOutput().GetExtent() == (3, 9, 2, 8, 4, 7)
    volumeNode.SetAndObserveImageData(part.GetOutput())
    after = VolumeReader(volumeNode).read()
    np.testing.assert_array_equal(after.array_kji, before.array_kji[4:8, 2:9, 3:10])
    place = transform_points((0, 0, 0), after.ijk_to_ras)
    np.testing.assert_allclose(place, transform_points((3, 2, 4), before.ijk_to_ras), atol=1e-8)


def test_the_array_is_a_view_of_slicers_voxels(volumeNode):
    volume = VolumeReader(volumeNode).read()
    volumeNode.GetImageData().GetPointData().GetScalars().SetTuple1(0, 1234)
    assert volume.array_kji[0, 0, 0] == 1234


def test_the_same_volume_comes_back_until_voxels_or_place_change(volumeNode, transformNode):
    reader = VolumeReader(volumeNode)
    first = reader.read()
    assert reader.read() is first
    volumeNode.GetImageData().Modified()
    second = reader.read()
    assert second is not first
    transformNode.SetMatrixTransformToParent(vtk.vtkMatrix4x4())
    assert reader.read() is not second


def test_a_volume_outlives_its_node(slicerScene, volumeNode):
    volume = VolumeReader(volumeNode).read()
    expected = volume.array_kji.copy()
    slicerScene.scene.RemoveNode(volumeNode)
    np.testing.assert_array_equal(volume.array_kji, expected)


def test_a_volume_under_a_warp_is_refused_with_the_advice_to_harden(slicerScene, ellipsoid):
    node = slicerScene.addVolume(ellipsoid[0], under=slicerScene.addWarp())
    with pytest.raises(GeometryError, match="harden"):
        VolumeReader(node).read()


def test_a_warp_is_no_error_in_slicers_log_every_time_somebody_looks(slicerScene, ellipsoid):
    warp = slicerScene.addWarp()
    logged = []
    warp.AddObserver("ErrorEvent", lambda *_: logged.append("error"))
    with pytest.raises(GeometryError):
        VolumeReader(slicerScene.addVolume(ellipsoid[0], under=warp)).read()
    assert logged == []


def test_a_volume_without_voxels_is_refused(slicerScene):
    with pytest.raises(GeometryError, match="no voxels"):
        VolumeReader(slicerScene.add("vtkMRMLScalarVolumeNode")).read()


def test_a_colour_volume_is_refused(slicerScene):
    node = slicerScene.add("vtkMRMLVectorVolumeNode")
    image = vtk.vtkImageData()
    image.SetDimensions(4, 4, 4)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 3)
    node.SetAndObserveImageData(image)
    with pytest.raises(GeometryError, match="3 values a voxel"):
        VolumeReader(node).read()
