"""From examples to an expert through the real command: begun, paused, gone on with, measured."""

import stat
import tempfile
import time

import pytest

from bare_bundle import write_bare_bundle
from fake_training import FakeTrainings
from kept_settings import KeptSettings
from sammoe import MaskPrompt, Volume
from sammoe.bundle import read_bundle
from sammoe.bundle.install import install_bundle
from sammoe.errors import SAMMoEError, WorkerError
from sammoe.geometry import bounding_box, box_slices_kji
from sammoe.image_io.image_files import matrix_of
from sammoe.training.stages.no_forgetting import MOST_LOST, TaskNumbers, Verdict
from SAMMoESlicerLib import TrainingVerdict as verdicts
from SAMMoESlicerLib.Bridge.Example import Example
from SAMMoESlicerLib.ExampleStore import ExampleStore
from SAMMoESlicerLib.ExpertTraining import ExpertTraining
from SAMMoESlicerLib.Job import Job
from SAMMoESlicerLib.TrainingPace import KnownPaces, TrainingPace
from SAMMoESlicerLib.TrainingPlan import TrainingPlan, expertIdOf
from SAMMoESlicerLib.TrainingProgress import TrainingPhase
from SAMMoESlicerLib.TrainingSentences import aboutTime
from tiny_scans import make_scan, to_image

PATIENCE_S = 300.0  # against hanging only


def until(training, condition):
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, training.phase
        training.poll()
        time.sleep(0.01)


@pytest.fixture
def examples(tmp_path):
    """Two scans of balls and boxes, submitted."""
    store = ExampleStore(tmp_path / "examples")
    for seed in range(2):
        grey, labels = make_scan(seed)
        volume = Volume(grey, matrix_of(to_image(grey)))
        for value, name in ((1, "Ball"), (2, "Box")):
            box = bounding_box(labels == value)
            mask = (labels == value)[box_slices_kji(box)]
            store.submit(volume, Example(name, MaskPrompt(mask, box)))
    return store


def test_an_expert_is_trained_paused_resumed_and_used(examples, tmp_path):
    bundle = write_bare_bundle(tmp_path / "bundle").path
    before = (bundle / "bundle.json").read_bytes()
    general = ("--general", str(examples.folder), "--general-label", "Box")
    short = ("--views", "1", "--gate-steps", "4", "--gate-samples", "4")
    few = ("--test-samples", "2", "--test-clicks", "2", "--device", "cpu", "--threads", "1")
    plan = TrainingPlan(
        "Ball", str(examples.folder), str(bundle), "SCT^1^Ball", 2, steps=20,
        more=(*general, *short, *few),
    )  # fmt: skip
    training = ExpertTraining(tmp_path / "training")
    failures = []
    paces = []
    training.failed.connect(failures.append)
    training.paced.connect(paces.append)
    training.begin(plan, measures=True)
    until(training, lambda: training.phase is TrainingPhase.PAUSED)
    assert training.awaitsYes
    assert paces[0].stepS > 0
    training.resume()
    until(training, lambda: training.progress and training.progress.dice is not None)
    training.close()  # Slicer is closed: nobody waits for the checkpoint

    again = ExpertTraining(tmp_path / "training")
    again.failed.connect(failures.append)
    assert again.phase is TrainingPhase.PAUSED
    until(again, lambda: (again.folder / "work" / "expert-ball.pt").exists())
    again.resume()
    until(again, lambda: again.phase in (TrainingPhase.PAUSED, TrainingPhase.DONE))
    assert failures == []
    assert again.phase is TrainingPhase.DONE
    assert [path.name for path in again.pictures] == ["worst_1.png"]  # one scan was held out
    assert 0 <= again.verdict.generalAfter <= 1
    assert ExpertTraining(tmp_path / "training").verdict == again.verdict
    (again.folder / "verdict.json").unlink()  # as if Slicer had been closed before the end
    unseen = ExpertTraining(tmp_path / "training")
    unseen.failed.connect(failures.append)
    unseen.resume()
    until(unseen, lambda: unseen.phase is TrainingPhase.DONE)
    assert failures == []
    assert unseen.verdict == again.verdict

    used = install_bundle(again.bundle, tmp_path / "library")
    assert used.card.name == "Bare + Ball"
    assert used.card.expert("ball").terminology["type"]["meaning"] == "Ball"
    assert used.card.expert("ball").dice["mixture, 2 clicks"] == again.verdict.taskAfter
    assert (bundle / "bundle.json").read_bytes() == before
    assert read_bundle(bundle).card.expert_ids == ()


def test_the_verdict_is_read_from_what_the_command_says():
    numbers = TaskNumbers("liver-2", general=0.41, alone=0.7, mixture=0.655, routed=0.9)
    said = Verdict(before=0.6, after=0.58, misrouted=0.1, tasks=(numbers,), samples=40)
    found = verdicts.TrainingVerdict.fromLines(["a gate", *said.lines()])
    assert found == verdicts.TrainingVerdict(0.41, 0.655, 0.6, 0.58)
    assert found.forgets == said.forgets is True
    assert verdicts.MOST_LOST == MOST_LOST
    assert verdicts.TrainingVerdict.fromLines(["2 scans used"]) is None


def test_a_structures_name_becomes_an_experts_id():
    assert expertIdOf("Left Kidney (upper)") == "left-kidney-upper"
    assert expertIdOf("General") == "general-expert"
    assert expertIdOf("Aux") == "aux-expert"
    assert expertIdOf("Auxiliary") == "auxiliary"
    with pytest.raises(SAMMoEError, match="rename"):
        expertIdOf("肝")


def test_a_model_that_cannot_be_copied_leaves_nothing_behind(tmp_path):
    training = ExpertTraining(tmp_path / "training")
    with pytest.raises(SAMMoEError, match="cannot be copied"):
        training.begin(TrainingPlan("Ball", "data", str(tmp_path / "missing")))
    assert training.phase is TrainingPhase.NONE
    assert not training.folder.exists()


def test_the_copy_of_a_model_that_nobody_may_write_to_can_be_written_to(tmp_path):
    bundle = write_bare_bundle(tmp_path / "bundle").path
    places = (bundle, *bundle.rglob("*"))
    for place in places:
        place.chmod(0o555 if place.is_dir() else 0o444)
    training = ExpertTraining(tmp_path / "training", start=FakeTrainings())
    training.begin(TrainingPlan("Ball", "data", str(bundle)))
    copies = (training.bundle, *training.bundle.rglob("*"))
    assert len(copies) == len(places)
    assert all(copy.stat().st_mode & stat.S_IWUSR for copy in copies)


def test_a_job_that_has_no_place_for_its_output_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(WorkerError, match="cannot be started"):
        Job("info")


def test_a_pace_is_kept_by_architecture_with_the_tail_an_earlier_training_had():
    paces = KnownPaces(KeptSettings())
    assert paces.of("compact") is None
    paces.keep("compact", TrainingPace(1.5, 300.0))
    paces.keep("compact", TrainingPace(0.5))
    assert paces.of("compact") == TrainingPace(0.5, 300.0)
    assert paces.of("compact").seconds(2000) == 1300.0
    assert paces.of("sam_med3d") is None


@pytest.mark.parametrize(
    "kept", ["nonsense", "[]", '{"compact": 3}', '{"compact": {"stepS": "x"}}']
)
def test_settings_that_make_no_sense_are_no_pace(kept):
    assert KnownPaces(KeptSettings({"SAMMoE/TrainingPace": kept})).of("compact") is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(40, "about a minute"), (200, "about 3 minutes"), (1533, "about 25 minutes"),
     (6000, "about 1.5 hours"), (7300, "about 2 hours")],
)  # fmt: skip
def test_a_time_is_said_no_more_exactly_than_it_is_known(seconds, words):
    assert aboutTime(seconds) == words
