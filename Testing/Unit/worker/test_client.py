import time

import numpy as np
import pytest

from sammoe import (
    OutOfMemoryError,
    PredictOptions,
    PromptError,
    PromptSet,
    SAMMoEError,
    Volume,
    WorkerError,
)
from sammoe.worker import (
    Cancelled,
    Failed,
    LogLine,
    Predicted,
    Progress,
    Ready,
    VolumeSet,
)
from scripted_predictor import ball_result
from worker_peers import (
    PATIENCE_S,
    click_at,
    events_during,
    events_until,
    events_until_logged,
    is_gone,
    only,
    stop,
)

SLOW = PredictOptions(expert="slow", muted=("1000000",))  # hours: it never ends by itself


def assert_same_mask(result, expected):
    np.testing.assert_array_equal(result.mask_box_kji, expected.mask_box_kji)
    np.testing.assert_array_equal(result.box_ijk, expected.box_ijk)
    assert result.scores == expected.scores


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


def test_only_the_newest_of_many_clicks_is_answered(a_client, scripted, a_volume):
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    clicks = [click_at(a_volume, (20 + n, 30, 40)) for n in range(6)]
    *older, newest = [client.predict(click) for click in clicks]
    events = events_until(client, Predicted) + events_during(client, 0.3)
    answer = only(events, Predicted)
    assert answer.id == newest
    assert_same_mask(answer.result, ball_result(a_volume, clicks[-1]))
    superseded = [event for event in events if isinstance(event, Cancelled)]
    assert [event.id for event in superseded] == older
    assert [event.superseded_by for event in superseded] == [*older[1:], newest]


def test_a_newer_click_interrupts_a_running_one(a_client, scripted, a_volume, a_click):
    client = a_client(scripted)
    client.set_volume(a_volume)
    client.predict(a_click, SLOW)
    events_until(client, Progress)
    events_during(client, 0.2)
    newer = client.predict(a_click)
    assert client.wait(newer).id == newer  # the endless one has made room


def test_a_cancelled_request_stops_between_stages_and_is_never_answered(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    id = client.predict(a_click, SLOW)
    events_until(client, Progress)
    client.cancel(id)
    events = events_during(client, 0.5)
    assert only(events, Cancelled) == Cancelled(id)
    assert not any(isinstance(event, Predicted | Failed | Progress) for event in events)
    newer = client.predict(a_click)
    assert client.wait(newer).id == newer


def test_cancelling_what_is_answered_or_unknown_does_nothing(a_client, scripted, a_volume, a_click):
    client = a_client(scripted)
    client.set_volume(a_volume)
    id = client.predict(a_click)
    client.wait(id)
    client.cancel(id)
    client.cancel(12345)
    assert not any(isinstance(event, Cancelled) for event in events_during(client, 0.1))


def test_a_new_volume_and_a_reset_cancel_the_unanswered_click(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.set_volume(a_volume)
    first = client.predict(a_click, SLOW)
    events_until(client, Progress)
    volume = client.set_volume(a_volume)
    events = events_until(client, VolumeSet)
    assert only(events, Cancelled) == Cancelled(first, superseded_by=volume)
    second = client.predict(a_click, SLOW)
    reset = client.reset()
    assert only(client.poll(), Cancelled) == Cancelled(second, superseded_by=reset)
    client.wait(client.predict(a_click))


def test_an_error_of_the_engine_arrives_with_its_class_and_message(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.set_volume(a_volume)
    id = client.predict(a_click, PredictOptions(expert="unfit"))
    failed = only(events_until(client, Failed), Failed)
    assert failed.id == id
    assert type(failed.error) is PromptError
    assert str(failed.error) == "the point lies outside the volume"
    client.wait(client.predict(a_click))


def test_a_defect_in_the_worker_fails_one_request_in_one_line_with_the_traceback_in_the_log(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.set_volume(a_volume)
    client.predict(a_click, PredictOptions(expert="bug"))
    events = events_until_logged(client, "Traceback")
    events += [] if any(isinstance(e, Failed) for e in events) else events_until(client, Failed)
    error = only(events, Failed).error
    assert type(error) is WorkerError
    assert str(error) == "ZeroDivisionError: integer division or modulo by zero"
    client.wait(client.predict(a_click))


def test_memory_that_runs_out_is_told_apart(a_client, scripted, a_volume, a_click):
    client = a_client(scripted)
    client.set_volume(a_volume)
    with pytest.raises(OutOfMemoryError):
        client.wait(client.predict(a_click, PredictOptions(expert="too_large")))


def test_a_click_without_a_volume_fails(a_client, scripted):
    client = a_client(scripted)
    with pytest.raises(PromptError, match="no volume"):
        client.wait(client.predict(PromptSet([(0, 0, 0)], [1])))


def test_a_bad_bundle_fails_and_leaves_the_loaded_one_in_place(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.set_volume(a_volume)
    client.wait(client.predict(a_click))
    with pytest.raises(SAMMoEError, match="no bundle at"):
        client.wait(client.load_bundle("/no/such/bundle"))
    assert client.describe()["bundle"] is None
    client.wait(client.predict(a_click))


def test_another_bundle_keeps_the_volume(a_client, scripted, a_volume, a_click, tmp_path):
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    ready = client.wait(client.load_bundle(tmp_path))
    assert ready.info["bundle"] == str(tmp_path) == client.describe()["bundle"]
    client.wait(client.predict(a_click))


def test_without_any_bundle_a_click_says_so_and_another_bundle_can_be_loaded(
    a_client, scripted, a_volume, a_click, tmp_path
):
    client = a_client(scripted, bundle="/no/such/bundle")
    client.set_volume(a_volume)
    events_until(client, VolumeSet)
    id = client.predict(a_click)
    failed = only(events_until(client, Failed), Failed)
    assert (failed.id, str(failed.error)[:19]) == (id, "no bundle is loaded")
    client.wait(client.load_bundle(tmp_path))
    client.wait(client.predict(a_click))


def test_waiting_for_a_click_raises_what_went_wrong_before_it(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted, bundle="/no/such/bundle")
    client.set_volume(a_volume)
    with pytest.raises(SAMMoEError, match="no bundle at /no/such/bundle"):
        client.wait(client.predict(a_click))


def test_bundle_device_and_threads_reach_the_worker_and_come_back_with_versions(
    a_client, scripted, tmp_path
):
    client = a_client(scripted, bundle=tmp_path, device="cpu", threads=2)
    assert client.describe() == {}
    info = client.wait(client.start()).info
    assert (info["bundle"], info["device"], info["threads"]) == (str(tmp_path), "cpu", 2)
    assert info["sammoe"]
    assert info["python"]
    assert client.describe() == info


def test_the_worker_s_own_arguments_hold_where_the_client_says_nothing(
    a_client, scripted, tmp_path
):
    arguments = ["--bundle", str(tmp_path), "--device", "cuda:3", "--threads", "5"]
    client = a_client(scripted + arguments)
    info = client.wait(client.start()).info
    assert (info["bundle"], info["device"], info["threads"]) == (str(tmp_path), "cuda:3", 5)


def test_the_memory_a_worker_took_is_known_after_a_prediction(
    a_client, scripted, a_volume, a_click
):
    """Of the worker alone: what its parent held when it was started does not count."""
    held = np.ones(300 << 20, np.uint8)
    client = a_client(scripted)
    client.set_volume(a_volume)
    client.wait(client.predict(a_click))
    assert 10 < client.describe()["peak_memory_mb"] < held.nbytes / 2**20


def test_requests_made_before_the_start_are_answered_after_it(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    other = type(client)(scripted)
    other.set_volume(a_volume)
    id = other.predict(a_click)
    assert other.poll() == []
    with other:
        assert_same_mask(other.wait(id).result, ball_result(a_volume, a_click))


def test_nothing_the_client_is_asked_to_do_waits(a_client, scripted, a_click):
    """The worker is stopped: whatever waits for it hangs. The volume fits into no pipe."""
    large = Volume(np.ones((200, 256, 256), dtype=np.float32), np.eye(4))
    client = a_client(scripted, shared_memory=False)
    stopped = client.wait(client.start()).info["pid"]
    stop(stopped)
    steps = [lambda: client.set_volume(large), lambda: client.predict(a_click)]
    steps += [client.poll] * 200 + [lambda: client.cancel(2), client.reset, client.poll]
    steps += [client.restart] + [client.poll] * 50 + [client.close]
    answers = [step() for step in steps]
    assert len(answers) == len(steps)
    assert is_gone(stopped)


def test_waiting_longer_than_allowed_is_an_error_and_the_request_goes_on(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    id = client.predict(a_click, PredictOptions(expert="slow", muted=("30",)))
    with pytest.raises(WorkerError, match=r"within 0\.2 seconds"):
        client.wait(id, timeout_s=0.2)
    seen = []
    assert client.wait(id, on_event=seen.append).id == id
    assert isinstance(seen[0], Progress)
    assert isinstance(seen[-1], Predicted)


def test_waiting_for_what_was_cancelled_is_an_error(a_client, scripted, a_volume, a_click):
    client = a_client(scripted)
    client.set_volume(a_volume)
    id = client.predict(a_click, SLOW)
    client.cancel(id)
    with pytest.raises(WorkerError, match="cancelled"):
        client.wait(id)


def test_waiting_for_what_will_never_be_answered_is_an_error(a_client, scripted, a_volume, a_click):
    client = a_client(scripted)
    older, newer = client.set_volume(a_volume), client.set_volume(a_volume)
    client.wait(newer)
    id = client.predict(a_click)
    client.wait(id)
    for settled in (older, id, client.reset(), 999):
        with pytest.raises(WorkerError, match="superseded, or answered"):
            client.wait(settled)


def test_a_click_that_failed_does_not_fail_the_next_one(a_client, scripted, a_volume, a_click):
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    client.predict(a_click, PredictOptions(expert="unfit"))
    time.sleep(0.3)
    assert client.wait(client.predict(a_click)).result.voxel_count > 0


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
