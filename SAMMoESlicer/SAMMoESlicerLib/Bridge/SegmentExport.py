"""Segments into files: a label map, a surface, a DICOM segmentation; by Slicer's own writers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import slicer
import vtk

from sammoe.errors import SAMMoEError

from .SegmentWriter import SegmentWriter

_Logic = slicer.vtkSlicerSegmentationsModuleLogic
DICOM_PLUGIN = "DICOMSegmentationPlugin"


def exportLabelmap(segmentationNode: Any, segmentIds: Sequence[str], folder: Path) -> None:
    """Write segments as one label map, NRRD, on the segmentation's reference grid.

    Raises:
        SAMMoEError: It could not be written.
    """
    _check(
        _Logic.ExportSegmentsBinaryLabelmapRepresentationToFiles(
            str(folder), segmentationNode, _strings(segmentIds), "nrrd", True
        ),
        folder,
    )


def exportSurfaces(segmentationNode: Any, segmentIds: Sequence[str], folder: Path) -> None:
    """Write each segment's surface as an STL file, LPS millimetres as other programs read it.

    Raises:
        SAMMoEError: It could not be written.
    """
    _check(
        _Logic.ExportSegmentsClosedSurfaceRepresentationToFiles(
            str(folder), segmentationNode, _strings(segmentIds), "STL", True, 1.0, False
        ),
        folder,
    )


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

    Raises:
        SAMMoEError: The plug-in refused.
    """
    plugin = plugins[DICOM_PLUGIN]()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(
        segmentationNode.GetScene()
    )
    exportables = plugin.examineForExport(hierarchy.GetItemByDataNode(segmentationNode))
    for exportable in exportables:
        exportable.directory = str(folder)
    message = plugin.export(exportables) if exportables else "nothing that can be exported"
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


def _check(isWritten: bool, folder: Path) -> None:
    if not isWritten:
        raise SAMMoEError(f"nothing was written to {folder}; is there space, may you write there?")
