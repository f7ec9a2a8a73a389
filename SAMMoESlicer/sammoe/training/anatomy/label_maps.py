"""Label maps of real bodies, read and made ready: one instance a connected part, nothing empty.

The maps name every structure; what lies between them, and what some of them lack altogether, is
added here: fat and skin around a trunk that ends at its muscles, a skull around a brain.
"""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from ...errors import SAMMoEError
from ...image_io.image_files import read_image
from .tissues import Tissue, tissue_of

HELD_OUT = ("tcia_chest_ct", "synthseg_brain_14", "hra_visible_human_female_torso")
"""Maps nothing is trained on: what the model has learnt of bodies is measured on them."""
FEWEST_VOXELS = 20
"""Smaller connected parts are shown, but never asked for."""
SAMPLES = 192
"""Positions kept of every target, its six outermost voxels among them."""
CONVENTIONAL = 0.15
"""How often structures whose borders are drawn by convention are asked for, against others."""

_CONVENTIONAL_WORDS = ("gyrus", "lobule", "thalamic_nucleus", "hypothalamus", "_pole", "cuneus",
                       "cortex_", "insula")  # fmt: skip
_NEVER = ("envelope", "other_tissue", "other_soft_tissue", "extra_cerebral", "body_fat",
          "chest_wall", "head_other", "lesion")  # fmt: skip
_WHOLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "left kidney": (("left_kidney_",), ()),
    "right kidney": (("right_kidney_",), ()),
    "heart": (("_heart",), ()),
    "airway": (("trachea", "main_bronchi"), ()),
    "large bowel": (("colon",), ("ileum", "artery", "vein")),
    "left hemisphere": (("left_cerebral", "left_thalamus", "left_caudate", "left_putamen",
                         "left_pallidum", "left_hippocampus", "left_amygdala"), ()),
    "right hemisphere": (("right_cerebral", "right_thalamus", "right_caudate", "right_putamen",
                          "right_pallidum", "right_hippocampus", "right_amygdala"), ()),
    "left cerebellum": (("left_cerebell", "white_matter_of_left_hemisphere_of_cereb"), ()),
    "right cerebellum": (("right_cerebell", "white_matter_of_right_hemisphere_of_cereb"), ()),
}  # fmt: skip
"""Structures that the maps keep in parts: words a part's name holds, and words it must not."""
_WITHOUT_ENVELOPE = {"spl_abdomen": 9.0, "spl_head_neck": 5.0, "spl_knee": 9.0}
"""Maps that end at their outermost structures, and how thick the fat around them is, in mm."""


@dataclass(frozen=True, eq=False)
class Target:
    """Something that may be asked for.

    Attributes:
        name: Structure or whole.
        labels: Its instances.
        tissue: What most of it is made of.
        weight: How often it is asked for, against others of its map.
        samples_mm: (`SAMPLES`, 3) positions of its voxels, mm from the map's corner; those deepest
            inside first, its outermost voxels last.
    """

    name: str
    labels: tuple[int, ...]
    tissue: Tissue
    weight: float
    samples_mm: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LabelMap:
    """One body.

    Attributes:
        name: The file's.
        labels: (x, y, z) int16, axes to the right, to the front and up; the instance of a voxel.
        spacing_mm: (3,).
        tissues: (K,) uint8, the `Tissue` of every instance; instance 0 is air.
        targets: What may be asked for.
    """

    name: str
    labels: NDArray[np.int16]
    spacing_mm: NDArray[np.float64]
    tissues: NDArray[np.uint8]
    targets: tuple[Target, ...]


def read_label_map(path: Path) -> LabelMap:
    """Read `NAME.nii.gz` and the table `NAME.tsv` beside it.

    Raises:
        SAMMoEError: One of them is missing, or the map cannot be read.
    """
    table = path.with_name(path.name.replace(".nii.gz", ".tsv"))
    for needed in (path, table):
        if not needed.is_file():
            raise SAMMoEError(f"{needed} is missing; it comes with the repository")
    image = sitk.DICOMOrient(read_image(path)[0], "LPS")
    values = sitk.GetArrayFromImage(image).transpose(2, 1, 0)[::-1, ::-1].astype(np.int32)
    with table.open(newline="", encoding="utf-8") as file:
        names = {
            int(row["value"]): (row["structure"], row["group"])
            for row in csv.DictReader(file, delimiter="\t")
        }
    stem = path.name.removesuffix(".nii.gz")
    return made_ready(stem, values, np.array(image.GetSpacing()), names)


def made_ready(
    name: str,
    values: NDArray[np.int32],
    spacing_mm: NDArray[np.float64],
    names: dict[int, tuple[str, str]],
) -> LabelMap:
    """Return a map of instances from a map of structures.

    Args:
        name: The map's.
        values: (x, y, z) structures.
        spacing_mm: (3,).
        names: Structure and group of every value.
    """
    labels = np.zeros(values.shape, np.int16)
    tissues: list[int] = [Tissue.AIR]
    structures: list[str] = [""]
    for value, box in enumerate(ndimage.find_objects(values), start=1):
        if box is None or value not in names:
            continue
        structure, group = names[value]
        own = values[box] == value
        parts, count = ndimage.label(own, np.ones((3, 3, 3)))
        for part in range(1, min(count, 40) + 1):
            if len(tissues) >= np.iinfo(np.int16).max:
                break
            labels[box][parts == part] = len(tissues)
            tissues.append(tissue_of(structure, group))
            structures.append(structure)
    _close(name, labels, tissues, structures, spacing_mm)
    bare = LabelMap(name, labels, spacing_mm, np.array(tissues, np.uint8), ())
    return replace(bare, targets=tuple(_targets(bare, structures)))


def _close(
    name: str,
    labels: NDArray[np.int16],
    tissues: list[int],
    structures: list[str],
    spacing_mm: NDArray[np.float64],
) -> None:
    """Fill what the maps leave empty inside a body, in place."""

    def add(where: NDArray[np.bool_], tissue: Tissue, structure: str) -> None:
        labels[where] = len(tissues)
        tissues.append(tissue)
        structures.append(structure)

    if name in _WITHOUT_ENVELOPE:
        thick_mm = _WITHOUT_ENVELOPE[name]
        body = _hull(labels > 0, spacing_mm, thick_mm)
        inner = ndimage.distance_transform_edt(body, sampling=spacing_mm)
        add(body & (labels == 0) & (inner > 2.0), Tissue.FAT, "body_other_tissue")
        add(body & (labels == 0), Tissue.SKIN, "skin_other_tissue")
    if name == "spl_brain":
        brain = np.isin(labels, _brain_labels(tissues, structures))
        outside = ndimage.distance_transform_edt(~brain, sampling=spacing_mm)
        loose = np.isin(labels, [n for n, s in enumerate(structures) if "head_other" in s])
        above = np.zeros_like(loose)
        above[:, :, int(np.argwhere(brain)[:, 2].min()) + 20 :] = True
        add(loose & (outside <= 3.0), Tissue.CSF, "other_tissue_csf")
        add(loose & above & (outside > 3.0) & (outside <= 9.0), Tissue.BONE, "skull_vault")


def _brain_labels(tissues: list[int], structures: list[str]) -> list[int]:
    own = (Tissue.WHITE_MATTER, Tissue.GREY_MATTER, Tissue.DEEP_GREY, Tissue.CSF)
    return [n for n, tissue in enumerate(tissues) if tissue in own]


def _hull(
    filled: NDArray[np.bool_], spacing_mm: NDArray[np.float64], thick_mm: float
) -> NDArray[np.bool_]:
    """Return a smooth body around structures: closed over gaps of 40 mm, then a layer of fat."""
    step = np.maximum(1, np.round(3.0 / spacing_mm)).astype(int)
    small = filled[:: step[0], :: step[1], :: step[2]]
    sides = spacing_mm * step
    pad = int(np.ceil(30.0 / sides.min()))
    padded = np.pad(small, pad)
    near = ndimage.distance_transform_edt(~padded, sampling=sides) <= 22.0
    closed = ndimage.distance_transform_edt(near, sampling=sides) > 22.0
    grown = ndimage.distance_transform_edt(~(closed | padded), sampling=sides) <= thick_mm
    smooth = ndimage.gaussian_filter(grown.astype(np.float32), 1.5)
    inside = smooth[pad:-pad, pad:-pad, pad:-pad]
    zoom = [full / part for full, part in zip(filled.shape, inside.shape, strict=True)]
    return np.asarray(ndimage.zoom(inside, zoom, order=1) > 0.5) | filled


def _targets(body: LabelMap, structures: list[str]) -> list[Target]:
    found = []
    boxes = ndimage.find_objects(body.labels)
    counts = np.bincount(body.labels.ravel(), minlength=len(structures))
    rng = np.random.default_rng(7)
    largest: dict[str, int] = {}
    for label, structure in enumerate(structures):
        largest[structure] = max(largest.get(structure, 0), int(counts[label]))
    for label in range(1, len(structures)):
        structure = structures[label]
        fewest = max(FEWEST_VOXELS, int(0.08 * largest[structure]))
        if counts[label] < fewest or any(word in structure for word in _NEVER):
            continue
        found.append(_target(body, structure, (label,), boxes, rng))
    for whole, (words, without) in _WHOLES.items():
        labels = tuple(
            n
            for n, structure in enumerate(structures)
            if counts[n] and any(w in structure for w in words)
            and not any(w in structure for w in without)
        )  # fmt: skip
        if len(labels) > 1:
            found.append(_target(body, whole, labels, boxes, rng))
    brain = _brain_labels([int(t) for t in body.tissues], structures)
    if len(brain) > 12:
        found.append(_target(body, "brain", tuple(brain), boxes, rng))
    return found


def _target(
    body: LabelMap,
    name: str,
    labels: tuple[int, ...],
    boxes: list[tuple[slice, ...] | None],
    rng: np.random.Generator,
) -> Target:
    places = []
    for label in labels:
        box = boxes[label - 1]
        if box is None:
            continue
        inside = np.argwhere(body.labels[box] == label) + [s.start for s in box]
        places.append(inside)
    voxels = np.concatenate(places)
    extremes = [voxels[voxels[:, a].argmin()] for a in range(3)]
    extremes += [voxels[voxels[:, a].argmax()] for a in range(3)]
    drawn = voxels[rng.integers(len(voxels), size=SAMPLES - 6)]
    drawn = drawn[np.argsort(-_depths(voxels, drawn, body.spacing_mm), kind="stable")]
    samples = (np.vstack([drawn, extremes]) + 0.5) * body.spacing_mm
    sizes = np.bincount(body.tissues[list(labels)], minlength=len(Tissue))
    conventional = any(word in name for word in _CONVENTIONAL_WORDS)
    weight = CONVENTIONAL if conventional else 1.0
    return Target(name, labels, Tissue(int(sizes.argmax())), weight, samples.astype(np.float32))


def _depths(
    voxels: NDArray[np.int64], drawn: NDArray[np.int64], spacing_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how deep inside a structure some of its voxels lie, in mm."""
    low = voxels.min(axis=0)
    sides = voxels.max(axis=0) - low + 1
    step = np.maximum(1, np.round((sides.prod() / 4e5) ** (1 / 3))).astype(int)
    mask = np.zeros((sides - 1) // step + 3, bool)
    mask[tuple(((voxels - low) // step + 1).T)] = True
    depth = ndimage.distance_transform_edt(mask, sampling=spacing_mm * step)
    return np.asarray(depth[tuple(((drawn - low) // step + 1).T)])
