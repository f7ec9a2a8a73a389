"""The generated torso CT."""

import numpy as np
import pytest

from sammoe.errors import PromptError
from sammoe.phantom import make_phantom


@pytest.fixture(scope="module")
def a_phantom():
    return make_phantom()


def test_the_same_seed_gives_the_same_voxels_and_another_seed_does_not(a_phantom):
    assert make_phantom().volume.content_hash == a_phantom.volume.content_hash
    assert make_phantom(seed=8).volume.content_hash != a_phantom.volume.content_hash


def test_organs_have_the_grey_values_of_a_contrast_ct(a_phantom):
    mean_hu = {
        name: float(a_phantom.volume.array_kji[a_phantom.mask_of(name)].mean())
        for name in a_phantom.names.values()
    }
    assert mean_hu["lungs"] < -700
    assert -10 < mean_hu["gallbladder"] < 40
    assert mean_hu["liver lesion"] + 30 < mean_hu["liver"]
    assert mean_hu["liver"] < mean_hu["aorta"] < mean_hu["vertebra L1"]
    assert a_phantom.volume.array_kji.dtype == np.int16


def test_every_structure_has_a_plausible_size_and_a_centre_inside_itself(a_phantom):
    voxel_ml = a_phantom.volume.spacing_mm.prod() / 1000
    for name in a_phantom.names.values():
        mask = a_phantom.mask_of(name)
        i, j, k = a_phantom.volume.points_ijk(a_phantom.centre_of(name))[0].round().astype(int)
        assert mask[k, j, i], name
        assert 3 < mask.sum() * voxel_ml < 4000, name


def test_the_liver_is_on_the_patients_right_and_the_spine_behind_the_aorta(a_phantom):
    assert a_phantom.centre_of("liver")[0] > 0 > a_phantom.centre_of("spleen")[0]
    assert a_phantom.centre_of("vertebra L1")[1] < a_phantom.centre_of("aorta")[1]
    assert a_phantom.centre_of("vertebra L3")[2] < a_phantom.centre_of("vertebra L1")[2]


def test_an_unknown_structure_is_refused_with_the_known_ones(a_phantom):
    with pytest.raises(PromptError, match=r"no tail; it has .*liver"):
        a_phantom.mask_of("tail")
