"""What training lowers, and how users are played."""

import numpy as np
import torch

from sammoe.model.compact import build_compact
from sammoe.model.compact.mask_decoder import Decoded
from sammoe.prompts import PADDING
from sammoe.training.objectives.losses import intersection_over_union, mask_loss
from sammoe.training.users.plans import Plan, draw_plan, draw_second_plan, exact_user
from sammoe.training.users.rollout import play
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


def test_who_begins_with_a_box_alone_is_given_its_views_box_and_clicks_on_errors_only():
    torch.manual_seed(0)
    backbone, decoder = build_compact(**TINY)
    masks, patches = a_ball()
    boxes = torch.tensor([[[3.0] * 3, [12.0] * 3], [[4.0] * 3, [13.0] * 3]])
    fed = []
    encode = backbone.encode_prompts
    backbone.encode_prompts = lambda *a, **named: fed.append(named) or encode(*a, **named)
    clicks = set()
    plans = [draw_second_plan(np.random.default_rng(seed)) for seed in range(40)]
    for seed, plan in enumerate(plan for plan in plans if plan.boxed):
        clicks.add(plan.clicks)
        generator = torch.Generator().manual_seed(seed)
        embedding = backbone.encode_image(patches)
        outcome = play(
            backbone, decoder, embedding, masks, plan=plan, generator=generator, boxes=boxes
        )
        assert outcome.point_labels[:, 0].tolist() == [PADDING, PADDING]
        assert torch.isfinite(outcome.loss).all()
    assert all(torch.equal(named["box"], boxes) for named in fed)
    assert len(clicks) > 2


class Draws:
    """Draws one thing after the other, the last one ever again."""

    def __init__(self, *logits):
        self.waiting = list(logits)

    def __call__(self, image_embedding, prompts):
        logits = self.waiting.pop(0) if len(self.waiting) > 1 else self.waiting[0]
        return Decoded(logits, torch.zeros(len(logits)), torch.zeros(len(logits), 1))


def fed_with(decoder, masks, patches, plan, **named):
    """Return what the prompt encoder was given, click by click."""
    backbone, _ = build_compact(**TINY)
    fed, encode = [], backbone.encode_prompts
    backbone.encode_prompts = lambda *a, **some: fed.append(some) or encode(*a, **some)
    with torch.no_grad():
        play(
            backbone, decoder, backbone.encode_image(patches), masks, plan=plan,
            generator=torch.Generator().manual_seed(1), **named,
        )  # fmt: skip
    return fed


def test_who_corrects_is_shown_masks_that_change_as_the_product_lets_them():
    masks, patches = a_ball()
    too_much = (masks[:, None].float() - 0.5) * 6
    too_much[:, :, :4] = 3.0
    everything = torch.full_like(too_much, 5.0)
    for one_way, shown in ((True, too_much), (False, everything)):
        decoder = Draws(too_much, everything)
        fed = fed_with(decoder, masks, patches, Plan(3, one_way=one_way))
        assert fed[1]["point_labels"].tolist() == [[1, 0]] * 2
        assert torch.equal(fed[2]["mask_logits"], shown)


def test_a_decoder_beside_is_averaged_where_nothing_is_learned():
    masks, patches = a_ball()
    three, one = torch.full((2, 1, 16, 16, 16), 3.0), torch.full((2, 1, 16, 16, 16), 1.0)
    (_, second) = fed_with(Draws(three), masks, patches, Plan(2), beside=Draws(one))
    assert (second["mask_logits"] == 2.0).all()
    learnt = Plan(2, learn_first=True)
    (_, second) = fed_with(Draws(three), masks, patches, learnt, beside=Draws(one))
    assert (second["mask_logits"] == 3.0).all()


def test_the_second_decoders_users_begin_with_a_box_alone_or_correct():
    plans = [draw_second_plan(np.random.default_rng(seed)) for seed in range(60)]
    assert 10 < sum(plan.boxed for plan in plans) < 40
    assert all(plan.one_way and plan.clicks > 3 for plan in plans if not plan.boxed)


def test_a_perfect_mask_costs_less_than_a_wrong_one_and_an_empty_one():
    masks, _ = a_ball(1)
    perfect = (masks[:, None].float() - 0.5) * 20
    assert mask_loss(perfect, masks) < 0.01
    assert mask_loss(-perfect, masks) > mask_loss(torch.full_like(perfect, -10.0), masks) > 1
    assert intersection_over_union(perfect, masks) == 1
    assert intersection_over_union(-perfect, masks) == 0


def test_what_is_drawn_where_nobody_annotated_is_neither_right_nor_wrong():
    """A decoder that draws the object, and all of the half of the patch that is not annotated."""
    torch.manual_seed(0)
    backbone, _ = build_compact(**TINY)
    masks, patches = a_ball()
    ignored = torch.zeros_like(masks)
    ignored[..., 10:] = True
    ignored &= ~masks
    drawn = ((masks | ignored)[:, None].float() - 0.5) * 20

    def decoder(image_embedding, prompts):
        return Decoded(drawn, torch.zeros(len(masks)), torch.zeros(len(masks), 1))

    plan = exact_user(3)
    embedding = backbone.encode_image(patches)
    outcomes = [
        play(
            backbone, decoder, embedding, masks, plan=plan,
            generator=torch.Generator().manual_seed(1), ignored=where,
        )
        for where in (ignored, None)
    ]  # fmt: skip
    assert outcomes[0].dice.tolist() == [1.0, 1.0]
    assert (outcomes[1].dice < 0.7).all()
    assert (outcomes[0].loss < outcomes[1].loss - 0.5).all()
    clicked = outcomes[0].point_coords.round().long()
    for row, points in enumerate(clicked):
        assert not any(ignored[(row, *point)] for point in points.tolist())
