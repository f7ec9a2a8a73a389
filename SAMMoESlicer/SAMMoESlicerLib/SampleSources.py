"""Scans to try the module on: one made here, a torso CT, and two of Slicer's own.

Imported when Slicer starts, so it imports nothing itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CATEGORY = "SAM-Med3D-MoE"


@dataclass(frozen=True)
class PublicFile:
    """A file that anybody may get.

    Attributes:
        fileName: On this computer.
        url: Where it is.
        sha256: Of its content.
    """

    fileName: str
    url: str
    sha256: str


_TOTALSEGMENTATOR = (
    "https://github.com/wasserth/TotalSegmentator/raw/0e65a448d557382b1e925276212b3bec7f5aff83/"
    "tests/reference_files/"
)
TORSO_CT = PublicFile(
    "TorsoCT.nii.gz",
    _TOTALSEGMENTATOR + "example_ct.nii.gz",
    "dbd3ae6d614d1d7ef3a46925c30c70038ed52da6b37fdd6afdc7b9b71387e3e1",
)
TORSO_SPINE = PublicFile(
    "TorsoCT-spine.nii.gz",
    _TOTALSEGMENTATOR + "spine_report/example_ct_report/totalseg.nii.gz",
    "1dee90b23f201480e42211527b1e3acefd99c22e21291ef319a95d0b460d7376",
)
TORSO_NAME, TORSO_MB = "TorsoCT", 2.2
TORSO_LICENCE = "Apache-2.0, from the TotalSegmentator repository"
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
    sampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=f"{TORSO_NAME} ({TORSO_LICENCE.split(',')[0]})",  # it is the button's caption
        nodeNames=TORSO_NAME,
        uris=TORSO_CT.url,
        fileNames=TORSO_CT.fileName,
        checksums=f"SHA256:{TORSO_CT.sha256}",
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
