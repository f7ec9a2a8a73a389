"""How a mask came about, as the tags of a segment: kept by scenes and `.seg.nrrd` files."""

import base64
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from . import __version__
from .errors import GeometryError, PromptError
from .geometry import BoxIJK, as_affine
from .options import PredictOptions
from .prompts import PromptSet

TAG_PREFIX = "SAMMoE."
FORMER_OPTIONS = {"view": "decoder"}
"""Names of options in scenes saved before, and what they are called now."""
_DAMAGED = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    MemoryError,
    OverflowError,
    GeometryError,
    zlib.error,
)
_FARTHEST_VOXEL = 1 << 30
"""From a grid's first voxel: an image's extent is held in 32 bits, and ends Slicer beyond."""


@dataclass(frozen=True)
class Provenance:
    """Everything needed to make the mask again.

    Attributes:
        prompts: What was marked, as values that JSON knows; see `prompt_values`.
        options: How it was predicted.
        expert: The expert fused into the mask, or None.
        scores: The gate's confidence per expert id and 'general'.
        tau: The threshold that decided.
        bundle: Name of the bundle.
        bundle_hash: sha256 of the bundle.
        version: Of SAMMoESlicer.
        voxels_hash: Of the segment these prompts led to; another one was changed since. Empty:
            not known.
        voxels_to_node: Where they lay: the (4, 4) matrix, row by row, from the voxels of their own
            box to the RAS of the segmentation node. Empty: not known, or there are none.
    """

    prompts: Any
    options: PredictOptions = field(default_factory=PredictOptions)
    expert: str | None = None
    scores: dict[str, float] = field(default_factory=dict)
    tau: float | None = None
    bundle: str = ""
    bundle_hash: str = ""
    version: str = __version__
    voxels_hash: str = ""
    voxels_to_node: tuple[float, ...] = ()

    @classmethod
    def tag_names(cls) -> dict[str, str]:
        """Return the names of all tags by field; in tags they are written like `bundleHash`."""
        return {f.name: TAG_PREFIX + _camel_case(f.name) for f in fields(cls)}

    def to_tags(self) -> dict[str, str]:
        """Return one tag a field; each value is JSON without `|`, which separates tags in files."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        values |= {"prompts": self.prompts_as_json(), "options": asdict(self.options)}
        return {
            tag: json.dumps(values[name], allow_nan=False).replace("|", "\\u007c")
            for name, tag in self.tag_names().items()
        }

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> Self | None:
        """Return what tags say; None where they are not ours.

        Raises:
            PromptError: They were altered and cannot be read.
        """
        names = cls.tag_names()
        if names["prompts"] not in tags:
            return None
        try:
            values = {name: json.loads(tags[tag]) for name, tag in names.items() if tag in tags}
            values["prompts"] = cls.prompts_from(values["prompts"])
            values["options"] = _options_from(values.get("options", {}))
            values["voxels_to_node"] = _affine_from(values.get("voxels_to_node", ()))
            record = cls(**values)
            if not _is_sound(record):
                raise ValueError("a value is of another type")
            return record
        except _DAMAGED as error:
            raise PromptError(
                "the segment's record of its prompts cannot be read: a later version of "
                "SAMMoESlicer wrote it, or it is damaged; mask and points stay as they are until "
                "you click, and the record is kept beside the new one"
            ) from error

    def prompts_as_json(self) -> Any:
        """Return the prompts as values that JSON knows; here as they are."""
        return self.prompts

    @classmethod
    def prompts_from(cls, values: Any) -> Any:
        """Return the prompts as this class has them; here as they are."""
        return values


def prompt_values(prompts: PromptSet) -> dict[str, Any]:
    """Return prompts as values that JSON knows, positions in world RAS mm.

    `clicks` have a `number` (their order, from 1), a `label` and `positionRas`; `curves` count
    with them and have a `label`, `isClosed` and `pointsRas`; `roi` is null or a box, centred on the
    origin of `objectToWorld` (16 numbers, row by row) with edges of `size` mm; `mask` is null or an
    earlier mask on the volume's grid, see `packed_mask`.

    Raises:
        PromptError: A box that is not along the RAS axes.
    """
    points = zip(prompts.point_steps, prompts.points_ras, prompts.point_labels, strict=True)
    clicks = [
        {"number": int(step) + 1, "label": int(label), "positionRas": point.tolist()}
        for step, point, label in points
    ]
    curves = [
        {
            "number": int(step) + 1,
            "label": curve.label,
            "isClosed": curve.closed,
            "pointsRas": curve.points_ras.tolist(),
        }
        for step, curve in zip(prompts.curve_steps, prompts.curves, strict=True)
    ]
    mask = prompts.mask
    return {
        "clicks": clicks,
        "curves": curves,
        "roi": None if prompts.box_ras is None else _roi_values(prompts.box_ras),
        "mask": None if mask is None else packed_mask(mask.mask_kji, mask.box_ijk),
    }


def packed_mask(mask_kji: NDArray[np.bool_], box_ijk: BoxIJK) -> dict[str, Any]:
    """Return a mask (k, j, i) and the (2, 3) box it fills as values that JSON knows."""
    bits = zlib.compress(np.packbits(mask_kji).tobytes(), level=9)
    return {"boxIjk": np.asarray(box_ijk).tolist(), "bits": base64.b64encode(bits).decode()}


def unpacked_mask(values: dict[str, Any]) -> tuple[NDArray[np.bool_], BoxIJK]:
    """Return what `packed_mask` made of mask and box.

    Raises:
        ValueError, TypeError, KeyError, OverflowError, zlib.error: These are not such values.
    """
    box_ijk = np.array(values["boxIjk"], dtype=np.int64)
    if box_ijk.shape != (2, 3) or np.abs(box_ijk).max() > _FARTHEST_VOXEL:
        raise ValueError("this is no box of voxels")
    shape_kji = tuple((box_ijk[1] - box_ijk[0])[::-1].tolist())
    bits = np.frombuffer(zlib.decompress(base64.b64decode(values["bits"])), dtype=np.uint8)
    count = math.prod(shape_kji)
    if min(shape_kji) < 0 or len(bits) != -(-count // 8):
        raise ValueError("the mask does not fill its box")
    mask = np.unpackbits(bits, count=count).reshape(shape_kji)
    return mask.astype(bool), box_ijk


def _roi_values(box_ras: NDArray[np.float64]) -> dict[str, Any]:
    if len(box_ras) != 2:
        raise PromptError("only a box along the R, A and S axes can be recorded here")
    object_to_world = np.eye(4)
    object_to_world[:3, 3] = box_ras.mean(axis=0)
    return {
        "objectToWorld": object_to_world.ravel().tolist(),
        "size": np.ptp(box_ras, axis=0).tolist(),
    }


def _affine_from(values: Any) -> tuple[float, ...]:
    """Return the 16 numbers of a matrix, or none."""
    return tuple(as_affine(np.reshape(values, (4, 4))).ravel().tolist()) if len(values) else ()


def _options_from(values: Mapping[str, Any]) -> PredictOptions:
    return PredictOptions(**{FORMER_OPTIONS.get(name, name): values[name] for name in values})


def _is_sound(record: Provenance) -> bool:
    """Say whether the values are of their fields' types; whoever shows them relies on that."""
    options, scores = record.options, record.scores
    texts = (record.bundle, record.bundle_hash, record.version, record.voxels_hash)
    names = (*texts, options.expert, *options.muted)
    perhaps_names = (record.expert, options.decoder)
    return (
        isinstance(scores, dict)
        and all(map(_is_number, scores.values()))
        and (record.tau is None or _is_number(record.tau))
        and (options.tau is None or _is_number(options.tau))
        and all(isinstance(name, str) for name in names)
        and all(name is None or isinstance(name, str) for name in perhaps_names)
        and isinstance(options.gate_click, int)
        and isinstance(options.follow, bool)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
