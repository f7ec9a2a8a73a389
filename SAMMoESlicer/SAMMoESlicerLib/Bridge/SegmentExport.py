"""Segments into files: a label map, surfaces, a DICOM segmentation.

Files have the scan's name and the segment's: segments may share a name, or have one that is none
for a file, and then Slicer's own export writes fewer files than it says.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import slicer
import vtk

from sammoe.errors import SAMMoEError

from .FileNames import distinct, safeStem
from .ReferenceVolume import referenceVolumeOf
from .SegmentWriter import SegmentWriter
from .StlFile import writeStl

_Logic = slicer.vtkSlicerSegmentationsModuleLogic
DICOM_PLUGIN = "DICOMSegmentationPlugin"


def exportLabelmap(segmentationNode: Any, segmentIds: Sequence[str], folder: Path) -> None:
    """Write segments as one label map, NRRD, on the segmentation's reference grid.

    Slicer writes it in the segmentation's own coordinates, which lie on the scan's file or in the
    world. Under a transform that the scan does not have they are neither, and it is made on the
    scan's grid. The names of its labels are in a table beside it. Slicer makes up the files' names.

    Args:
        segmentationNode: A vtkMRMLSegmentationNode.
        segmentIds: Which of its segments.
        folder: Empty.

    Raises:
        SAMMoEError: It could not be written.
    """
    _checkAny(segmentIds)
    scan = referenceVolumeOf(segmentationNode)
    transformNode = segmentationNode.GetParentTransformNode()
    isElsewhere = (
        transformNode is not None
        and scan is not None
        and scan.GetParentTransformNode() is not transformNode
    )
    isWritten = _Logic.ExportSegmentsBinaryLabelmapRepresentationToFiles(
        str(folder),
        segmentationNode,
        _strings(segmentIds),
        "nrrd",
        True,
        scan if isElsewhere else None,
    )
    written = next(folder.glob("*.nrrd"), None)
    if not isWritten or written is None or not written.stat().st_size:
        raise SAMMoEError("the label map was not written; is there space on the disk?")
    stem = safeStem(_scanName(segmentationNode), segmentationNode.GetName())
    for path in tuple(folder.iterdir()):
        path.rename(folder / f"{stem}{path.name.removeprefix(written.stem)}")


def exportSurfaces(segmentationNode: Any, segmentIds: Sequence[str], folder: Path) -> None:
    """Write each segment's surface as an STL file, LPS millimetres as other programs read it.

    Args:
        segmentationNode: A vtkMRMLSegmentationNode.
        segmentIds: Which of its segments.
        folder: Empty.

    Raises:
        SAMMoEError: One could not be written.
    """
    _checkAny(segmentIds)
    scan = _scanName(segmentationNode) or segmentationNode.GetName()
    segmentation = segmentationNode.GetSegmentation()
    names = [segmentation.GetSegment(segmentId).GetName() for segmentId in segmentIds]
    for segmentId, stem in zip(
        segmentIds, distinct(safeStem(scan, name) for name in names), strict=True
    ):
        surface = vtk.vtkPolyData()
        _Logic.GetSegmentClosedSurfaceRepresentation(segmentationNode, segmentId, surface, True)
        writeStl(surface, folder / f"{stem}.stl")


def whyNoDicom(volumeNode: Any, plugins: Any) -> str:
    """Return why no DICOM segmentation can be written; empty where it can.

    Args:
        volumeNode: The volume that was segmented, or None.
        plugins: `slicer.modules.dicomPlugins`, classes by name, or None.
    """
    if volumeNode is None or not volumeNode.GetAttribute("DICOM.instanceUIDs"):
        return "the volume did not come from DICOM, so there is no study to add it to"
    if plugins is None or DICOM_PLUGIN not in plugins:
        return "install the extension 'QuantitativeReporting', which writes DICOM segmentations"
    return ""


def exportDicom(segmentationNode: Any, folder: Path, plugins: Any) -> None:
    """Write the segmentation as DICOM SEG with the plug-in that the user has installed.

    The plug-in also gives the file to Slicer's DICOM database, which keeps a copy of its own: the
    file may be moved.

    Args:
        segmentationNode: A vtkMRMLSegmentationNode.
        folder: Empty.
        plugins: `slicer.modules.dicomPlugins`, classes by name.

    Raises:
        SAMMoEError: The plug-in refused, or wrote nothing.
    """
    plugin = plugins[DICOM_PLUGIN]()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(
        segmentationNode.GetScene()
    )
    exportables = plugin.examineForExport(hierarchy.GetItemByDataNode(segmentationNode))
    for exportable in exportables:
        exportable.directory = str(folder)
    message = plugin.export(exportables) if exportables else "nothing that can be exported"
    if not message and not any(folder.iterdir()):
        message = "there is no file; see the error log"
    if message:
        raise SAMMoEError(f"the DICOM segmentation was not written: {message}")


def nonEmptyIds(segmentationNode: Any) -> list[str]:
    """Return the ids of the segments that have a voxel."""
    writer = SegmentWriter(segmentationNode)
    ids = segmentationNode.GetSegmentation().GetSegmentIDs()
    return [segmentId for segmentId in ids if not writer.voxelsOf(segmentId).isEmpty]


def _strings(values: Sequence[str]) -> vtk.vtkStringArray:
    array = vtk.vtkStringArray()
    for value in values:
        array.InsertNextValue(value)
    return array


def _scanName(segmentationNode: Any) -> str:
    """Return the name of the volume a segmentation was made for; empty where there is none."""
    scan = referenceVolumeOf(segmentationNode)
    return "" if scan is None else scan.GetName()


def _checkAny(segmentIds: Sequence[str]) -> None:
    if not segmentIds:
        raise SAMMoEError("no segment has a voxel; there is nothing to write")
