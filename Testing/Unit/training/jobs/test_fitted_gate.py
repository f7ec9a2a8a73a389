"""`sammoe fit-gate`: the product is asked in labelled scans, and the gate's last layer learns."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from sammoe.bundle import build_model, read_bundle
from sammoe.cli import main
from sammoe.engine import Predictor
from sammoe.evaluation import find_cases
from sammoe.labelled_scans import LeftOut
from sammoe.training.gate.bank import GateBank
from sammoe.training.gate.embed import embed_views
from sammoe.training.jobs.asked import (
    BESIDE_MM,
    _first_prompts,
    _places_beside,
    prompts_asked,
)
from sammoe.training.jobs.bundle_update import taus_of
from sammoe.training.jobs.fitted_gate import FittedGateJob, fit_gate_further
from sammoe.training.loop.workshop import StoppedError, Workshop
from sammoe.training.reporter import Silent
from sammoe.training.samples.general_views import GeneralData
from tiny_bundle import with_bank, write_tiny_bundle
from tiny_scans import write_nnunet
from toy_objective import Balls

QUICK = ("--anatomy", "none", "--scenes", "2", "--gate-samples", "4", "--test-samples", "2",
         "--test-clicks", "1", "--users", "2", "--device", "cpu", "--force")  # fmt: skip
BALL, BOX = 1, 2


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with scans, whose balls are livers, and a bundle whose gate has a bank."""
    folder = tmp_path_factory.mktemp("fitted")
    write_nnunet(folder / "scans", scans=2)
    said = {"format": 1, "structures": [{"labels": {"1": "ball"}, "expert": "liver"}]}
    (folder / "scans" / "structures.json").write_text(json.dumps(said))
    write_tiny_bundle(folder / "bare")
    bundle = write_tiny_bundle(folder / "bundle")
    model = build_model(bundle)
    banks = [
        embed_views(model, Balls(), samples=6, class_index=column, size=32, seed=column)
        for column in range(3)
    ]
    with_bank(bundle, GateBank.joined(banks))
    return folder


def asked(place: Path, *, beside: bool = False):
    cases = find_cases([place / "scans"], LeftOut())
    predictor = Predictor.from_bundle(place / "bundle", device="cpu", precision="float32")
    return predictor, cases, prompts_asked(
        predictor, cases, users=2, beside=lambda _: beside, on_case=lambda *_: None
    )  # fmt: skip


def test_what_is_kept_of_a_click_is_what_the_gate_said_of_it(place):
    predictor, cases, bank = asked(place)
    assert torch.bincount(bank.classes).tolist() == [8, 0, 8]  # balls are the liver's, boxes none's
    gate = predictor.model.gate_network
    inputs = (bank.sparse, bank.tokens, bank.local)
    with torch.no_grad():
        said = gate(*(part.float() for part in inputs), bank.point_labels).softmax(-1)
    scan = cases[0].read_scan()
    predictor.set_volume(scan.volume)
    prompts = list(_first_prompts(cases[0], scan, scan.mask_kji(BALL), 2))
    assert [len(p.point_labels) for p in prompts] == [1, 0, 1, 0]
    for row, one in zip(said, prompts, strict=False):
        scores = predictor.predict(one).scores
        expected = [scores[name] for name in ("liver", "vessels", "general")]
        assert row.tolist() == pytest.approx(expected, abs=0.02)


def test_places_beside_are_nobodys_and_far_from_everything_labelled(place):
    _, cases, bank = asked(place, beside=True)
    assert torch.bincount(bank.classes).tolist() == [8, 0, 8 + 2 * 2]
    scan = cases[0].read_scan()
    to_ijk = np.linalg.inv(scan.volume.ijk_to_ras)
    labelled = np.argwhere(np.isin(scan.labels_kji, [BALL, BOX]))[:, ::-1]
    ijk_to_ras = scan.volume.ijk_to_ras
    labelled_ras = labelled @ ijk_to_ras[:3, :3].T + ijk_to_ras[:3, 3]
    for prompts in _places_beside(cases[0].entry.name, scan, 5):
        (place_ras,) = prompts.points_ras
        assert np.linalg.norm(labelled_ras - place_ras, axis=1).min() > BESIDE_MM
        i, j, k = np.rint(to_ijk @ [*place_ras, 1])[:3].astype(int)
        assert scan.volume.array_kji[k, j, i] > -1000


def test_who_asks_to_stop_is_heard_before_the_next_object_and_nothing_is_changed(place):
    bundle, asked = read_bundle(place / "bundle"), []

    class Heard(Silent):
        def count(self, what, done, total):
            if what == "asking the product":
                asked.append((done, total))

    workshop = Workshop(place, "stop-", reporter=Heard(), stopped=lambda: len(asked) == 2)
    job = FittedGateJob(
        cases=find_cases([place / "scans"], LeftOut()),
        bodies=GeneralData(scenes=2, anatomy=None, cache=place / "cache"),
    )
    with pytest.raises(StoppedError, match="stopped while asking the product"):
        fit_gate_further(workshop, bundle, job)
    assert asked == [(0, 4), (1, 4)]
    assert read_bundle(place / "bundle").hash == bundle.hash


def test_only_the_last_layer_learns_and_thresholds_stay(place, capsys):
    before = read_bundle(place / "bundle")
    weights, files = before.gate, digests(place / "bundle")
    words = ("fit-gate", "--bundle", str(place / "bundle"), "--data", str(place / "scans"),
             "--beside", "*", *QUICK, "--cache", str(place / "cache"))  # fmt: skip
    assert main(list(words)) == 0
    after = read_bundle(place / "bundle")
    changed = {n for n, v in weights.items() if not np.array_equal(after.gate[n], v)}
    assert changed == {"head.weight", "head.bias"}
    files.pop("gate.safetensors")
    assert digests(place / "bundle").items() >= files.items()
    assert taus_of(after.card) == taus_of(before.card)
    said = capsys.readouterr().out
    assert "general: " in said
    assert "the gate of 2 experts is fitted" in said


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.safetensors")
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--bundle", "bare"), "has no gate with prompts of what it knows"),
        (("--expert", "heart=liver"), "there is no class 'heart'"),
        (("--expert", "ball=heart"), "heart"),
        (("--data", "nowhere"), "no folder"),
    ],
)
def test_bad_input_is_one_clear_line(place, capsys, monkeypatch, words, said):
    monkeypatch.chdir(place)
    given = ["fit-gate", "--bundle", "bundle", "--data", "scans", *QUICK, *words]
    assert main(given) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert said in error
