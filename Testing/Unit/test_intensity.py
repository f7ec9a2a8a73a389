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
    without_padding,
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


PADDINGS = (-1500, -2000, -3024, -8192, -9999, -10_000, -32_767, -32_768, -3.4e38)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
@pytest.mark.parametrize("air", [True, False])
def test_padding_around_a_ct_changes_nothing(padding, share, air):
    tissue = np.random.default_rng(0).normal(20, 60, 5000).round()
    measured = np.concatenate([tissue, np.full(500, -1000.0)]) if air else tissue
    count = int(measured.size * share / (1 - share))
    values = np.concatenate([measured, np.full(count, float(padding))])
    for clicked, window in ((None, SOFT_TISSUE), (-800.0, LUNG), (700.0, BONE)):
        assert choose_window(values, clicked) is window


@pytest.mark.parametrize("padding", PADDINGS[1:])
def test_padding_around_an_mr_is_no_part_of_its_percentiles(padding):
    measured = np.random.default_rng(0).gamma(4.0, 60.0, 5000).round()
    values = np.concatenate([measured, np.full(3000, float(padding))])
    assert choose_window(values) == choose_window(measured)


def test_padding_around_normalised_values_makes_no_ct_of_them():
    measured = np.random.default_rng(0).normal(0, 1, 5000)
    values = np.concatenate([measured, np.full(3000, -9999.0)])
    assert choose_window(values) == choose_window(measured)


def test_two_kinds_of_padding_are_both_left_out():
    measured = np.random.default_rng(0).gamma(4.0, 60.0, 5000).round()
    values = np.concatenate([measured, np.full(300, -32768.0), np.full(300, -9999.0)])
    assert choose_window(values) == choose_window(measured)


@pytest.mark.parametrize(
    "values",
    [
        np.linspace(-4096, 4095, 9000),
        np.concatenate([np.zeros(3000), np.linspace(400, 900, 3000)]),
        np.random.default_rng(0).normal(0, 1, 4000),
        np.random.default_rng(0).normal(0, 30_000, 4000),
        np.full(10, -32768.0),
    ],
    ids=["a phase image", "a brain without its skull", "z scores", "wide noise", "nothing else"],
)
def test_low_values_that_are_no_padding_stay_in_the_sample(values):
    assert without_padding(values).size >= values.size - 1


@pytest.mark.parametrize("value", [5.0, 0.0, 3e17, -1e30])
def test_a_constant_volume_has_a_window_too(value):
    window = choose_window(np.full(100, value))
    patch = apply_window(np.full((2, 2, 2), value, np.float32), window)
    assert np.isfinite(patch).all()


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
