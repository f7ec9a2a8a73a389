import numpy as np
import pytest

from sammoe import (
    WorkerError,
)
from sammoe.worker import (
    LogLine,
    Predicted,
    Progress,
    Ready,
    VolumeSet,
)
from scripted_predictor import ball_result
from worker_peers import (
    PATIENCE_S,
    SLOW,
    assert_same_mask,
    events_during,
    events_until,
    events_until_logged,
    only,
)


def test_a_click_in_a_volume_comes_back_as_a_mask(a_client, scripted, a_volume, a_click):
    client = a_client(scripted)
    load, volume, predict = client.start(), client.set_volume(a_volume), client.predict(a_click)
    events = events_until(client, Predicted)
    assert only(events, Ready).id == load
    assert only(events, VolumeSet).id == volume
    answer = only(events, Predicted)
    assert answer.id == predict
    assert_same_mask(answer.result, ball_result(a_volume, a_click))
    assert answer.result.mask_kji.shape == a_volume.array_kji.shape


def test_stages_are_reported_before_the_answer(a_client, scripted, a_volume, a_click):
    client = a_client(scripted)
    client.set_volume(a_volume)
    id = client.predict(a_click)
    kinds = [event for event in events_until(client, Predicted) if getattr(event, "id", 0) == id]
    assert kinds[0] == Progress(id, "encode")
    assert isinstance(kinds[-1], Predicted)


def test_what_prints_in_the_worker_lands_in_the_log_and_not_in_a_frame(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.set_volume(a_volume)
    client.predict(a_click)
    lines = ("a stray print on standard output", "and one that goes around Python")
    events = events_until_logged(client, *lines)
    events += (
        [] if any(isinstance(e, Predicted) for e in events) else events_until(client, Predicted)
    )
    log = [event.text for event in events if isinstance(event, LogLine)]
    assert set(lines) <= set(log)


def test_another_bundle_keeps_the_volume(a_client, scripted, a_volume, a_click, tmp_path):
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    ready = client.wait(client.load_bundle(tmp_path))
    assert ready.info["bundle"] == str(tmp_path) == client.describe()["bundle"]
    client.wait(client.predict(a_click))


def test_bundle_device_and_threads_reach_the_worker_and_come_back_with_versions(
    a_client, scripted, tmp_path
):
    client = a_client(scripted, bundle=tmp_path, device="cpu", threads=2, precision="float32")
    assert client.describe() == {}
    info = client.wait(client.start()).info
    assert (info["bundle"], info["device"], info["threads"]) == (str(tmp_path), "cpu", 2)
    assert info["precision"] == "float32"
    assert info["sammoe"]
    assert info["python"]
    assert client.describe() == info


def test_the_worker_s_own_arguments_hold_where_the_client_says_nothing(
    a_client, scripted, tmp_path
):
    arguments = ["--bundle", str(tmp_path), "--device", "cuda:3", "--threads", "5"]
    arguments += ["--precision", "bfloat16"]
    client = a_client(scripted + arguments)
    info = client.wait(client.start()).info
    assert (info["bundle"], info["device"], info["threads"]) == (str(tmp_path), "cuda:3", 5)
    assert info["precision"] == "bfloat16"


def test_the_memory_a_worker_took_is_known_after_a_prediction(
    a_client, scripted, a_volume, a_click
):
    """Of the worker alone: what its parent held when it was started does not count."""
    held = np.ones(300 << 20, np.uint8)
    client = a_client(scripted)
    client.set_volume(a_volume)
    client.wait(client.predict(a_click))
    assert 10 < client.describe()["peak_memory_mb"] < held.nbytes / 2**20


def test_a_client_that_is_closed_remembers_what_to_tell_the_worker_it_starts_again(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.set_volume(a_volume)
    pid = client.wait(client.start()).info["pid"]
    unanswered = client.predict(a_click, SLOW)
    client.poll()
    assert client.close(timeout_s=PATIENCE_S)
    assert client.poll() == []
    with pytest.raises(WorkerError, match="no worker is running"):
        client.wait(unanswered)
    id = client.predict(a_click)
    client.start()
    events = events_until(client, Predicted)
    assert only(events, Predicted).id == id
    assert only(events, Ready).info["pid"] != pid


def test_starting_what_runs_changes_nothing(a_client, scripted):
    client = a_client(scripted)
    pid = client.wait(client.start()).info["pid"]
    assert client.start() == client.start()
    events_during(client, 0.3)
    assert client.describe()["pid"] == pid
