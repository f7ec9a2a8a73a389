"""The cut of a decoder's logits: found where simulated users get most, and nothing else moves."""

import numpy as np
import torch

from sammoe.model.compact import build_compact
from sammoe.model.compact.mask_decoder import BOX_ALONE, Decoded
from sammoe.model.compact.prompt_encoder import CONTEXT_TOKENS
from sammoe.model.sam_moe import SamMoE
from sammoe.training.stages.cuts import LEVELS, find_cuts
from sammoe.training.view_batch import ViewBatch
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


def test_every_level_is_measured_and_the_decoder_stays_as_it_was():
    model = a_model()
    model.general.cuts.fill_(0.2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    cuts = find_cuts(model, model.general, Balls(), views=2)
    assert cuts.best.shape == (3,)
    assert cuts.dice.shape == (3, len(LEVELS))
    assert ((cuts.dice >= 0) & (cuts.dice <= 1))[0].all()
    assert torch.isnan(cuts.dice[1, : LEVELS.index(0)]).all()
    after = model.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


class Doubtful(torch.nn.Module):
    """Not sure of the ball's heart after one click, less from a box, too sure of a rim after more.

    What a box without a click is fed has a padding in the click's place.
    """

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))
        self.register_buffer("cuts", torch.zeros(3))

    def forward(self, image_embedding, prompt_embeddings):
        ball = (image_embedding.patch > 0).float()
        rim = torch.nn.functional.max_pool3d(ball, 5, stride=1, padding=2)
        more = int(prompt_embeddings.sparse.shape[1] > 1 + CONTEXT_TOKENS)
        if more and not prompt_embeddings.dense[:, 0].any():
            more = BOX_ALONE
        on_rim, on_ball = ((-3.0, -0.7), (1.2, 4.0), (-3.0, -0.2))[more]
        logits = -5 * (1 - rim) + on_rim * (rim - ball) + on_ball * ball
        return Decoded(logits - self.cuts[more], torch.zeros(len(ball)), torch.zeros(len(ball), 1))


def test_a_rim_that_is_doubted_is_cut_away_and_a_doubted_object_comes_back():
    cuts = find_cuts(a_model(), Doubtful(), Balls(), views=1)
    assert cuts.best.tolist() == [-1.0, 1.5, -0.5]
    assert cuts.dice[0, LEVELS.index(-1.0)] == cuts.dice[1, LEVELS.index(1.5)] == 1
    assert cuts.dice[0, LEVELS.index(0.0)] == 0
    assert cuts.dice[1, LEVELS.index(1.0)] < 0.8
