import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from grids import GRIDS
from sammoe import CheckpointError, PredictOptions, PromptError, PromptSet, Volume
from sammoe.worker import Crashed, Predicted, Ready
from sammoe.worker.process import default_command, worker_environment
from tiny_bundle import write_tiny_bundle
from worker_peers import click_at, events_until, only

SEED = 4


@pytest.fixture(scope="module")
def a_bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp("bundles") / "tiny", seed=SEED)


@pytest.fixture
def a_scan():
    """A bright ball in noise on an oblique grid, large enough for shared memory."""
    grid_kji = np.indices((60, 100, 110))
    ball = ((grid_kji - np.reshape((30, 50, 55), (3, 1, 1, 1))) ** 2).sum(axis=0) < 12**2
    noise = np.random.default_rng(2).normal(0, 20, ball.shape)
    return Volume((ball * 150 + noise).astype(np.int16), GRIDS["oblique"])


@pytest.fixture
def two_clicks(a_scan):
    first = click_at(a_scan, (55, 50, 30))
    return first, first.with_point(click_at(a_scan, (60, 70, 40)).points_ras, 0)


def here(bundle, volume, clicks):
    """Return the same predictions by the engine in this process, on one thread as well.

    In bfloat16 another number of threads adds up otherwise in the fifth digit.
    """
    import torch

    from sammoe.engine import Predictor

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        predictor = Predictor.from_bundle(bundle.path, device="cpu")
        predictor.set_volume(volume)
        return [predictor.predict(prompts) for prompts in clicks]
    finally:
        torch.set_num_threads(threads)


def assert_same(result, expected):
    np.testing.assert_array_equal(result.mask_kji, expected.mask_kji)
    np.testing.assert_array_equal(result.crop_box_ijk, expected.crop_box_ijk)
    assert result.scores == pytest.approx(expected.scores, abs=1e-6)
    assert (result.expert, result.tau) == (expected.expert, pytest.approx(expected.tau))
    assert (result.window, result.notes) == (expected.window, expected.notes)


@pytest.mark.parametrize("shared_memory", [True, False])
def test_the_worker_predicts_what_the_engine_does(
    a_client, a_bundle, a_scan, two_clicks, shared_memory
):
    client = a_client(
        None, bundle=a_bundle.path, device="cpu", threads=1, shared_memory=shared_memory
    )
    client.set_volume(a_scan)
    for prompts, expected in zip(two_clicks, here(a_bundle, a_scan, two_clicks), strict=True):
        result = client.wait(client.predict(prompts)).result
        assert_same(result, expected)
        assert result.timings_ms


def test_a_worker_killed_between_clicks_replays_to_the_same_mask(
    a_client, a_bundle, a_scan, two_clicks
):
    client = a_client(None, bundle=a_bundle.path, device="cpu", threads=1)
    client.set_volume(a_scan)
    client.wait(client.predict(two_clicks[0]))
    os.kill(client.describe()["pid"], signal.SIGKILL)
    id = client.predict(two_clicks[1])
    events = events_until(client, Predicted)
    assert only(events, Crashed).will_restart
    assert only(events, Ready).info["bundle_hash"] == a_bundle.hash
    assert only(events, Predicted).id == id
    assert_same(only(events, Predicted).result, here(a_bundle, a_scan, two_clicks)[1])


def test_the_worker_s_own_word_on_bundle_versions_and_errors(
    a_client, a_bundle, a_scan, two_clicks, tmp_path
):
    client = a_client(None, bundle=tmp_path, device="cpu", threads=1)
    with pytest.raises(CheckpointError):
        client.wait(client.start())
    info = client.wait(client.load_bundle(a_bundle.path)).info
    assert info["bundle_hash"] == a_bundle.hash
    assert info["bundle"] == a_bundle.card
    assert info["device"] == "cpu"
    assert info["torch"]
    client.set_volume(a_scan)
    with pytest.raises(PromptError, match="tonsil"):
        client.wait(client.predict(two_clicks[0], PredictOptions(expert="tonsil")))
    with pytest.raises(PromptError):
        client.wait(client.predict(PromptSet([(1e4, 0, 0)], [1])))
    with pytest.raises(CheckpointError):
        client.wait(client.load_bundle(tmp_path / "nothing here"))
    client.wait(client.predict(two_clicks[0]))


def test_the_client_s_side_imports_neither_torch_nor_an_image_library_nor_qt():
    program = (
        "import sys, sammoe.worker.client, sammoe.worker\n"
        "heavy = {'torch', 'SimpleITK', 'scipy', 'qt', 'vtk', 'slicer', 'multiprocessing'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=worker_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert run.stdout == "[]\n"


def test_the_worker_greets_before_it_imports_torch():
    command = [*default_command(), "--help"]
    timed = [command[0], "-X", "importtime", *command[1:]]
    run = subprocess.run(
        timed, env=worker_environment(), capture_output=True, text=True, encoding="utf-8"
    )
    assert "sammoe.worker.server" in run.stderr
    assert "torch" not in run.stderr
