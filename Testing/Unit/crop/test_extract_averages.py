"""Means over whole voxels against ITK's."""

import numpy as np
import pytest
import SimpleITK as sitk

from sammoe.crop.extract import _averaged


@pytest.mark.parametrize("factors", [(1, 1, 1), (2, 1, 3), (3, 4, 2), (5, 5, 5)])
@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float32])
def test_averages_are_those_of_itk_s_bin_shrink(factors, dtype):
    block = np.random.default_rng(0).integers(0, 200, (11, 13, 17)).astype(dtype)
    image = sitk.GetImageFromArray(block.astype(np.float32))
    expected = sitk.GetArrayFromImage(sitk.BinShrink(image, factors))
    np.testing.assert_allclose(_averaged(block, factors), expected, rtol=1e-6)
