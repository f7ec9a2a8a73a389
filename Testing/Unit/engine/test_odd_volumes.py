"""Volumes of every type and shape."""

import numpy as np
import pytest

from exact_predictor import ExactPredictor
from grids import GRIDS, dice, ellipsoid_volume
from sammoe import PromptSet, Volume


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_every_voxel_type_gives_the_same_mask(dtype):
    volume, truth, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    values = (volume.array_kji + 100).astype(dtype)
    predictor = ExactPredictor()
    predictor.set_volume(Volume(values, volume.ijk_to_ras))
    assert dice(predictor.predict(PromptSet([centre_ras], [1])).mask_kji, truth) > 0.85


def test_a_single_slice_is_segmented():
    values = np.zeros((1, 40, 40), np.int16)
    values[0, 15:27, 12:30] = 200
    predictor = ExactPredictor()
    predictor.set_volume(Volume(values, np.diag([1.0, 1, 4, 1])))
    result = predictor.predict(PromptSet([(20, 20, 0)], [1]))
    assert dice(result.mask_kji, values > 0) > 0.8


def test_a_volume_with_nan_is_segmented():
    volume, truth, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    values = volume.array_kji.astype(np.float32)
    values[:, :4] = np.nan
    predictor = ExactPredictor()
    predictor.set_volume(Volume(values, volume.ijk_to_ras))
    assert dice(predictor.predict(PromptSet([centre_ras], [1])).mask_kji, truth) > 0.85


@pytest.mark.parametrize("slices", [1, 3])
def test_a_volume_of_a_few_slices_is_looked_at_once_as_wide_as_usual(slices):
    volume, _, _ = ellipsoid_volume(GRIDS["aligned"])
    few = Volume(volume.array_kji[14 : 14 + slices].copy(), volume.ijk_to_ras)
    predictor = ExactPredictor()
    predictor.set_volume(few)
    middle = few.ijk_to_ras @ [*(few.shape_ijk[:2] // 2), 0, 1]
    predictor.predict(PromptSet([middle[:3]], [1]))
    assert predictor.calls[0] == 1
