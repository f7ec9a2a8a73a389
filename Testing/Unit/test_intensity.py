import numpy as np
import pytest

from sammoe import Volume
from sammoe.intensity import (
    BONE,
    LUNG,
    SOFT_TISSUE,
    apply_window,
    choose_window,
    normalise_positive,
    sample_values,
)

CT = np.concatenate([np.full(500, -1000.0), np.linspace(-150, 300, 500), np.full(20, 900.0)])


@pytest.mark.parametrize(
    ("clicked", "window"),
    [(None, SOFT_TISSUE), (40.0, SOFT_TISSUE), (-800.0, LUNG), (700.0, BONE)],
)
def test_a_ct_is_windowed_by_what_was_clicked(clicked, window):
    assert choose_window(CT, clicked) is window


def test_an_mr_is_windowed_by_its_percentiles():
    values = np.concatenate([np.zeros(1000), np.linspace(0, 800, 9000), [1e6]])
    window = choose_window(values, 400.0)
    assert window.name.startswith("percentiles")
    assert window.lower == pytest.approx(0, abs=1)
    assert 700 < window.upper < 801


def test_a_constant_volume_has_a_window_too():
    window = choose_window(np.full(100, 5.0))
    assert np.isfinite(apply_window(np.full((2, 2, 2), 5, np.float32), window)).all()


def test_the_window_maps_to_minus_one_and_one_and_clips():
    patch = np.array([-1000, -160, 40, 240, 3000], np.float32).reshape(1, 1, 5)
    assert apply_window(patch, SOFT_TISSUE).ravel().tolist() == [-1, -1, 0, 1, 1]


def test_positive_voxels_have_mean_zero_and_deviation_one():
    patch = np.random.default_rng(0).normal(20, 40, (16, 16, 16)).astype(np.float32)
    normal = normalise_positive(patch)
    assert normal[patch > 0].mean() == pytest.approx(0, abs=1e-5)
    assert normal[patch > 0].std(ddof=1) == pytest.approx(1, abs=1e-5)
    assert (normalise_positive(np.full((2, 2, 2), 3, np.float32)) == 0).all()


def test_the_sample_leaves_out_what_is_not_finite():
    values = np.full((30, 30, 30), np.nan, np.float32)
    values[17, 3, 5] = 4
    assert sample_values(Volume(values, np.eye(4)), most=100).tolist() == [4]
