"""A fitted crop that differs little from the first look is not encoded a second time."""

import numpy as np
import pytest

from grids import GRIDS, ellipsoid_volume
from sammoe import PromptSet
from sammoe.engine import Predictor, find_crop
from tiny_bundle import write_tiny_bundle


@pytest.fixture
def clicked(tmp_path):
    """A predictor with a volume, and a click in it."""
    made = Predictor.from_bundle(write_tiny_bundle(tmp_path / "tiny").path, device="cpu")
    volume, _mask, centre_ras = ellipsoid_volume(
        GRIDS["oblique"], (60, 56, 40), radii_mm=(11.0, 9.0, 12.0)
    )
    made.set_volume(volume)
    return made, PromptSet([centre_ras], [1])


@pytest.fixture
def an_object_of(monkeypatch):
    """Let the object seem so large that the fitted crop is so many first looks wide."""

    def seems(made, ratio):
        policy = made._policy
        reach_mm = ratio * policy.size * policy.spacing_mm / policy.first_margin / 2
        monkeypatch.setattr(
            find_crop, "expected_distances_mm", lambda _looks: (np.full((2, 3), reach_mm), None)
        )

    return seems


def answer(made, click):
    """Return a first click's result, and how often something was encoded for it."""
    made.reset()
    made._decoding._embeddings.clear()
    stages = []
    return made.predict(click, progress=stages.append), stages.count("encode")


@pytest.mark.parametrize("ratio", [0.75, 1.35])
def test_a_little_smaller_or_larger_the_first_look_s_encoding_serves(
    clicked, an_object_of, monkeypatch, ratio
):
    made, click = clicked
    an_object_of(made, ratio)
    served, encodes = answer(made, click)
    assert served.spacing_mm == pytest.approx([made._policy.spacing_mm] * 3)
    monkeypatch.setattr(find_crop, "FIRST_RATIO", 1.0)
    fitted, more = answer(made, click)
    assert more == encodes + 1
    assert fitted.spacing_mm != served.spacing_mm


@pytest.mark.parametrize("ratio", [0.5, 1.8])
def test_what_is_much_smaller_or_larger_is_looked_at_again(clicked, an_object_of, ratio):
    made, click = clicked
    an_object_of(made, ratio)
    fitted, _encodes = answer(made, click)
    assert fitted.spacing_mm == pytest.approx([ratio * made._policy.spacing_mm] * 3, rel=0.15)
