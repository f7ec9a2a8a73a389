"""The stages of the embedded default, on a very small recipe."""

import multiprocessing
import shutil
import socket
from dataclasses import replace

import pytest
import torch

from sammoe.bundle import build_model, read_bundle
from sammoe.errors import CheckpointError
from sammoe.labelled_scans import ScanFolder
from sammoe.options import GENERAL
from sammoe.training.embedded_bundle import make_embedded
from sammoe.training.gate.bank import GateBank
from sammoe.training.gate.fit import GateOptions
from sammoe.training.gate.prompts import GatePrompts
from sammoe.training.loop.workshop import StoppedError, Workshop
from sammoe.training.samples.tasks import TUMOUR
from sammoe.training.sheet.sheet import read_sheet
from sammoe.training.stages.gate import train_gate
from tiny_recipe import RECIPE, follow
from tiny_scans import write_nnunet


def a_workshop(folder, stopped=lambda: False):
    folder.mkdir(parents=True, exist_ok=True)
    return Workshop(folder, stopped=stopped, resumes=True, keeps=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, make_embedded(a_workshop(folder / "work"), folder / "bundle", RECIPE)


def test_the_bundle_is_whole_and_its_card_says_how_it_was_made(made):
    _, bundle = made
    assert bundle.card.expert_ids == ("vessel", "vertebra")
    assert bundle.card.training["recipe"]["general"]["steps"] == 2
    homes = bundle.card.training["prompts that get home, by the experts there are"]
    assert set(homes) == {"vessel, vertebra", "vessel", "vertebra"}
    model = build_model(bundle, torch.device("cpu"))
    assert model.expert_ids == bundle.card.expert_ids
    usual, second = model.general.state_dict(), model.second_decoder.state_dict()
    assert not torch.equal(second["sub_voxels.weight"], usual["sub_voxels.weight"])


def test_a_validation_sheet_is_kept_beside_the_stages(made):
    lines = read_sheet(made[0] / "work" / "sheet.csv")
    assert [(line["stage"], line["step"]) for line in lines] == [
        ("general", "2"), ("second", "2"), ("mixture", "0")
    ]  # fmt: skip
    assert lines[0]["general to vessel"] == ""
    assert lines[2]["general to vessel"] != ""


def test_the_same_command_again_does_nothing_twice_and_gives_the_same_bundle(made, tmp_path):
    folder, bundle = made
    before = {path: path.stat().st_mtime_ns for path in (folder / "work").iterdir()}
    again = make_embedded(a_workshop(folder / "work"), tmp_path / "again", RECIPE)
    kept = {
        path: path.stat().st_mtime_ns
        for kind in ("prompts", "cuts", "general-", "task")
        for path in (folder / "work").glob(f"{kind}*")
    }
    assert len(kept) > 10
    assert all(before[path] == stamp for path, stamp in kept.items())
    assert again.hash == bundle.hash


def test_a_folder_of_another_recipe_is_refused(made):
    with pytest.raises(CheckpointError, match="another recipe"):
        make_embedded(a_workshop(made[0] / "work"), made[0] / "other", replace(RECIPE, cut_views=2))


def test_ctrl_c_leaves_a_checkpoint_to_go_on_from(made, tmp_path):
    asked = iter([False, True])
    workshop = a_workshop(tmp_path, stopped=lambda: next(asked, True))
    with pytest.raises(StoppedError, match="'general' stopped at step 1"):
        make_embedded(workshop, tmp_path / "bundle", RECIPE)
    assert (tmp_path / "general.pt").exists()
    assert not (tmp_path / "bundle").exists()


def test_with_fewer_experts_the_others_tasks_are_nobodys(made):
    torch.manual_seed(0)
    model = build_model(made[1], torch.device("cpu"))
    classes = torch.arange(3).repeat(8)
    bank = GateBank(
        sparse=torch.rand(24, 3, model.family.embed_dim),
        tokens=torch.rand(24, 8, model.family.embed_dim),
        local=torch.nn.functional.one_hot(classes, 3)[:, :1, None].float()
        * torch.ones(24, 6, model.family.local_dim)
        + torch.rand(24, 6, model.family.local_dim),
        point_labels=torch.ones(24, 6).long(),
        classes=classes,
    )
    prompts = GatePrompts(("vessel", "vertebra", GENERAL), bank, bank).among(["vertebra"])
    assert prompts.train.classes.tolist() == [1, 0, 1] * 8
    gate = train_gate(model, prompts, least=[0.5], options=GateOptions(steps=2, batch=4))
    assert gate.gate.num_experts == len(gate.tau) == 1
    assert set(gate.routed) == {"vertebra", GENERAL}


def with_scenes_of(made, folder):
    """Return a new working folder with the scenes drawn for `made`, which take the longest."""
    folder.mkdir()
    for scene in (made[0] / "work").glob("scene-*"):
        shutil.copy2(scene, folder)
    return folder


def test_two_processes_share_the_work_and_the_first_one_writes_the_bundle(made, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with_scenes_of(made, tmp_path / "work")
    spawn = multiprocessing.get_context("spawn")
    started = [spawn.Process(target=follow, args=(rank, port, tmp_path)) for rank in range(2)]
    for process in started:
        process.start()
    for process in started:
        process.join(300)
        assert process.exitcode == 0
    assert (tmp_path / "0.txt").read_text("utf-8") == read_bundle(tmp_path / "bundle").hash
    assert (tmp_path / "1.txt").read_text("utf-8") == "nothing"


def test_a_tumour_expert_is_made_where_there_are_patients_scans(made, tmp_path):
    scans = write_nnunet(tmp_path / "scans", scans=3)
    recipe = replace(RECIPE, experts=("vertebra", TUMOUR))
    without = make_embedded(
        a_workshop(with_scenes_of(made, tmp_path / "without")), tmp_path / "none", recipe
    )
    assert without.card.expert_ids == ("vertebra",)
    assert "no image of a patient" in without.card.training["data"]
    bundle = make_embedded(
        a_workshop(with_scenes_of(made, tmp_path / "with")), tmp_path / "bundle", recipe,
        tumours=ScanFolder(scans, ("1",)), tumour_source="a hospital, CC BY 3.0",
    )  # fmt: skip
    assert bundle.card.expert_ids == ("vertebra", TUMOUR)
    assert "3 scans of patients (a hospital, CC BY 3.0; " in bundle.card.training["data"]
    assert "steps, chosen by 2-fold cross-validation)" in bundle.card.training["data"]
    assert "a hospital" in bundle.card.expert(TUMOUR).trained_on
    assert "a hospital" not in bundle.card.expert("vertebra").trained_on
