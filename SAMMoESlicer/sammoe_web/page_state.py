"""What the page shows, as plain values: one function from the panel to the browser's state."""

from typing import Any

from sammoe.options import GENERAL
from SAMMoESlicerLib.ExpertChoice import canAskAgain, isPinned
from SAMMoESlicerLib.Message import Level
from SAMMoESlicerLib.Phase import Phase
from SAMMoESlicerLib.Sentences import (
    askAgainCaption,
    promptCount,
    scoreSentence,
    statusSentence,
    verdict,
)

from .panel import Panel
from .scan import AUTO_WINDOW

DEFAULT_THRESHOLD = 0.5
_ALERTS = {Level.NOTE: "info", Level.WARNING: "warning", Level.ERROR: "error"}


def page_state(panel: Panel) -> dict[str, Any]:
    """Return every value of the page but those that never change."""
    return {
        **_scan(panel),
        **_prompts(panel),
        **_worker(panel),
        **_experts(panel),
        **_segments(panel),
        **_presentation(panel),
    }


def _scan(panel: Panel) -> dict[str, Any]:
    scan = panel.scan
    return {
        "scan_name": scan.name,
        "has_scan": panel.session.hasVolume,
        "opening": _opening(panel),
        "question": panel.question.text,
        "is_unsaved": panel.unsaved.exists,
        "grey_windows": [*scan.windows, AUTO_WINDOW],
        "grey_window": scan.window,
        "layout": panel.views.layout,
        "is_adjusting": panel.views.is_adjusting,
        "has_crosshair": panel.views.has_crosshair,
    }


def _opening(panel: Panel) -> str:
    scan = panel.scan
    progress = panel.uploads.progress(scan.request)
    return scan.opening if progress is None else f"{scan.opening}, {progress:.0%} received"


def _prompts(panel: Panel) -> dict[str, Any]:
    session, placed = panel.session, panel.prompting.placing.role
    return {
        "placed": placed.value if placed else panel.drawing.kind,
        "prompt_count": promptCount(session.prompts),
        "can_undo": session.canUndo,
        "can_redo": session.canRedo,
        "can_reset": session.canReset,
        "has_box": session.prompts.roi is not None,
        "points": [
            {
                "number": point.number,
                "is_inside": point.is_inside,
                "place": ", ".join(f"{value:.0f}" for value in point.position_ras),
            }
            for point in panel.prompting.points()
        ],
    }


def _worker(panel: Panel) -> dict[str, Any]:
    worker, message = panel.session.worker, panel.notice.message
    has_failed = panel.messages.hasFailed
    is_busy = worker.phase in (Phase.STARTING, Phase.WORKING)
    return {
        "status": statusSentence(worker, hasFailed=has_failed),
        "status_tone": "failed" if has_failed and not is_busy else worker.phase.value,
        "is_busy": is_busy,
        "is_working": worker.phase is Phase.WORKING,
        "notice_level": _ALERTS[message.level] if message else "info",
        "notice_text": message.text if message else "",
        "notice_action": message.action if message else "",
    }


def _experts(panel: Panel) -> dict[str, Any]:
    experts, options = panel.experts, panel.session.options
    confidence, overlays = experts.confidence, experts.overlays
    tau = experts.wanted_tau(options)
    rows = []
    listed = experts.listed()
    can_ask = canAskAgain(
        confidence, listed[:-1], clickCount=panel.session.clickCount, options=options
    )
    for expert in listed:
        score, mark = confidence.scores.get(expert.id), confidence.threshold(expert, options)
        rows.append(
            {
                "id": expert.id,
                "name": expert.name,
                "tip": expert.tip or expert.name,
                "color": expert.color,
                "percent": None if score is None else round(100 * score),
                "mark": None if mark is None else round(100 * mark, 1),
                "sentence": scoreSentence(score, mark),
                "is_used": expert.id == confidence.used,
                "is_pinned": isPinned(options, expert.id),
                "is_muted": expert.id in options.muted,
                "is_outlined": overlays.outlined == expert.id,
                "can_mute": expert.id != GENERAL,
            }
        )
    return {
        "experts": rows,
        "verdict": verdict(confidence, listed[:-1]),
        "can_ask_again": can_ask,
        "ask_again": askAgainCaption(
            options.gate_click, byBox=panel.session.isDecidedByBox, canAsk=can_ask
        ),
        "auto_threshold": tau is None,
        "threshold": DEFAULT_THRESHOLD if tau is None else tau,
        "follow": options.follow,
        "is_comparing": overlays.isComparing,
        "can_compare": experts.can_compare,
        "can_jump": overlays.disputedPoint is not None,
        "they_agree": overlays.hasCompared and overlays.disputedPoint is None,
    }


def _segments(panel: Panel) -> dict[str, Any]:
    return {
        "segments": [
            {
                "id": segment.id,
                "name": segment.name,
                "color": segment.color,
                "size": f"{segment.volume_ml:.1f} ml" if segment.volume_ml else "",
                "is_visible": segment.is_visible,
                "is_chosen": segment.is_chosen,
            }
            for segment in panel.worklist.segments()
        ],
        "overwrites": panel.overwrites,
        "structures": panel.naming.found,
    }


def _presentation(panel: Panel) -> dict[str, Any]:
    presentation = panel.presentation
    return {
        "timings": presentation.timings(),
        "is_playing": presentation.is_playing,
        "has_next_step": presentation.is_open and not presentation.is_playing,
    }
