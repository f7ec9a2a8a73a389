"""`sammoe train-expert` on tiny data: what it adds, what it leaves alone, what it refuses."""

import hashlib
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bare_bundle import write_bare_bundle
from sammoe.bundle import read_bundle
from sammoe.cli import main
from sammoe.commands.training_run import STOPPED
from sammoe.path_lock import path_lock
from sammoe.training.gate.column import OWN_UNITS
from sammoe.training.jobs import expert as expert_job
from sammoe.training.loop.stopping import StopOnSignal
from sammoe.training.loop.workshop import Workshop
from sammoe.training.stages import no_forgetting
from sammoe.training.stages.cuts import LEVELS
from sammoe.training.stages.folds import CrossValidated
from tiny_bundle import write_tiny_bundle
from tiny_scans import write_nnunet

QUICK = ("--steps", "3", "--views", "1", "--gate-steps", "4", "--gate-samples", "4",
         "--test-samples", "2", "--test-clicks", "2", "--device", "cpu")  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with scans, a bundle without experts, and that bundle after one `train-expert`."""
    folder = tmp_path_factory.mktemp("expert")
    write_nnunet(folder / "scans", scans=3)
    write_bare_bundle(folder / "bare")
    write_bare_bundle(folder / "one")
    assert train(folder, "one", "ball", "--label", "ball") == 0
    return folder


def train(place: Path, bundle: str, expert: str, *words: str) -> int:
    """Run the command with the scans as general tasks as well."""
    return main([
        "train-expert", "--bundle", str(place / bundle), "--id", expert,
        "--data", str(place / "scans"), "--general", str(place / "scans"),
        "--cache", str(place / "cache"), "--force", *QUICK, *words,
    ])  # fmt: skip


def digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of every weights file."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.safetensors"))
    }


def test_an_expert_joins_the_bundle_with_gate_bank_and_card(place):
    bundle = read_bundle(place / "one")
    (card,) = bundle.card.experts
    assert (card.id, card.name, card.trained_on) == ("ball", "Ball", "3 labelled scans")
    assert set(card.dice) == {
        "2 clicks", "general, 2 clicks", "mixture, 2 clicks", "routed to it"
    }  # fmt: skip
    assert 0.5 <= card.tau <= 0.97
    assert bundle.gate["head.bias"].shape == (2,)
    assert len(bundle.gate_bank["classes"]) == 4 + 8
    assert not list(place.glob("*.pt"))


def test_only_the_decoder_learns_and_the_general_model_is_untouched(place):
    bare, one = digests(place / "bare"), digests(place / "one")
    assert one["general.safetensors"] == bare["general.safetensors"]
    general, expert = read_bundle(place / "one").general, read_bundle(place / "one").expert("ball")
    names = {name.removeprefix("mask_decoder.") for name in general if "mask_decoder." in name}
    assert expert.keys() == names
    changed = [n for n, v in expert.items() if not np.array_equal(v, general[f"mask_decoder.{n}"])]
    assert changed


def test_a_second_expert_leaves_the_first_byte_for_byte(place, capsys):
    shutil.copytree(place / "one", place / "two")
    before = digests(place / "two")
    assert train(place, "two", "box", "--label", "box", "--name", "A box", "--color", "1,0,0.5",
                 "--code", "SCT^10200004^Liver") == 0  # fmt: skip
    after = digests(place / "two")
    for file in ("general.safetensors", "experts/ball.safetensors"):
        assert after[file] == before[file]
    card = read_bundle(place / "two").card
    assert card.expert_ids == ("ball", "box")
    assert card.experts[1].terminology["type"]["meaning"] == "Liver"
    assert card.experts[1].color == (1, 0, 0.5)
    assert sorted(set(read_bundle(place / "two").gate_bank["classes"].tolist())) == [0, 1, 2]
    said = capsys.readouterr().out
    assert "general: " in said
    assert "expert's gain kept: " in said
    assert "3 scans used, none left out" in said


def test_a_second_expert_leaves_the_first_ones_column_and_threshold(place):
    first, second = (read_bundle(place / name) for name in ("one", "two"))
    known = len(first.gate["hidden.bias"])
    for name in ("hidden.weight", "hidden.bias"):
        assert np.array_equal(second.gate[name][:known], first.gate[name])
    assert len(second.gate["hidden.bias"]) == known + OWN_UNITS
    rows = second.gate["head.weight"]
    assert np.array_equal(rows[[0, 2], :known], first.gate["head.weight"])
    assert not rows[[0, 2], known:].any()
    assert np.array_equal(second.gate["head.bias"][[0, 2]], first.gate["head.bias"])
    inside = [name for name in first.gate if not name.startswith(("hidden.", "head."))]
    assert all(np.array_equal(second.gate[name], first.gate[name]) for name in inside)
    assert second.card.experts[0].tau == first.card.experts[0].tau


def test_the_trained_bundle_works_in_the_product(place):
    from sammoe import PromptSet
    from sammoe.engine import Predictor
    from sammoe.image_io import read_volume

    predictor = Predictor.from_bundle(place / "one", device="cpu")
    volume = read_volume(place / "scans" / "imagesTr" / "case00_0000.nii.gz")
    predictor.set_volume(volume)
    centre = volume.ijk_to_ras @ [10, 12, 8, 1]
    result = predictor.predict(PromptSet(points_ras=[centre[:3]], point_labels=[1]))
    assert set(result.scores) == {"ball", "general"}


def test_a_new_expert_is_cut_where_its_own_masks_are_best_and_not_where_the_general_ones_are(place):
    write_tiny_bundle(place / "cut", cuts=0.7)
    scans = str(place / "scans")
    others = ("--task", f"liver={scans}", "--task", f"vessels={scans}")
    assert train(place, "cut", "ball", "--label", "ball", *others) == 0
    bundle = read_bundle(place / "cut")
    assert set(bundle.expert("ball")["cuts"].tolist()) <= set(LEVELS)
    for untouched in (bundle.general["mask_decoder.cuts"], bundle.expert("liver")["cuts"]):
        assert untouched.tolist() == pytest.approx([0.7] * 3, abs=1e-3)


def test_an_id_that_is_taken_is_refused_unless_it_is_replaced(place, capsys):
    before = digests(place / "one")
    assert train(place, "one", "ball") == 2
    assert "already" in capsys.readouterr().err
    assert digests(place / "one") == before


def test_an_expert_trained_anew_takes_its_own_place(place):
    shutil.copytree(place / "one", place / "anew")
    before = digests(place / "anew")
    assert train(place, "anew", "ball", "--label", "2", "--replace", "--seed", "8") == 0
    after = digests(place / "anew")
    assert read_bundle(place / "anew").card.expert_ids == ("ball",)
    assert after["experts/ball.safetensors"] != before["experts/ball.safetensors"]
    assert len(read_bundle(place / "anew").gate_bank["classes"]) == 8 + 4


def test_a_bundle_that_would_forget_is_refused_and_nothing_is_lost(place, capsys, monkeypatch):
    monkeypatch.setattr(no_forgetting, "MOST_LOST", -2.0)  # Any result counts as a loss.
    shutil.copytree(place / "one", place / "kept")
    before, card = digests(place / "kept"), (place / "kept" / "bundle.json").read_bytes()
    words = ("train-expert", "--bundle", str(place / "kept"), "--id", "box", "--label", "box",
             "--data", str(place / "scans"), "--general", str(place / "scans"),
             "--cache", str(place / "cache"), *QUICK)  # fmt: skip
    assert main(list(words)) == 2
    assert "general Dice would fall" in capsys.readouterr().err
    assert (digests(place / "kept"), (place / "kept" / "bundle.json").read_bytes()) == (
        before,
        card,
    )
    checkpoint = place / "kept-expert-box.pt"
    assert checkpoint.exists()
    assert main([*words, "--resume", "--force"]) == 0
    assert read_bundle(place / "kept").card.expert_ids == ("ball", "box")
    assert not checkpoint.exists()


def test_cross_validation_says_after_how_many_steps_to_stop(place, capsys, monkeypatch):
    shutil.copytree(place / "bare", place / "folds")
    asked = iter([False] * 4)  # the first fold takes three steps, the second one
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(StopOnSignal, "__call__", lambda self: next(asked, True))
        with pytest.raises(SystemExit, match=str(STOPPED)):
            train(place, "folds", "ball", "--label", "ball", "--folds", "2")
    assert "'expert-ball.fold-2' stopped at step 1" in capsys.readouterr().out
    assert train(place, "folds", "ball", "--label", "ball", "--folds", "2") == 2
    assert "--resume" in capsys.readouterr().err
    taken, forget = [], Workshop.forget_checkpoints

    def read_and_forget(workshop):
        checkpoint = torch.load(workshop.path("expert-ball"), weights_only=True)
        taken.append(checkpoint["step"])
        forget(workshop)

    monkeypatch.setattr(Workshop, "forget_checkpoints", read_and_forget)
    assert train(place, "folds", "ball", "--label", "ball", "--folds", "2", "--resume") == 0
    said = capsys.readouterr().out
    (line,) = (line for line in said.splitlines() if "cross-validation in 2 folds" in line)
    dice = {int(n): float(d) for n, d in re.findall(r"(\d+): (0\.\d+)", line)}
    assert list(dice) == [1, 2, 3]
    steps = int(line.split("; ")[1].split()[0])
    assert dice[steps] == max(dice.values())
    (card,) = read_bundle(place / "folds").card.experts
    assert card.trained_on == f"3 labelled scans, {steps} steps chosen by 2-fold cross-validation"
    assert taken == [steps]
    assert not list(place.glob("*.pt"))


def test_what_another_cross_validation_left_goes_with_the_checkpoints(place):
    shutil.copytree(place / "bare", place / "left")
    (place / "left-expert-ball.fold-3.pt").write_bytes(b"of an earlier run in more folds")
    assert train(place, "left", "ball", "--label", "ball") == 2
    assert train(place, "left", "ball", "--label", "ball", "--restart") == 0
    assert not list(place.glob("*.pt"))


def test_of_equal_numbers_of_steps_the_fewest_are_taken():
    found = CrossValidated({0: 0.9, 10: 0.6, 20: 0.8, 30: 0.8}, 4)
    assert found.steps == 20
    assert "general decoder 0.900" in found.line(5)


def test_a_second_training_at_the_same_checkpoint_is_refused(place, capsys):
    with path_lock(place / ".sammoe-one-expert-box.pt.lock"):
        assert train(place, "one", "box", "--label", "box") == 2
    assert "another training goes on" in capsys.readouterr().err


def test_what_another_training_added_meanwhile_stays_and_resume_adds_to_it(
    place, capsys, monkeypatch
):
    shared = place / "shared"
    shutil.copytree(place / "bare", shared)
    trained = expert_job.train_expert

    def outrun(*arguments, **options):
        decoder = trained(*arguments, **options)
        shutil.copytree(place / "one", shared, dirs_exist_ok=True)
        return decoder

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(expert_job, "train_expert", outrun)
        assert train(place, "shared", "box", "--label", "box") == 2
    assert "was changed by another command" in capsys.readouterr().err.splitlines()[-1]
    assert digests(shared) == digests(place / "one")
    assert train(place, "shared", "box", "--label", "box", "--resume") == 0
    assert "resumed at step 3" in capsys.readouterr().out
    assert read_bundle(shared).card.expert_ids == ("ball", "box")


def test_no_training_sets_a_threshold_below_the_least_a_card_allows(place):
    folder = place / "careful"
    shutil.copytree(place / "one", folder)
    card = read_bundle(folder).card
    careful = replace(card, experts=(replace(card.experts[0], least_tau=0.99),))
    (folder / "bundle.json").write_text(careful.to_json())
    assert train(place, "careful", "box", "--label", "box") == 0
    assert train(place, "careful", "ball", "--label", "ball", "--replace") == 0
    ball, box = read_bundle(folder).card.experts
    assert (ball.tau, ball.least_tau) == (0.99, 0.99)
    assert box.least_tau == 0.5
    assert box.tau <= 0.97


def test_a_bundle_whose_other_experts_have_no_samples_names_them(place, capsys):
    write_tiny_bundle(place / "no-bank")
    before = digests(place / "no-bank")
    assert train(place, "no-bank", "ball") == 2
    assert "no prompts of liver, vessels" in capsys.readouterr().err
    assert digests(place / "no-bank") == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data", "nowhere"), "no folder"),
        (("--label", "heart"), "1 ball, 2 box"),
        (("--id", "Ball!"), "not an expert id"),
        (("--bundle", "nowhere"), "not a folder"),
        (("--resume",), "no checkpoint"),
        (("--folds", "3"), "2 patients cannot be divided into 3 folds"),
        (("--rate", "0"), "not a number above 0"),
        (("--color", "1,2"), "not R,G,B"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_2(place, capsys, words, said):
    code = 0
    try:
        code = train(place, "bare", "other", *words)
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    error = capsys.readouterr().err
    assert said in error.splitlines()[-1]
    assert "Traceback" not in error
