"""What to tell the user about a mask, in plain words: what is seen, and what to do."""

from dataclasses import dataclass, field

import numpy as np

from sammoe import PredictOptions, Result, Volume
from sammoe.options import AUTO, GENERAL

from .Bridge import PromptState, Structure
from .Translation import tr as _

SURE = 0.5
FAR_LARGER = 1.5
"""Of the most a structure usually has."""
LEAKED = 4.0
"""A mask that grows by this factor with one click has probably run out."""
AIR_HU, LEAST_CT_HU = -950, -500


@dataclass(frozen=True)
class Seen:
    """What is known of a mask when it is judged.

    Attributes:
        name: The segment's name.
        structure: What it is, if it is known, with the most it usually has.
        ml: Size in millilitres now.
        mlBefore: Size before this click.
        prompts: The prompts of the segment.
        volume: The volume, or None.
    """

    name: str = ""
    structure: Structure | None = None
    ml: float = 0.0
    mlBefore: float = 0.0
    prompts: PromptState = field(default_factory=PromptState)
    volume: Volume | None = None


def warningFor(result: Result, options: PredictOptions, seen: Seen | None = None) -> str:
    """Return what is doubtful about a prediction and what to do, or an empty text."""
    seen = seen or Seen()
    if _isInAir(seen):
        return _("The last click lies in air. Undo it, and click in the object itself.")
    if result.voxel_count == 0:
        return _(
            "The mask is empty. Click nearer to the middle of the object, or draw a box around it."
        )
    mostMl = seen.structure.mostMl if seen.structure is not None else None
    if mostMl is not None and seen.ml > FAR_LARGER * mostMl:
        return _(
            "{ml:.0f} ml is far more than '{name}' usually has ({most:.0f} ml at most). Click "
            "Background where the mask leaks, or draw a box."
        ).format(ml=seen.ml, name=seen.name, most=mostMl)
    if result.touches_border and not options.follow:
        return _borderText(result, options, seen)
    if len(seen.prompts.clicks) > 1 and 0 < LEAKED * seen.mlBefore < seen.ml:
        return _(
            "The mask grew from {before:.1f} to {ml:.1f} ml with this click: it may leak along a "
            "tube or into a neighbour. Undo, or click Background where it leaves the object."
        ).format(before=seen.mlBefore, ml=seen.ml)
    return ""


def _borderText(result: Result, options: PredictOptions, seen: Seen) -> str:
    text = _(
        "{name} reaches the border of the region the model looked at. Draw a larger box, click "
        "near the border, or switch on 'Follow long objects'."
    ).format(name=f"'{seen.name}'" if seen.name else _("The mask"))
    experts = {id: score for id, score in result.scores.items() if id != GENERAL}
    noExpert = options.expert == AUTO and bool(experts) and result.expert is None
    if noExpert and max(experts.values()) < SURE:
        return _("No expert knows this object, so the general model drew it.") + " " + text
    return text


def _isInAir(seen: Seen) -> bool:
    """Say whether the last click, one inside the object, lies in air; only a CT knows air."""
    if seen.volume is None or not seen.prompts.clicks or not seen.prompts.clicks[-1].label:
        return False
    array = seen.volume.array_kji
    at = seen.volume.points_ijk([seen.prompts.clicks[-1].positionRas])[0]
    i, j, k = np.clip(np.round(at).astype(int), 0, seen.volume.shape_ijk - 1)
    near = array[max(k - 1, 0) : k + 2, max(j - 1, 0) : j + 2, max(i - 1, 0) : i + 2]
    if float(np.median(near)) > AIR_HU:
        return False
    sample = array[:: max(1, array.shape[0] // 16), ::8, ::8]
    return bool(np.nanmin(sample) < LEAST_CT_HU)
