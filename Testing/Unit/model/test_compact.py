"""The compact family: any patch size, rows independent of each other, prompts that matter."""

import pytest
import torch

from sammoe.errors import PromptError
from sammoe.model.backbone import Backbone
from sammoe.model.compact import build_compact
from sammoe.model.compact.contrast_norm import ContrastNorm
from sammoe.model.compact.extent_head import ExtentHead
from sammoe.model.compact.layers import depth_to_space, space_to_depth
from sammoe.model.compact.prompt_encoder import CONTEXT_TOKENS
from sammoe.model.extent import extent_loss, extent_targets
from tiny_compact import TINY


@pytest.fixture
def model():
    torch.manual_seed(0)
    backbone, decoder = build_compact(**TINY)
    return backbone.eval(), decoder.eval()


def answer(model, patch, **prompts):
    backbone, decoder = model
    with torch.no_grad():
        embedding = backbone.encode_image(patch)
        return backbone.decode(decoder, embedding, backbone.encode_prompts(embedding, **prompts))


def clicks(rows, size):
    torch.manual_seed(1)
    labels = torch.tensor([[1, 0, 1]] * rows)
    return {"point_coords": torch.rand(rows, 3, 3) * (size - 1), "point_labels": labels}


def test_it_fulfils_the_protocol_gate_and_engine_know(model):
    assert isinstance(model[0], Backbone)


@pytest.mark.parametrize("size", [16, 32, 64])
def test_logits_have_the_size_of_the_patch(model, size):
    logits = answer(model, torch.rand(1, 1, size, size, size), **clicks(1, size))
    assert logits.shape == (1, 1, size, size, size)


@pytest.mark.parametrize("shape", [(8, 16, 16), (20, 32, 32)])
def test_a_patch_the_grids_do_not_fit_is_refused_with_its_size(model, shape):
    with pytest.raises(PromptError, match=str(shape[0])):
        model[0].encode_image(torch.zeros(1, 1, *shape))


def test_a_row_does_not_see_the_other_rows_of_its_batch(model):
    patch, prompts = torch.rand(3, 1, 32, 32, 32) * 2 - 1, clicks(3, 32)
    earlier = torch.randn(3, 1, 32, 32, 32)
    together = answer(model, patch, **prompts, mask_logits=earlier)
    for row in range(3):
        one = slice(row, row + 1)
        alone = answer(
            model,
            patch[one],
            point_coords=prompts["point_coords"][one],
            point_labels=prompts["point_labels"][one],
            mask_logits=earlier[one],
        )
        torch.testing.assert_close(together[one], alone, atol=1e-4, rtol=1e-4)


def test_every_kind_of_prompt_changes_the_answer(model):
    patch = torch.rand(1, 1, 32, 32, 32)
    nothing = {"point_coords": torch.zeros(1, 0, 3), "point_labels": torch.zeros(1, 0).long()}
    plain = answer(model, patch, **nothing)
    box = torch.tensor([[[4.0, 4, 4], [20, 22, 24]]])
    for prompts in (
        clicks(1, 32),
        nothing | {"box": box},
        nothing | {"mask_logits": torch.randn(1, 1, 32, 32, 32)},
    ):
        assert (answer(model, patch, **prompts) - plain).abs().max() > 1e-3


def test_the_sign_of_a_click_changes_the_answer(model):
    patch, point = torch.rand(1, 1, 32, 32, 32), torch.full((1, 1, 3), 15.0)
    inside = answer(model, patch, point_coords=point, point_labels=torch.ones(1, 1).long())
    outside = answer(model, patch, point_coords=point, point_labels=torch.zeros(1, 1).long())
    assert (inside - outside).abs().max() > 1e-3


def test_a_row_with_a_nan_box_is_answered_as_if_it_had_padding_instead(model):
    patch, prompts = torch.rand(1, 1, 32, 32, 32), clicks(1, 32)
    no_box = answer(model, patch, **prompts, box=torch.full((1, 2, 3), torch.nan))
    assert torch.isfinite(no_box).all()
    padded = {
        "point_coords": torch.cat([prompts["point_coords"], torch.zeros(1, 2, 3)], dim=1),
        "point_labels": torch.cat([prompts["point_labels"], -torch.ones(1, 2).long()], dim=1),
    }
    torch.testing.assert_close(no_box, answer(model, patch, **padded), atol=1e-4, rtol=1e-4)


def test_a_decoder_says_more_than_logits(model):
    backbone, decoder = model
    embedding = backbone.encode_image(torch.rand(2, 1, 32, 32, 32))
    prompts = backbone.encode_prompts(embedding, **clicks(2, 32))
    decoded = decoder(embedding, prompts)
    torch.testing.assert_close(decoded.mask_logits, backbone.decode(decoder, embedding, prompts))
    assert decoded.quality_logits.shape == (2,)


def test_logits_are_cut_by_how_many_clicks_there_are(model):
    patch = torch.rand(1, 1, 16, 16, 16)
    box = torch.tensor([[[3.0, 3, 3], [12, 12, 12]]])
    asked = [
        {
            "point_coords": torch.rand(1, n, 3) * 15,
            "point_labels": torch.ones(1, n).long(),
            "box": b,
        }
        for n, b in ((0, box), (1, box), (1, None), (2, None), (3, box))
    ]
    before = [answer(model, patch, **prompts) for prompts in asked]
    model[1].cuts.copy_(torch.tensor([-0.5, 1.5, 0.25]))
    for prompts, uncut, lowered in zip(asked, before, (0.25, -0.5, -0.5, 1.5, 1.5), strict=True):
        torch.testing.assert_close(answer(model, patch, **prompts), uncut - lowered)


def test_a_box_without_a_click_on_the_object_reads_as_in_training(model):
    backbone = model[0]
    embedding = backbone.encode_image(torch.rand(1, 1, 16, 16, 16))
    box = torch.tensor([[[3.0, 3, 3], [12, 12, 12]]])

    def tokens(labels):
        points = torch.full((1, len(labels), 3), 5.0)
        return backbone.encode_prompts(
            embedding, point_coords=points, point_labels=torch.tensor([labels]).long(), box=box
        ).sparse

    torch.testing.assert_close(tokens([]), tokens([-1]))
    torch.testing.assert_close(tokens([0]), tokens([-1, 0]))
    assert tokens([1]).shape[1] == 3 + CONTEXT_TOKENS
    assert tokens([0, 1]).shape[1] == 4 + CONTEXT_TOKENS


def test_an_unknown_context_says_nothing_and_a_known_one_speaks_once_it_has_learnt(model):
    backbone, decoder = model
    patch, prompts = torch.rand(1, 1, 16, 16, 16), clicks(1, 16)
    context = torch.tensor([[1.5, 1.5, 3.0, 1.0]])

    def said(context):
        embedding = backbone.encode_image(patch, context)
        return backbone.decode(decoder, embedding, backbone.encode_prompts(embedding, **prompts))

    torch.testing.assert_close(said(None), said(context))
    for token in (backbone.image_encoder.context, backbone.prompt_encoder.context):
        torch.nn.init.normal_(token.linear.weight)
    assert not torch.allclose(said(None), said(context))
    torch.testing.assert_close(said(None), said(torch.tensor([[1e-2, 1.5, 3.0, 1.0]])))


def test_where_no_earlier_mask_is_known_none_is_taken_for_granted(model):
    backbone = model[0]
    embedding = backbone.encode_image(torch.rand(1, 1, 16, 16, 16))
    earlier = torch.full((1, 1, 16, 16, 16), 5.0)
    earlier[:, :, 8:] = torch.nan
    dense = backbone.encode_prompts(embedding, **clicks(1, 16), mask_logits=earlier).dense
    assert torch.isfinite(dense).all()
    given = dense[0, 17]
    assert (given[:3] == 1).all()
    assert (given[5:] == 0).all()
    assert (dense[0, 9:17, 5:] == 0).all()


def test_curves_are_seen_where_they_run(model):
    backbone = model[0]
    embedding = backbone.encode_image(torch.rand(1, 1, 16, 16, 16))
    curves = torch.zeros(1, 4, 16, 16, 16)
    curves[0, 1, 4, 6, 8] = 1.0
    dense = backbone.encode_prompts(embedding, **clicks(1, 16), curves=curves).dense
    drawn = dense[0, -4:]
    assert torch.nonzero(drawn).tolist() == [[1, 2, 3, 4]]


def test_the_extent_head_reads_how_far_a_drawn_mask_reaches():
    """A head that only hears the profile on its own side finds where a mask ends."""
    torch.manual_seed(0)
    head = ExtentHead(8)
    grid = torch.arange(32)
    dense = torch.zeros(64, 1, 16, 16, 16)
    dense[:, 0, 8, 8, 8] = 1.0
    reach = torch.randint(3, 14, (64, 2, 3))
    inside = torch.ones(64, 32, 32, 32, dtype=torch.bool)
    for axis in range(3):
        shape = [64, 1, 1, 1]
        shape[axis + 1] = 32
        along = (grid >= 16 - reach[:, 0, axis, None]) & (grid <= 16 + reach[:, 1, axis, None])
        inside &= along.reshape(shape)
    logits = (inside[:, None].float() - 0.5) * 20
    bounds = torch.stack([16 - reach[:, 0].float(), 16 + reach[:, 1].float()], 1)
    targets = extent_targets(torch.full((64, 3), 16.0), bounds, torch.tensor([32, 32, 32]))
    optimizer = torch.optim.Adam(head.parameters(), lr=3e-3)
    context = torch.full((64, 4), torch.nan)
    for _ in range(120):
        said = head(logits, torch.zeros(64, 8), dense, context)
        loss = extent_loss(said, targets).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    guessed, true = said.argmax(-1), targets.argmax(-1)
    assert ((guessed - true).abs() <= 1).float().mean() > 0.9


def test_local_features_have_the_declared_width_and_follow_the_point(model):
    backbone = model[0]
    embedding = backbone.encode_image(torch.rand(1, 1, 32, 32, 32))
    points = torch.tensor([[[3.0, 4, 5], [20, 21, 22]]])
    features = backbone.local_features(embedding, points)
    assert features.shape == (1, 2, backbone.local_dim)
    assert (features[0, 0] - features[0, 1]).abs().max() > 1e-3


def test_loaded_weights_are_laid_out_as_convolutions_run_fastest(model):
    decoder = model[1]
    state = {name: value.clone() for name, value in decoder.state_dict().items()}
    decoder.load_state_dict(state, assign=True)
    weight = decoder.half_block.conv1.weight
    assert weight.is_contiguous(memory_format=torch.channels_last_3d)
    assert torch.equal(weight, state["half_block.conv1.weight"])


def test_folding_neighbours_into_channels_can_be_undone():
    values = torch.rand(2, 1, 4, 6, 8)
    assert torch.equal(depth_to_space(space_to_depth(values)), values)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_quick_normalisation_equals_torchs_own_forward_and_backward(dtype):
    torch.manual_seed(0)
    features = torch.randn(2, 6, 4, 6, 8, dtype=dtype, requires_grad=True)
    norm = ContrastNorm(6).to(dtype)
    weight = torch.nn.Parameter(torch.rand(6, dtype=dtype))
    norm.weight = weight
    own, slope = norm(features), torch.randn_like(features)
    reference = torch.nn.functional.group_norm(features, 6, weight, norm.bias)
    torch.testing.assert_close(own, reference, atol=1e-5, rtol=1e-4)
    inputs = (features, weight, norm.bias)
    for found, expected in zip(
        torch.autograd.grad(own, inputs, slope),
        torch.autograd.grad(reference, inputs, slope),
        strict=True,
    ):
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("side", [2, 10, 11])
def test_small_and_large_maps_are_normalised_alike_in_any_layout(side):
    torch.manual_seed(0)
    features = torch.randn(1, 5, side, side, side) * 2 - 1
    norm = ContrastNorm(5).requires_grad_(False)
    torch.nn.init.normal_(norm.weight)
    last = features.contiguous(memory_format=torch.channels_last_3d)
    expected = torch.nn.functional.instance_norm(features, weight=norm.weight, bias=norm.bias)
    with torch.no_grad():
        torch.testing.assert_close(norm(features), expected, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(norm(last), expected, atol=1e-5, rtol=1e-4)


def test_a_fainter_and_shifted_patch_has_the_same_normalised_features():
    features = torch.randn(1, 4, 6, 6, 6)
    norm = ContrastNorm(4)
    torch.testing.assert_close(norm(features * 0.2 + 3), norm(features), atol=1e-2, rtol=1e-2)
