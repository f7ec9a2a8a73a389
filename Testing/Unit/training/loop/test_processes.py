"""Several processes learn what one would: two with gloo against one on the joined batch."""

import multiprocessing
import socket

import pytest
import torch

from one_rank import work
from sammoe.training.loop.processes import Processes, joined_processes
from toy_objective import make_trainer, weights

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def ranks(tmp_path_factory):
    """What two processes found out."""
    folder = tmp_path_factory.mktemp("ranks")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    spawn = multiprocessing.get_context("spawn")
    started = [spawn.Process(target=work, args=(rank, port, folder)) for rank in range(2)]
    for process in started:
        process.start()
    for process in started:
        process.join(100)
        assert process.exitcode == 0
    found = [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2)]
    return found, folder / "shared.pt"


def test_two_processes_have_the_gradient_of_one_on_the_joined_batch(ranks):
    (first, second), _ = ranks
    alone = make_trainer(parts=2, steps=3).gradients()
    assert max(float(value.abs().max()) for value in alone.values()) > 1e-3
    for name, value in alone.items():
        assert torch.equal(first["gradients"][name], second["gradients"][name])
        torch.testing.assert_close(first["gradients"][name], value, rtol=1e-4, atol=1e-6)


def test_processes_stop_together_when_one_is_asked_to(ranks):
    (first, second), checkpoint = ranks
    assert (first["step"], second["step"]) == (2, 2)
    assert not first["finished"]
    assert not second["finished"]
    one = make_trainer(parts=2, steps=3)
    one.resume(checkpoint)
    assert one.step == 2


def test_only_the_first_process_reports_and_it_counts_everybodys_samples(ranks):
    (first, second), _ = ranks
    assert (first["seen"], second["seen"]) == (2, 0)
    assert first["samples"] == 4


def test_two_processes_and_one_learn_the_same(ranks):
    (first, _), _ = ranks
    one = make_trainer(parts=2, steps=3)
    one.run(stopped=lambda: one.step == 2)
    for name, value in weights(one).items():
        torch.testing.assert_close(first["weights"][name], value, rtol=1e-3, atol=1e-5)


def test_alone_a_process_needs_nobody():
    with joined_processes(CPU) as processes:
        assert processes == Processes(0, 1)
        assert processes.any(True, CPU)
        assert not processes.any(False, CPU)


def test_parts_are_rounded_up_to_what_the_processes_can_share():
    assert make_trainer(parts=3).options.parts == 3
    assert make_trainer(parts=1).options.parts == 1
