import subprocess

import numpy as np
import pytest

from sammoe import PredictOptions, Volume
from sammoe.worker import Crashed, Predicted, VolumeSet
from scripted_predictor import ball_result
from worker_peers import events_until, only

OTHER_HOST = ["unshare", "-Urm", "sh", "-c", 'mount -t tmpfs none /dev/shm && exec "$@"', "sh"]
"""A process with a shared memory of its own, as on another host."""


@pytest.fixture
def elsewhere(scripted):
    """The command of a worker that cannot map what this process shares."""
    if subprocess.run([*OTHER_HOST, "true"], capture_output=True, check=False).returncode:
        return [*scripted, "--no-shared-memory"]
    return [*OTHER_HOST, *scripted]


def assert_answers_right(client, volume, click):
    client.set_volume(volume)
    answer = client.wait(client.predict(click))
    expected = ball_result(volume, click)
    np.testing.assert_array_equal(answer.result.mask_kji, expected.mask_kji)
    assert answer.result.scores == expected.scores  # one of them is the sum of all voxels


def test_a_worker_that_shares_no_memory_gets_the_volume_through_the_pipe(
    a_client, elsewhere, a_volume, a_click
):
    assert_answers_right(a_client(elsewhere), a_volume, a_click)


def test_a_worker_may_decline_shared_memory(a_client, scripted, a_volume, a_click):
    client = a_client([*scripted, "--no-shared-memory"])
    assert_answers_right(client, a_volume, a_click)


def test_a_client_may_offer_none(a_client, scripted, a_volume, a_click):
    assert_answers_right(a_client(scripted, shared_memory=False), a_volume, a_click)


def test_after_a_crash_the_volume_goes_through_the_pipe_again(
    a_client, elsewhere, a_volume, a_click, tmp_path
):
    client = a_client(elsewhere)
    client.set_volume(a_volume)
    once = PredictOptions(expert="die_once", muted=(str(tmp_path / "died"),))
    client.predict(a_click, once)
    events = events_until(client, Predicted)
    assert only(events, Crashed).will_restart
    expected = ball_result(a_volume, a_click)
    np.testing.assert_array_equal(only(events, Predicted).result.mask_kji, expected.mask_kji)


def test_memory_that_can_be_mapped_no_more_is_given_up_for_the_pipe(
    a_client, scripted, a_volume, a_click, monkeypatch
):
    """The segment is there at the greeting and stolen from the volume's frame."""
    from sammoe.worker import shared_volume

    client = a_client(scripted)
    client.wait(client.start())
    create = shared_volume.create_segment

    def stolen(content, name):
        segment = create(content, name)
        segment.release()
        return segment

    monkeypatch.setattr(shared_volume, "create_segment", stolen)
    id = client.set_volume(a_volume)
    events = events_until(client, VolumeSet)
    assert only(events, VolumeSet).id == id
    assert only(events, Crashed).will_restart
    assert_answers_right(client, a_volume, a_click)


def tapped(path, command):
    """Return a command that runs another and keeps what goes into it in a file."""
    return ["sh", "-c", 'tee "$0" | "$@"', str(path), *command]


def test_a_shared_volume_does_not_go_through_the_pipe(a_client, scripted, a_volume, tmp_path):
    client = a_client(tapped(tmp_path / "seen", scripted))
    client.wait(client.set_volume(a_volume))
    assert (tmp_path / "seen").stat().st_size < 10_000


def test_between_hosts_the_whole_volume_goes_through_the_pipe_compressed(
    a_client, elsewhere, a_volume, tmp_path
):
    client = a_client(tapped(tmp_path / "noise", elsewhere))
    client.wait(client.set_volume(a_volume))
    assert (tmp_path / "noise").stat().st_size > a_volume.array_kji.nbytes / 2
    zeros = Volume(np.zeros((100, 256, 256), dtype=np.int16), np.eye(4))
    client = a_client(tapped(tmp_path / "zeros", elsewhere))
    client.wait(client.set_volume(zeros))
    assert (tmp_path / "zeros").stat().st_size < zeros.array_kji.nbytes / 50
