"""What goes wrong in the worker arrives as one clear error, and the next request is answered."""

import time

import pytest

from sammoe import (
    OutOfMemoryError,
    PredictOptions,
    PromptError,
    PromptSet,
    SAMMoEError,
    WorkerError,
)
from sammoe.worker import (
    Failed,
    VolumeSet,
)
from worker_peers import (
    events_until,
    events_until_logged,
    only,
)


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


def test_a_click_that_failed_does_not_fail_the_next_one(a_client, scripted, a_volume, a_click):
    client = a_client(scripted)
    client.wait(client.set_volume(a_volume))
    client.predict(a_click, PredictOptions(expert="unfit"))
    time.sleep(0.3)
    assert client.wait(client.predict(a_click)).result.voxel_count > 0
