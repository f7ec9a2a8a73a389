"""Weights stored as small differences."""

import pytest
import torch

from sammoe.bundle.difference import STEP, packed, unpacked
from sammoe.errors import CheckpointError


@pytest.fixture
def base():
    torch.manual_seed(0)
    return {"layer.weight": torch.randn(8, 4, 3, 3, 3), "layer.bias": torch.randn(8)}


@pytest.fixture
def moved(base):
    return {name: value + 0.2 * torch.randn_like(value) for name, value in base.items()}


def test_they_come_back_to_a_fiftieth_of_the_difference(base, moved):
    back = unpacked(packed(moved, base), base, what="here")
    assert list(back) == list(base)
    for name, value in moved.items():
        error = (back[name] - value).norm() / (value - base[name]).norm()
        assert error < 0.02


def test_they_take_a_byte_each_and_what_did_not_move_is_exact(base):
    differences = packed(base, base)
    assert differences["layer.weight"].dtype == torch.int8
    assert not differences["layer.weight"].any()
    back = unpacked(differences, base, what="here")
    assert all(torch.equal(back[name], value) for name, value in base.items())


def test_differences_to_something_else_are_refused(base, moved):
    differences = packed(moved, base)
    other = base | {"layer.weight": torch.randn(4, 4, 3, 3, 3)}
    without_step = {n: v for n, v in differences.items() if n != "layer.bias" + STEP}
    without_name = {"layer.bias": base["layer.bias"]}
    for found, general in ((differences, other), (without_step, base), (differences, without_name)):
        with pytest.raises(CheckpointError, match=r"boxes: layer\.\w+ does not belong"):
            unpacked(found, general, what="boxes")
