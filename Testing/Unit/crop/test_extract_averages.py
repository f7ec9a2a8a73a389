"""Means over whole voxels: as ITK's, and the same however a volume is stored."""

from itertools import permutations, product

import numpy as np
import pytest
import SimpleITK as sitk

from sammoe import Volume
from sammoe.crop import extract_patch, make_crop
from sammoe.crop.extract import _averaged
from sammoe.geometry import transform_points


@pytest.mark.parametrize("factors", [(1, 1, 1), (2, 1, 3), (3, 4, 2), (5, 5, 5)])
@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float32])
def test_averages_are_those_of_itk_s_bin_shrink(factors, dtype):
    block = np.random.default_rng(0).integers(0, 200, (11, 13, 17)).astype(dtype)
    image = sitk.GetImageFromArray(block.astype(np.float32))
    expected = sitk.GetArrayFromImage(sitk.BinShrink(image, factors))
    np.testing.assert_allclose(_averaged(block, factors), expected, rtol=1e-6)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_coarse_patch_does_not_depend_on_how_the_volume_is_stored(order):
    """Which voxels are averaged with which would else depend on the end that they are counted from.

    The wide look at a scan of 3 mm is such a patch, and its masks differed.
    """
    values_ijk = np.random.default_rng(1).integers(-1000, 1000, (40, 41, 43)).astype(np.int16)
    at_ras = np.array([[21.3, 17.8, 20.1]])
    patches = []
    for flips in product([1, -1], repeat=3):
        ijk_to_ras = np.eye(4)
        ijk_to_ras[:3, :3] = np.eye(3)[:, order] * flips
        ends_ijk = np.array(values_ijk.shape)[list(order)] - 1
        ijk_to_ras[:3, 3] = np.eye(3)[:, order] @ np.where(np.array(flips) < 0, ends_ijk, 0)
        stored_ijk = values_ijk.transpose(order)[tuple(slice(None, None, way) for way in flips)]
        volume = Volume(np.ascontiguousarray(stored_ijk.T), ijk_to_ras)
        centre_ijk = transform_points(at_ras, np.linalg.inv(ijk_to_ras))[0]
        crop = make_crop(ijk_to_ras, centre_ijk=centre_ijk, spacing_mm=(3.4, 2.6, 4.5), size=12)
        patches.append(extract_patch(volume, crop, fill=-1000, antialias=True))
    for patch in patches[1:]:
        np.testing.assert_allclose(patch, patches[0], atol=1e-3)
