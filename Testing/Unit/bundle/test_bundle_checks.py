"""What is no whole bundle is refused, and it is said why."""

import hashlib
import json

import pytest
from safetensors.torch import load_file, save_file

from bundle_folders import edit_card
from sammoe.bundle import (
    BundleCard,
    build_model,
    read_bundle,
    write_bundle,
)
from sammoe.bundle.reader import sha256_of
from sammoe.errors import CheckpointError
from tiny_bundle import write_tiny_bundle


@pytest.mark.parametrize("name", ["general", "experts/liver", "gate"])
def test_one_altered_byte_is_noticed(a_bundle_folder, name):
    file = a_bundle_folder / f"{name}.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=f"{name}.safetensors was altered"):
        read_bundle(a_bundle_folder)


@pytest.mark.parametrize("name", ["general", "experts/liver", "gate"])
def test_a_missing_file_is_named(a_bundle_folder, name):
    (a_bundle_folder / f"{name}.safetensors").unlink()
    with pytest.raises(CheckpointError, match=f"{name}.safetensors is missing"):
        read_bundle(a_bundle_folder)


def test_a_file_that_is_not_safetensors_is_refused_even_with_the_right_sum(a_bundle_folder):
    (a_bundle_folder / "general.safetensors").write_bytes(b"PK\x03\x04 pickled")
    files = json.loads((a_bundle_folder / "bundle.json").read_text("utf-8"))["files"]
    files["general.safetensors"] = hashlib.sha256(b"PK\x03\x04 pickled").hexdigest()
    edit_card(a_bundle_folder, files=files)
    with pytest.raises(CheckpointError, match="no readable safetensors"):
        build_model(read_bundle(a_bundle_folder))


def test_a_link_out_of_the_bundle_is_refused(a_bundle_folder, tmp_path):
    file = a_bundle_folder / "general.safetensors"
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CheckpointError, match="outside the bundle"):
        read_bundle(a_bundle_folder)


def test_experts_and_files_must_agree(a_bundle_folder):
    card = json.loads((a_bundle_folder / "bundle.json").read_text("utf-8"))
    edit_card(a_bundle_folder, experts=card["experts"][:1])
    with pytest.raises(CheckpointError, match=r"unexpected files: experts/vessels"):
        read_bundle(a_bundle_folder)
    edit_card(a_bundle_folder, experts=[*card["experts"], {"id": "bone", "name": "Bone"}])
    with pytest.raises(CheckpointError, match=r"lists no experts/bone"):
        read_bundle(a_bundle_folder)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_a_folder_that_is_no_bundle_says_so(tmp_path, make):
    make(tmp_path / "x")
    with pytest.raises(CheckpointError, match=r"not a folder|not a bundle"):
        read_bundle(tmp_path / "x")


def test_an_unknown_architecture_is_named_with_the_known_ones(a_bundle_folder):
    edit_card(a_bundle_folder, architecture="sam_med5d")
    with pytest.raises(CheckpointError, match=r"sam_med5d.*compact, sam_med3d"):
        build_model(read_bundle(a_bundle_folder))


@pytest.mark.parametrize("sizes", [{"patch_size": 32}, {"colour": 3}, {"heads": 7}])
def test_sizes_that_do_not_fit_the_weights_are_refused(a_bundle_folder, sizes):
    edit_card(a_bundle_folder, sizes=sizes)
    with pytest.raises(CheckpointError):
        build_model(read_bundle(a_bundle_folder))


@pytest.mark.parametrize("heads", ["heads", "decoder_heads"])
def test_heads_that_cannot_share_the_channels_are_refused_before_the_first_click(
    a_bundle_folder, heads
):
    card = json.loads((a_bundle_folder / "bundle.json").read_text("utf-8"))
    edit_card(a_bundle_folder, sizes={**card["sizes"], heads: 6})
    with pytest.raises(CheckpointError, match="channels cannot be shared by 6 heads"):
        build_model(read_bundle(a_bundle_folder))


@pytest.mark.parametrize("name", ["general", "experts/liver", "gate"])
def test_weights_that_are_whole_numbers_are_refused_by_name(a_bundle_folder, name):
    path = a_bundle_folder / f"{name}.safetensors"
    state = load_file(path)
    weight = next(key for key in state if key.endswith("norm.bias") or "norms.0.bias" in key)
    save_file({**state, weight: state[weight].int()}, path)
    card = json.loads((a_bundle_folder / "bundle.json").read_text("utf-8"))
    edit_card(a_bundle_folder, files={**card["files"], f"{name}.safetensors": sha256_of(path)})
    with pytest.raises(CheckpointError, match=f"{weight} holds torch.int32, floating point"):
        build_model(read_bundle(a_bundle_folder))


@pytest.mark.parametrize("sizes", [{"heads": 3}, {"heads": "two"}, {"width": 16}, {"depth": 1}])
def test_gate_sizes_that_make_no_sense_are_refused(a_bundle_folder, sizes):
    edit_card(a_bundle_folder, gate_sizes={"width": 32, "heads": 2} | sizes)
    with pytest.raises(CheckpointError):
        build_model(read_bundle(a_bundle_folder))


def test_a_gate_for_other_experts_is_refused(a_bundle_folder, tmp_path):
    bundle = read_bundle(a_bundle_folder)
    fewer = BundleCard(
        name="Fewer",
        architecture="compact",
        sizes=bundle.card.sizes,
        gate_sizes=bundle.card.gate_sizes,
        experts=bundle.card.experts[:1],
    )
    written = write_bundle(
        tmp_path / "fewer",
        fewer,
        general=bundle.general,
        experts={"liver": bundle.expert("liver")},
        gate=bundle.gate,
    )
    with pytest.raises(CheckpointError, match="3 columns, but 1 experts"):
        build_model(written)


def test_an_unknown_expert_is_named_with_the_known_ones(a_bundle_folder):
    with pytest.raises(CheckpointError, match=r"'spleen'.*liver, vessels"):
        read_bundle(a_bundle_folder).expert("spleen")


def rewritten(folder, change):
    """Put other weights into a bundle, with the right sum."""
    state = change(read_bundle(folder).expert("liver"))
    save_file(state, folder / "experts" / "liver.safetensors")
    files = json.loads((folder / "bundle.json").read_text("utf-8"))["files"]
    files["experts/liver.safetensors"] = sha256_of(folder / "experts" / "liver.safetensors")
    edit_card(folder, files=files)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_no_numbers_are_refused_and_not_answered_with_empty_masks(
    a_bundle_folder, value
):
    def one_is_none(state):
        next(iter(state.values())).view(-1)[-1] = value
        return state

    rewritten(a_bundle_folder, one_is_none)
    with pytest.raises(CheckpointError, match=r"liver.*NaN or infinity"):
        build_model(read_bundle(a_bundle_folder))


def test_weights_changed_after_the_check_are_refused(a_bundle_folder):
    bundle = read_bundle(a_bundle_folder)
    rewritten(a_bundle_folder, lambda state: {n: v * 0 for n, v in state.items()})
    with pytest.raises(CheckpointError, match="was changed a moment ago"):
        bundle.expert("liver")


@pytest.mark.parametrize("sizes", [{"embed_dim": 4096}, {"encoder_depth": 128}, {"heads": 4096}])
def test_the_largest_sizes_a_card_may_name_are_refused_at_once(a_bundle_folder, sizes):
    edit_card(a_bundle_folder, sizes=sizes)
    with pytest.raises(CheckpointError):
        build_model(read_bundle(a_bundle_folder))


def test_a_compact_model_of_the_first_format_is_named_as_too_old_where_it_lacks_weights(tmp_path):
    bundle = write_tiny_bundle(tmp_path / "bundle")
    edit_card(bundle.path, format_version=1)
    build_model(read_bundle(bundle.path))
    general = {n: v for n, v in bundle.general.items() if not n.startswith("extent_head.")}
    save_file(general, bundle.path / "general.safetensors")
    digest = sha256_of(bundle.path / "general.safetensors")
    files = {**bundle.card.files, "general.safetensors": digest}
    edit_card(bundle.path, files=files)
    with pytest.raises(CheckpointError, match=r"older SAMMoESlicer.*install the current.*train"):
        build_model(read_bundle(bundle.path))
    edit_card(bundle.path, format_version=2)
    with pytest.raises(CheckpointError, match="weights are missing"):
        build_model(read_bundle(bundle.path))


def test_a_model_of_another_release_is_refused_with_what_to_do(tmp_path):
    bundle = write_tiny_bundle(tmp_path / "bundle")
    general = {**bundle.general, "mask_decoder.cuts": bundle.general["mask_decoder.cuts"][:2]}
    file = bundle.path / "general.safetensors"
    save_file(general, file)
    files = {**bundle.card.files, file.name: sha256_of(file)}
    edit_card(bundle.path, files=files)
    with pytest.raises(CheckpointError, match=r"another SAMMoESlicer.*train it again"):
        build_model(read_bundle(bundle.path))
    edit_card(bundle.path, files={**files, "box_decoder.safetensors": sha256_of(file)})
    with pytest.raises(CheckpointError, match=r"box_decoder.*another SAMMoESlicer"):
        read_bundle(bundle.path)
