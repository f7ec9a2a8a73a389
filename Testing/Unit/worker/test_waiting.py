"""Nothing the client is asked to do waits; who wants to wait may."""

import numpy as np
import pytest

from sammoe import (
    PredictOptions,
    SAMMoEError,
    Volume,
    WorkerError,
)
from sammoe.worker import (
    Predicted,
    Progress,
)
from scripted_predictor import ball_result
from worker_peers import (
    SLOW,
    assert_same_mask,
    is_gone,
    stop,
)


def test_waiting_for_a_click_raises_what_went_wrong_before_it(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted, bundle="/no/such/bundle")
    client.set_volume(a_volume)
    with pytest.raises(SAMMoEError, match="no bundle at /no/such/bundle"):
        client.wait(client.predict(a_click))


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
