"""What decoders and gate share, against each of them on its own from the start."""

import copy

import pytest
import torch
from torch.nn import functional as F

from sammoe.bundle import build_model, read_bundle
from sammoe.model.compact.contrast_norm import ContrastNorm
from sammoe.model.drawn_mask import _grown, _levels, drawn_mask_tokens
from sammoe.model.packed_linear import pack_for_cpu
from sammoe.overlap import dice
from sammoe.processor import cpu_has_bfloat16
from tiny_bundle import write_tiny_bundle

IDS = [None, "liver", "vessels"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    bundle = write_tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")
    return build_model(read_bundle(bundle.path)).eval()


@pytest.fixture
def patch():
    torch.manual_seed(3)
    return F.avg_pool3d(torch.rand(1, 1, 34, 34, 34), 3, 1) * 4 - 2


@pytest.fixture
def prompts():
    return {
        "point_coords": torch.tensor([[[15.0, 12.0, 20.0], [4.0, 9.0, 28.0]]]),
        "point_labels": torch.tensor([[1, 0]]),
        "mask_logits": torch.randn(1, 1, 32, 32, 32),
    }


@pytest.mark.parametrize("boxed", [False, True])
def test_decoders_together_draw_what_each_draws_alone(model, patch, prompts, boxed):
    box = torch.tensor([[[3.0, 4.0, 5.0], [20.0, 25.0, 30.0]]]) if boxed else None
    with torch.inference_mode():
        embedding = model.encode_image(patch)
        encoded = model.family.encode_prompts(embedding, **prompts, box=box)
        together = model.decode_together(embedding, encoded, IDS, both=False)
        for expert, found in zip(IDS, together, strict=True):
            alone = model.decode(embedding, **prompts, box=box, expert=expert)
            torch.testing.assert_close(found, alone, rtol=0, atol=0)


def test_a_second_general_decoder_is_averaged_where_it_is_asked_and_the_gate_sees_the_first(
    model, patch, prompts
):
    with torch.inference_mode():
        embedding = model.encode_image(patch)
        usual = model.decode(embedding, **prompts)
        assert torch.equal(model.decode(embedding, **prompts, both=True), usual)
        scores = model.gate(embedding, **prompts)
        liver = model.decode(embedding, **prompts, expert="liver", both=True)
        model.second_decoder = model.decoder("liver")
        try:
            both = model.decode(embedding, **prompts, both=True)
            assert torch.equal(model.decode(embedding, **prompts), usual)
            assert torch.equal(model.gate(embedding, **prompts), scores)
            encoded = model.family.encode_prompts(embedding, **prompts)
            beside = model.decode_together(embedding, encoded, [None, "liver"], both=True)
        finally:
            model.second_decoder = None
    torch.testing.assert_close(both, (usual + liver) / 2)
    assert torch.equal(beside[0], liver)  # beside an expert the second one alone


def test_the_gate_says_the_same_with_what_was_encoded_and_drawn_before(model, patch, prompts):
    with torch.inference_mode():
        embedding = model.encode_image(patch)
        encoded = model.family.encode_prompts(embedding, **prompts)
        drawn = model.decode(embedding, **prompts)
        alone = model.gate(embedding, **prompts)
        shared = model.gate(embedding, **prompts, general_logits=drawn, prompt_embeddings=encoded)
    torch.testing.assert_close(shared, alone, rtol=0, atol=0)


def test_with_a_box_the_gate_sees_the_clicks_alone(model, patch, prompts):
    box = torch.tensor([[[3.0, 4.0, 5.0], [20.0, 25.0, 30.0]]])
    with torch.inference_mode():
        embedding = model.encode_image(patch)
        encoded = model.family.encode_prompts(embedding, **prompts, box=box)
        alone = model.gate(embedding, **prompts, box=box)
        shared = model.gate(embedding, **prompts, box=box, prompt_embeddings=encoded)
    torch.testing.assert_close(shared, alone, rtol=0, atol=0)


def test_features_at_clicks_and_in_the_mask_are_those_of_two_questions(model, patch, prompts):
    """The network that names tissue runs once for both."""
    family = model.family
    with torch.inference_mode():
        embedding = model.encode_image(patch)
        drawn = model.decode(embedding, **prompts)
        points = {name: prompts[name] for name in ("point_coords", "point_labels")}
        runs = []
        hook = family.tissue_net.register_forward_hook(lambda *_: runs.append(1))
        _, _, local, labels = model.gate_inputs(embedding, drawn, **points)
        hook.remove()
        assert len(runs) == 1
        at_clicks = family.local_features(embedding, prompts["point_coords"])
        tokens, token_labels = drawn_mask_tokens(family, embedding, drawn)
    torch.testing.assert_close(local, torch.cat([at_clicks, tokens], dim=1), rtol=0, atol=1e-6)
    assert labels.tolist() == [[1, 0, *token_labels[0].tolist()]]


@pytest.mark.parametrize("voxels", [1, 2, 4, 8])
def test_a_grown_mask_is_what_pooling_gives(voxels):
    torch.manual_seed(voxels)
    drawn = torch.rand(2, 1, 12, 20, 9) > 0.99
    pooled = F.max_pool3d(drawn.float(), 2 * voxels + 1, stride=1, padding=voxels) > 0
    assert torch.equal(_grown(drawn, voxels), pooled)


@pytest.mark.parametrize("count", [2, 11, 4096])
def test_levels_are_pytorch_s_quantiles(count):
    torch.manual_seed(count)
    values = torch.randn(count)
    expected = values.quantile(torch.tensor([0.05, 0.25, 0.5, 0.75, 0.95]))
    torch.testing.assert_close(_levels(values), expected, rtol=0, atol=1e-6)


def test_a_channel_is_normalised_alike_with_and_without_gradients():
    torch.manual_seed(0)
    norm = ContrastNorm(6)
    torch.nn.init.normal_(norm.weight)
    features = torch.randn(2, 6, 8, 4, 6) * 3 + 5
    features = features.contiguous(memory_format=torch.channels_last_3d)
    with torch.no_grad():
        found = norm(features)
    torch.testing.assert_close(found, norm(features), rtol=0, atol=1e-4)


def test_a_packed_model_draws_and_decides_as_the_unpacked_one(model, patch, prompts):
    packed = copy.deepcopy(model)
    pack_for_cpu(packed)
    assert not packed.family.computes_in_bfloat16
    for found, expected in zip(
        said_by(packed, patch, prompts), said_by(model, patch, prompts), strict=True
    ):
        torch.testing.assert_close(found, expected, rtol=0, atol=2e-3)


@pytest.mark.skipif(not cpu_has_bfloat16(), reason="this processor only emulates bfloat16")
def test_in_bfloat16_it_draws_nearly_the_same(model, patch, prompts):
    packed = copy.deepcopy(model)
    pack_for_cpu(packed, bfloat16=True)
    found, expected = (said_by(m, patch, prompts) for m in (packed, model))
    assert dice((found[0] > 0).numpy(), (expected[0] > 0).numpy()) >= 0.98
    torch.testing.assert_close(found[-1], expected[-1], rtol=0, atol=0.05)


def said_by(model, patch, prompts):
    """Return the logits of every decoder and the gate's scores."""
    with torch.inference_mode():
        embedding = model.encode_image(patch)
        encoded = model.family.encode_prompts(embedding, **prompts)
        masks = model.decode_together(embedding, encoded, IDS, both=False)
        scores = model.gate(
            embedding, **prompts, general_logits=masks[0], prompt_embeddings=encoded
        )
        return [*(mask.float() for mask in masks), scores]
