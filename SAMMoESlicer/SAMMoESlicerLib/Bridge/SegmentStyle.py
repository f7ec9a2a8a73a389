"""An expert's name, colour and terminology on the segment it made, unless the user chose."""

import json
from itertools import count
from typing import Any

import slicer
import vtk

from sammoe.bundle import ExpertCard
from sammoe.image_io import terminology_entry

_GIVEN = "SAMMoE.given"


def markAsUnnamed(segment: Any) -> None:
    """Remember the name and colour Slicer gave a new segment: an expert may replace them."""
    segment.SetTag(_GIVEN, json.dumps([segment.GetName(), list(segment.GetColor())]))


def isUnnamed(segment: Any) -> bool:
    """Say whether nobody but an expert has named or coloured a segment."""
    text = vtk.reference("")
    if not segment.GetTag(_GIVEN, text):
        return False
    name, color = json.loads(str(text))
    return segment.GetName() == name and list(segment.GetColor()) == color


def styleSegment(segmentation: Any, segment: Any, expert: ExpertCard) -> None:
    """Name, colour and code a segment after the expert that made it.

    Only what nobody has changed since `markAsUnnamed` or the last expert is replaced.

    Args:
        segmentation: The vtkSegmentation of the segment.
        segment: The vtkSegment.
        expert: What its bundle says of the expert.
    """
    if not isUnnamed(segment):
        segment.RemoveTag(_GIVEN)
        return
    if not segment.GetName().startswith(expert.name):
        segment.SetName(_freeName(segmentation, expert.name))
    segment.SetColor(*expert.color)
    entry = terminology_entry(expert.terminology)
    segment.SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), entry)
    markAsUnnamed(segment)


def letBeSeen(segmentationNode: Any, segmentId: str) -> None:
    """Show a segment that was hidden: who clicks for it wants to see what comes of it."""
    display = segmentationNode.GetDisplayNode()
    if display is not None and not display.GetSegmentVisibility(segmentId):
        display.SetSegmentVisibility(segmentId, True)


def _freeName(segmentation: Any, name: str) -> str:
    segments = (segmentation.GetNthSegment(n) for n in range(segmentation.GetNumberOfSegments()))
    taken = {segment.GetName() for segment in segments}
    if name not in taken:
        return name
    return next(free for n in count(2) if (free := f"{name} {n}") not in taken)
