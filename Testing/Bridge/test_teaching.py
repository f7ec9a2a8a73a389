"""Examples that are submitted while the user goes on to the next scan."""

import time

import pytest

from disagreeing_client import DisagreeingClient
from kept_settings import KeptSettings
from SAMMoESlicerLib.Bridge import Structure
from SAMMoESlicerLib.ScanRanking import ScanRanking
from SAMMoESlicerLib.Teaching import Teaching
from session_user import click


@pytest.fixture
def scans(tmp_path):
    """A folder of four scans, as far as their names."""
    for name in "abcd":
        (tmp_path / "scans").mkdir(exist_ok=True)
        (tmp_path / "scans" / f"{name}.nrrd").touch()
    return tmp_path / "scans"


@pytest.fixture
def teaching(session, segmentId, centre, scans, tmp_path):
    """Knows the folders; a liver is there to be submitted."""
    click(session, centre)
    session.nameAs(Structure("Liver"))
    ranking = ScanRanking(lambda bundle: DisagreeingClient())
    teaching = Teaching(session, KeptSettings(), ranking)
    teaching.useFolder(tmp_path / "examples")
    teaching.useScans(scans)
    yield teaching
    teaching.close()


def finish(teaching):
    end_s = time.monotonic() + 60
    while teaching.isBusy:
        assert time.monotonic() < end_s
        teaching.poll()
        time.sleep(0.001)


def test_while_an_example_is_written_its_scan_and_those_before_count_as_done(teaching):
    teaching.submit("a.nrrd")
    finish(teaching)
    assert teaching.nextScan("d.nrrd").name == "b.nrrd"
    teaching.submit("b.nrrd")
    assert teaching.isBusy
    assert teaching.nextScan("b.nrrd").name == "c.nrrd"
    assert teaching.nextScan("d.nrrd").name == "c.nrrd"
    assert teaching.nextScan("c.nrrd").name == "d.nrrd"


def test_in_a_new_session_too_scans_count_as_done_at_once(teaching, session, scans):
    teaching.submit("a.nrrd")
    finish(teaching)
    settings = KeptSettings()
    Teaching(session, settings, teaching.ranking).useFolder(teaching.store.folder)
    again = Teaching(session, settings, teaching.ranking)
    again.useScans(scans)
    again.submit("b.nrrd")
    assert again.isBusy
    assert again.nextScan("d.nrrd").name == "c.nrrd"
    again.close()
