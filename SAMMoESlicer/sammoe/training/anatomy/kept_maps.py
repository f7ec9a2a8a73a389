"""Label maps as they were made ready, kept beside other caches: it takes minutes for some forty."""

import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from ...whole_file import written_whole
from .label_maps import LabelMap, Target, read_label_map
from .scene_maps import scene_map
from .tissues import Tissue

RECIPE = 1
"""Raised when maps are made ready, or scenes drawn, in another way."""


def kept_label_map(path: Path, cache: Path | None) -> LabelMap:
    """Return a label map: from the cache if it is kept there, read and kept where it is not.

    Args:
        path: `NAME.nii.gz`, its table beside it.
        cache: Folder; None: it is always read.

    Raises:
        SAMMoEError: The map or its table is missing.
    """
    if not path.is_file():
        return read_label_map(path)
    name = f"body-{path.name.removesuffix('.nii.gz')}-{path.stat().st_size}"
    return _kept(name, cache, lambda: read_label_map(path))


def kept_scene_map(number: int, cache: Path | None) -> LabelMap:
    """Return a geometric scene by its number, as `kept_label_map` does."""
    return _kept(f"scene-{number:05d}", cache, lambda: scene_map(number))


def _kept(name: str, cache: Path | None, make: Callable[[], LabelMap]) -> LabelMap:
    """Return what was made once; several processes may make the same at the same time."""
    if cache is None:
        return make()
    kept = cache / f"{name}-{RECIPE}.npz"
    try:
        return _read(kept)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        made = make()
    with suppress(OSError):  # it is made again next time
        _write(kept, made)
    return made


def _write(kept: Path, body: LabelMap) -> None:
    targets = [
        {"name": t.name, "labels": t.labels, "tissue": int(t.tissue), "weight": t.weight}
        for t in body.targets
    ]
    with written_whole(kept) as stream:
        np.savez_compressed(
            stream,
            name=np.array(body.name),
            labels=body.labels,
            spacing_mm=body.spacing_mm,
            tissues=body.tissues,
            targets=np.array(json.dumps(targets)),
            samples_mm=np.array([target.samples_mm for target in body.targets]),
        )


def _read(kept: Path) -> LabelMap:
    with np.load(kept, allow_pickle=False) as arrays:
        samples_mm = arrays["samples_mm"]
        targets = tuple(
            Target(t["name"], tuple(t["labels"]), Tissue(t["tissue"]), t["weight"], samples)
            for t, samples in zip(json.loads(str(arrays["targets"])), samples_mm, strict=True)
        )
        return LabelMap(
            name=str(arrays["name"]),
            labels=arrays["labels"],
            spacing_mm=arrays["spacing_mm"],
            tissues=arrays["tissues"],
            targets=targets,
        )
