"""What training lowers, and how users are played."""

import numpy as np
import torch

from sammoe.model.compact import build_compact
from sammoe.training.objectives.losses import intersection_over_union, mask_loss
from sammoe.training.users.rollout import Plan, draw_plan, play
from tiny_compact import TINY


def a_ball(rows=2, size=16):
    grid = torch.stack(torch.meshgrid(*[torch.arange(size)] * 3, indexing="ij"), -1)
    mask = ((grid - size // 2) ** 2).sum(-1) <= (size // 4) ** 2
    masks = mask[None].repeat(rows, 1, 1, 1)
    return masks, masks[:, None].float() * 1.6 - 0.8


def test_twenty_steps_on_one_object_lower_the_loss():
    torch.manual_seed(0)
    backbone, decoder = build_compact(**TINY)
    masks, patches = a_ball()
    weights = [*backbone.parameters(), *decoder.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=1e-2)
    plan = Plan(clicks=1)
    losses = []
    for step in range(20):
        generator = torch.Generator().manual_seed(step)
        embedding = backbone.encode_image(patches)
        loss = play(backbone, decoder, embedding, masks, plan=plan, generator=generator).loss.mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-3:]) < 0.85 * np.mean(losses[:3])


def test_every_plan_can_be_played_and_ends_with_as_many_clicks_as_planned():
    torch.manual_seed(0)
    backbone, decoder = build_compact(**TINY)
    masks, patches = a_ball()
    embedding = backbone.encode_image(patches)
    for seed in range(6):
        plan = draw_plan(np.random.default_rng(seed))
        generator = torch.Generator().manual_seed(seed)
        outcome = play(backbone, decoder, embedding, masks, plan=plan, generator=generator)
        assert outcome.point_coords.shape == (2, plan.clicks + plan.late, 3)
        assert torch.isfinite(outcome.loss).all()


def test_a_perfect_mask_costs_less_than_a_wrong_one_and_an_empty_one():
    masks, _ = a_ball(1)
    perfect = (masks[:, None].float() - 0.5) * 20
    assert mask_loss(perfect, masks) < 0.01
    assert mask_loss(-perfect, masks) > mask_loss(torch.full_like(perfect, -10.0), masks) > 1
    assert intersection_over_union(perfect, masks) == 1
    assert intersection_over_union(-perfect, masks) == 0
