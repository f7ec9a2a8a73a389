"""What the general decoder drew, as the gate sees it."""

import pytest
import torch
from torch.nn import functional as F

from apple_gpu import AppleGpu
from sammoe.model.compact import build_compact
from sammoe.model.drawn_mask import (
    AROUND,
    DEPTHS,
    INSIDE,
    SHAPE,
    SHAPE_NUMBERS,
    drawn_mask_tokens,
)
from tiny_compact import TINY


@pytest.fixture(scope="module")
def backbone():
    torch.manual_seed(0)
    return build_compact(**TINY)[0].eval()


def logits_of(*boxes, size=24):
    logits = torch.full((len(boxes), 1, size, size, size), -5.0)
    for row, box in enumerate(boxes):
        logits[(row, 0, *(slice(low, high) for low, high in box))] = 5.0
    return logits


CUBE = ((8, 16), (8, 16), (8, 16))
ROD = ((2, 22), (11, 13), (11, 13))
NOTHING = ((0, 0), (0, 0), (0, 0))


def tokens_of(backbone, *boxes):
    with torch.no_grad():
        embedding = backbone.encode_image(torch.rand(len(boxes), 1, 24, 24, 24))
        return drawn_mask_tokens(backbone, embedding, logits_of(*boxes))


def test_there_are_three_tokens_of_the_local_features_width(backbone):
    tokens, labels = tokens_of(backbone, CUBE, ROD)
    assert tokens.shape == (2, 3, backbone.local_dim)
    assert labels.tolist() == [[INSIDE, AROUND, SHAPE]] * 2


def test_a_rod_and_a_cube_differ_in_shape_and_a_shifted_cube_does_not(backbone):
    moved = ((6, 14), (9, 17), (10, 18))
    tokens, _ = tokens_of(backbone, CUBE, moved, ROD)
    shape = tokens[:, 2, :SHAPE_NUMBERS]
    torch.testing.assert_close(shape[0], shape[1])
    assert (shape[0] - shape[2]).abs().max() > 0.5


def test_the_shape_says_how_much_of_it_is_thick(backbone):
    tokens, _ = tokens_of(backbone, CUBE, ROD, ((0, 24), (0, 24), (0, 24)))
    cube, rod, whole = tokens[:, 2, SHAPE_NUMBERS - len(DEPTHS) : SHAPE_NUMBERS]
    # Of 8^3 voxels 6^3 lie a voxel below the surface, 4^3 two; of a rod two voxels wide none.
    assert cube.tolist() == pytest.approx([6**3 / 8**3, 4**3 / 8**3, 0, 0])
    assert rod.tolist() == [0, 0, 0, 0]
    assert whole.tolist() == [1, 1, 1, 1]  # Nothing is known beyond the patch.


def thick_parts(drawn):
    """Return, literally, how much of a mask has no background within each of `DEPTHS` voxels."""
    background = (~drawn).float()[None, None]
    parts = []
    for depth in DEPTHS:
        near = F.max_pool3d(background, 2 * depth + 1, stride=1, padding=depth)[0, 0] > 0
        parts.append(float((drawn & ~near).sum() / drawn.sum()))
    return parts


@pytest.mark.parametrize("seed", range(6))
def test_what_is_thick_is_counted_as_if_literally(backbone, seed):
    generator = torch.Generator().manual_seed(seed)
    low = torch.randint(-8, 14, (4, 3), generator=generator).clamp(min=0)
    high = (low + torch.randint(3, 20, (4, 3), generator=generator)).clamp(max=24)
    logits = logits_of(NOTHING)
    for corners in zip(low.tolist(), high.tolist(), strict=True):
        logits[(0, 0, *(slice(a, b) for a, b in zip(*corners, strict=True)))] = 5.0
    with torch.no_grad():
        embedding = backbone.encode_image(torch.rand(1, 1, 24, 24, 24))
        tokens, _ = drawn_mask_tokens(backbone, embedding, logits)
    counted = tokens[0, 2, SHAPE_NUMBERS - len(DEPTHS) : SHAPE_NUMBERS]
    assert counted.tolist() == pytest.approx(thick_parts(logits[0, 0] > 0))


def test_grey_values_inside_around_and_overall_go_with_the_shape(backbone):
    patch = torch.full((1, 1, 24, 24, 24), -1.0)
    patch[:, :, :10] = 0.0
    patch[:, :, 8:16, 8:16, 8:16] = 0.7
    with torch.no_grad():
        tokens, _ = drawn_mask_tokens(backbone, backbone.encode_image(patch), logits_of(CUBE))
    inside, spread, around, _, *quantiles, lowest, highest = tokens[0, 2, SHAPE_NUMBERS:][:11]
    assert inside.item() == pytest.approx(0.7)
    assert spread < 1e-5
    assert -1 < around < 0
    assert [q.item() for q in quantiles] == pytest.approx([-1, -1, -1, 0, 0])
    assert lowest.item() == pytest.approx((patch == -1).float().mean().item())
    assert highest == 0


def test_what_lies_outside_reaches_only_the_token_of_the_surroundings(backbone):
    features = torch.zeros(1, 1, 24, 24, 24)
    features[:, :, 8:16, 8:16, 8:16] = 0.7
    grey = TINY["quarter_dim"] + TINY["half_dim"]  # the mean of the grey value itself
    with torch.no_grad():
        embedding = backbone.encode_image(features)
        tokens, _ = drawn_mask_tokens(backbone, embedding, logits_of(CUBE))
    assert tokens[0, 0, grey] > tokens[0, 1, grey] + 0.1


def test_an_empty_mask_says_nothing_of_regions_and_stays_finite(backbone):
    tokens, _ = tokens_of(backbone, NOTHING)
    assert torch.isfinite(tokens).all()
    assert not tokens[0, 0].any()


def test_apple_s_gpu_which_has_no_float64_describes_the_same(backbone):
    logits = logits_of(CUBE, ROD)
    with torch.no_grad():
        embedding = backbone.encode_image(torch.rand(2, 1, 24, 24, 24))
        expected, _ = drawn_mask_tokens(backbone, embedding, logits)
        with AppleGpu():
            tokens, _ = drawn_mask_tokens(backbone, embedding, logits)
    assert torch.equal(tokens, expected)
