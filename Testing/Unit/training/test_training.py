"""What training lowers, how users are played, and what a gate learns."""

import numpy as np
import torch

from sammoe.model.compact import build_compact
from sammoe.model.gate import Gate
from sammoe.training.gate.fit import (
    GateBank,
    GateOptions,
    calibrate_tau,
    gate_scores,
    routing,
    train_gate,
)
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
    plan = Plan(clicks=1, box=False, rough_mask=False, forget=False, learn_first=False)
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
        assert outcome.point_coords.shape == (2, plan.clicks, 3)
        assert torch.isfinite(outcome.loss).all()


def test_a_perfect_mask_costs_less_than_a_wrong_one_and_an_empty_one():
    masks, _ = a_ball(1)
    perfect = (masks[:, None].float() - 0.5) * 20
    assert mask_loss(perfect, masks) < 0.01
    assert mask_loss(-perfect, masks) > mask_loss(torch.full_like(perfect, -10.0), masks) > 1
    assert intersection_over_union(perfect, masks) == 1
    assert intersection_over_union(-perfect, masks) == 0


def a_bank(count=30):
    """Class 0 and 1 differ from 'general' in what lies at the click."""
    torch.manual_seed(1)
    classes = torch.arange(count) % 3
    local = torch.randn(count, 2, 6) * 0.2
    local[:, :, :3] += torch.nn.functional.one_hot(classes, 3)[:, None].float() * 2
    labels = torch.ones(count, 2).long()
    return GateBank(torch.randn(count, 2, 8), torch.randn(count, 9, 8), local, labels, classes)


def test_a_trained_gate_routes_each_class_to_its_column():
    torch.manual_seed(0)
    gate = Gate(embed_dim=8, local_dim=6, num_experts=2, width=16, heads=2)
    train_gate(gate, a_bank(), options=GateOptions(steps=60, batch=16, learning_rate=1e-2))
    bank = a_bank()
    scores = gate_scores(gate, bank)
    torch.testing.assert_close(scores.sum(1), torch.ones(30))
    shares = routing(scores, bank.classes, [0.5, 0.5])
    assert min(shares.values()) > 0.8


def test_the_calibrated_threshold_keeps_general_prompts_from_the_experts():
    torch.manual_seed(0)
    classes = torch.cat([torch.full((200,), 2), torch.zeros(50).long(), torch.ones(50).long()])
    wrong = torch.rand(200, 1) * 0.9
    general = torch.cat([wrong, (1 - wrong) * 0.3, (1 - wrong) * 0.7], dim=1)
    own = torch.tensor([[0.97, 0.02, 0.01]] * 50 + [[0.02, 0.97, 0.01]] * 50)
    scores = torch.cat([general, own])
    tau = calibrate_tau(scores, classes, least=[0.5, 0.5])
    shares = routing(scores, classes, tau)
    assert shares["general"] >= 0.95
    assert shares["0"] == shares["1"] == 1.0
    assert all(0.5 <= threshold <= 0.97 for threshold in tau)
