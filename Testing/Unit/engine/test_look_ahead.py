"""What is computed ahead of a click serves it, and only it."""

import numpy as np
import pytest
import torch

from grids import GRIDS, ellipsoid_volume
from sammoe import PredictOptions, PromptSet
from sammoe.engine import Cancelled, Predictor
from sammoe.geometry import transform_points
from tiny_bundle import write_tiny_bundle

SHAPE_IJK = (60, 56, 40)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny").path


@pytest.fixture
def volume():
    return ellipsoid_volume(GRIDS["oblique"], SHAPE_IJK, radii_mm=(11.0, 9.0, 12.0))[0]


@pytest.fixture
def new_predictor(bundle, volume):
    def make():
        predictor = Predictor.from_bundle(bundle, device="cpu")
        predictor.set_volume(volume)
        return predictor

    return make


def click_at(volume, *at_ijk):
    return PromptSet(transform_points([at_ijk], volume.ijk_to_ras), [1])


def test_the_click_that_was_expected_runs_no_model_and_gets_the_usual_answer(new_predictor, volume):
    click, seen = click_at(volume, 30, 28, 20), []
    ahead = new_predictor()
    ahead.look_ahead(click)
    result = ahead.predict(click, progress=seen.append)
    assert seen == []
    np.testing.assert_array_equal(result.mask_kji, new_predictor().predict(click).mask_kji)


def test_a_click_beside_it_looks_at_the_same_crop_without_an_encode(new_predictor, volume):
    predictor, seen = new_predictor(), []
    predictor.look_ahead(click_at(volume, 30, 28, 20))
    near = predictor.predict(click_at(volume, 30.1, 28.1, 20), progress=seen.append)
    assert "encode" not in seen
    assert seen[0] == "decode"
    far, seen = predictor.predict(click_at(volume, 12, 40, 8), progress=seen.append), []
    assert (
        near.spacing_mm != far.spacing_mm or near.crop_box_ijk.tolist() != far.crop_box_ijk.tolist()
    )


def test_a_click_elsewhere_is_answered_as_if_nobody_had_looked_ahead(new_predictor, volume):
    predictor, seen = new_predictor(), []
    predictor.look_ahead(click_at(volume, 30, 28, 20))
    click = click_at(volume, 12, 40, 8)
    result = predictor.predict(click, progress=seen.append)
    assert "encode" in seen
    np.testing.assert_array_equal(result.mask_kji, new_predictor().predict(click).mask_kji)


def test_a_click_with_other_options_is_answered_as_if_nobody_had_looked_ahead(
    new_predictor, volume
):
    predictor, near = new_predictor(), click_at(volume, 30.1, 28.1, 20)
    predictor.look_ahead(click_at(volume, 30, 28, 20), PredictOptions(expert="none"))
    result = predictor.predict(near)
    assert result.expert == "liver"
    np.testing.assert_array_equal(result.mask_kji, new_predictor().predict(near).mask_kji)


def test_another_volume_is_not_looked_at_where_the_last_one_was(new_predictor, volume):
    predictor, seen = new_predictor(), []
    predictor.look_ahead(click_at(volume, 30, 28, 20))
    other = ellipsoid_volume(GRIDS["oblique"], SHAPE_IJK, radii_mm=(5.0, 6.0, 4.0))[0]
    predictor.set_volume(other)
    predictor.predict(click_at(other, 30.1, 28, 20), progress=seen.append)
    assert "encode" in seen


def test_giving_it_up_leaves_nothing_behind(new_predictor, volume):
    predictor, threads = new_predictor(), torch.get_num_threads()
    asked = iter([False] * 12)
    with pytest.raises(Cancelled):
        predictor.look_ahead(click_at(volume, 30, 28, 20), cancelled=lambda: next(asked, True))
    assert torch.get_num_threads() == threads
    click = click_at(volume, 30.1, 28, 20)
    np.testing.assert_array_equal(
        predictor.predict(click).mask_kji, new_predictor().predict(click).mask_kji
    )
