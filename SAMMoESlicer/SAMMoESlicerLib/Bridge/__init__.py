"""MRML nodes in, `sammoe` values out, and back. No Qt, no application: nodes come by argument."""

from .PromptMarkups import PromptMarkups, PromptRole
from .PromptReader import PromptReader
from .PromptState import Click, PromptState, RoiPose
from .Provenance import Provenance
from .SegmentReader import SegmentReader
from .SegmentWriter import SegmentWriter, WriteMode
from .VolumeReader import VolumeReader

__all__ = [
    "Click",
    "PromptMarkups",
    "PromptReader",
    "PromptRole",
    "PromptState",
    "Provenance",
    "RoiPose",
    "SegmentReader",
    "SegmentWriter",
    "VolumeReader",
    "WriteMode",
]
