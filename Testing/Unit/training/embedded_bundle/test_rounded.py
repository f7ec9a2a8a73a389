"""Rounded weights are nearly the same, are half floats as they are, and compress."""

import zlib

import torch
from torch import nn

from sammoe.training.embedded_bundle.rounded import STEPS, rounded


class Scaled(nn.Linear):
    """A layer with a table it was not taught."""

    def __init__(self):
        super().__init__(200, 64)
        self.register_buffer("spread", torch.logspace(-4, 2, 40).reshape(2, 20))


def test_what_was_learnt_is_rounded_to_steps_of_a_rows_own_largest_weight():
    torch.manual_seed(0)
    layer = Scaled()
    with torch.no_grad():
        layer.weight.mul_(torch.logspace(-3, 1, 64)[:, None])
        layer.weight[5] = 0.0
    before, found = layer.state_dict(), rounded(layer)
    assert found.keys() == before.keys()
    assert torch.equal(found["bias"], before["bias"])
    assert torch.equal(found["spread"], before["spread"])
    largest = before["weight"].abs().amax(dim=1, keepdim=True)
    off = (found["weight"] - before["weight"]).abs()
    assert (off <= largest / STEPS).all()
    assert off.max() > 0
    assert torch.equal(found["weight"].half().float(), found["weight"])
    sizes = [len(zlib.compress(s["weight"].half().numpy().tobytes(), 9)) for s in (found, before)]
    assert sizes[0] < 0.8 * sizes[1]
