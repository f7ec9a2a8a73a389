"""MRML nodes in, `sammoe` values out, and back. No Qt, no application: nodes come by argument."""

from .Curve import Curve
from .EarlierMask import EarlierMask
from .HandEdit import HandEdit
from .PromptMarkups import PromptMarkups
from .PromptReader import PromptReader
from .PromptRole import PromptRole
from .PromptState import Click, PromptState, RoiPose
from .Provenance import Provenance
from .SegmentReader import SegmentReader
from .SegmentVoxels import SegmentVoxels
from .SegmentWriter import SegmentWriter, WriteMode
from .Structure import Structure, Template, findStructures
from .VolumeReader import VolumeReader

__all__ = [
    "Click",
    "Curve",
    "EarlierMask",
    "HandEdit",
    "PromptMarkups",
    "PromptReader",
    "PromptRole",
    "PromptState",
    "Provenance",
    "RoiPose",
    "SegmentReader",
    "SegmentVoxels",
    "SegmentWriter",
    "Structure",
    "Template",
    "VolumeReader",
    "WriteMode",
    "findStructures",
]
