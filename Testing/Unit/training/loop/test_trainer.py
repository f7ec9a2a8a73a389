"""The shared training loop: resumed bit for bit, stopped cleanly, never poisoned."""

import itertools
import math
import os
import signal

import pytest
import torch

from apple_gpu import AppleGpu
from sammoe.errors import CheckpointError, SAMMoEError
from sammoe.training.loop.inspection import AtSteps, EveryMinutes
from sammoe.training.loop.processes import Processes
from sammoe.training.loop.stopping import StopOnSignal
from toy_objective import Balls, OneCallPoisoned, make_trainer, trained, weights


def same(a: dict, b: dict) -> bool:
    return all(torch.equal(a[name], b[name]) for name in a)


@pytest.fixture(scope="module")
def straight():
    """The result of a training without interruption."""
    trainer = make_trainer()
    assert trainer.run()
    return weights(trainer)


def test_a_resumed_training_ends_with_the_same_bits_as_one_without_interruption(straight, tmp_path):
    checkpoint = tmp_path / "a.pt"
    first = make_trainer()
    assert not first.run(checkpoint, stopped=lambda: first.step == 3)
    second = make_trainer()
    second.resume(checkpoint)
    assert second.step == 3
    assert second.run(checkpoint)
    assert same(weights(second), straight)


def test_apple_s_gpu_which_has_no_float64_trains(straight):
    trainer = make_trainer()
    with AppleGpu():
        assert trainer.run()
    assert same(weights(trainer), straight)


def test_the_batch_may_be_larger_when_processes_share_its_parts_and_still_is_the_same_twice():
    one, two = (make_trainer(parts=2).gradients() for _ in range(2))
    assert same(one, two)
    assert not same(one, make_trainer(parts=1).gradients())


def test_a_checkpoint_that_cannot_be_written_stops_no_training(straight, tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    nowhere = tmp_path / "file" / "a.pt"
    trainer = make_trainer(checkpoint_minutes=0.0)
    assert trainer.run(nowhere)
    assert same(weights(trainer), straight)
    assert "the checkpoint cannot be written" in caplog.text
    stopped = make_trainer()
    with pytest.raises(SAMMoEError, match="stopped at step 3, but the checkpoint cannot"):
        stopped.run(nowhere, stopped=lambda: stopped.step == 3)


def test_ctrl_c_ends_the_training_between_two_steps_with_a_usable_checkpoint(straight, tmp_path):
    checkpoint = tmp_path / "a.pt"
    trainer = make_trainer()

    def interrupt(report):
        if report.step == 2:
            os.kill(os.getpid(), signal.SIGINT)

    with StopOnSignal() as stopped:
        assert not trainer.run(checkpoint, on_step=interrupt, stopped=stopped)
    again = make_trainer()
    again.resume(checkpoint)
    assert again.step == 2
    again.run()
    assert same(weights(again), straight)


class AnotherIsDue(Processes):
    """Two processes, of which the other one's clock says it is time for a checkpoint."""

    def any(self, here, device):
        asked = next(turn)
        return here or asked % 2 == 1


turn = itertools.count()


def test_a_checkpoint_is_written_by_all_processes_or_none_whatever_their_clocks_say(tmp_path):
    trainer = make_trainer()
    trainer.processes = AnotherIsDue()
    written = []
    trainer.save = written.append
    assert trainer.run(tmp_path / "a.pt")
    assert len(written) == trainer.options.steps + 1


def test_a_second_ctrl_c_does_not_wait_for_the_step():
    with StopOnSignal() as stopped:
        os.kill(os.getpid(), signal.SIGINT)
        assert stopped()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_step_with_numbers_that_are_not_finite_changes_nothing_and_is_counted():
    trainer = make_trainer(OneCallPoisoned(2))
    trainer.train_step()
    before = trained(trainer)
    report = trainer.train_step()
    assert math.isnan(report.loss)
    assert report.skipped == 1
    assert same(before, trained(trainer))
    report = trainer.train_step()
    assert math.isfinite(report.loss)
    assert all(torch.isfinite(value).all() for value in trained(trainer).values())


def test_a_training_that_never_gives_finite_numbers_ends_with_a_clear_error():
    class Poison(Balls):
        def sample(self, *args, **how):
            batch = super().sample(*args, **how)
            batch.patches.fill_(torch.nan)
            return batch

    trainer = make_trainer(Poison(), steps=1000, objects=1)
    with pytest.raises(SAMMoEError, match="not finite"):
        trainer.run()


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    checkpoint = tmp_path / "a.pt"
    make_trainer().save(checkpoint)
    for other in (make_trainer(seed=7), make_trainer(identity="another bundle")):
        with pytest.raises(CheckpointError, match="another training"):
            other.resume(checkpoint)
    make_trainer(checkpoint_minutes=9.0).resume(checkpoint)


def test_a_damaged_or_missing_checkpoint_is_a_clear_error(tmp_path):
    with pytest.raises(CheckpointError, match="no checkpoint"):
        make_trainer().resume(tmp_path / "none.pt")
    (tmp_path / "bad.pt").write_bytes(b"PK\x03\x04 damaged")
    with pytest.raises(CheckpointError, match="cannot be read"):
        make_trainer().resume(tmp_path / "bad.pt")


def test_only_the_decoder_has_anything_to_learn():
    trainer = make_trainer()
    assert all(name.startswith("decoder.") for name in trained(trainer))
    before = trained(trainer)
    held = {n: p.clone() for n, p in trainer.objective.backbone.state_dict().items()}
    trainer.run()
    assert same(held, trainer.objective.backbone.state_dict())
    assert not same(before, trained(trainer))


def test_training_lowers_the_loss():
    trainer = make_trainer(steps=24, learning_rate=1e-2, views=2)
    losses = [trainer.train_step().loss for _ in range(24)]
    assert sum(losses[-6:]) < 0.9 * sum(losses[:6])


def without(state, name):
    return {key: value for key, value in state.items() if key != name}


def one_of_another_shape(state):
    name = next(iter(state["average"]))
    return state | {"average": state["average"] | {name: torch.zeros(1)}}


FOREIGN = {
    "a list": lambda state: [1, 2],
    "a tensor": lambda state: torch.ones(3),
    "weights": lambda state: state["trained"],
    "a cut one": lambda state: without(state, "optimizer"),
    "a mixed one": one_of_another_shape,
    "no number": lambda state: state | {"step": "many"},
    "other groups": lambda state: state | {"optimizer": {"state": {}, "param_groups": []}},
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_foreign_or_damaged_checkpoint_is_refused_in_words_and_changes_nothing(tmp_path, what):
    file = tmp_path / "a.pt"
    make_trainer().save(file)
    torch.save(FOREIGN[what](torch.load(file, weights_only=True)), file)
    trainer = make_trainer()
    before = trained(trainer)
    with pytest.raises(CheckpointError, match=r"another training|damaged"):
        trainer.resume(file)
    assert same(before, trained(trainer))
    assert trainer.step == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x02.", bytes(5000), b"text\n" * 99])
def test_what_is_no_checkpoint_is_refused_in_words(tmp_path, content):
    (tmp_path / "a.pt").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"cannot be read|another training"):
        make_trainer().resume(tmp_path / "a.pt")


def fingerprint(objective):
    """Return one number that any change of the weights changes."""
    assert not objective.training
    trained = [p.detach() for p in objective.parameters() if p.requires_grad]
    return {"sum": float(sum(p.double().abs().sum() for p in trained))}


def test_who_looks_sees_the_averaged_weights_and_changes_nothing(straight):
    ended = make_trainer(stop_at=4)
    assert ended.run()
    ended.load_average()
    look = AtSteps([2, 4], fingerprint)
    trainer = make_trainer(inspection=look)
    assert trainer.run()
    assert trainer.objective.training
    assert list(look.seen) == [2, 4]
    assert look.seen[4] == fingerprint(ended.objective) != look.seen[2]
    assert same(weights(trainer), straight)


def test_a_training_that_stops_early_ends_where_the_whole_schedule_passes_by(straight):
    early = make_trainer(stop_at=4)
    assert early.run()
    assert early.step == 4
    assert make_trainer(stop_at=40).options.last_step == 6
    rest = make_trainer()
    rest.run(stopped=lambda: rest.step == 4)
    assert same(trained(rest), trained(early))


def test_what_was_seen_travels_in_the_checkpoint(tmp_path):
    checkpoint = tmp_path / "a.pt"
    first = make_trainer(inspection=AtSteps([1, 2, 5], fingerprint))
    first.run(checkpoint, stopped=lambda: first.step == 3)
    look = AtSteps([1, 2, 5], fingerprint)
    second = make_trainer(inspection=look)
    second.resume(checkpoint)
    assert list(look.seen) == [1, 2]
    second.run()
    assert list(look.seen) == [1, 2, 5]


@pytest.mark.parametrize(("minutes", "steps"), [(-1.0, [1, 2, 3]), (60.0, [3])])
def test_looks_by_the_clock_end_with_one_at_the_last_step(minutes, steps):
    look = EveryMinutes(minutes, 3, lambda step, objective: {"step": float(step)})
    assert make_trainer(inspection=look, steps=3).run()
    assert look.seen == {step: {"step": float(step)} for step in steps}


def test_a_checkpoint_of_a_version_without_looks_goes_on(straight, tmp_path):
    checkpoint = tmp_path / "a.pt"
    first = make_trainer()
    first.run(checkpoint, stopped=lambda: first.step == 3)
    state = torch.load(checkpoint, weights_only=True)
    del state["seen"]
    torch.save(state, checkpoint)
    second = make_trainer(inspection=AtSteps([6], fingerprint))
    second.resume(checkpoint)
    assert second.run()
    assert same(weights(second), straight)
