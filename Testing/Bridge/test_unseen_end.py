"""A training that ended when nobody watched it: Slicer was closed. Resuming finds its expert."""

import json

import pytest

from fake_training import FakeTrainings
from sammoe.errors import SAMMoEError
from SAMMoESlicerLib.ExpertTraining import ExpertTraining
from SAMMoESlicerLib.TrainingPlan import TrainingPlan
from SAMMoESlicerLib.TrainingProgress import TrainingPhase
from SAMMoESlicerLib.TrainingSentences import stateOf
from SAMMoESlicerLib.TrainingVerdict import TrainingVerdict
from tiny_bundle import write_tiny_bundle

SAID = (
    "measured on: scan_1, scan_2",
    "general: 0.600 -> 0.598 (-0.002), 2% of 40 general prompts go to an expert",
    "liver: general decoder 0.410, expert alone 0.700, together 0.655; 90% routed to it",
)
REFUSED = "sammoe train-expert: the bundle has an expert 'liver' already; choose another --id"


@pytest.fixture
def trainings():
    return FakeTrainings()


@pytest.fixture
def left(trainings, tmp_path):
    """A training that Slicer was closed in; the model has a liver, which is trained anew."""
    bundle = write_tiny_bundle(tmp_path / "bundle").path
    training = ExpertTraining(tmp_path / "training", start=trainings)
    training.begin(TrainingPlan("Liver", "data", str(bundle), scans=3, replaces=True))
    (training.folder / "work" / "expert-liver.pt").write_bytes(b"checkpoint")
    training.close()
    return training


@pytest.fixture
def failures():
    return []


@pytest.fixture
def opened(left, trainings, failures):
    """The training as the next session finds it."""
    training = ExpertTraining(left.folder, start=trainings)
    training.failed.connect(failures.append)
    training.paced.connect(failures.append)  # how long it took is not known
    assert training.phase is TrainingPhase.PAUSED
    return training


def endUnseen(training, output=None):
    """Write the expert into the copy, and what was measured into a file."""
    write_tiny_bundle(training.bundle, seed=7)
    (training.folder / "work" / "expert-liver.pt").unlink()
    if output is not None:
        steps = [{"stage": "expert-liver", "done": n, "total": 9, "dice": 0.5} for n in range(9)]
        lines = [*steps, *({"say": line} for line in SAID)]
        output.write_text("\n".join(map(json.dumps, lines)) + "\n", "utf-8")


def endDrawing(training, trainings):
    assert trainings.commands[-1][0] == "evaluate"
    trainings.process.end(0)
    training.poll()
    assert training.phase is TrainingPhase.DONE


def test_an_expert_that_was_finished_unseen_is_found_with_its_figures(opened, trainings, failures):
    endUnseen(opened, trainings.outputs[0])
    opened.resume()
    endDrawing(opened, trainings)
    assert [command[0] for command in trainings.commands] == ["train-expert", "evaluate"]
    assert {"scan_1", "scan_2"} < set(trainings.commands[-1])
    assert opened.verdict == TrainingVerdict(0.41, 0.655, 0.6, 0.598)
    assert failures == []
    assert ExpertTraining(opened.folder).phase is TrainingPhase.DONE


def test_without_what_it_said_there_is_an_expert_without_figures(opened, trainings, failures):
    endUnseen(opened)
    opened.resume()
    endDrawing(opened, trainings)
    assert "is lost" in stateOf(opened.plan, opened.phase, opened.progress, opened.verdict)
    opened.use(opened.folder / "installed", before="")
    again = ExpertTraining(opened.folder)
    assert again.phase is TrainingPhase.USED
    assert "In use" in stateOf(again.plan, again.phase, again.progress, again.verdict)
    assert failures == []


def test_one_that_still_ran_and_was_faster_than_the_resumed_one_is_taken(
    opened, trainings, failures
):
    opened.resume()
    assert trainings.commands[-1][-1] == "--resume"
    assert trainings.outputs[0] == trainings.outputs[1].with_name("said_0.jsonl")
    endUnseen(opened, trainings.outputs[0])
    trainings.process.complain(REFUSED)
    trainings.process.end(2)
    opened.poll()
    endDrawing(opened, trainings)
    assert opened.verdict == TrainingVerdict(0.41, 0.655, 0.6, 0.598)
    assert failures == []


def test_a_training_that_failed_before_its_expert_was_written_says_so(opened, trainings, failures):
    opened.resume()
    trainings.process.complain("sammoe train-expert: no space left on the disk")
    trainings.process.end(2)
    opened.poll()
    assert opened.phase is TrainingPhase.PAUSED
    assert failures == ["the training stopped: no space left on the disk"]


def test_what_another_slicer_has_begun_meanwhile_is_shown_and_not_deleted(trainings, tmp_path):
    bundle = write_tiny_bundle(tmp_path / "bundle").path
    first, second = (ExpertTraining(tmp_path / "training", start=trainings) for _ in range(2))
    first.begin(TrainingPlan("Liver", "data", str(bundle), scans=3))
    checkpoint = first.folder / "work" / "expert-liver.pt"
    checkpoint.write_bytes(b"hours")
    second.discard()  # a no to what was offered
    with pytest.raises(SAMMoEError, match="another Slicer"):
        second.begin(TrainingPlan("Spleen", "data", str(bundle), scans=3))
    assert checkpoint.exists()
    assert (second.plan, second.phase) == (first.plan, TrainingPhase.PAUSED)


def test_the_plan_of_a_later_version_is_read_and_what_it_adds_is_left_out(left):
    plan = left.folder / "plan.json"
    plan.write_text(json.dumps({**json.loads(plan.read_text("utf-8")), "later": 1}), "utf-8")
    assert ExpertTraining(left.folder).plan == left.plan


@pytest.mark.parametrize("text", ["{", "[1]", '{"later": 1}'])
def test_a_training_whose_plan_cannot_be_read_is_not_deleted_for_another_one(left, text):
    (left.folder / "plan.json").write_text(text, "utf-8")
    training = ExpertTraining(left.folder, start=FakeTrainings())
    assert training.phase is TrainingPhase.NONE
    with pytest.raises(SAMMoEError, match="move the folder away"):
        training.begin(left.plan)
    assert (left.folder / "work" / "expert-liver.pt").exists()
