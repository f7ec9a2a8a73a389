"""What may be asked for soon is computed when there is nothing else to do, and given up at once."""

import time

import numpy as np

from sammoe import PredictOptions, PromptSet
from sammoe.worker import Failed, LogLine, Predicted, Preview
from sammoe.worker.inbox import Inbox
from sammoe.worker.protocol import Kind, Message
from scripted_predictor import ball_result
from worker_peers import PATIENCE_S, click_at, events_during, events_until, only

ENDLESS = PredictOptions(expert="slow", muted=("100000",))


def log_until(client, text):
    events, end_s = [], time.monotonic() + PATIENCE_S
    while not any(isinstance(event, LogLine) and text in event.text for event in events):
        assert time.monotonic() < end_s, events
        events += client.poll()
        time.sleep(0.005)
    return events


def test_looking_ahead_is_never_answered_and_a_failure_is_nobody_s(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    client.look_ahead(a_click, PredictOptions(expert="unfit"))
    client.look_ahead(a_click)
    events = log_until(client, "a stray print on standard output") + events_during(client, 0.2)
    assert not any(isinstance(event, Failed | Predicted) for event in events)


def test_a_click_supersedes_what_is_computed_ahead_at_once(a_client, scripted, a_volume, a_click):
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    client.look_ahead(click_at(a_volume, (20, 30, 40)), ENDLESS)
    events_during(client, 0.3)
    id = client.predict(a_click)
    events = events_until(client, Predicted)
    answer = only(events, Predicted)
    assert answer.id == id
    np.testing.assert_array_equal(answer.result.mask_kji, ball_result(a_volume, a_click).mask_kji)


def test_nothing_is_sent_to_a_worker_that_has_something_to_do(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.look_ahead(a_click)  # not started yet
    client.wait(client.set_volume(a_volume))
    id = client.predict(a_click, PredictOptions(expert="slow", muted=("40",)))
    client.look_ahead(a_click, PredictOptions(expert="die"))
    assert client.wait(id).id == id
    assert client.wait(client.predict(a_click)).result.voxel_count > 0


def test_in_the_queue_it_waits_behind_everything_and_gives_way_to_everything():
    inbox = Inbox()

    def put(kind, id):
        inbox.put(Message(kind, id))

    put(Kind.LOOK_AHEAD, 1)
    put(Kind.LOOK_AHEAD, 2)
    assert inbox.take().id == 2
    for id, kind in enumerate((Kind.LOAD, Kind.SET_VOLUME, Kind.RESET, Kind.PREDICT), start=3):
        assert not inbox.is_cancelled()
        put(kind, id)
        assert inbox.is_cancelled()
        assert inbox.take().id == id
        assert not inbox.is_cancelled()
        put(Kind.LOOK_AHEAD, 100 + id)
        assert not inbox.is_cancelled()  # what runs is not given up for it
        assert inbox.take().id == 100 + id


def test_an_empty_prompt_set_is_no_reason_to_end(a_client, scripted, a_volume, a_click):
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    client.look_ahead(PromptSet(), PredictOptions(expert="bug"))
    assert client.wait(client.predict(a_click)).result.voxel_count > 0


def test_what_is_ready_early_comes_before_the_answer(a_client, scripted, a_volume, a_click):
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    seen = []
    id = client.predict(a_click, PredictOptions(expert="early"))
    answer = client.wait(id, on_event=seen.append)
    (early,) = (event for event in seen if isinstance(event, Preview))
    assert early.id == id
    np.testing.assert_array_equal(early.result.mask_kji, answer.result.mask_kji)
