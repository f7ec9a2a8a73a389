"""What a segment's record says was marked, against the markups that are found in the scene."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from .Curve import Curve
from .PromptState import Click, PromptState, RoiPose

SAME_MM = 1e-3
"""Files round positions, and so do transforms."""


def withMissing(found: PromptState, recorded: PromptState) -> PromptState:
    """Return what is found with all that is recorded and not there.

    Points can get lost: their files were not saved, or somebody deleted a list. The mask is still
    theirs, and without them the next click would draw it anew from that click alone.

    Args:
        found: What the markups show.
        recorded: What the segment was made from.
    """
    numbers = {click.number for click in found.clicks}
    unseen = [click for click in recorded.clicks if click.number not in numbers]
    missing = [click for click in unseen if not _isAmong(click, found.clicks)]
    clicks = {click.number: click for click in (*missing, *found.clicks)}
    curves = {curve.number: curve for curve in (*recorded.curves, *found.curves)}
    return replace(
        found,
        clicks=tuple(clicks[number] for number in sorted(clicks)),
        curves=tuple(curves[number] for number in sorted(curves)),
        roi=found.roi or recorded.roi,
    )


def asShown(recorded: PromptState, shown: PromptState) -> PromptState:
    """Return what is recorded, at the very places that are shown where only rounding differs.

    What else is shown, e.g. a click that was waiting for its mask when the scene was saved, is an
    action that is still to come.
    """
    clicks = {click.number: click for click in shown.clicks}
    curves = {curve.number: curve for curve in shown.curves}
    return replace(
        recorded,
        clicks=tuple(_click(one, clicks.get(one.number)) for one in recorded.clicks),
        curves=tuple(_curve(one, curves.get(one.number)) for one in recorded.curves),
        roi=_roi(recorded.roi, shown.roi),
    )


def isSame(marked: PromptState, before: PromptState) -> bool:
    """Say whether the same is marked, but for rounding: who hardens a transform moves nothing."""
    return asShown(before, marked) == marked


def _isAmong(click: Click, others: Sequence[Click]) -> bool:
    """Say whether there is such a click, whatever its number: somebody may have edited that."""
    return any(
        other.label == click.label and _areClose(other.positionRas, click.positionRas)
        for other in others
    )


def _click(recorded: Click, shown: Click | None) -> Click:
    if shown is None or not _areClose(recorded.positionRas, shown.positionRas):
        return recorded
    return replace(recorded, positionRas=shown.positionRas)


def _curve(recorded: Curve, shown: Curve | None) -> Curve:
    if shown is None or not _areClose(recorded.pointsRas, shown.pointsRas):
        return recorded
    return replace(recorded, pointsRas=shown.pointsRas)


def _roi(recorded: RoiPose | None, shown: RoiPose | None) -> RoiPose | None:
    if recorded is None or shown is None:
        return recorded
    return shown if _areClose(recorded.cornersRas, shown.cornersRas) else recorded


def _areClose(some_ras: ArrayLike, others_ras: ArrayLike) -> bool:
    some, others = np.asarray(some_ras), np.asarray(others_ras)
    return some.shape == others.shape and bool(np.allclose(some, others, rtol=0, atol=SAME_MM))
