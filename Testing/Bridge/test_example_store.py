"""The folder of examples, whoever wrote into it, and which scan comes next."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sammoe import MaskPrompt, Volume
from sammoe.errors import SAMMoEError
from sammoe.geometry import array_box
from sammoe.path_lock import path_lock
from SAMMoESlicerLib.Bridge.Example import Example
from SAMMoESlicerLib.ExampleStore import STAGE_PREFIX, ExampleStore
from SAMMoESlicerLib.ScanQueue import nextScan

SCAN = Volume(np.zeros((3, 4, 5), np.int16), np.eye(4))
WHOLE = MaskPrompt(np.ones((3, 4, 5), bool), array_box((3, 4, 5)))

KILLED = """
import os, signal, sys
from pathlib import Path
from test_example_store import SCAN, WHOLE, Example, ExampleStore
sys.addaudithook(lambda event, _: event == "os.rename" and os.kill(os.getpid(), signal.SIGKILL))
ExampleStore(Path(sys.argv[1])).submit(SCAN, Example("Liver", WHOLE))
"""
"""A writer that ends at its first rename: by then there is a copy of the scan."""


def killedWhileWriting(folder):
    places = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    return subprocess.run(
        [sys.executable, "-c", KILLED, str(folder)],
        env={**os.environ, "PYTHONPATH": places},
        check=False,
    )


def test_what_a_later_version_keeps_of_a_scan_stays(store):
    store.submit(SCAN, Example("Liver", WHOLE))
    (path,) = (store.folder / "examples").iterdir()
    kept = json.loads(path.read_text("utf-8"))
    kept["reviewer"] = "somebody"
    kept["structures"]["Liver"]["prompts"] = {"spheres": [1]}
    path.write_text(json.dumps(kept), "utf-8")
    ExampleStore(store.folder).submit(SCAN, Example("Spleen", WHOLE))
    again = json.loads(path.read_text("utf-8"))
    assert again["reviewer"] == "somebody"
    assert again["structures"]["Liver"] == kept["structures"]["Liver"]
    assert "Spleen" in again["structures"]


def test_an_example_is_saved_though_its_stage_cannot_be_removed_yet(store, monkeypatch):
    """Windows removes no folder that a virus scanner or a search indexer looks into."""

    def refuse(path, **_):
        raise OSError(errno.EBUSY, "it is open", str(path))

    with monkeypatch.context() as looking:
        looking.setattr(os, "rmdir", refuse)
        store.submit(SCAN, Example("Liver", WHOLE))
    assert store.counts() == {"Liver": 1}
    assert any(store.folder.glob(f"{STAGE_PREFIX}*"))
    store.submit(SCAN, Example("Spleen", WHOLE))
    assert not any(store.folder.glob(f"{STAGE_PREFIX}*"))


def test_what_a_killed_writer_left_goes_with_the_next_example_but_not_a_living_ones(store):
    assert killedWhileWriting(store.folder).returncode == -signal.SIGKILL
    assert any(path.stat().st_size for path in store.folder.glob("*/*"))
    left = set(store.folder.iterdir())
    with path_lock(store.folder / ".sammoe-lock"), pytest.raises(SAMMoEError, match="another"):
        store.submit(SCAN, Example("Liver", WHOLE))
    assert set(store.folder.iterdir()) >= left - {store.folder / ".sammoe-lock"}
    store.submit(SCAN, Example("Liver", WHOLE))
    names = {"dataset.json", "examples", "imagesTr", "labelsTr"}
    assert {path.name for path in store.folder.iterdir()} == names


def test_scans_come_in_the_order_of_their_names_without_those_that_are_done(tmp_path):
    for name in ("c.nrrd", "a.nii.gz", "b.nrrd", "b.seg.nrrd", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert nextScan(tmp_path, after="", done=()).name == "a.nii.gz"
    assert nextScan(tmp_path, after="a.nii.gz", done={"b.nrrd"}).name == "c.nrrd"
    assert nextScan(tmp_path, after="c.nrrd", done={"c.nrrd"}).name == "a.nii.gz"
    assert nextScan(tmp_path, after="c.nrrd", done={"a.nii.gz", "b.nrrd", "c.nrrd"}) is None
    assert nextScan(tmp_path / "missing", after="", done=()) is None
