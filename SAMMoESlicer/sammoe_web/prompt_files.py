"""Points, boxes and curves as Slicer's markups files, each saying what it means."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sammoe.image_io import LABEL_BY_SIDE
from SAMMoESlicerLib.Bridge import PromptMarkups
from SAMMoESlicerLib.Bridge.FileNames import safeStem

from .node_files import write_node
from .worklist import ListedSegment

_SIDES = {label: side for side, label in LABEL_BY_SIDE.items()}
_KINDS = {
    "vtkMRMLMarkupsFiducialNode": "points",
    "vtkMRMLMarkupsROINode": "box",
    "vtkMRMLMarkupsCurveNode": "scribble",
    "vtkMRMLMarkupsClosedCurveNode": "lasso",
}


def write_prompts(path: Path, scene: Any, node: Any, segments: list[ListedSegment]) -> None:
    """Write a zip of markups files, one for each list of points, box and curve.

    A markups file does not say what it asks for: the name does, '01 Liver 02 background
    scribble', and every control point's description, which Slicer shows in its table.

    Args:
        path: The zip.
        scene: The MRML scene.
        node: The segmentation.
        segments: Of the segmentation, in the order in which they are numbered.

    Raises:
        SAMMoEError: A file cannot be written.
    """
    part = path.with_name("part.mrk.json")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, segment in enumerate(segments, start=1):
            marked = _marked(PromptMarkups(scene, node, segment.id))
            for count, (markups, side) in enumerate(marked, start=1):
                write_node(markups, markups.CreateDefaultStorageNode(), part)
                name = f"{number:02d} {safeStem(segment.name)} {count:02d} {side} {_kind(markups)}"
                archive.writestr(f"{name}.mrk.json", _described(part, side))


def _marked(prompts: PromptMarkups) -> Iterator[tuple[Any, str]]:
    """Return the markups that hold something, each with whether it means the object."""
    for markups, label in prompts.labelled():
        if markups.GetNumberOfDefinedControlPoints():
            yield markups, _SIDES[label]


def _kind(markups: Any) -> str:
    return _KINDS[markups.GetClassName()]


def _described(part: Path, side: str) -> str:
    values = json.loads(part.read_text("utf-8"))
    for markups in values["markups"]:
        for point in markups["controlPoints"]:
            point["description"] = f"{side} {point['description']}".strip()
    return json.dumps(values, indent=2) + "\n"
