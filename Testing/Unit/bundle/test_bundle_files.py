"""A bundle on disk: written whole, read only when whole."""

import hashlib
import itertools
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from full_disk import disk_with_room_for
from random_sam_med3d import TINY, random_sam_med3d
from sammoe import PromptSet, Volume
from sammoe.bundle import (
    BundleCard,
    ExpertCard,
    build_model,
    check_can_write,
    default_bundle_path,
    import_sam_med3d,
    read_bundle,
    write_bundle,
)
from sammoe.bundle.difference import packed
from sammoe.engine import Predictor
from sammoe.errors import CheckpointError
from sammoe.model import load_sam_med3d
from sammoe.training.jobs.bundle_update import rewrite
from tiny_bundle import write_tiny_bundle


def test_weights_come_back_and_the_model_is_built_in_single_precision(a_bundle_folder):
    bundle = read_bundle(a_bundle_folder / "bundle.json")
    assert all(value.dtype == torch.float16 for value in bundle.general.values())
    model = build_model(bundle)
    assert model.expert_ids == bundle.card.expert_ids == ("liver", "vessels")
    assert all(value.dtype == torch.float32 for value in model.state_dict().values())
    assert not model.training
    for name, value in bundle.expert("vessels").items():
        assert torch.equal(model.decoder("vessels").state_dict()[name], value.float())
    for name, value in (bundle.gate or {}).items():
        assert torch.equal(model.gate_network.state_dict()[name], value.float())


def test_writing_what_was_read_gives_the_same_bundle(a_bundle_folder, tmp_path):
    bundle = read_bundle(a_bundle_folder)
    experts = {name: bundle.expert(name) for name in bundle.card.expert_ids}
    again = write_bundle(
        tmp_path / "again", bundle.card, general=bundle.general, experts=experts, gate=bundle.gate
    )
    assert again.hash == bundle.hash
    assert again.hash == hashlib.sha256((again.path / "bundle.json").read_bytes()).hexdigest()


def test_a_second_general_decoder_is_kept_with_the_bundle(a_bundle_folder):
    bundle = read_bundle(a_bundle_folder)
    assert not bundle.card.has_second_decoder
    assert bundle.second_decoder is None
    assert build_model(bundle).second_decoder is None
    experts = {name: bundle.expert(name) for name in bundle.card.expert_ids}
    fuller = write_bundle(
        a_bundle_folder,
        bundle.card,
        general=bundle.general,
        second_decoder=packed(bundle.expert("liver"), build_model(bundle).general.state_dict()),
        experts=experts,
    )
    assert fuller.card.has_second_decoder
    built = build_model(fuller).second_decoder.state_dict()
    for name, value in bundle.expert("liver").items():
        torch.testing.assert_close(built[name], value.float(), atol=0.02, rtol=0)
    again = rewrite(fuller, fuller.card)
    assert again.hash == fuller.hash


def written_again(folder):
    """Write a bundle over itself, without its second expert."""
    bundle = read_bundle(folder)
    card = replace(bundle.card, experts=bundle.card.experts[:1])
    experts = {"liver": bundle.expert("liver")}
    return write_bundle(folder, card, general=bundle.general, experts=experts)


def test_a_change_of_what_a_bundle_was_never_takes_the_place_of_what_it_became(a_bundle_folder):
    was = read_bundle(a_bundle_folder)
    experts = {name: was.expert(name) for name in was.card.expert_ids}
    general = was.general
    became = written_again(a_bundle_folder)
    with pytest.raises(CheckpointError, match="changed by another command"):
        rewrite(was, was.card)
    with pytest.raises(CheckpointError, match="changed by another command"):
        write_bundle(
            a_bundle_folder, was.card, general=general, experts=experts, replaces=was.place
        )
    assert read_bundle(a_bundle_folder).hash == became.hash
    assert rewrite(became, became.card).hash == became.hash


def test_the_users_own_files_stay_and_stale_weights_go(a_bundle_folder):
    (a_bundle_folder / "NOTES.md").write_text("mine")
    (a_bundle_folder / "experts" / "README").write_text("mine too")
    written_again(a_bundle_folder)
    assert (a_bundle_folder / "NOTES.md").read_text("utf-8") == "mine"
    assert (a_bundle_folder / "experts" / "README").read_text("utf-8") == "mine too"
    left = {path.name for path in a_bundle_folder.rglob("*.safetensors")}
    assert left == {"general.safetensors", "liver.safetensors"}
    assert [path.name for path in a_bundle_folder.parent.iterdir()] == ["tiny"]


@pytest.mark.parametrize("moment", [1, 2])
def test_ctrl_c_while_folders_are_swapped_leaves_the_old_bundle(
    a_bundle_folder, monkeypatch, moment
):
    before, count, rename = read_bundle(a_bundle_folder).hash, itertools.count(1), Path.rename

    def interrupted(self, target):
        if next(count) == moment:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        written_again(a_bundle_folder)
    assert read_bundle(a_bundle_folder).hash == before
    assert [path.name for path in a_bundle_folder.parent.iterdir()] == ["tiny"]


def test_a_bundle_is_written_over_the_folder_one_is_in(a_bundle_folder, monkeypatch):
    monkeypatch.chdir(a_bundle_folder)
    assert written_again(Path()).card.expert_ids == ("liver",)
    assert read_bundle(a_bundle_folder).card.expert_ids == ("liver",)
    assert [path.name for path in a_bundle_folder.parent.iterdir()] == ["tiny"]


def test_whoever_may_read_the_card_may_read_the_weights(a_bundle_folder):
    written_again(a_bundle_folder)
    modes = {path.stat().st_mode for path in a_bundle_folder.rglob("*") if path.is_file()}
    assert len(modes) == 1


def test_a_full_disk_is_one_clear_line_and_the_old_bundle_stays(a_bundle_folder):
    before = read_bundle(a_bundle_folder).hash
    full = pytest.raises(CheckpointError, match=r"cannot be written \(.*too large.*make room")
    with disk_with_room_for(10_000), full:
        written_again(a_bundle_folder)
    assert read_bundle(a_bundle_folder).hash == before
    assert [path.name for path in a_bundle_folder.parent.iterdir()] == ["tiny"]


def test_what_cannot_be_written_is_noticed_before_the_work(a_bundle_folder, tmp_path):
    check_can_write(tmp_path / "new" / "bundle", replace_it=False)
    check_can_write(a_bundle_folder, replace_it=True)
    with pytest.raises(CheckpointError, match=r"is a bundle already.*--replace"):
        check_can_write(a_bundle_folder, replace_it=False)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(CheckpointError, match="cannot be written"):
        check_can_write(tmp_path / "file" / "bundle", replace_it=True)
    for other in ("file", "."):
        with pytest.raises(CheckpointError, match="is not a bundle"):
            check_can_write(tmp_path / other, replace_it=True)


@pytest.mark.parametrize("replace_it", [False, True])
def test_what_another_command_has_put_there_meanwhile_is_not_replaced(
    a_bundle_folder, tmp_path, replace_it
):
    target = a_bundle_folder if replace_it else tmp_path / "new"
    place = check_can_write(target, replace_it=replace_it)
    others = write_tiny_bundle(target, seed=5)
    new = {"card": BundleCard("New", "compact"), "general": {"w": torch.ones(2)}}
    with pytest.raises(CheckpointError, match="was changed by another command meanwhile"):
        write_bundle(target, **new, replaces=place)
    assert read_bundle(target).hash == others.hash
    place = check_can_write(target, replace_it=True)
    assert write_bundle(target, **new, replaces=place).card.name == "New"


def test_a_failed_write_leaves_the_earlier_bundle_and_no_rubbish(a_bundle_folder):
    before = read_bundle(a_bundle_folder)
    card = BundleCard("New", "compact")
    with pytest.raises(CheckpointError, match="NaN"):
        write_bundle(a_bundle_folder, card, general={"w": torch.tensor([float("nan")])})
    with pytest.raises(CheckpointError, match="experts"):
        write_bundle(a_bundle_folder, card, general={}, experts={"liver": {}})
    assert read_bundle(a_bundle_folder).hash == before.hash
    assert os.listdir(a_bundle_folder.parent) == ["tiny"]


def test_a_new_bundle_replaces_the_earlier_one_whole(a_bundle_folder):
    write_bundle(a_bundle_folder, BundleCard("New", "compact"), general={"w": torch.ones(2)})
    assert read_bundle(a_bundle_folder).card.name == "New"
    assert sorted(os.listdir(a_bundle_folder)) == ["bundle.json", "general.safetensors"]
    assert os.listdir(a_bundle_folder.parent) == ["tiny"]


def test_a_folder_with_something_else_in_it_is_never_replaced(tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(CheckpointError, match="choose another folder"):
        write_bundle(tmp_path, BundleCard("New", "compact"), general={"w": torch.ones(2)})
    assert (tmp_path / "thesis.docx").read_text("utf-8") == "years of work"


def test_weights_too_large_for_half_precision_keep_their_values(tmp_path):
    large = torch.tensor([1e5, 1.0])
    bundle = write_bundle(tmp_path / "b", BundleCard("B", "compact"), general={"w": large})
    assert torch.equal(bundle.general["w"], large)


def test_an_imported_checkpoint_is_a_bundle_that_computes_the_same(tmp_path):
    _, _, state = random_sam_med3d(**TINY)
    torch.save({"model_state_dict": state}, tmp_path / "upstream.pth")
    bundle = import_sam_med3d(tmp_path / "upstream.pth", tmp_path / "bundle")
    assert (bundle.card.name, bundle.card.input.patch_size) == ("upstream", 32)
    assert bundle.card.prompt_kinds == ("points", "mask")
    patch = torch.randn(1, 1, 32, 32, 32)
    imported, loaded = (
        build_model(read_bundle(bundle.path)),
        load_sam_med3d(tmp_path / "upstream.pth"),
    )
    with torch.inference_mode():
        assert torch.equal(imported.encode_image(patch), loaded.encode_image(patch))


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="reads Linux's list of mappings")
def test_a_model_keeps_no_weights_file_mapped_that_others_may_change(tmp_path):
    _, _, state = random_sam_med3d(**TINY)
    torch.save(state, tmp_path / "upstream.pth")
    bundle = import_sam_med3d(tmp_path / "upstream.pth", tmp_path / "bundle")
    model = build_model(bundle)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert str(tmp_path) not in Path("/proc/self/maps").read_text("utf-8")
    (bundle.path / "general.safetensors").write_bytes(bytes(100))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_published_checkpoint_segments_a_volume(tmp_path):
    _, _, state = random_sam_med3d(**TINY)
    torch.save(state, tmp_path / "upstream.pth")
    predictor = Predictor.from_bundle(
        import_sam_med3d(tmp_path / "upstream.pth", tmp_path / "bundle").path, device="cpu"
    )
    rng = np.random.default_rng(1)
    predictor.set_volume(Volume(rng.integers(0, 99, (40, 44, 48), np.int16), np.eye(4)))
    first = predictor.predict(PromptSet([[20, 20, 20]], [1]))
    second = predictor.predict(PromptSet([[20, 20, 20], [22, 21, 20]], [1, 1]))
    assert first.mask_kji[20, 20, 20]
    assert second.mask_kji[20, 20, 20]
    assert second.mask_kji[20, 21, 22]
    assert (first.scores, first.expert) == ({"general": 1.0}, None)
    boxed = predictor.predict(PromptSet(box_ras=[[10, 10, 10], [30, 30, 30]]))
    assert any("not trained on boxes" in note for note in boxed.notes)


def test_the_default_bundle_can_be_chosen_by_the_environment(a_bundle_folder, monkeypatch):
    monkeypatch.setenv("SAMMOE_BUNDLE", str(a_bundle_folder))
    assert default_bundle_path() == a_bundle_folder


def test_terminology_and_colour_of_an_expert_travel_with_the_bundle(a_bundle_folder):
    expert = read_bundle(a_bundle_folder).card.expert("liver")
    assert isinstance(expert, ExpertCard)
    assert expert.terminology["type"]["meaning"] == "Liver"
    assert expert.color == (0.87, 0.51, 0.4)
