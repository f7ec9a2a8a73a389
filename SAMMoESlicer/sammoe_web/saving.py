"""What the user takes home: segmentation, labels, prompts, scene, report."""

import json
import tempfile
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray

import sammoe
from sammoe import MaskPrompt, Volume
from sammoe.errors import SAMMoEError
from sammoe.geometry import box_slices_kji
from sammoe.image_io import write_volume
from SAMMoESlicerLib.Bridge import Provenance, SegmentReader, Structure, VolumeReader

from .dicom_seg import SavedSegment, write_dicom_seg
from .node_files import NO_SPACE, write_node
from .prompt_files import write_prompts
from .saved_names import stem_of
from .scan import Scan
from .unsaved import Unsaved
from .whole_nrrd import is_whole
from .worklist import SegmentContent, Worklist


@dataclass(frozen=True)
class SavedKind:
    """A file on offer.

    Attributes:
        id: In the page's requests.
        caption: In the menu.
        ending: Of the file's name.
        has_segments: Whether it holds the segments: what is in it is saved.
    """

    id: str
    caption: str
    ending: str
    has_segments: bool = True


@dataclass(frozen=True)
class SavedFile:
    """A file for the user.

    Attributes:
        name: Of the file.
        content: Of the file.
        receipt: What `Saving.confirm` is told once it has arrived.
    """

    name: str
    content: bytes
    receipt: int


KINDS = (
    SavedKind("segmentation", "Segmentation for Slicer (.seg.nrrd)", ".seg.nrrd"),
    SavedKind("labels", "Labels, one number a segment (.nii.gz)", "-labels.nii.gz"),
    SavedKind("dicom", "DICOM segmentation (.seg.dcm)", ".seg.dcm"),
    SavedKind(
        "prompts",
        "Points, boxes and curves (.mrk.json in a zip)",
        "-prompts.zip",
        has_segments=False,
    ),
    SavedKind("scene", "Everything, to open in Slicer (.mrb)", ".mrb"),
    SavedKind("report", "Report (.json)", "-report.json", has_segments=False),
)


class Saving:
    """Makes the files, named after the scan.

    Args:
        scene: The MRML scene.
        scan: The scan that is shown.
        worklist: Its segments.
        unsaved: Is told what has arrived.
    """

    def __init__(self, scene: Any, scan: Scan, worklist: Worklist, unsaved: Unsaved) -> None:
        self._scene = scene
        self._unsaved = unsaved
        self._receipts = count(1)
        self._underway: dict[int, tuple[SegmentContent, ...]] = {}
        self._scan = scan
        self._worklist = worklist
        self._writers = {
            "segmentation": self._write_segmentation,
            "labels": self._write_labels,
            "dicom": self._write_dicom,
            "prompts": self._write_prompts,
            "scene": self._write_scene,
            "report": self._write_report,
        }

    def make(self, kind_id: str) -> SavedFile:
        """Return a file; what is in it counts as saved once its receipt is confirmed.

        Raises:
            SAMMoEError: There is nothing to save, or no such kind, or it cannot be written.
        """
        kind = next((kind for kind in KINDS if kind.id == kind_id), None)
        if kind is None:
            raise SAMMoEError(f"there is no kind of file called {kind_id!r}")
        if self._scan.node is None or not self._worklist.has_segments:
            raise SAMMoEError("there is nothing to save yet; click in a scan first")
        name = stem_of(self._scan.name) + kind.ending
        try:
            with tempfile.TemporaryDirectory(prefix="sammoe-save-") as folder:
                self._writers[kind_id](Path(folder) / name)
                content = (Path(folder) / name).read_bytes()
        except OSError as error:
            raise SAMMoEError(f"{name} cannot be written ({error.strerror}); {NO_SPACE}") from error
        receipt = next(self._receipts)
        if kind.has_segments:
            self._underway = {receipt: self._unsaved.content()}
        return SavedFile(name, content, receipt)

    def confirm(self, receipt: int) -> None:
        """Take what the last file was made of for saved: it has arrived."""
        if receipt in self._underway:
            self._unsaved.mark_saved(self._underway.pop(receipt))

    def _write_segmentation(self, path: Path) -> None:
        write_node(self._worklist.node, slicer.vtkMRMLSegmentationStorageNode(), path)

    def _write_labels(self, path: Path) -> None:
        volume = VolumeReader(self._scan.node).read()
        write_volume(path, Volume(self._labels(volume), volume.ijk_to_ras))

    def _labels(self, volume: Volume) -> NDArray[np.uint16]:
        """Return segment numbers from 1 in the worklist's order; where two overlap, the later."""
        labels = np.zeros(volume.array_kji.shape, dtype=np.uint16)
        reader = SegmentReader(self._worklist.node)
        for number, segment in enumerate(self._worklist.segments(), start=1):
            mask = reader.readMask(segment.id, volume)
            if mask is not None:
                labels[box_slices_kji(mask.box_ijk)][mask.mask_kji] = number
        return labels

    def _write_dicom(self, path: Path) -> None:
        if not self._scan.dicom_headers:
            raise SAMMoEError(
                "this scan did not come from DICOM, so there is no study to add a DICOM "
                "segmentation to; save it as .seg.nrrd"
            )
        volume = VolumeReader(self._scan.node).read()
        reader = SegmentReader(self._worklist.node)
        segments = self._worklist.node.GetSegmentation()
        saved = []
        for listed in self._worklist.segments():
            mask = reader.readMask(listed.id, volume)
            if mask is not None and mask.mask_kji.any():
                saved.append(_saved_segment(segments.GetSegment(listed.id), mask))
        if not saved:
            raise SAMMoEError("all segments are empty; click in the scan first")
        write_dicom_seg(
            path,
            saved,
            ijk_to_ras=volume.ijk_to_ras,
            shape_ijk=volume.shape_ijk,
            headers=self._scan.dicom_headers,
        )

    def _write_prompts(self, path: Path) -> None:
        write_prompts(path, self._scene, self._worklist.node, self._worklist.segments())

    def _write_scene(self, path: Path) -> None:
        if not self._scene.WriteToMRB(str(path), None) or not is_whole(path):
            raise SAMMoEError(f"{path.name} cannot be written; {NO_SPACE}")

    def _write_report(self, path: Path) -> None:
        volume = VolumeReader(self._scan.node).read()
        segments = self._worklist.node.GetSegmentation()
        report = {
            "sammoe": sammoe.__version__,
            "volume": {
                "shape_ijk": volume.shape_ijk.tolist(),
                "spacing_mm": volume.spacing_mm.round(6).tolist(),
            },
            "segments": [
                {
                    "label": number,
                    "name": listed.name,
                    "volume_ml": round(listed.volume_ml, 3),
                    "record": _record(segments.GetSegment(listed.id)),
                }
                for number, listed in enumerate(self._worklist.segments(), start=1)
            ],
        }
        path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _saved_segment(segment: Any, mask: MaskPrompt) -> SavedSegment:
    record = Provenance.readIfSound(segment)
    return SavedSegment(
        segment.GetName(),
        segment.GetColor(),
        mask,
        structure=Structure.ofSegment(segment),
        model="" if record is None else record.bundle or "SAM-Med3D-MoE",
    )


def _record(segment: Any) -> dict[str, Any] | None:
    """Return how a segment came about: prompts (a curve as its points), options, scores, model."""
    record = Provenance.readIfSound(segment)
    if record is None:
        return None
    told = record.prompts.toPromptSet()
    prompts = {
        "points_ras": told.points_ras.tolist(),
        "point_labels": told.point_labels.tolist(),
        "box": None if record.prompts.roi is None else asdict(record.prompts.roi),
        "earlier_mask": record.prompts.mask is not None,
    }
    return {
        "prompts": prompts,
        "options": asdict(record.options),
        "expert": record.expert,
        "scores": record.scores,
        "tau": record.tau,
        "bundle": record.bundle,
        "bundle_hash": record.bundle_hash,
    }
