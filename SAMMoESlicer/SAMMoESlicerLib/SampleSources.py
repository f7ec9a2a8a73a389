"""Scans to try the module on: one made here, and two of Slicer's own.

Imported when Slicer starts, so it imports nothing itself.
"""

from collections.abc import Callable
from typing import Any

CATEGORY = "SAM-Med3D-MoE"
PHANTOM = "TorsoPhantom"
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


def registerSamples(sampleDataLogic: Any, *, loadPhantom: Callable[[Any], Any] | None) -> None:
    """Add the module's entries to Slicer's Sample Data.

    Args:
        sampleDataLogic: `SampleData.SampleDataLogic`.
        loadPhantom: Makes the phantom, for it cannot be downloaded; returns its node. None: the
            caller makes it otherwise.
    """
    sampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=PHANTOM,
        uris=[""],  # Slicer takes the lengths of the three lists, although nothing is downloaded
        fileNames=[f"{PHANTOM}.nrrd"],
        nodeNames=[PHANTOM],
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
