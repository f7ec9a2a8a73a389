"""A request nobody wants any more ends between two layers, not at the end of a stage."""

import numpy as np
import pytest

from grids import GRIDS, ellipsoid_volume
from sammoe import PromptSet
from sammoe.bundle import build_model
from sammoe.engine import Cancelled, Predictor
from tiny_bundle import write_tiny_bundle


@pytest.fixture(scope="module")
def a_bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


def test_an_encoder_is_left_in_the_middle_and_the_next_click_is_answered(a_bundle):
    model = build_model(a_bundle)
    layers = []
    for name, module in model.named_modules():
        if next(module.children(), None) is None:
            module.register_forward_hook(lambda *_, name=name: layers.append(name))
    predictor = Predictor(model, a_bundle.card, bundle_hash=a_bundle.hash, device="cpu")
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"], (40, 36, 24), radii_mm=(9, 8, 10))
    predictor.set_volume(volume)
    click = PromptSet([centre_ras], [1])
    with pytest.raises(Cancelled):
        predictor.predict(click, cancelled=lambda: len(layers) >= 3)
    assert len(layers) == 3
    result = predictor.predict(click)
    fresh = Predictor(build_model(a_bundle), a_bundle.card, bundle_hash="x", device="cpu")
    fresh.set_volume(volume)
    np.testing.assert_array_equal(result.mask_kji, fresh.predict(click).mask_kji)
