"""Encoder, prompt encoder and decoder of SAM-Med3D against the literal computation."""

import pytest
import torch

import literal_sam_med3d as literal
from random_sam_med3d import TINY, random_sam_med3d
from sammoe.errors import PromptError
from sammoe.model import Backbone
from sammoe.model.packed_linear import PackedLinear, pack_for_cpu
from sammoe.model.sam_med3d import SamMed3dBackbone
from sammoe.overlap import dice
from sammoe.processor import cpu_has_bfloat16, why_no_bfloat16

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-4}
SIZES = {
    "one padded window": TINY,
    "several windows": {**TINY, "windows": (3, 4, 3)},
    "thin": {**TINY, "width": 20, "num_heads": 2, "windows": (2,), "patch_size": 24},
}


def close(found, expected):
    return torch.allclose(found, expected, rtol=0, atol=TOLERANCE[expected.dtype])


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES.keys())
def test_a_whole_encoder_equals_the_padded_window_encoder(sizes, dtype):
    backbone, _, state = random_sam_med3d(dtype=dtype, **sizes)
    patch = torch.randn(2, 1, *[sizes["patch_size"]] * 3, dtype=dtype)
    expected = literal.encode_image(
        literal.part(state, "image_encoder."), patch, num_heads=sizes["num_heads"]
    )
    with torch.inference_mode():
        assert close(backbone.encode_image(patch), expected)


@pytest.fixture
def a_click():
    return {
        "point_coords": torch.tensor([[[3.0, 30.5, 7.0], [16.0, 0.0, 31.0], [0.0, 0.0, 0.0]]] * 2),
        "point_labels": torch.tensor([[1, 0, -1], [0, 1, 1]]),
    }


@pytest.mark.parametrize("with_mask", [False, True])
def test_prompts_and_masks_equal_the_literal_ones(a_click, with_mask):
    backbone, decoder, state = random_sam_med3d(dtype=torch.float64, **TINY)
    prompts, grid = literal.part(state, "prompt_encoder."), 4
    a_click["point_coords"] = a_click["point_coords"].double()
    mask = torch.randn(2, 1, 16, 16, 16, dtype=torch.float64) if with_mask else None
    embedding = torch.randn(2, 48, grid, grid, grid, dtype=torch.float64)

    found = backbone.encode_prompts(embedding, **a_click, mask_logits=mask)
    sparse = literal.encode_points(
        prompts, a_click["point_coords"], a_click["point_labels"], patch_size=32
    )
    dense = literal.encode_mask(prompts, mask, grid=grid, batch=2)
    assert close(found.sparse, sparse)
    assert close(found.dense, dense)

    positions = literal.grid_positions(prompts, grid)
    masks = literal.decode(
        literal.part(state, "mask_decoder."), embedding, positions, sparse, dense
    )
    logits = backbone.decode(decoder, embedding, found)
    assert logits.shape == (2, 1, 16, 16, 16)
    assert close(logits, masks[:, :1])


def test_several_prompts_may_share_one_image(a_click):
    backbone, decoder, _ = random_sam_med3d(**TINY)
    embedding = torch.randn(1, 48, 4, 4, 4)
    together = backbone.decode(decoder, embedding, backbone.encode_prompts(embedding, **a_click))
    for index in range(2):
        one = {name: value[index : index + 1] for name, value in a_click.items()}
        alone = backbone.decode(decoder, embedding, backbone.encode_prompts(embedding, **one))
        assert close(together[index : index + 1], alone)


def test_no_click_at_all_is_a_prompt_too():
    backbone, decoder, _ = random_sam_med3d(**TINY)
    embedding = torch.randn(1, 48, 4, 4, 4)
    nothing = {"point_coords": torch.zeros(1, 0, 3), "point_labels": torch.zeros(1, 0)}
    prompts = backbone.encode_prompts(embedding, **nothing)
    assert prompts.sparse.shape == (1, 1, 48)
    assert backbone.decode(decoder, embedding, prompts).isfinite().all()


def test_a_box_is_refused_because_its_embeddings_were_never_trained(a_click):
    backbone, _, _ = random_sam_med3d(**TINY)
    with pytest.raises(PromptError, match="never trained with boxes"):
        backbone.encode_prompts(torch.zeros(1, 48, 4, 4, 4), **a_click, box=torch.zeros(2, 2, 3))


def test_it_fulfils_the_protocol_of_a_backbone():
    backbone, _, _ = random_sam_med3d(**TINY)
    assert isinstance(backbone, Backbone)
    assert (backbone.logits_size, backbone.embed_dim, backbone.local_dim) == (16, 48, 96)
    assert backbone.image_tokens(torch.zeros(2, 48, 4, 4, 4)).shape == (2, 64, 48)


def test_local_features_are_the_embedding_at_a_tokens_centre_and_its_neighbours_mean():
    backbone, _, _ = random_sam_med3d(**TINY)
    embedding = torch.randn(1, 48, 4, 4, 4)
    centre_of_token_122 = torch.tensor([[[1, 2, 2]]]) * 8 + 3.5
    features = backbone.local_features(embedding, centre_of_token_122)[0, 0]
    assert torch.allclose(features[:48], embedding[0, :, 1, 2, 2], atol=1e-5)
    around = embedding[0, :, 0:3, 1:4, 1:4].mean(dim=(1, 2, 3))
    assert torch.allclose(features[48:], around, atol=1e-5)


NATIVE_ONLY = pytest.mark.skipif(not cpu_has_bfloat16(), reason=str(why_no_bfloat16()))


@pytest.mark.parametrize(
    ("bfloat16", "tolerance"), [(False, 1e-4), pytest.param(True, 0.2, marks=NATIVE_ONLY)]
)
def test_packed_weights_compute_the_same(a_click, bfloat16, tolerance):
    sizes = {**TINY, "width": 96, "mlp_width": 192, "out_channels": 96}
    backbone, decoder, _ = random_sam_med3d(**sizes)

    def encode_and_decode(model: SamMed3dBackbone) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.inference_mode():
            embedding = model.encode_image(patch)
            prompts = model.encode_prompts(embedding, **a_click)
            return embedding, model.decode(decoder, embedding, prompts)

    patch = torch.randn(2, 1, 32, 32, 32)
    before = encode_and_decode(backbone)
    pack_for_cpu(backbone, bfloat16=bfloat16)
    pack_for_cpu(decoder, bfloat16=bfloat16)
    assert any(isinstance(module, PackedLinear) for module in backbone.modules())
    for found, expected in zip(encode_and_decode(backbone), before, strict=True):
        assert torch.allclose(found, expected, rtol=0, atol=tolerance)


@NATIVE_ONLY
def test_in_bfloat16_the_mask_is_nearly_the_literal_one(a_click):
    sizes = {**TINY, "width": 96, "mlp_width": 192, "out_channels": 96}
    backbone, decoder, state = random_sam_med3d(**sizes)
    patch = torch.randn(2, 1, 32, 32, 32)
    expected = literal_logits(state, patch, a_click, num_heads=sizes["num_heads"])
    pack_for_cpu(backbone, bfloat16=True)
    pack_for_cpu(decoder, bfloat16=True)
    with torch.inference_mode():
        embedding = backbone.encode_image(patch)
        logits = backbone.decode(decoder, embedding, backbone.encode_prompts(embedding, **a_click))
    for found, mask in zip(logits, expected, strict=True):
        middle = mask.median()  # random weights draw all or nothing at 0
        assert dice((found > middle).numpy(), (mask > middle).numpy()) >= 0.995


def literal_logits(state, patch, click, *, num_heads):
    """Return the first mask's logits (B, 1, 16, 16, 16), computed literally."""
    prompts, grid = literal.part(state, "prompt_encoder."), 4
    sparse = literal.encode_points(
        prompts, click["point_coords"], click["point_labels"], patch_size=32
    )
    return literal.decode(
        literal.part(state, "mask_decoder."),
        literal.encode_image(literal.part(state, "image_encoder."), patch, num_heads=num_heads),
        literal.grid_positions(prompts, grid),
        sparse,
        literal.encode_mask(prompts, None, grid=grid, batch=2),
    )[:, :1]


def test_without_onednn_nothing_is_packed_and_everything_works(a_click, monkeypatch):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    backbone, decoder, _ = random_sam_med3d(**TINY)
    pack_for_cpu(backbone)
    pack_for_cpu(decoder)
    assert not any(isinstance(module, PackedLinear) for module in backbone.modules())
    embedding = backbone.encode_image(torch.randn(2, 1, 32, 32, 32))
    logits = backbone.decode(decoder, embedding, backbone.encode_prompts(embedding, **a_click))
    assert logits.shape == (2, 1, 16, 16, 16)
