"""Which voxels of a mask file are meant: one of its segments, or all that is set."""

import logging
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..errors import PromptError
from .slicer_segmentation import SegmentInfo, segment_info

logger = logging.getLogger(__name__)

MOST_NAMED = 8


@dataclass(frozen=True)
class Segment:
    """One segment of a file.

    Attributes:
        id: Slicer's id; empty in a plain label image.
        name: Shown in Slicer's list; a plain label image's value.
        value: Its label, which may be a fraction in a plain label image: where the file scales its
            values, or holds probabilities.
        layer: Which component holds it; overlapping segments lie in different ones.
        info: How Slicer shows it; None in a plain label image.
    """

    id: str
    name: str
    value: float
    layer: int
    info: SegmentInfo | None = None

    def is_called(self, wanted: str) -> bool:
        """Say whether a user means this segment."""
        names = (self.id, self.name, str(self.value))
        return wanted.casefold() in (name.casefold() for name in names)


def mask_of(image: sitk.Image, name: str, wanted: str | None) -> NDArray[np.bool_]:
    """Return the voxels of the wanted segment, (k, j, i); every value but 0 and NaN is set.

    Args:
        image: Of three axes; components are the layers of overlapping segments.
        name: Of the file, for messages.
        wanted: A segment's name, id or label value; None: the only one.

    Raises:
        PromptError: No such segment, or several named ones and none is wanted.
    """
    array = sitk.GetArrayFromImage(image)
    layers = array if image.GetNumberOfComponentsPerPixel() > 1 else array[..., None]
    segments = _named_segments(image)
    if not segments and layers.shape[-1] > 1:
        raise PromptError(
            f"{name} has {layers.shape[-1]} values a voxel (colour or vectors); a mask has one"
        )
    if segments:
        chosen = _chosen(segments, name, wanted)
        if not 0 <= chosen.layer < layers.shape[-1]:
            raise PromptError(f"{name} has no layer {chosen.layer} for its segment '{chosen.name}'")
        found: NDArray[np.bool_] = layers[..., chosen.layer] == chosen.value
        return found
    return _of_label_image(layers[..., 0], name, wanted)


def info_of(header: sitk.ImageFileReader, name: str, wanted: str | None) -> SegmentInfo | None:
    """Return how Slicer shows the wanted segment of a file; None for a plain label image.

    Raises:
        PromptError: See `mask_of`.
    """
    segments = _named_segments(header)
    return _chosen(segments, name, wanted).info if segments else None


def _of_label_image(array: NDArray, name: str, wanted: str | None) -> NDArray[np.bool_]:
    values = array[np.isfinite(array) & (array != 0)]
    labels = [Segment("", f"{value:g}", _label(value), 0) for value in np.unique(values)]
    if wanted is not None:
        found: NDArray[np.bool_] = array == _chosen(labels, name, wanted).value
        return found
    whole = values.dtype.kind in "iu" or (values == np.rint(values)).all()
    if len(labels) > 1 and whole:
        logger.warning(
            "the mask's labels %s were joined to one object; choose one with --segment",
            _listed(labels),
        )
    joined: NDArray[np.bool_] = np.isfinite(array) & (array != 0)
    return joined


def _label(value: np.generic) -> float:
    """Return a voxel's value; 0.5 is no 0, which is everything but the object."""
    label: float = value.item()
    return int(label) if label == round(label) else label


def _chosen(segments: list[Segment], name: str, wanted: str | None) -> Segment:
    if wanted is None and len(segments) == 1:
        return segments[0]
    if wanted is None:
        raise PromptError(
            f"the mask {name} holds {len(segments)} segments ({_listed(segments)}); choose one "
            "with --segment NAME"
        )
    for segment in segments:
        if segment.is_called(wanted):
            return segment
    raise PromptError(f"the mask {name} has no segment '{wanted}'; it has: {_listed(segments)}")


def _listed(segments: list[Segment]) -> str:
    more = len(segments) - MOST_NAMED
    names = [segment.name for segment in segments[:MOST_NAMED]]
    return ", ".join([*names, *([f"and {more} more"] if more > 0 else [])])


def _named_segments(image: sitk.Image | sitk.ImageFileReader) -> list[Segment]:
    """Return what a `.seg.nrrd` says of its segments; none in any other file."""
    segments: list[Segment] = []
    while image.HasMetaDataKey(f"Segment{len(segments)}_ID"):
        start = f"Segment{len(segments)}_"
        said = {
            key: image.GetMetaData(start + key) if image.HasMetaDataKey(start + key) else ""
            for key in ("ID", "Name", "LabelValue", "Layer", "Color", "Tags")
        }
        value, layer = (
            int(said[key]) if said[key].strip().isdecimal() else default
            for key, default in (("LabelValue", 1), ("Layer", 0))
        )
        info = segment_info(said["Name"] or said["ID"], said["Color"], said["Tags"])
        segments.append(Segment(said["ID"], info.name, value, layer, info))
    return segments
