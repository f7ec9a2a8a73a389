"""What the first look drew is shown early only where it is sure, whole and not the last word."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from grids import GRIDS, ellipsoid_volume
from sammoe import PromptSet
from sammoe.engine import Predictor, preview, steps
from sammoe.engine.objects import certainty
from sammoe.overlap import dice
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
def a_ball(monkeypatch):
    """The first look draws a ball around its middle, whatever it sees; the later ones as usual."""
    place = torch.arange(32) - 16.0
    distance = (place[:, None, None] ** 2 + place[:, None] ** 2 + place**2).sqrt()
    radius, sharpness = [8.0], [1.0]

    def show(decoding, card, question, crop, logits, _quality):
        step = len(distance) // len(logits)
        ball = (radius[0] - distance) * sharpness[0]
        drawn = ball.numpy()[::step, ::step, ::step]
        return preview.preview_of(decoding, card, question, crop, drawn, 0.9)

    monkeypatch.setattr(steps, "preview_of", show)
    return SimpleNamespace(radius=radius, sharpness=sharpness)


def test_it_comes_before_the_answer_and_changes_nothing(clicked, a_ball):
    made, click = clicked
    seen = []
    result = made.predict(click, preview=seen.append, progress=seen.append)
    quick, early = (one for one in seen if not isinstance(one, str))
    assert seen.index(early) < seen.index("gate")
    assert seen[: seen.index(quick)].count("encode") == 1
    assert quick.spacing_mm == tuple(2 * mm for mm in early.spacing_mm)
    for shown in (quick, early):
        assert shown.mask_box_kji.any()
        assert shown.expert is None
    assert dice(quick.mask_kji, early.mask_kji) > 0.85
    made.reset()
    np.testing.assert_array_equal(made.predict(click).mask_kji, result.mask_kji)


def test_what_meets_the_border_of_the_look_is_not_shown(clicked, a_ball):
    made, click = clicked
    a_ball.radius[0] = 40.0
    seen = []
    made.predict(click, preview=seen.append)
    assert seen == []


def test_an_unsure_look_is_not_shown(clicked, monkeypatch):
    made, click = clicked
    seen = []
    monkeypatch.setattr(preview, "SURE", 1.1)
    made.predict(click, preview=seen.append)
    assert seen == []


def test_a_mask_of_middling_chances_is_not_shown(clicked, a_ball):
    made, click = clicked
    a_ball.sharpness[0] = 0.1
    seen = []
    made.predict(click, preview=seen.append)
    assert seen == []


@pytest.mark.parametrize(("logit", "expected"), [(20.0, 1.0), (0.0, 0.0), (1e-6, 2 / 3)])
def test_certainty_is_the_dice_of_a_mask_with_its_own_chances(logit, expected):
    logits = np.full((4, 4, 4), -20.0, np.float32)
    logits[:2] = logit
    assert certainty(logits) == pytest.approx(expected, abs=1e-3)


def test_a_second_click_has_none(clicked, a_ball):
    made, click = clicked
    made.predict(click)
    seen = []
    made.predict(click.with_point(click.points_ras[0] + 3, 1), preview=seen.append)
    assert seen == []
