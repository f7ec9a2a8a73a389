"""Fixtures as nouns: a Slicer scene without the application, and a CT in it."""

import sys

import numpy as np
import pytest

pytest.importorskip("slicer", reason="slicer-core is not installed here (pip install slicer-core)")

from fake_client import FakeClient, FakeClock
from grids import GRIDS, affine, ellipsoid_volume, rotation
from painting_hand import Hand
from sammoe import Volume
from sammoe.geometry import transform_points
from SAMMoESlicerLib.Bridge import SegmentWriter
from SAMMoESlicerLib.ExampleStore import ExampleStore
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from slicer_scene import SlicerScene


@pytest.fixture(autouse=True)
def _no_silent_exceptions(monkeypatch):
    """Fail a test in which VTK printed an exception of an observer instead of raising it."""
    seen = []
    monkeypatch.setattr(sys, "excepthook", lambda *exception: seen.append(exception[1]))
    yield
    assert seen == []


@pytest.fixture
def slicerScene(tmp_path):
    slicerScene = SlicerScene(tmp_path)
    yield slicerScene
    slicerScene.close()


@pytest.fixture
def ellipsoid():
    """A volume with an ellipsoid on an oblique grid: volume, mask (KJI), centre (RAS)."""
    return ellipsoid_volume(GRIDS["oblique"], (40, 36, 24), radii_mm=(11.0, 9.0, 12.0))


@pytest.fixture
def patientMove():
    """A matrix that moves and turns: a volume's parent transform."""
    return affine(rotation(-20, (0.3, 1, 0.2)), (1, 1, 1), (12, -7, 30))


@pytest.fixture
def transformNode(slicerScene, patientMove):
    return slicerScene.addTransform(patientMove)


@pytest.fixture
def volumeNode(slicerScene, ellipsoid, transformNode):
    """An oblique CT under a transform."""
    return slicerScene.addVolume(ellipsoid[0], under=transformNode)


@pytest.fixture
def worldVolume(ellipsoid, patientMove):
    """What the volume node holds, in the world."""
    return Volume(ellipsoid[0].array_kji, patientMove @ ellipsoid[0].ijk_to_ras)


@pytest.fixture
def segmentationNode(slicerScene):
    return slicerScene.addSegmentation()


@pytest.fixture
def client():
    return FakeClient()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def session(slicerScene, client, clock):
    session = SegmentationSession(slicerScene.scene, client, clock=clock)
    session.failures = []
    session.failed.connect(session.failures.append)
    yield session
    session.close()


@pytest.fixture
def centre(patientMove, ellipsoid):
    """The ellipsoid's centre in the world."""
    return transform_points(ellipsoid[2], patientMove)[0]


@pytest.fixture
def segmentId(session, volumeNode, segmentationNode):
    """A new segment, chosen together with the CT."""
    session.setVolumeNode(volumeNode)
    return session.addSegment(segmentationNode, "ellipsoid")


@pytest.fixture
def hand(segmentationNode, worldVolume):
    """Paints in the segmentation, past everything of ours."""
    return Hand(segmentationNode, worldVolume)


@pytest.fixture
def writer(segmentationNode):
    return SegmentWriter(segmentationNode)


@pytest.fixture
def grid():
    """A volume of 12 x 11 x 10 voxels on an oblique, anisotropic grid."""
    return Volume(np.zeros((10, 11, 12), np.int16), GRIDS["oblique"])


@pytest.fixture
def store(tmp_path):
    return ExampleStore(tmp_path / "examples of liver")
