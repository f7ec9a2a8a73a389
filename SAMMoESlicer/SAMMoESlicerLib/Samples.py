"""The torso phantom as a volume node, and clicks in it."""

from functools import cache
from typing import Any

import slicer

from .Bridge import PromptRole
from .Bridge.VolumeWriter import addVolumeNode
from .Presenter import Step
from .SampleSources import PHANTOM

PLAYED = ("liver", "left kidney", "spleen", "vertebra L3", "aorta")


def loadPhantom(source: Any = None) -> Any:
    """Make the torso phantom, nothing is downloaded, and show it; returns the volume node."""
    node = addVolumeNode(slicer.mrmlScene, _phantom().volume, PHANTOM)
    slicer.util.setSliceViewerLayers(background=node, fit=True)
    return node


def phantomSteps() -> list[Step]:
    """Return clicks in the middle of organs, bone and a vessel of the phantom."""
    steps = []
    for name in PLAYED:
        r, a, s = _phantom().centre_of(name)
        point = (float(r), float(a), float(s))
        steps.append(Step(name, PromptRole.POSITIVE, point, beginsSegment=True))
    return steps


@cache
def _phantom() -> Any:
    from sammoe.phantom import make_phantom  # two seconds, so not before somebody asks

    return make_phantom()
