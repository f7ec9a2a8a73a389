"""The cut of a decoder's logits: found where simulated users get most, and nothing else moves."""

import numpy as np
import torch

from sammoe.model.compact import build_compact
from sammoe.model.sam_moe import SamMoE
from sammoe.training.mask_threshold import CUTS, best_cut, dice_by_cut
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


def test_dice_is_measured_for_every_cut_and_the_decoder_stays_as_it_was():
    model = a_model()
    model.general.cut.fill_(0.2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    dice = dice_by_cut(model, model.general, Balls(), views=2)
    assert dice.shape == (len(CUTS),)
    assert ((dice >= 0) & (dice <= 1)).all()
    after = model.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


class TooFat(torch.nn.Module):
    """Draws the ball, and around it a rim it is hardly sure of."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))
        self.register_buffer("cut", torch.zeros(()))

    def forward(self, image_embedding, prompt_embeddings):
        ball = (image_embedding.patch > 0).float()
        rim = torch.nn.functional.max_pool3d(ball, 5, stride=1, padding=2)
        logits = -5 + 6.2 * rim + 4 * ball
        return logits - self.cut, torch.zeros(len(ball))


def test_the_cut_that_takes_a_doubtful_rim_away_is_found():
    dice = dice_by_cut(a_model(), TooFat(), Balls(), views=1)
    assert best_cut(dice) == 1.5
    assert dice[CUTS.index(1.5)] == 1
    assert (dice[: CUTS.index(1.5)] < 0.8).all()


def test_the_best_cut_is_the_one_of_the_highest_dice():
    assert best_cut(torch.tensor([0.1, 0.2, 0.6, 0.4, 0.3])) == CUTS[2]
