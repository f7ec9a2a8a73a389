"""An expert that was chosen from a box alone is asked about again when two clicks are there."""

import numpy as np
import pytest

from exact_predictor import ExactPredictor
from grids import GRIDS, ellipsoid_volume
from sammoe import PredictOptions, PromptSet
from sammoe.engine.routing import LEAST_LATCHED, RECONSIDERED
from similar_grey import ChangingGate


def chosen(chance, *, box=True, options=None, clicks=RECONSIDERED + 1):
    """Return who is chosen at every step, from the first prompt on, and how often it was asked."""
    gate = ChangingGate(1.0, chance)
    predictor = ExactPredictor(experts=[("one", 0.5)], gate=gate)
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor.set_volume(volume)
    places = [centre_ras + np.array([0.1 * n, 0, 0]) for n in range(clicks)]
    box_ras = np.stack([centre_ras - 14, centre_ras + 14]) if box else None
    steps = [
        predictor.predict(PromptSet(places[:n], [1] * n, box_ras=box_ras), options).expert
        for n in range(0 if box else 1, clicks + 1)
    ]
    return steps, gate.asked


def test_an_expert_that_two_clicks_in_the_box_speak_against_is_given_up():
    assert chosen(LEAST_LATCHED - 0.1) == (["one", "one", None, None], 2)


def test_it_stays_while_the_gate_holds_it_for_possible():
    assert chosen(LEAST_LATCHED + 0.1) == (["one", "one", "one", "one"], 2)


def test_one_that_was_chosen_at_a_click_is_not_asked_about_again():
    assert chosen(0.01, box=False) == (["one", "one", "one"], 1)


@pytest.mark.parametrize("options", [PredictOptions(expert="one"), PredictOptions(tau=0.2)])
def test_nor_is_one_that_was_pinned_or_found_with_another_threshold(options):
    assert chosen(0.01, options=options)[0] == ["one"] * 4
