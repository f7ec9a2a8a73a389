"""The torso phantom: made once, in the background if there is time, and shown as a volume node."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import slicer

from .Bridge.VolumeWriter import addVolumeNode
from .SampleSources import PHANTOM

_maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="phantom")
_made: list[Future] = []


def preparePhantom() -> None:
    """Begin to make the phantom, so that nobody has to wait for it later."""
    if not _made:
        _made.append(_maker.submit(_makePhantom))


def phantom() -> Any:
    """Return the `sammoe.phantom` torso: its volume and where each organ is."""
    preparePhantom()
    return _made[0].result()


def loadPhantom(source: Any = None) -> Any:
    """Make the torso phantom, nothing is downloaded, and show it; returns the volume node."""
    node = addVolumeNode(slicer.mrmlScene, phantom().volume, PHANTOM)
    slicer.util.setSliceViewerLayers(background=node, fit=True)
    return node


def centreOf(organ: str) -> tuple[float, float, float]:
    """Return the middle of an organ of the phantom, world RAS mm."""
    r, a, s = map(float, phantom().centre_of(organ))
    return (r, a, s)


def _makePhantom() -> Any:
    from sammoe.phantom import make_phantom  # two seconds, so not before somebody asks

    return make_phantom()
