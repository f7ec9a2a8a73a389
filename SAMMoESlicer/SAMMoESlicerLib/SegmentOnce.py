"""Prompts in, a segment out, for scripts that can wait."""

import time
from collections.abc import Iterable
from typing import Any

from sammoe.errors import WorkerError

from .Bridge import PromptRole
from .SegmentationSession import SegmentationSession

POLL_INTERVAL_S = 0.02
Points = Iterable[tuple[float, float, float]]


def segmentOnce(
    session: SegmentationSession,
    volumeNode: Any,
    segmentationNode: Any,
    *,
    positivePoints: Points,
    negativePoints: Points = (),
    roiNode: Any = None,
    timeout_s: float = 300.0,
) -> str:
    """Add a segment with these prompts, wait for its mask and return its id.

    The prompts become markups of the segment, as if they had been clicked.

    Args:
        session: A session that nobody else polls.
        volumeNode: The volume to segment.
        segmentationNode: Where to add the segment.
        positivePoints: Points in the object, world RAS mm.
        negativePoints: Points outside it, world RAS mm.
        roiNode: None, or a markups ROI node around the object.
        timeout_s: Give up after that time.

    Raises:
        WorkerError: The prediction failed or took too long; the message says why.
    """
    failures: list[str] = []
    written: list[str] = []
    session.failed.connect(failures.append)
    session.resultWritten.connect(lambda segmentId, _result: written.append(segmentId))
    session.setVolumeNode(volumeNode)
    session.allowVolume(segmentationNode)
    session.addSegment(segmentationNode)
    _place(session, PromptRole.POSITIVE, positivePoints)
    _place(session, PromptRole.NEGATIVE, negativePoints)
    if roiNode is not None:
        session.usePromptNode(roiNode, PromptRole.BOX)
    end_s = time.monotonic() + timeout_s
    while not written and not failures and time.monotonic() < end_s:
        session.poll()
        time.sleep(POLL_INTERVAL_S)
    if not written:
        raise WorkerError(failures[0] if failures else f"no mask within {timeout_s:g} seconds")
    return written[0]


def _place(session: SegmentationSession, role: PromptRole, points: Points) -> None:
    for r, a, s in points:
        session.promptNode(role).AddControlPointWorld(r, a, s)
