import os
import re
import resource
import signal

import numpy as np
import pytest

from sammoe import PredictOptions, ProtocolError, WorkerError
from sammoe.worker import (
    Crashed,
    Failed,
    LogLine,
    Predicted,
    Progress,
    Ready,
    VolumeSet,
)
from sammoe.worker.protocol import PROTOCOL_VERSION
from scripted_predictor import ball_result
from worker_peers import events_during, events_until, is_gone, only


def test_after_a_crash_in_mid_request_bundle_volume_and_click_are_replayed(
    a_client, scripted, a_volume, a_click, tmp_path
):
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    before = client.wait(client.predict(a_click)).result
    client.wait(client.load_bundle(tmp_path))
    once = PredictOptions(expert="die_once", muted=(str(tmp_path / "died"),))
    id = client.predict(a_click, once)
    events = events_until(client, Predicted)
    crashed = only(events, Crashed)
    assert crashed.will_restart
    assert type(crashed.error) is WorkerError
    assert "SIGKILL" in str(crashed.error)
    assert "about to die" in str(crashed.error)
    assert only(events, Ready).info["bundle"] == str(tmp_path)
    assert any(isinstance(event, VolumeSet) for event in events)
    answer = only(events, Predicted)
    assert answer.id == id
    np.testing.assert_array_equal(answer.result.mask_kji, before.mask_kji)
    assert answer.result.scores == before.scores


def test_after_a_crash_between_two_clicks_the_next_one_just_works(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.set_volume(a_volume)
    client.wait(client.predict(a_click))
    pid = client.describe()["pid"]
    os.kill(pid, signal.SIGKILL)
    events = events_until(client, Ready)
    assert only(events, Crashed).will_restart
    assert only(events, Ready).info["pid"] != pid
    answer = client.wait(client.predict(a_click))
    np.testing.assert_array_equal(answer.result.mask_kji, ball_result(a_volume, a_click).mask_kji)


def test_a_click_made_while_the_worker_is_down_is_answered_by_the_next_one(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.set_volume(a_volume)
    client.wait(client.predict(a_click))
    os.kill(client.describe()["pid"], signal.SIGKILL)
    events_until(client, Crashed)
    assert client.wait(client.predict(a_click)).result.voxel_count > 0


def test_a_request_that_kills_every_worker_is_given_up_and_the_next_one_works(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.set_volume(a_volume)
    id = client.predict(a_click, PredictOptions(expert="die"))
    events = events_until(client, Failed)
    assert only(events, Failed).id == id
    assert "ended again on the same request" in str(only(events, Failed).error)
    assert [event.restart_in_s for event in events if isinstance(event, Crashed)] == [0.0, 1.0]
    assert client.wait(client.predict(a_click)).result.voxel_count > 0


def test_a_worker_that_keeps_dying_is_given_up_until_the_user_asks_again(a_client, misbehaving):
    client = a_client([*misbehaving, "garbage_after_hello"])
    delays = []
    while None not in delays:
        events = events_until(client, Crashed)
        delays += [event.restart_in_s for event in events if isinstance(event, Crashed)]
    assert delays == [0.0, 1.0, 4.0, None]
    assert events_during(client, 0.3) == []
    client.load_bundle(None)
    assert only(events_until(client, Crashed), Crashed).will_restart


def test_a_request_running_when_the_user_restarts_is_answered_by_the_fresh_worker(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.set_volume(a_volume)
    id = client.predict(a_click, PredictOptions(expert="slow", muted=("40",)))
    old_pid = only(events_until(client, Ready), Ready).info["pid"]
    client.restart()
    events = events_until(client, Predicted)
    assert only(events, Predicted).id == id
    assert not any(isinstance(event, Crashed) for event in events)
    assert client.describe()["pid"] != old_pid
    assert is_gone(old_pid)


def test_a_command_that_does_not_exist_is_reported_and_not_tried_again(a_client, a_click):
    client = a_client(["/no/such/program", "--worker"])
    crashed = only(events_until(client, Crashed), Crashed)
    assert not crashed.will_restart
    assert "cannot be started with '/no/such/program'" in str(crashed.error)
    assert events_during(client, 0.2) == []
    with pytest.raises(WorkerError, match="no/such/program"):
        client.wait(client.predict(a_click))


def test_a_command_that_names_no_program_is_reported_and_not_waited_for(a_client, a_click):
    client = a_client([])
    crashed = only(events_until(client, Crashed), Crashed)
    assert not crashed.will_restart
    assert "names no program" in str(crashed.error)
    with pytest.raises(WorkerError, match="names no program"):
        client.wait(client.predict(a_click))


def test_a_worker_that_exits_at_once_is_reported_with_the_end_of_its_log(a_client, misbehaving):
    client = a_client([*misbehaving, "exits_at_once"])
    crashed = only(events_until(client, Crashed), Crashed)
    assert not crashed.will_restart
    assert "exit status 5" in str(crashed.error)
    assert "No module named 'sammoe'" in str(crashed.error)


def test_a_click_waiting_for_a_worker_that_never_comes_fails(a_client, misbehaving, a_click):
    client = a_client([*misbehaving, "exits_at_once"])
    id = client.predict(a_click)
    events = events_until(client, Failed)
    assert only(events, Failed).id == id
    assert not only(events, Crashed).will_restart


def test_a_worker_of_another_version_is_refused_in_words(a_client, misbehaving):
    client = a_client([*misbehaving, "other_version"])
    crashed = only(events_until(client, Crashed), Crashed)
    assert type(crashed.error) is ProtocolError
    assert f"version 999 of the protocol, this client {PROTOCOL_VERSION}" in str(crashed.error)
    assert not crashed.will_restart


def test_a_banner_on_standard_output_is_shown_and_explained(a_client, misbehaving):
    client = a_client([*misbehaving, "banner"])
    error = only(events_until(client, Crashed), Crashed).error
    assert type(error) is ProtocolError
    assert "Welcome to" in str(error)
    assert "start-up file" in str(error)


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        ("garbage_after_hello", "expected a frame"),
        ("huge_after_hello", "more than a frame may carry"),
        ("closes_its_output", "ended by SIGKILL"),
    ],
)
def test_a_worker_that_breaks_the_protocol_is_ended_and_started_again(
    a_client, misbehaving, behaviour, message
):
    client = a_client([*misbehaving, behaviour])
    crashed = only(events_until(client, Crashed), Crashed)
    assert crashed.will_restart
    assert message in str(crashed.error)


def test_answers_nobody_asked_for_are_dropped(a_client, misbehaving):
    client = a_client([*misbehaving, "nonsense_then_late_answers"])
    id = client.start()
    events = events_until(client, Ready, Failed) + events_during(client, 0.2)
    assert only(events, Ready) == Ready(id, {"name": "peer"})
    failed = only(events, Failed)
    assert (failed.id, type(failed.error).__base__) == (id, ProtocolError)
    assert not any(isinstance(event, Predicted | Progress | Crashed) for event in events)
    assert not any(isinstance(event, LogLine) for event in events)


def test_an_answer_of_the_wrong_kind_fails_the_request(a_client, misbehaving, a_volume, a_click):
    client = a_client([*misbehaving, "answers_with_the_wrong_thing"])
    ids = [client.start(), client.set_volume(a_volume)]
    failed = []
    while len(failed) < 2:
        failed += [event for event in events_until(client, Failed) if isinstance(event, Failed)]
    ids.append(client.predict(a_click))
    failed.append(only(events_until(client, Failed), Failed))
    assert [event.id for event in failed] == ids
    assert all(type(event.error) is ProtocolError for event in failed)


def test_a_worker_killed_under_slicer_s_launcher_is_called_that(a_client, misbehaving):
    client = a_client([*misbehaving, "killed_under_a_launcher"])
    crashed = only(events_until(client, Crashed), Crashed)
    assert str(crashed.error).startswith("the worker was killed, perhaps because memory ran out")


@pytest.mark.parametrize("status", [137, 139])
def test_a_signal_is_named_through_a_shell_in_between(a_client, status):
    client = a_client(["sh", "-c", f"exit {status}"])
    crashed = only(events_until(client, Crashed), Crashed)
    assert f"ended by {signal.Signals(status - 128).name}" in str(crashed.error)


def test_a_flood_on_the_log_costs_lines_and_never_an_answer(a_client, misbehaving):
    client = a_client([*misbehaving, "floods_its_log"])
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    most, events = 0, []
    while LogLine("the last line") not in events[-2:]:
        polled = client.poll()
        most = max(most, len(polled))
        events += polled
    events += [] if any(isinstance(e, Ready) for e in events) else events_until(client, Ready)
    assert most < 2000
    log = [event.text for event in events if isinstance(event, LogLine)]
    assert max(map(len, log)) < 5000
    counts = [re.search(r"(\d+) lines of the log were dropped", text) for text in log]
    dropped = sum(int(count[1]) for count in counts if count)
    notices = sum(1 for count in counts if count)
    assert dropped + len(log) - notices == 250_002
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 15 << 10


@pytest.mark.parametrize("name", ["huge", "deep", "strange"])
def test_a_description_that_cannot_travel_fails_one_request_and_ends_nothing(
    a_client, scripted, a_volume, a_click, tmp_path, name
):
    (tmp_path / name).mkdir()
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    pid = client.describe()["pid"]
    with pytest.raises(ProtocolError):
        client.wait(client.load_bundle(tmp_path / name))
    client.wait(client.predict(a_click))
    assert client.describe()["pid"] == pid


def test_a_description_with_keys_that_look_like_ours_arrives(a_client, scripted, tmp_path):
    (tmp_path / "dollars").mkdir()
    client = a_client(scripted, bundle=tmp_path / "dollars")
    info = client.wait(client.start()).info
    assert info["training"] == {"$array": [0], "$Volume": {"$": 1}}


def test_polling_goes_on_while_a_worker_does_not_read(a_client, misbehaving, a_volume):
    client = a_client([*misbehaving, "reads_no_volume"])
    client.set_volume(a_volume)
    events = [event for _ in range(50) for event in client.poll()]  # a poll that waits hangs
    assert not any(isinstance(event, VolumeSet) for event in events)
