"""What is shown to an audience in the torso phantom."""

from sammoe import Result
from sammoe.geometry import transform_points

from .Bridge import PromptRole
from .FullestSlice import middleOfFullestSlice
from .Phantom import centreOf, phantom
from .PresentationStep import Place, PresentationStep

REPAIRED = "left kidney"
RECOVERED = "right kidney"


def phantomTour() -> list[PresentationStep]:
    """Return the steps: clicks, a wrong mask mended, a killed model."""
    mended = _click(REPAIRED)
    return [
        _click("spleen"),
        mended,
        PresentationStep(
            f"{REPAIRED}, mended",
            PromptRole.POSITIVE,
            mended.point_ras,
            repair=lambda result: _largestError(result, REPAIRED),
            score=mended.score,
        ),
        PresentationStep(
            f"{RECOVERED}, after the model was killed",
            PromptRole.POSITIVE,
            centreOf(RECOVERED),
            beginsSegment=True,
            endsWorker=True,
            score=lambda result: _dice(result, RECOVERED),
        ),
        _click("vertebra L3"),
        _click("vertebra L2"),
    ]


def _click(name: str) -> PresentationStep:
    return PresentationStep(
        name,
        PromptRole.POSITIVE,
        centreOf(name),
        beginsSegment=True,
        score=lambda result: _dice(result, name),
    )


def _dice(result: Result, name: str) -> float:
    mask, truth = result.mask_kji, phantom().mask_of(name)
    return 2 * float((mask & truth).sum()) / max(float(mask.sum() + truth.sum()), 1.0)


def _largestError(result: Result, name: str) -> Place | None:
    """Return the click that mends most: in the slice where most is missing, or too much."""
    mask, truth = result.mask_kji, phantom().mask_of(name)
    missing, extra = truth & ~mask, mask & ~truth
    isMissing = missing.sum() >= extra.sum()
    wrong = missing if isMissing else extra
    if not wrong.any():
        return None
    point = transform_points(middleOfFullestSlice(wrong), phantom().volume.ijk_to_ras)[0]
    r, a, s = map(float, point)
    return (PromptRole.POSITIVE if isMissing else PromptRole.NEGATIVE), (r, a, s)
