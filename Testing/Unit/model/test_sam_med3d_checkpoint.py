"""Published checkpoints: which are read, which are refused, what is inferred from them."""

import pickle
from pathlib import Path

import pytest
import torch

from random_sam_med3d import TINY, random_sam_med3d
from sammoe.errors import CheckpointError
from sammoe.model import load_sam_med3d
from sammoe.model.sam_med3d import build_sam_med3d, sizes_from_state_dict

FAMILY = {
    "tiny": TINY,
    "deeper": {**TINY, "windows": (3, 3, 4, 3), "num_heads": 4},
    "finer": {**TINY, "patch_size": 48, "stride": 16, "windows": (14, 3), "mask_channels": 16},
    "other decoder": {
        **TINY,
        "decoder": {"depth": 3, "mlp_width": 32, "num_mask_tokens": 2, "iou_depth": 2},
    },
}


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="reads Linux's list of mappings")
def test_a_checkpoint_is_not_left_mapped_to_a_file_that_others_may_change(tmp_path):
    _, _, state = random_sam_med3d(**TINY)
    torch.save(state, tmp_path / "upstream.pth")
    kept = load_sam_med3d(tmp_path / "upstream.pth")
    assert str(tmp_path) not in Path("/proc/self/maps").read_text("utf-8")
    assert kept.expert_ids == ()


@pytest.mark.parametrize("sizes", FAMILY.values(), ids=FAMILY.keys())
@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "under model_state_dict"])
def test_a_checkpoint_of_any_size_loads_and_computes_the_same(tmp_path, sizes, wrapped):
    backbone, decoder, state = random_sam_med3d(**sizes)
    torch.save({"model_state_dict": state, "epoch": 3} if wrapped else state, tmp_path / "a.pth")
    model = load_sam_med3d(tmp_path / "a.pth")
    assert model.expert_ids == ()
    assert not model.training

    patch = torch.randn(1, 1, *[sizes["patch_size"]] * 3)
    click = {"point_coords": torch.full((1, 1, 3), 9.0), "point_labels": torch.ones(1, 1)}
    with torch.inference_mode():
        embedding = model.encode_image(patch)
        assert torch.equal(embedding, backbone.encode_image(patch))
        prompts = backbone.encode_prompts(embedding, **click)
        assert torch.equal(
            model.decode(embedding, **click), backbone.decode(decoder, embedding, prompts)
        )


def test_saving_a_loaded_model_gives_upstreams_names_back(tmp_path):
    _, _, state = random_sam_med3d(**TINY)
    torch.save(state, tmp_path / "a.pth")
    saved = load_sam_med3d(tmp_path / "a.pth").general_state_dict()
    assert saved.keys() == state.keys()
    assert all(torch.equal(saved[name], value) for name, value in state.items())


def test_the_sizes_of_the_published_model_are_inferred_from_its_shapes():
    with torch.device("meta"):
        backbone, decoder = build_sam_med3d()
    state = backbone.state_dict() | {
        f"mask_decoder.{k}": v for k, v in decoder.state_dict().items()
    }
    sizes = sizes_from_state_dict(state)
    assert sizes["windows"] == [14, 14, 8] * 4
    assert (sizes["patch_size"], sizes["width"], sizes["num_heads"]) == (128, 768, 12)
    assert sum(value.numel() for value in state.values()) == 100_509_616


def test_a_file_with_code_in_it_is_refused_and_the_code_not_run(tmp_path):
    class Payload:
        def __reduce__(self):
            return Path.touch, (tmp_path / "owned",)

    (tmp_path / "evil.pth").write_bytes(pickle.dumps(Payload(), protocol=2))
    torch.save({"model_state_dict": Payload()}, tmp_path / "zip.pth")
    for name in ("evil.pth", "zip.pth"):
        with pytest.raises(CheckpointError, match="pickled code is never run"):
            load_sam_med3d(tmp_path / name)
    assert not (tmp_path / "owned").exists()


def test_a_file_that_is_no_checkpoint_says_so(tmp_path):
    (tmp_path / "text.pth").write_text("<html>not found</html>")
    (tmp_path / "empty.pth").write_bytes(b"")
    _, _, state = random_sam_med3d(**TINY)
    torch.save(state, tmp_path / "cut.pth")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "cut.pth").read_bytes()[:5000])
    torch.save([1, 2, 3], tmp_path / "list.pth")
    torch.save({"weight": torch.zeros(2)}, tmp_path / "other.pth")
    for name in ("text.pth", "empty.pth", "cut.pth", "list.pth", "other.pth", "missing.pth"):
        with pytest.raises(CheckpointError):
            load_sam_med3d(tmp_path / name)


def test_a_checkpoint_with_a_weight_missing_or_too_much_is_refused(tmp_path):
    _, _, state = random_sam_med3d(**TINY)
    less = {n: v for n, v in state.items() if n != "image_encoder.blocks.1.norm2.bias"}
    more = {**state, "image_encoder.extra": torch.zeros(1)}
    odd = {**state, "image_encoder.blocks.0.norm1.weight": torch.zeros(7)}
    for wrong, message in ((less, "missing"), (more, "unknown"), (odd, "has shape")):
        torch.save(wrong, tmp_path / "a.pth")
        with pytest.raises(CheckpointError, match=message):
            load_sam_med3d(tmp_path / "a.pth")
