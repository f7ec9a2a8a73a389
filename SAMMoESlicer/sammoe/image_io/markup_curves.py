"""Open and closed curves from 3D Slicer's markups files (`.mrk.json`), as Slicer draws them."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import PromptError
from ..geometry import LPS_TO_RAS, transform_points
from ..prompts import BACKGROUND, FOREGROUND

CLOSED_BY_TYPE = {"Curve": False, "ClosedCurve": True}
LABEL_BY_SIDE = {"object": FOREGROUND, "background": BACKGROUND}
"""First word of a control point's description, in the files of `sammoe web`, and what it means."""
TO_RAS = {"LPS": LPS_TO_RAS, "RAS": np.eye(4)}
_NOT_AS_WRITTEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
MAX_FILE_BYTES = 32 << 20
SAMPLES = 10
"""Straight pieces between two control points, as Slicer draws them."""
MOST_SPLINE_POINTS = 500
"""Control points of a longer curve lie so near to each other that straight lines do."""


class MarkupCurve(NamedTuple):
    """One curve of a file.

    Attributes:
        points_ras: Sampled positions (N, 3), RAS mm.
        closed: Whether it runs back.
        labels: What its control points say they mean; empty: they do not say.
    """

    points_ras: NDArray[np.float64]
    closed: bool
    labels: frozenset[int] = frozenset()


def read_curves(path: str | os.PathLike[str]) -> list[MarkupCurve]:
    """Return all curves of a markups file.

    Slicer's curves pass through their control points as a cubic spline; the file does not say
    when another interpolation was chosen, and Slicer too shows a spline when it opens the file.

    Raises:
        PromptError: The file cannot be read, is no markups file, or holds no curve.
    """
    file = Path(path)
    values = _parsed(file)
    try:
        markups = [dict(markup) for markup in values["markups"]]
        curves = [_curve_of(markup) for markup in markups if markup["type"] in CLOSED_BY_TYPE]
    except _NOT_AS_WRITTEN as error:
        raise PromptError(
            f"{file} is not a markups file as 3D Slicer writes it ({error}); save the curve again"
        ) from error
    if not curves:
        kinds = ", ".join(sorted({str(markup["type"])[:40] for markup in markups})) or "nothing"
        raise PromptError(
            f"{file} holds {kinds} but no curve; draw an open or a closed curve in 3D Slicer's "
            "Markups module and save that"
        )
    return curves


def _parsed(file: Path) -> Any:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise PromptError(f"{file} is too large for a file of markups; choose a .mrk.json")
        return json.loads(file.read_bytes())
    except OSError as error:
        raise PromptError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise PromptError(f"{file} is not JSON; choose a .mrk.json of 3D Slicer") from error


def _curve_of(markup: dict[str, Any]) -> MarkupCurve:
    """Return one curve of the file.

    Raises:
        One of `_NOT_AS_WRITTEN`: What is not as Slicer writes it.
    """
    closed = CLOSED_BY_TYPE[markup["type"]]
    system = markup.get("coordinateSystem", "LPS")
    if system not in TO_RAS:
        raise ValueError(f"its coordinate system is {str(system)[:40]!r}, not LPS or RAS")
    positions = [
        point["position"]
        for point in markup["controlPoints"]
        if point.get("positionStatus", "defined") == "defined"
    ]
    control_points = np.array(positions, dtype=np.float64)
    if control_points.ndim != 2 or control_points.shape[1] != 3:
        raise ValueError("a curve has no control points, or not three numbers each")
    if not np.isfinite(control_points).all():
        raise ValueError("a control point is not finite")
    sampled = spline_points(control_points, closed=closed)
    return MarkupCurve(transform_points(sampled, TO_RAS[system]), closed, _labels_of(markup))


def _labels_of(markup: dict[str, Any]) -> frozenset[int]:
    """Return what the control points of a curve say they mean."""
    said = (str(point.get("description", "")).split() for point in markup["controlPoints"])
    sides = {words[0] for words in said if words}
    return frozenset(label for side, label in LABEL_BY_SIDE.items() if side in sides)


def spline_points(control_points: NDArray[np.float64], *, closed: bool) -> NDArray[np.float64]:
    """Return positions along Slicer's spline through control points (N, 3), shape (M, 3).

    VTK's cardinal spline: twice continuously differentiable, one unit of the parameter from point
    to point; it rests at the ends of an open curve. A closed one comes back without repeating its
    first point.
    """
    count = len(control_points)
    if count < 2 + closed or count > MOST_SPLINE_POINTS:
        return control_points
    slopes = _slopes(control_points, closed=closed)
    following = np.roll(np.arange(count), -1)[: count if closed else count - 1]
    t = (np.arange(SAMPLES) / SAMPLES)[:, None]
    start, end = control_points[: len(following), None], control_points[following, None]
    start_slope, end_slope = slopes[: len(following), None], slopes[following, None]
    pieces = (
        (2 * t**3 - 3 * t**2 + 1) * start
        + (t**3 - 2 * t**2 + t) * start_slope
        + (3 * t**2 - 2 * t**3) * end
        + (t**3 - t**2) * end_slope
    )
    sampled: NDArray[np.float64] = pieces.reshape(-1, 3)
    return sampled if closed else np.vstack([sampled, control_points[-1:]])


def _slopes(points: NDArray[np.float64], *, closed: bool) -> NDArray[np.float64]:
    """Return the spline's derivative at each point (N, 3), from equal second derivatives there."""
    identity = np.eye(len(points))
    weights = 4 * identity + np.roll(identity, 1, axis=1) + np.roll(identity, -1, axis=1)
    differences = 3 * (np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0))
    if not closed:
        weights[[0, -1]] = identity[[0, -1]]
        differences[[0, -1]] = 0.0
    return np.asarray(np.linalg.solve(weights, differences), dtype=np.float64)
