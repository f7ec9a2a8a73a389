"""The numbers a training ends with, and when a bundle is refused for them."""

import numpy as np
import pytest
import torch

from sammoe.bundle import build_model
from sammoe.model.compact.mask_decoder import Decoded
from sammoe.training.loop.workshop import Workshop
from sammoe.training.objectives.fused_decoder import FusedDecoder
from sammoe.training.stages.measure import measure
from sammoe.training.stages.mixture import Mixture
from sammoe.training.stages.no_forgetting import (
    ForgettingError,
    MeasureOptions,
    TaskNumbers,
    Verdict,
    no_forgetting,
)
from tiny_bundle import write_tiny_bundle
from toy_objective import Balls

HOW = {"samples": 3, "clicks": 2, "size": 32}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Two experts; the gate's column of `liver` is raised."""
    return build_model(write_tiny_bundle(tmp_path_factory.mktemp("mixture") / "bundle"))


def verdict(before: float, after: float, *tasks: TaskNumbers) -> Verdict:
    return Verdict(before, after, 0.05, tasks, 40)


def test_the_numbers_are_printed_as_before_and_after_with_the_difference():
    task = TaskNumbers("lesion", general=0.50, alone=0.70, mixture=0.68, routed=0.9)
    lines = verdict(0.612, 0.608, task).lines()
    assert lines[0].startswith("general: 0.612 -> 0.608 (-0.004)")
    assert "5% of 40 general prompts" in lines[0]
    assert lines[2] == "lesion: expert's gain kept: 90 %"


def test_an_expert_that_gains_nothing_has_nothing_to_keep():
    task = TaskNumbers("lesion", general=0.7, alone=0.6, mixture=0.7, routed=0.0)
    assert task.gain_kept is None
    assert "none to keep" in verdict(0.6, 0.6, task).lines()[-1]


@pytest.mark.parametrize(("after", "refused"), [(0.60, False), (0.591, False), (0.589, True)])
def test_a_loss_of_more_than_a_hundredth_is_refused_unless_it_is_forced(after, refused):
    found = verdict(0.60, after)
    assert found.forgets is refused
    found.check(force=True)
    if refused:
        with pytest.raises(ForgettingError, match=r"from 0\.600 to 0\.589"):
            found.check()
    else:
        found.check()


def test_a_mixture_that_never_takes_an_expert_is_the_general_decoder(model):
    never = measure(model, [1.0, 1.0], Balls(), **HOW)
    assert never.dice["mixture"] == never.dice["general"]
    assert never.routed == {"liver": 0.0, "vessels": 0.0, "general": 1.0}


def test_a_mixture_that_always_takes_an_expert_differs_and_is_counted(model):
    how = {"decoders": ("general", "liver", "mixture"), **HOW}
    always = measure(model, [0.0, 0.0], Balls(), **how)
    assert always.routed["liver"] == 1.0
    assert set(always.dice) == {"general", "liver", "mixture"}
    assert always == measure(model, [0.0, 0.0], Balls(), **how)


def test_the_same_model_before_and_after_forgets_nothing(model, tmp_path):
    same = Mixture(model, [0.5, 0.5])
    found = no_forgetting(
        Workshop(tmp_path), same, same, general=Balls(), tasks={"liver": Balls()},
        options=MeasureOptions(samples=2, clicks=2, general_parts=2),
    )  # fmt: skip
    assert found.before == found.after
    assert found.tasks[0].expert == "liver"
    assert found.misrouted == 1.0
    assert found.samples == 4


class Constant(torch.nn.Module):
    """A decoder that always gives the same logits, with or without a quality."""

    def __init__(self, value: float, *, rated: bool) -> None:
        super().__init__()
        self.value, self.rated = value, rated

    def forward(self, *_):
        logits = torch.full((2, 1, 2, 2, 2), self.value)
        return Decoded(logits, logits[:, 0, 0, 0, 0], logits[:, 0, 0, 0]) if self.rated else logits


@pytest.mark.parametrize("rated", [False, True])
def test_fused_logits_are_the_papers_mixture_for_every_row(rated):
    parts = (Constant(1.0, rated=rated), Constant(5.0, rated=rated))
    for weight, means in ((torch.tensor(0.25), [2.0, 2.0]), (torch.tensor([0.0, 1.0]), [1.0, 5.0])):
        fused = FusedDecoder(*parts, weight)(None)
        logits = fused.mask_logits if rated else fused
        assert np.allclose(logits.mean(dim=(1, 2, 3, 4)), means)
