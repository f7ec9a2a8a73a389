"""What is said of the worker, the prompts and the scores, the same in Slicer and in a browser."""

from collections.abc import Sequence

from sammoe.options import GENERAL
from sammoe.prompts import FOREGROUND

from .Bridge import PromptState
from .Confidence import Confidence
from .ExpertSummary import ExpertSummary
from .Phase import Phase
from .PredictionWorker import PredictionWorker
from .PresentationStep import StepOutcome
from .Translation import tr as _


def statusSentence(worker: PredictionWorker, *, hasFailed: bool) -> str:
    """Return what the worker is doing, where, and how long the last click took."""
    phase = worker.phase
    if phase is Phase.OFF and hasFailed:
        return _("The model has stopped")
    if phase is Phase.OFF:
        return _("The model starts with the first prompt")
    if phase is Phase.STARTING:
        return _("Starting the model …")
    if phase is Phase.SILENT:
        return _("The model does not answer")
    if phase is Phase.WORKING:
        return _stage(worker.stage)
    parts = [_("Ready"), _device(worker)]
    if worker.lastClick_ms is not None:
        parts.append(_("last click {s:.1f} s").format(s=worker.lastClick_ms / 1e3))
    memory_mb = worker.info.peakMemoryMb
    if memory_mb:
        parts.append(_("{gb:.1f} GB").format(gb=memory_mb / 1024))
    return " · ".join(part for part in parts if part)


def promptCount(state: PromptState) -> str:
    """Return how many points of each kind there are, and what else; empty where nothing is."""
    parts = []
    if state.clicks:
        positive = sum(click.label == FOREGROUND for click in state.clicks)
        parts.append(_("{n} inside").format(n=positive))
        if positive < len(state.clicks):
            parts.append(_("{n} outside").format(n=len(state.clicks) - positive))
    if state.curves:
        parts.append(_("{n} drawn").format(n=len(state.curves)))
    if state.roi is not None:
        parts.append(_("box"))
    if state.edits:
        parts.append(_("painted"))
    elif state.mask is not None:
        parts.append(_("segment"))
    return " · ".join(parts)


def verdict(confidence: Confidence, experts: Sequence[ExpertSummary]) -> str:
    """Return in one line who drew the mask, and how sure the gate was; empty without a mask."""
    if not confidence.scores:
        return ""
    names = {expert.id: expert.name for expert in experts}
    used = confidence.used
    if used is not None and used != GENERAL:
        name = names.get(used, used)
        tau, score = confidence.tau, confidence.scores.get(used)
        if score is None or tau is None or score <= tau:
            return _("Drawn by {name}: chosen by you").format(name=name)
        return _("Drawn by {name}: sure").format(name=name)
    best = max((score for id, score in confidence.scores.items() if id != GENERAL), default=0.0)
    if not names or (confidence.tau is not None and best > confidence.tau):
        return _("Drawn by the general model")
    return _("General model: experts are not sure")


def askAgainCaption(decidedAt: int, *, byBox: bool, canAsk: bool) -> str:
    """Return what is written on the button that lets the gate decide at the last click.

    Args:
        decidedAt: The click at which it decided.
        byBox: It decided before the first click, from a box.
        canAsk: There is a later one.
    """
    if not canAsk:
        return _("Ask again")
    if byBox:
        return _("Decided by the box, ask again")
    return _("Decided at click {n}, ask again").format(n=decidedAt)


def outlineSentence(decoder: str, ml: float | None, experts: Sequence[ExpertSummary]) -> str:
    """Return which decoder is outlined, and how large its mask is."""
    names = {expert.id: expert.name for expert in experts}
    name = names.get(decoder, _("General model"))
    size = "…" if ml is None else _("{ml:.1f} ml").format(ml=ml)
    return _("Outline: {name}, {size}. T takes it.").format(name=name, size=size)


def scoreSentence(score: float | None, threshold: float | None) -> str:
    """Return what the gate said of a decoder, both 0 to 1, None where there is none."""
    if score is None:
        return _("No prediction yet.")
    parts = [_("Confidence {score:.0f} %").format(score=100 * score)]
    if threshold is not None:
        parts.append(_("used above {mark:.0f} %").format(mark=100 * threshold))
    return ", ".join(parts)


def stepSentence(outcome: StepOutcome, worker: PredictionWorker) -> tuple[str, str]:
    """Return what a step of the presentation showed, and the time and decoder it took."""
    expert = worker.info.expertCard(outcome.expert)
    name = expert.name if expert else _("general model")
    took = _("{seconds:.2f} s, {expert}").format(seconds=outcome.seconds, expert=name)
    return outcome.step.title, took


def caption(outcome: StepOutcome) -> str:
    """Return what the audience reads in the views: '1 click, 0.4 s, Vertebra L3'."""
    title = outcome.step.title[:1].upper() + outcome.step.title[1:]
    parts = [_("1 click"), _("{seconds:.1f} s").format(seconds=outcome.seconds), title]
    if outcome.dice is not None:
        parts.append(_("Dice {dice:.2f}").format(dice=outcome.dice))
    return ", ".join(parts)


def lastCard(outcomes: Sequence[StepOutcome]) -> str:
    """Return the sum of a presentation: clicks, seconds, agreement with the reference."""
    text = _("{n} clicks, {seconds:.1f} s in all").format(
        n=len(outcomes), seconds=sum(outcome.seconds for outcome in outcomes)
    )
    last = {
        outcome.step.title.split(",")[0]: outcome.dice
        for outcome in outcomes
        if outcome.dice is not None
    }
    scores = [dice for dice in last.values() if dice is not None]
    if not scores:
        return text
    return text + ", " + _("mean Dice {dice:.2f}").format(dice=sum(scores) / len(scores))


def asSentence(text: str) -> str:
    """Return a message with a large first letter and a full stop."""
    text = text.strip().removesuffix("; its log ends with:")
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _stage(stage: str) -> str:
    sentences = {
        "load": _("Loading the model …"),
        "volume": _("Sending the volume …"),
        "extract": _("Reading the region …"),
        "encode": _("Looking at the region …"),
        "gate": _("Choosing the expert …"),
        "decode": _("Drawing the mask …"),
        "fuse": _("Drawing the mask …"),
        "paste": _("Placing the mask …"),
    }
    return sentences.get(stage, _("Working …"))


def _device(worker: PredictionWorker) -> str:
    device = worker.info.device
    return device.upper() if device in ("cpu", "mps") else device
