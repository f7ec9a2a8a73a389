"""The card of the embedded bundle says what it is worth on real scans, and its command refuses."""

import hashlib
import json

import pytest

from sammoe.bundle import read_bundle
from sammoe.cli import main
from sammoe.evaluation import Wanted
from sammoe.training.embedded_bundle import RealScans
from sammoe.training.embedded_bundle.real_scans import measure_on_scans
from sammoe.training.loop.workshop import Workshop
from tiny_bundle import write_tiny_bundle
from tiny_scans import write_nnunet

STRUCTURES = {
    "format": 1,
    "structures": [
        {"labels": {"1": "ball"}, "group": "round", "expert": "liver"},
        {"labels": {"2": "brick"}, "group": "solid"},
    ],
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A bundle before and after it was measured on a scan."""
    folder = tmp_path_factory.mktemp("measured")
    write_nnunet(folder / "scans", scans=1)
    (folder / "structures.json").write_text(json.dumps(STRUCTURES))
    before = write_tiny_bundle(folder / "bundle")
    weights = digests(folder / "bundle")
    scans = RealScans(folder / "scans", Wanted(structures=folder / "structures.json"))
    after = measure_on_scans(Workshop(folder), before, scans)
    assert digests(folder / "bundle") == weights
    return after


def digests(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*.safe*")}


def test_the_card_has_dice_by_group_after_clicks_and_after_a_box(measured):
    numbers = read_bundle(measured.path).card.training["real scans, never trained on"]
    assert numbers["structures"] == 2
    clicks = numbers["Dice after 1, 3, 5, 10 clicks"]
    assert set(clicks) == {"all", "experts' tasks", "nobody's task", "round", "solid"}
    assert [len(dice) for dice in clicks.values()] == [4] * 5
    boxes = numbers["Dice after a box, then 1, 3, 5, 10 clicks"]
    assert [len(dice) for dice in boxes.values()] == [5] * 5
    assert clicks["all"][0] == pytest.approx(
        (clicks["round"][0] + clicks["solid"][0]) / 2, abs=1e-3
    )


def test_the_card_says_where_the_gate_sent_whom(measured):
    numbers = measured.card.training["real scans, never trained on"]
    sent = numbers["gate at the first prompt, sent to"]
    assert set(sent) == {"liver", "general"}
    assert all(sum(counts.values()) == 2 for counts in sent.values())  # a click and a box each


def test_a_folder_with_another_recipes_work_is_refused_in_one_line(tmp_path, capsys):
    (tmp_path / "recipe.json").write_text("{}")
    words = ["train-embedded", "--work", str(tmp_path), "-o", str(tmp_path / "bundle")]
    assert main(words) == 2
    assert "holds the work of another recipe" in capsys.readouterr().err
    assert not (tmp_path / "bundle").exists()
