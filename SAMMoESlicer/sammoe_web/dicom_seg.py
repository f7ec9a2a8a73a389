"""A DICOM segmentation of a scan that came from DICOM: it joins the scan's study."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import highdicom as hd
import numpy as np
from highdicom.seg import Segmentation, SegmentDescription
from highdicom.sr.coding import CodedConcept
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

import sammoe
from sammoe import MaskPrompt
from sammoe.errors import GeometryError
from sammoe.geometry import Matrix, box_slices_kji, lps_to_ras
from SAMMoESlicerLib.Bridge import Structure
from SAMMoESlicerLib.Bridge.Structure import Code

SERIES_NUMBER = 1000
_LONGEST_LABEL = 64
_TISSUE = Code("SCT", "85756007", "Tissue")
_UNCODED = Structure("", category=_TISSUE, type=_TISSUE)


@dataclass(frozen=True, eq=False)
class SavedSegment:
    """A segment as it goes into the file.

    Attributes:
        name: Its label.
        color: Red, green, blue in 0..1.
        mask: Its voxels, not empty.
        structure: What it is; None where it is not coded.
        model: Which model drew it; empty: the user did.
    """

    name: str
    color: tuple[float, float, float]
    mask: MaskPrompt
    structure: Structure | None = None
    model: str = ""


def write_dicom_seg(
    path: Path,
    segments: Sequence[SavedSegment],
    *,
    ijk_to_ras: Matrix,
    shape_ijk: NDArray[np.int64],
    headers: Sequence[Dataset],
) -> None:
    """Write segments, which may overlap, as one binary DICOM SEG object.

    Args:
        path: Of the file.
        segments: At least one.
        ijk_to_ras: (4, 4), the scan's.
        shape_ijk: (3,), likewise.
        headers: Of the scan's own files.

    Raises:
        GeometryError: The scan's files do not say what a segmentation of them must say.
    """
    descriptions = [_description(number, one) for number, one in enumerate(segments, start=1)]
    try:
        written = Segmentation(
            headers,
            _stack(segments, ijk_to_ras, shape_ijk, headers[0].FrameOfReferenceUID),
            "BINARY",
            descriptions,
            series_instance_uid=hd.UID(),
            series_number=SERIES_NUMBER,
            series_description="Segmentation",
            sop_instance_uid=hd.UID(),
            instance_number=1,
            manufacturer="SAMMoESlicer",
            manufacturer_model_name="SAMMoESlicer",
            software_versions=sammoe.__version__,
            device_serial_number="none",
            specific_character_set="ISO_IR 192",  # names in any language
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise GeometryError(
            f"no DICOM SEG can be made for this scan, whose files lack what it needs ({error}); "
            "save the segmentation as .seg.nrrd"
        ) from error
    written.save_as(path)


def _stack(
    segments: Sequence[SavedSegment],
    ijk_to_ras: Matrix,
    shape_ijk: NDArray[np.int64],
    frame_of_reference: str,
) -> hd.Volume:
    """Return the slices that hold any segment: numbers, or where two overlap a channel each."""
    first = min(int(one.mask.box_ijk[0][2]) for one in segments)
    last = max(int(one.mask.box_ijk[1][2]) for one in segments)
    shape_kji = (last - first, int(shape_ijk[1]), int(shape_ijk[0]))
    offset_ijk = np.array([0, 0, first])
    labels, channels = _numbered(segments, shape_kji, offset_ijk), None
    if labels is None:
        labels = _layered(segments, shape_kji, offset_ijk)
        channels = {"SegmentNumber": list(range(1, len(segments) + 1))}
    ijk_to_lps = lps_to_ras(ijk_to_ras)  # the same two signs either way
    kji_to_lps = ijk_to_lps.copy()
    kji_to_lps[:3, :3] = ijk_to_lps[:3, 2::-1]
    kji_to_lps[:3, 3] += ijk_to_lps[:3, :3] @ offset_ijk
    return hd.Volume(
        labels,
        kji_to_lps,
        coordinate_system="PATIENT",
        frame_of_reference_uid=frame_of_reference,
        channels=channels,
    )


def _numbered(
    segments: Sequence[SavedSegment], shape_kji: tuple[int, int, int], offset_ijk: NDArray[np.int64]
) -> NDArray | None:
    """Return (k, j, i) numbers from 1, uint16; None where segments overlap."""
    labels = np.zeros(shape_kji, dtype=np.uint16)
    for number, one in enumerate(segments, start=1):
        inside = labels[box_slices_kji(one.mask.box_ijk - offset_ijk)]
        if inside[one.mask.mask_kji].any():
            return None
        inside[one.mask.mask_kji] = number
    return labels


def _layered(
    segments: Sequence[SavedSegment], shape_kji: tuple[int, int, int], offset_ijk: NDArray[np.int64]
) -> NDArray:
    """Return (k, j, i, segment), uint8, 0 and 1."""
    layers = np.zeros((*shape_kji, len(segments)), dtype=np.uint8)
    for layer, one in enumerate(segments):
        layers[box_slices_kji(one.mask.box_ijk - offset_ijk)][one.mask.mask_kji, layer] = 1
    return layers


def _description(number: int, segment: SavedSegment) -> SegmentDescription:
    structure = segment.structure or _UNCODED
    algorithm = None
    if segment.model:
        algorithm = hd.AlgorithmIdentificationSequence(
            name=segment.model[:_LONGEST_LABEL],
            family=codes.cid7162.ArtificialIntelligence,
            version=sammoe.__version__,
        )
    described = SegmentDescription(
        number,
        segment.name.replace("\\", "/")[:_LONGEST_LABEL],
        segmented_property_category=_concept(structure.category),
        segmented_property_type=_concept(structure.type or _TISSUE),
        algorithm_type="SEMIAUTOMATIC" if algorithm else "MANUAL",
        algorithm_identification=algorithm,
        anatomic_regions=[_concept(structure.region)] if structure.region else None,
        display_color=hd.color.CIELabColor.from_rgb(*(round(255 * part) for part in segment.color)),
    )
    if structure.modifier:
        kind = described.SegmentedPropertyTypeCodeSequence[0]
        kind.SegmentedPropertyTypeModifierCodeSequence = [_concept(structure.modifier)]
    if structure.region and structure.regionModifier:
        region = described.AnatomicRegionSequence[0]
        region.AnatomicRegionModifierSequence = [_concept(structure.regionModifier)]
    return described


def _concept(code: Code) -> CodedConcept:
    return CodedConcept(code.value, code.scheme, code.meaning[:_LONGEST_LABEL])
