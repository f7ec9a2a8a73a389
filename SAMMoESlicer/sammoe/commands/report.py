"""What `--report` writes, and what a command says of a result in one line."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..errors import SAMMoEError
from ..options import GENERAL, PredictOptions
from ..prompts import PromptSet
from ..volume import Volume
from ..whole_file import written_whole
from .prediction import Prediction, thresholds


def mask_ml(prediction: Prediction, volume: Volume) -> float:
    """Return the mask's volume in millilitres."""
    voxel_mm3 = abs(float(np.linalg.det(volume.ijk_to_ras[:3, :3])))
    return prediction.result.voxel_count * voxel_mm3 / 1000


def make_report(
    prediction: Prediction, volume: Volume, prompts: PromptSet, options: PredictOptions
) -> dict[str, Any]:
    """Return everything worth keeping beside a mask; JSON values only, no patient's data."""
    result = prediction.result
    return {
        "sammoe": __version__,
        "bundle": {
            "name": prediction.bundle.name,
            "version": prediction.bundle.version,
            "hash": prediction.worker_info.get("bundle_hash"),
        },
        "device": result.device,
        "volume": {
            "shape_ijk": volume.shape_ijk.tolist(),
            "spacing_mm": volume.spacing_mm.round(6).tolist(),
        },
        "prompts": {
            "points_ras": prompts.points_ras.tolist(),
            "point_labels": prompts.point_labels.tolist(),
            "curves": [
                {
                    "points_ras": curve.points_ras.tolist(),
                    "label": curve.label,
                    "closed": curve.closed,
                    "clicks_before": curve.clicks_before,
                }
                for curve in prompts.curves
            ],
            "box_ras": None if prompts.box_ras is None else prompts.box_ras.tolist(),
            "earlier_mask": prompts.mask is not None,
        },
        "options": {"expert": options.expert, "tau": options.tau, "follow": options.follow},
        "scores": result.scores,
        "expert": result.expert,
        "tau": result.tau,
        "thresholds": thresholds(prediction, options.tau),
        "mask": {
            "volume_ml": mask_ml(prediction, volume),
            "voxels": result.voxel_count,
            "box_ijk": result.box_ijk.tolist(),
            "touches_border": result.touches_border,
        },
        "crop": {
            "box_ijk": result.crop_box_ijk.tolist(),
            "spacing_mm": list(result.spacing_mm),
            "window": result.window,
        },
        "timings_ms": {name: round(ms, 2) for name, ms in prediction.timings_ms.items()},
        "notes": list(result.notes),
    }


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write a report.

    Raises:
        SAMMoEError: The file cannot be written.
    """
    try:
        with written_whole(path) as stream:
            stream.write((json.dumps(report, indent=2) + "\n").encode())
    except OSError as error:
        raise SAMMoEError(f"the report {path} cannot be written: {error.strerror}") from error


def one_line(prediction: Prediction, volume: Volume) -> str:
    """Return the result as a sentence: size, decoder, its confidence, time."""
    result = prediction.result
    used = result.expert or GENERAL
    decoder = "general decoder" if result.expert is None else f"general + expert '{used}'"
    share = f"{result.scores.get(used, 0.0):.0%}"
    seconds = prediction.timings_ms["predict"] / 1000
    size = f"{mask_ml(prediction, volume):.1f} ml"
    return f"{size}, {decoder} ({share}), {seconds:.1f} s on {result.device}"
