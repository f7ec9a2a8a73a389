"""Many prompts in one call: a few looks, and the few in the usual order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids import GRIDS, ellipsoid_volume
from sammoe import PromptSet
from sammoe.engine import Predictor
from sammoe.engine.passes import MOST_ONE_BY_ONE, passes
from sammoe.geometry import ras_to_ijk, transform_points
from tiny_bundle import write_tiny_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny").path


@given(st.integers(-1, 300), st.integers(1, 300), st.lists(st.integers(1, 600), max_size=3))
def test_passes_rise_to_the_last_prompt_and_are_few(done, more, also):
    total = done + more
    counts = passes(done, total, also=also)
    assert counts == sorted(set(counts))
    assert counts[0] > done
    assert counts[-1] == total
    assert len(counts) <= MOST_ONE_BY_ONE + 10
    if more > MOST_ONE_BY_ONE:
        assert {count for count in also if done < count < total} <= set(counts)
    else:
        assert counts == list(range(done + 1, total + 1))


def clicks(volume, count):
    """Return clicks inside the ellipsoid's middle, in order."""
    places_ijk = np.random.default_rng(1).uniform(-3, 3, (count, 3)) + np.array([30, 28, 20])
    return PromptSet(transform_points(places_ijk, volume.ijk_to_ras), [1] * count)


def test_two_hundred_points_take_a_dozen_looks_and_each_lies_in_the_mask(bundle):
    volume = ellipsoid_volume(GRIDS["oblique"], (60, 56, 40), radii_mm=(11.0, 9.0, 12.0))[0]
    predictor, seen = Predictor.from_bundle(bundle, device="cpu"), []
    predictor.set_volume(volume)
    prompts = clicks(volume, 200)
    result = predictor.predict(prompts, progress=seen.append)
    assert seen.count("fuse") <= 12
    at = np.floor(ras_to_ijk(prompts.points_ras, volume.ijk_to_ras) + 0.5).astype(int)
    assert result.mask_kji[tuple(at[:, ::-1].T)].all()


def test_a_few_points_in_one_call_are_what_they_are_one_after_another(bundle):
    volume = ellipsoid_volume(GRIDS["oblique"], (60, 56, 40), radii_mm=(11.0, 9.0, 12.0))[0]
    prompts = clicks(volume, MOST_ONE_BY_ONE)
    masks = []
    for counts in ([len(prompts)], range(1, len(prompts) + 1)):
        predictor = Predictor.from_bundle(bundle, device="cpu")
        predictor.set_volume(volume)
        masks.append([predictor.predict(prompts.first(count)) for count in counts][-1].mask_kji)
    np.testing.assert_array_equal(*masks)
