"""A training as a person meets it: stopped with Ctrl+C, resumed, refused, watched."""

import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bare_bundle import write_bare_bundle
from sammoe.bundle import BundleCard, read_bundle, write_bundle
from sammoe.cli import main
from sammoe.commands.console import TrainingConsole
from sammoe.training.loop.workshop import StoppedError
from sammoe.training.reporter import StepReport
from sammoe.worker.process import worker_environment
from tiny_bundle import write_tiny_bundle
from tiny_scans import write_nnunet

SOURCES = Path(__file__).parents[3] / "SAMMoESlicer"


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    write_nnunet(folder / "scans", scans=2)
    (folder / "scans" / "imagesTr" / "broken_0000.nii.gz").write_bytes(b"broken")
    (folder / "scans" / "labelsTr" / "broken.nii.gz").write_bytes(b"broken")
    write_bare_bundle(folder / "bundle")
    return folder


def words(place: Path, *more: str) -> list[str]:
    scans = str(place / "scans")
    return [
        "train-expert", "--bundle", str(place / "bundle"), "--id", "ball", "--data", scans,
        "--label", "1", "--general", scans, "--views", "1", "--steps", "20", "--gate-steps", "4",
        "--gate-samples", "4", "--test-samples", "2", "--cache", str(place / "cache"),
        "--device", "cpu", "--force", *more,
    ]  # fmt: skip


def start(place: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "sammoe.cli", *words(place)]
    return subprocess.Popen(
        command,
        env=environment,
        text=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_ctrl_c_leaves_a_checkpoint_from_which_the_same_command_goes_on(place, tmp_path, capsys):
    before = (place / "bundle" / "bundle.json").read_bytes()
    training = start(place)
    assert any("step 1/20" in line for line in training.stderr)
    training.send_signal(signal.SIGINT)
    said, errors = training.communicate()
    assert training.returncode == 130, errors
    step = int(re.search(r"stopped at step (\d+)", said)[1])
    assert 1 <= step < 20
    assert "--resume" in said
    assert (place / "bundle-expert-ball.pt").exists()
    assert (place / "bundle" / "bundle.json").read_bytes() == before

    checkpoint = (place / "bundle-expert-ball.pt").read_bytes()
    assert main(words(place)) == 2
    assert "go on from it with --resume, or start over with --restart" in capsys.readouterr().err
    others = write_nnunet(tmp_path / "scans", scans=2, first=5)
    assert main(words(place, "--resume", "--data", str(others))) == 2
    said = capsys.readouterr().err
    assert "belongs to another training" in said
    assert "version of SAMMoESlicer" in said
    assert (place / "bundle-expert-ball.pt").read_bytes() == checkpoint

    assert main(words(place, "--resume", "--log", str(place / "log"))) == 0
    said = capsys.readouterr().out
    assert f"resumed at step {step}" in said
    assert "2 scans used, 1 left out:" in said
    assert "broken: " in said
    assert read_bundle(place / "bundle").card.expert_ids == ("ball",)
    assert not (place / "bundle-expert-ball.pt").exists()
    assert list((place / "log").glob("events*"))


def test_a_gate_training_that_is_stopped_promises_no_checkpoint(place, capsys, monkeypatch):
    def stopped(*_):
        raise StoppedError("stopped before 'prompts'")

    monkeypatch.setattr("sammoe.training.jobs.gate.renew_gate", stopped)
    words = ["train-gate", "--bundle", str(place / "bundle"), "--device", "cpu"]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 130
    assert "stopped before 'prompts'; nothing was changed" in capsys.readouterr().out


def test_a_general_model_does_not_replace_what_was_written_while_it_was_trained(
    tmp_path, capsys, monkeypatch
):
    def outrun(workshop, job):
        others.append(write_tiny_bundle(job.out).hash)
        write_bundle(job.out, BundleCard("New", "compact"), general={}, replaces=job.place)

    others = []
    monkeypatch.setattr("sammoe.training.jobs.general.new_general", outrun)
    assert main(["train-general", "-o", str(tmp_path / "bundle"), "--device", "cpu"]) == 2
    assert "was changed by another command meanwhile" in capsys.readouterr().err
    assert read_bundle(tmp_path / "bundle").hash == others[0]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def report(step: int, **values) -> StepReport:
    usual = {"steps": 100, "loss": 0.5, "dice": 0.75, "samples": 4, "skipped": 0}
    return StepReport(step=step, **{**usual, **values})


LISTENING = """
import os, time
from sammoe.commands.json_console import stop_at_end_of_stdin
stop_at_end_of_stdin()
print(os.read(0, 1), flush=True)
while True:
    time.sleep(0.01)
"""


def test_who_looks_at_stdin_does_not_wait_for_the_panel_whose_end_stops_the_training():
    """On Windows scipy's import looks at it, and waits while somebody reads from it."""
    training = subprocess.Popen(
        [sys.executable, "-c", LISTENING],
        env=worker_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert training.stdout.readline() == b"b''\n"
    _, said = training.communicate()  # closes its stdin
    assert b"KeyboardInterrupt" in said


def test_the_bar_shows_dice_loss_speed_and_time_left_on_one_line():
    stream = Terminal()
    console = TrainingConsole(stream=stream)
    for step in range(1, 3):
        console.step("general", report(step))
    console.step("general", report(100, skipped=2))
    text = stream.getvalue()
    assert "\n" not in text
    assert "general: " in text
    for words in ("100/100", "Dice 0.750", "loss 0.500", "samples/s", "left", "2 skipped"):
        assert words in text
    assert text.split("\r")[-1].strip() == ""  # The bar is wiped when the stage is over.


def test_the_bar_names_the_stage_it_is_at():
    stream = Terminal()
    console = TrainingConsole(stream=stream)
    console.count("reading scans", 1, 2)
    console.count("embedding prompts", 1, 3)
    console.say("a result")
    names = [part.split(":")[0].strip() for part in stream.getvalue().split("\r")]
    assert [name for name in dict.fromkeys(names) if name] == ["reading scans", "embedding prompts"]


def test_a_new_stage_begins_with_its_own_numbers():
    stream = io.StringIO()
    console = TrainingConsole(stream=stream)
    for step in (1, 100):
        console.step("general", report(step, dice=0.75))
    for step in (1, 100):
        console.step("tissue", report(step, dice=0.25))
    lines = stream.getvalue().splitlines()
    assert lines[-1].startswith("tissue: step 100/100  Dice 0.250")


def test_without_a_terminal_a_line_is_written_now_and_then_and_nothing_is_wiped():
    stream = io.StringIO()
    console = TrainingConsole(stream=stream)
    for step in range(1, 50):
        console.step("general", report(step))
    console.step("general", report(100))
    assert stream.getvalue().count("\n") == 2
    assert "\r" not in stream.getvalue()


def test_a_skipped_step_does_not_spoil_the_mean():
    stream = io.StringIO()
    console = TrainingConsole(stream=stream)
    console.step("general", report(1, loss=float("nan"), dice=float("nan"), skipped=1))
    console.step("general", report(100))
    assert "loss 0.500" in stream.getvalue().splitlines()[-1]
