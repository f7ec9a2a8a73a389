"""`sammoe train-gate`, `train-joint`, `train-general`, and SAM-Med3D's family, on tiny data."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from bare_bundle import write_bare_sam_med3d
from sammoe.bundle import build_model, read_bundle
from sammoe.cli import main
from sammoe.training.jobs.general import GeneralJob, new_general
from sammoe.training.loop.schedule import TrainingOptions
from sammoe.training.loop.workshop import StoppedError, Workshop
from sammoe.training.objectives.joint import JointObjective
from sammoe.training.samples.general_views import GeneralData
from sammoe.training.stages.cuts import LEVELS
from sammoe.training.users.plans import draw_plan
from sammoe.training.view_batch import ViewBatch
from tiny_bundle import write_tiny_bundle
from tiny_scans import write_nnunet
from toy_objective import Balls

SCHEDULE = ("--steps", "2", "--views", "1", "--device", "cpu")
GENERAL = (*SCHEDULE, "--test-samples", "2")
GATE = ("--gate-steps", "4", "--gate-samples", "4", "--test-samples", "2", "--test-clicks", "1")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("others")
    write_nnunet(folder / "scans", scans=2)
    return folder


def sammoe(place: Path, command: str, *words: str) -> int:
    """Run a command with the scans as every task there is."""
    return main([command, *words, "--cache", str(place / "cache")])


def tasks(place: Path) -> tuple[str, ...]:
    scans = place / "scans"
    return ("--task", f"liver={scans}", "--task", f"vessels={scans}", "--general", str(scans))


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.safetensors")
    }


def test_a_gate_is_trained_without_touching_any_decoder(place, capsys):
    before = digests(write_tiny_bundle(place / "gate").path)
    words = ("--bundle", str(place / "gate"), *tasks(place), *GATE, "--device", "cpu", "--force")
    assert sammoe(place, "train-gate", *words) == 0
    after = digests(place / "gate")
    assert after.pop("gate.safetensors") != before.pop("gate.safetensors")
    assert after.pop("gate_bank.safetensors")
    assert after == before
    bundle = read_bundle(place / "gate")
    assert all(0.5 <= card.tau <= 0.97 for card in bundle.card.experts)
    said = capsys.readouterr().out
    assert "general: " in said
    assert said.count("expert's gain kept: ") == 2


def test_a_gate_is_trained_again_from_the_bank_in_the_bundle_alone(place):
    from sammoe.training.gate.bank import bundle_bank

    bank = bundle_bank(read_bundle(place / "gate"))
    assert torch.bincount(bank.classes).tolist() == [4, 4, 8]
    words = ("--bundle", str(place / "gate"), "--general", str(place / "scans"), *GATE)
    assert sammoe(place, "train-gate", *words, "--device", "cpu", "--force") == 0
    again = bundle_bank(read_bundle(place / "gate"))
    assert torch.bincount(again.classes).tolist() == [4, 4, 8]  # Equal ones are not kept twice.


def test_labels_of_a_task_are_those_that_are_named(place, capsys):
    words = ("--bundle", str(place / "gate"), *tasks(place), *GATE, "--device", "cpu", "--force")
    assert sammoe(place, "train-gate", *words, "--task-label", "liver=9") == 2
    assert "label 9 does not occur" in capsys.readouterr().err
    assert sammoe(place, "train-gate", *words, "--task-label", "heart=1") == 2
    assert "no --task heart=DIR" in capsys.readouterr().err
    assert sammoe(place, "train-gate", *words, "--general-label", "lung") == 2
    assert "'lung' is no label" in capsys.readouterr().err
    chosen = ("--task-label", "liver=ball", "--task-label", "vessels=box", "--general-label", "2")
    assert sammoe(place, "train-gate", *words, *chosen) == 0
    assert "2 scans used, none left out" in capsys.readouterr().out


def test_the_first_process_alone_trains_a_gate(place, monkeypatch, capsys):
    monkeypatch.setenv("RANK", "1")
    before = digests(place / "gate")
    words = ("--bundle", str(place / "gate"), *tasks(place), *GATE, "--device", "cpu", "--force")
    assert sammoe(place, "train-gate", *words) == 0
    assert (digests(place / "gate"), capsys.readouterr().out) == (before, "")


def test_a_bundle_without_experts_has_nothing_to_choose(place, capsys):
    write_bare_sam_med3d(place / "bare")
    assert sammoe(place, "train-gate", "--bundle", str(place / "bare")) == 2
    assert "no expert to choose" in capsys.readouterr().err


def test_a_task_of_an_expert_that_does_not_exist_is_refused(place, capsys):
    words = ("--bundle", str(place / "gate"), "--task", f"heart={place / 'scans'}")
    assert sammoe(place, "train-gate", *words, "--general", str(place / "scans")) == 2
    assert "no expert heart" in capsys.readouterr().err


def test_gate_and_experts_are_trained_together_and_the_general_model_is_not(place):
    before = digests(write_tiny_bundle(place / "joint", cuts=0.7).path)
    words = ("--bundle", str(place / "joint"), *tasks(place), *SCHEDULE, *GATE, "--force")
    assert sammoe(place, "train-joint", *words, "--rate", "0.01") == 0
    after = digests(place / "joint")
    assert after["general.safetensors"] == before["general.safetensors"]
    assert after["gate.safetensors"] != before["gate.safetensors"]
    experts = [after[name] != before[name] for name in ("liver.safetensors", "vessels.safetensors")]
    assert any(experts)
    bundle = read_bundle(place / "joint")
    for expert_id in bundle.card.expert_ids:
        assert set(bundle.expert(expert_id)["cuts"].tolist()) <= set(LEVELS)


def test_a_joint_step_reaches_the_gate_and_the_top_expert_only(place):
    model = build_model(write_tiny_bundle(place / "step"))
    objective = JointObjective(model, class_of={0: 0, 1: 1, 2: 2})
    batch = Balls().sample(np.random.default_rng(0), views=2, objects=1, size=32)
    batch = ViewBatch(batch.patches, batch.masks, batch.rows, np.array([0, 0]))
    plan = draw_plan(np.random.default_rng(1))
    loss, _ = objective(batch, plan, 5)
    loss.backward()
    torch.rand(3)  # The seed alone decides what the gate's dropout leaves out.
    assert torch.equal(objective(batch, plan, 5)[0], loss)
    moved = {name for name, p in objective.named_parameters() if p.grad is not None}
    assert any(name.startswith("gate.head") for name in moved)
    assert any(name.startswith("experts.0.") for name in moved)  # its gate column is raised
    assert not any(name.startswith("experts.1.") for name in moved)
    assert all(p.grad is None for p in model.general.parameters())
    assert all(p.grad is None for p in model.family.parameters())


def test_a_general_model_is_trained_from_scratch_and_works_as_a_bundle(place):
    words = ("-o", str(place / "general"), "--data", str(place / "scans"), *GENERAL,
             "--size", "encoder_depth=1", "--size", "patch_size=32", "--name", "Mine")  # fmt: skip
    assert sammoe(place, "train-general", *words) == 0
    bundle = read_bundle(place / "general")
    assert (bundle.card.name, bundle.card.experts) == ("Mine", ())
    assert bundle.card.training["data"] == "2 labelled scans"
    build_model(bundle)


def test_a_general_model_is_trained_on_geometric_scenes(place):
    words = ("-o", str(place / "scenes"), "--scenes", "2", "--anatomy", "none", *GENERAL,
             "--size", "encoder_depth=1", "--size", "patch_size=32")  # fmt: skip
    assert sammoe(place, "train-general", *words) == 0
    assert read_bundle(place / "scenes").card.training["data"] == "2 scenes"


def test_an_existing_bundle_is_replaced_by_a_general_model_only_if_told_so(place, capsys):
    before = digests(write_tiny_bundle(place / "precious").path)
    words = ("-o", str(place / "precious"), "--data", str(place / "scans"), *SCHEDULE)
    assert sammoe(place, "train-general", *words) == 2
    assert "is a bundle already" in capsys.readouterr().err
    assert digests(place / "precious") == before


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_one_clear_line(place, capsys):
    words = ("-o", str(place / "gpu"), "--data", str(place / "scans"), "--device", "cuda")
    assert sammoe(place, "train-general", *words) == 2
    assert "no 'cuda' here" in capsys.readouterr().err


def test_the_seed_alone_decides_with_what_weights_a_general_model_starts(place):
    def weights(seed):
        torch.rand(3)  # What was drawn before does not matter.
        job = GeneralJob(
            place / "unwritten",
            general=GeneralData(scenes=2, anatomy=None, cache=place / "cache"),
            training=TrainingOptions(seed=seed),
            sizes={"encoder_depth": 1, "patch_size": 32},
        )
        with pytest.raises(StoppedError, match="'general' stopped at step 0"):
            new_general(Workshop(place, "start-", stopped=lambda: True), job)
        state = torch.load(place / "start-general.pt", weights_only=True)["trained"]
        assert any(name.startswith("tissue_head.") for name in state)
        return torch.cat([value.flatten() for value in state.values()])

    assert torch.equal(weights(3), weights(3))
    assert not torch.equal(weights(3), weights(4))


def test_an_expert_of_a_sam_med3d_model_is_trained_without_boxes(place):
    before = digests(write_bare_sam_med3d(place / "sam").path)
    scans = str(place / "scans")
    words = ("--bundle", str(place / "sam"), "--id", "ball", "--data", scans, "--label", "1")
    words += ("--general", scans, *SCHEDULE, *GATE, "--force")
    assert sammoe(place, "train-expert", *words) == 0
    bundle = read_bundle(place / "sam")
    assert bundle.card.expert_ids == ("ball",)
    assert digests(place / "sam")["general.safetensors"] == before["general.safetensors"]
    assert bundle.expert("ball")["iou_token.weight"].dtype == torch.float32
    build_model(bundle)
