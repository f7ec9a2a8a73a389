"""What nobody waits for any more is given up and never answered."""

from sammoe import Volume
from sammoe.worker import (
    Cancelled,
    Failed,
    Predicted,
    Progress,
    VolumeSet,
)
from scripted_predictor import ball_result
from worker_peers import (
    SLOW,
    assert_same_mask,
    click_at,
    events_during,
    events_until,
    only,
)


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


class UnknownVolume(Volume):
    """It cannot travel: the worker knows no such class."""


def test_a_click_in_a_volume_that_could_not_be_handed_over_is_not_answered_for_the_one_before(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    volume = client.set_volume(UnknownVolume(a_volume.array_kji[:9], a_volume.ijk_to_ras))
    click = client.predict(a_click)
    events = events_until(client, Failed) + events_during(client, 0.3)
    assert only(events, Failed).id == volume
    assert only(events, Cancelled) == Cancelled(click)
    assert not any(isinstance(event, Predicted) for event in events)
    client.set_volume(a_volume)
    assert_same_mask(client.wait(client.predict(a_click)).result, ball_result(a_volume, a_click))
