"""Scans to try the module on: one made here, and two of Slicer's own."""

from functools import cache
from typing import Any

import slicer

from .Bridge import PromptRole
from .Bridge.VolumeWriter import addVolumeNode
from .Presenter import Step

CATEGORY = "SAM-Med3D-MoE"
PHANTOM = "TorsoPhantom"
PLAYED = ("liver", "left kidney", "spleen", "vertebra L3", "aorta")
_DATA = "https://github.com/Slicer/SlicerTestingData/releases/download/SHA256/"
_SLICERS_OWN = (
    (
        "CTChest",
        "CT-chest.nrrd",
        "4507b664690840abb6cb9af2d919377ffc4ef75b167cb6fd0f747befdb12e38e",
    ),
    (
        "MRHead",
        "MR-head.nrrd",
        "cc211f0dfd9a05ca3841ce1141b292898b2dd2d3f08286affadf823a7e58df93",
    ),
)


def registerSamples(sampleDataLogic: Any) -> None:
    """Add the module's entries to Slicer's Sample Data.

    Args:
        sampleDataLogic: `SampleData.SampleDataLogic`.
    """
    sampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=PHANTOM,
        nodeNames=PHANTOM,
        customDownloader=loadPhantom,
    )
    for name, fileName, sha256 in _SLICERS_OWN:
        sampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=name,
            nodeNames=name,
            uris=_DATA + sha256,
            fileNames=fileName,
            checksums=f"SHA256:{sha256}",
        )


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
