"""The torso phantom as a volume node, and clicks in it."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import slicer

from sammoe import Result
from sammoe.geometry import transform_points

from .Bridge import PromptRole
from .Bridge.VolumeWriter import addVolumeNode
from .Presenter import Place, Step
from .SampleSources import PHANTOM

PLAYED = ("liver", "left kidney", "spleen", "vertebra L3", "aorta")
REPAIRED = "left kidney"
RECOVERED = "right kidney"
_maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="phantom")
_made: list[Future] = []


def preparePhantom() -> None:
    """Begin to make the phantom, so that nobody has to wait for it later."""
    if not _made:
        _made.append(_maker.submit(_makePhantom))


def loadPhantom(source: Any = None) -> Any:
    """Make the torso phantom, nothing is downloaded, and show it; returns the volume node."""
    node = addVolumeNode(slicer.mrmlScene, _phantom().volume, PHANTOM)
    slicer.util.setSliceViewerLayers(background=node, fit=True)
    return node


def phantomSteps() -> list[Step]:
    """Return clicks in the middle of organs, bone and a vessel of the phantom."""
    return [_click(name) for name in PLAYED]


def phantomTour() -> list[Step]:
    """Return what is shown to an audience: clicks, a wrong mask mended, a killed model."""
    mended = _click(REPAIRED)
    return [
        _click("spleen"),
        mended,
        Step(
            f"{REPAIRED}, mended",
            PromptRole.POSITIVE,
            mended.point_ras,
            repair=lambda result: _largestError(result, REPAIRED),
            score=mended.score,
        ),
        Step(
            f"{RECOVERED}, after the model was killed",
            PromptRole.POSITIVE,
            _centreOf(RECOVERED),
            beginsSegment=True,
            endsWorker=True,
            score=lambda result: _dice(result, RECOVERED),
        ),
        _click("vertebra L3"),
        _click("vertebra L2"),
    ]


def _click(name: str) -> Step:
    return Step(
        name,
        PromptRole.POSITIVE,
        _centreOf(name),
        beginsSegment=True,
        score=lambda result: _dice(result, name),
    )


def _centreOf(name: str) -> tuple[float, float, float]:
    r, a, s = map(float, _phantom().centre_of(name))
    return (r, a, s)


def _dice(result: Result, name: str) -> float:
    mask, truth = result.mask_kji, _phantom().mask_of(name)
    return 2 * float((mask & truth).sum()) / max(float(mask.sum() + truth.sum()), 1.0)


def _largestError(result: Result, name: str) -> Place | None:
    """Return the click that mends most: in the slice where most is missing, or too much."""
    mask, truth = result.mask_kji, _phantom().mask_of(name)
    missing, extra = truth & ~mask, mask & ~truth
    isMissing = missing.sum() >= extra.sum()
    wrong = missing if isMissing else extra
    if not wrong.any():
        return None
    k = int(np.argmax(wrong.sum(axis=(1, 2))))
    ji = np.argwhere(wrong[k])
    j, i = ji[np.argmin(np.linalg.norm(ji - ji.mean(axis=0), axis=1))]
    point = transform_points(np.array([i, j, k]), _phantom().volume.ijk_to_ras)[0]
    r, a, s = map(float, point)
    return (PromptRole.POSITIVE if isMissing else PromptRole.NEGATIVE), (r, a, s)


def _phantom() -> Any:
    preparePhantom()
    return _made[0].result()


def _makePhantom() -> Any:
    from sammoe.phantom import make_phantom  # two seconds, so not before somebody asks

    return make_phantom()
