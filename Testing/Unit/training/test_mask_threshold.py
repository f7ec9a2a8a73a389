"""The cut of a decoder's logits: found where simulated users get most, and nothing else moves."""

import numpy as np
import torch

from sammoe.model.compact import build_compact
from sammoe.model.compact.prompt_encoder import BOX_GIVEN
from sammoe.model.sam_moe import SamMoE
from sammoe.training.mask_threshold import LEVELS, find_cuts
from sammoe.training.synthetic.views import ViewBatch
from tiny_compact import TINY


class Balls:
    """Bright balls on a dark ground."""

    def sample(self, rng: np.random.Generator, *, views, objects, size):
        grid = torch.stack(torch.meshgrid(*[torch.arange(size)] * 3, indexing="ij"), -1)
        mask = ((grid - size // 2) ** 2).sum(-1) <= (size // 4) ** 2
        patch = mask[None, None].float() * 1.6 - 0.8
        return ViewBatch(
            patch,
            mask[None].repeat(objects, 1, 1, 1),
            torch.zeros(objects).long(),
            np.zeros(objects),
        )


def a_model():
    torch.manual_seed(0)
    backbone, general = build_compact(**TINY, patch_size=16)
    return SamMoE(backbone, general=general).eval()


def test_every_stage_is_measured_and_the_decoder_stays_as_it_was():
    model = a_model()
    model.general.cuts.fill_(0.2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    cuts = find_cuts(model, model.general, Balls(), views=2)
    assert cuts.best.shape == (3,)
    assert cuts.dice.shape == (3, len(LEVELS))
    assert ((cuts.dice >= 0) & (cuts.dice <= 1))[:2].all()
    assert torch.isnan(cuts.dice[2, : LEVELS.index(0)]).all()
    after = model.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


class Doubtful(torch.nn.Module):
    """Sure of the ball's heart only with a box, and too sure of a rim around it after clicks."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))
        self.register_buffer("cuts", torch.zeros(3))

    def forward(self, image_embedding, prompt_embeddings):
        ball = (image_embedding.patch > 0).float()
        rim = torch.nn.functional.max_pool3d(ball, 5, stride=1, padding=2)
        clicks = prompt_embeddings.sparse.shape[1]
        boxed = bool(prompt_embeddings.dense[:, BOX_GIVEN].any())
        stage = 0 if boxed else min(clicks, 2)
        rim_logit = (-3.0, 0.7, 1.2)[stage]
        logits = -5 + (5 + rim_logit) * rim + (-0.7 - rim_logit if stage == 0 else 4) * ball
        return logits - self.cuts[stage], torch.zeros(len(ball))


def test_a_rim_that_is_doubted_is_cut_away_and_a_doubted_object_comes_back():
    cuts = find_cuts(a_model(), Doubtful(), Balls(), views=1)
    assert cuts.best.tolist() == [-1.0, 1.0, 1.5]
    for stage in range(3):
        assert cuts.dice[stage, LEVELS.index(cuts.best[stage])] == 1


def test_without_boxes_a_box_alone_keeps_no_cut():
    cuts = find_cuts(a_model(), Doubtful(), Balls(), views=1, boxes=False)
    assert cuts.best.tolist() == [0, 1.0, 1.5]
    assert torch.isnan(cuts.dice[0]).all()
