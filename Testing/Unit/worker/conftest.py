import sys
from pathlib import Path

import numpy as np
import pytest

from grids import GRIDS
from sammoe import Volume
from sammoe.worker import WorkerClient
from sammoe.worker.process import kill_tree, start_process
from sammoe.worker.protocol import PROTOCOL_VERSION, Kind, Message
from sammoe.worker.transport import read_message, write_message
from worker_peers import PATIENCE_S, click_at

DATA = Path(__file__).parents[2] / "Data"


@pytest.fixture
def scripted():
    """The command of a whole worker with a predictor that does what a test asks for."""
    return [sys.executable, str(DATA / "scripted_predictor.py")]


@pytest.fixture
def misbehaving():
    """The command of a program that does not keep to the protocol; append how."""
    return [sys.executable, str(DATA / "misbehaving_worker.py")]


@pytest.fixture
def a_client():
    """Return clients that are closed, with their workers gone, when the test ends."""
    clients = []

    def make(command, **options):
        clients.append(WorkerClient(command, **options))
        clients[-1].start()
        return clients[-1]

    yield make
    for client in clients:
        assert client.close(timeout_s=PATIENCE_S)


@pytest.fixture
def a_volume():
    """An oblique volume large enough for shared memory."""
    voxels = np.random.default_rng(1).integers(-1000, 2000, (80, 90, 100))
    return Volume(voxels.astype(np.int16), GRIDS["oblique"])


@pytest.fixture
def a_click(a_volume):
    return click_at(a_volume, (30, 40, 50))


@pytest.fixture
def a_process(scripted):
    """A worker without a client, greeted."""
    process = start_process(scripted)
    write_message(process.stdin, Message(Kind.HELLO, body={"version": PROTOCOL_VERSION}))
    assert read_message(process.stdout).kind == Kind.HELLO
    yield process
    kill_tree(process)
    process.wait()
