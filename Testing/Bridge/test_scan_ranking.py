"""Which scan is worth most as the next example: both decoders look at each by themselves."""

import time
from dataclasses import replace

import numpy as np
import pytest

from disagreeing_client import DisagreeingClient, scanThatDisagreesBy
from grids import GRIDS, ellipsoid_volume
from sammoe import MaskPrompt
from sammoe.image_io import write_volume
from SAMMoESlicerLib.Bridge.Example import Example
from SAMMoESlicerLib.ExampleStore import ExampleStore
from SAMMoESlicerLib.ScanLook import ScanLook
from SAMMoESlicerLib.ScanPlaces import pointsAt, shareOf
from SAMMoESlicerLib.ScanQueue import nextScan
from SAMMoESlicerLib.ScanRanking import RankedBy, ScanRanking

BY = RankedBy("", "12ab", "liver")


@pytest.fixture
def scans(tmp_path):
    """Three scans; the decoders agree most on the first, least on the second."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for name, share in (("a", 0.1), ("b", 0.8), ("c", 0.4)):
        write_volume(folder / f"{name}.nrrd", scanThatDisagreesBy(share))
    return folder


@pytest.fixture
def client():
    return DisagreeingClient()


@pytest.fixture
def ranking(client):
    ranking = ScanRanking(lambda bundle: client)
    yield ranking
    ranking.close()


def finish(ranking):
    end_s = time.monotonic() + 60
    while ranking.isLooking:
        assert time.monotonic() < end_s
        ranking.poll()
        time.sleep(0.001)
    ranking.poll()


def test_the_scan_on_which_both_disagree_most_comes_first(ranking, scans, tmp_path, client):
    ranking.rank(list(scans.iterdir()), BY, [], tmp_path)
    finish(ranking)
    found = ranking.disagreements
    assert sorted(found, key=found.get) == ["a.nrrd", "c.nrrd", "b.nrrd"]
    assert client.isClosed
    order, done = [], set()
    for _scan in range(3):
        order.append(nextScan(scans, after="", done=done, worst=found).name)
        done.add(order[-1])
    assert order == ["b.nrrd", "c.nrrd", "a.nrrd"]


def test_scans_nobody_looked_at_come_last_in_the_order_of_names(scans):
    names = []
    for worst in ({}, {"c.nrrd": 0.0}):
        names.append(nextScan(scans, after="a.nrrd", done=(), worst=worst).name)
    assert names == ["b.nrrd", "c.nrrd"]


def test_what_was_found_is_kept_for_the_next_session_and_for_this_expert_of_this_model_only(
    ranking, scans, tmp_path, client
):
    ranking.rank(list(scans.iterdir()), BY, [], tmp_path)
    finish(ranking)
    again = ScanRanking(lambda bundle: client)
    again.rank(list(scans.iterdir()), BY, [], tmp_path)
    assert not again.isLooking
    assert again.disagreements == ranking.disagreements
    for other in (replace(BY, expert="spleen"), replace(BY, bundleHash="34cd")):
        again.rank(list(scans.iterdir()), other, [], tmp_path)
        assert again.isLooking
        assert again.disagreements == {}
    again.rank(list(scans.iterdir()), BY, [], tmp_path)
    assert again.disagreements == ranking.disagreements
    again.close()


def test_a_scan_that_cannot_be_read_is_left_out(ranking, scans, tmp_path):
    (scans / "b.nrrd").write_text("no image")
    ranking.rank(list(scans.iterdir()), BY, [], tmp_path)
    finish(ranking)
    assert set(ranking.disagreements) == {"a.nrrd", "c.nrrd"}


def test_it_waits_while_somebody_else_waits_for_the_computer(client, scans, tmp_path):
    busy = ScanRanking(lambda bundle: client, mayWork=lambda: False)
    busy.rank(list(scans.iterdir()), BY, [], tmp_path)
    for _poll in range(200):
        busy.poll()
        time.sleep(0.001)
    assert client.asked == []
    busy.close()


def test_of_several_places_the_one_the_gate_takes_most_for_the_task_is_looked_at(client):
    volume = scanThatDisagreesBy(0.5)
    places = [(0.2, 0.2, 0.2), (0.5, 0.5, 0.5)]
    look = ScanLook(volume, "liver", places)
    client.set_volume(volume)
    asked = []
    while look.question is not None:
        prompts, options = look.question
        asked.append((tuple(prompts.points_ras[0]), options.decoder))
        client.predict(prompts, options)
        look.take(client.poll()[-1].result)
    first, middle = map(tuple, pointsAt(places, volume))
    assert asked == [(first, None), (middle, None), (middle, "general"), (middle, "liver")]
    assert look.disagreement > 0.3


def test_an_example_says_where_its_structure_lay(tmp_path):
    volume, mask, centre = ellipsoid_volume(GRIDS["oblique"], (20, 18, 12), radii_mm=(6, 5, 8))
    store = ExampleStore(tmp_path)
    store.submit(volume, Example("Liver", MaskPrompt(mask, [(0, 0, 0), mask.shape[::-1]])))
    (place,) = store.places("Liver")
    assert np.linalg.norm(pointsAt([place], volume)[0] - centre) < 4.0
    assert store.places("Spleen") == []
    assert shareOf(centre, volume) == pytest.approx((0.5, 0.5, 0.5), abs=0.1)
