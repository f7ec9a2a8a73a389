import pytest
import torch
from torch import nn

from sammoe import OutOfMemoryError, WorkerError
from sammoe.engine.device import DeviceLadder, choose_device


class Work:
    """Work that runs out of memory a given number of times."""

    def __init__(self, failures):
        self.failures = failures

    def __call__(self):
        if self.failures:
            self.failures -= 1
            raise torch.OutOfMemoryError("CUDA out of memory")
        return "done"


def a_ladder(device):
    forgotten = []
    ladder = DeviceLadder(nn.Identity(), torch.device("cpu"), forget=lambda: forgotten.append(1))
    ladder.device = torch.device(device)
    return ladder, forgotten


@pytest.mark.parametrize(
    ("failures", "device", "half"), [(1, "cuda", False), (2, "cuda", True), (3, "cpu", False)]
)
def test_memory_steps_down_from_freeing_caches_to_half_precision_to_the_cpu(
    failures, device, half, monkeypatch
):
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    ladder, forgotten = a_ladder("cuda")
    assert ladder.run(Work(failures)) == "done"
    assert (ladder.device.type, ladder.half) == (device, half)
    assert len(forgotten) == failures
    assert len(ladder.notes) == failures - 1


def test_no_memory_on_the_cpu_is_an_error_with_advice():
    ladder, _ = a_ladder("cpu")
    with pytest.raises(OutOfMemoryError, match="close other programs"):
        ladder.run(Work(1))


def test_other_errors_are_not_taken_for_memory():
    ladder, _ = a_ladder("cpu")

    def work():
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        ladder.run(work)


def test_an_absent_device_is_named_with_advice():
    with pytest.raises(WorkerError, match="no device"):
        choose_device("abacus")
    if not torch.cuda.is_available():
        with pytest.raises(WorkerError, match="auto or cpu"):
            choose_device("cuda")
    assert choose_device("cpu").type == "cpu"
