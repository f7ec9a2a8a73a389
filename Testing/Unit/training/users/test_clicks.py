"""Simulated users of a batch click in objects and errors, and draw boxes around them."""

import numpy as np
import pytest
import torch

from sammoe.training.users.clicks import first_clicks, jittered_boxes, next_clicks


def ball(centre, radius, size=16):
    grid = np.stack(np.meshgrid(*[np.arange(size)] * 3, indexing="ij"), -1)
    return ((grid - np.array(centre)) ** 2).sum(-1) <= radius**2


def a_generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("size", [16, 32])
def test_quick_clicks_lie_in_the_object_or_in_an_error_of_their_sign(size):
    rng = np.random.default_rng(3)
    masks = np.stack([ball(rng.uniform(5, 11, 3), 2 + n % 3, size) for n in range(12)])
    shown = np.stack([ball(rng.uniform(5, 11, 3), 3, size) for _ in range(12)])
    masks_t, logits = torch.from_numpy(masks), torch.from_numpy(shown).float()[:, None] - 0.5
    points, labels = first_clicks(masks_t, a_generator())
    assert (labels == 1).all()
    for mask, point in zip(masks, points.long().tolist(), strict=True):
        assert mask[tuple(point)]
    points, labels = next_clicks(masks_t, logits, a_generator())
    for row, (point, label) in enumerate(zip(points.long().tolist(), labels.tolist(), strict=True)):
        assert masks[row][tuple(point)] == (label == 1)
        assert masks[row][tuple(point)] != shown[row][tuple(point)]


def test_quick_clicks_repeat_with_the_same_seed_and_differ_with_another():
    masks = torch.from_numpy(np.stack([ball((8, 8, 8), 6)] * 8))
    same = [first_clicks(masks, a_generator(5))[0] for _ in range(2)]
    assert torch.equal(*same)
    assert not torch.equal(same[0], first_clicks(masks, a_generator(6))[0])


def test_a_box_without_jitter_holds_the_object_exactly():
    mask = torch.zeros(1, 16, 16, 16, dtype=torch.bool)
    mask[0, 3:7, 2:9, 5:6] = True
    box = jittered_boxes(mask, a_generator(), jitter=0.0)
    assert box[0].tolist() == [[2.5, 1.5, 4.5], [6.5, 8.5, 5.5]]


def test_a_jittered_box_has_its_low_corner_below_its_high_one():
    masks = torch.from_numpy(np.stack([ball((8, 8, 8), 3)] * 50))
    box = jittered_boxes(masks, a_generator(), jitter=0.6)
    assert (box[:, 0] < box[:, 1]).all()
