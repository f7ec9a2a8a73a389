"""What is said of the engine, the prompts and the scores, the same in Slicer and in a browser."""

from sammoe.prompts import FOREGROUND

from .Bridge import PromptState
from .Engine import Engine
from .Phase import Phase
from .Presenter import Shown
from .Translation import tr as _


def statusSentence(engine: Engine, *, hasFailed: bool) -> str:
    """Return what the engine is doing, where, and how long the last click took."""
    phase = engine.phase
    if phase is Phase.OFF and hasFailed:
        return _("The model has stopped")
    if phase is Phase.OFF:
        return _("The model starts with the first prompt")
    if phase is Phase.STARTING:
        return _("Starting the model …")
    if phase is Phase.SILENT:
        return _("The model does not answer")
    if phase is Phase.WORKING:
        return _stage(engine.stage)
    parts = [_("Ready"), _device(engine)]
    if engine.lastClick_ms is not None:
        parts.append(_("last click {s:.1f} s").format(s=engine.lastClick_ms / 1e3))
    memory_mb = engine.info.get("peak_memory_mb")
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
    if state.roi is not None:
        parts.append(_("box"))
    if state.edits:
        parts.append(_("painted"))
    elif state.mask is not None:
        parts.append(_("segment"))
    return " · ".join(parts)


def scoreSentence(score: float | None, threshold: float | None) -> str:
    """Return what the gate said of a decoder, both 0 to 1, None where there is none."""
    if score is None:
        return _("No prediction yet.")
    parts = [_("Confidence {score:.0f} %").format(score=100 * score)]
    if threshold is not None:
        parts.append(_("used above {mark:.0f} %").format(mark=100 * threshold))
    return ", ".join(parts)


def stepSentence(shown: Shown, engine: Engine) -> tuple[str, str]:
    """Return what a step of the presentation showed, and the time and decoder it took."""
    expert = engine.expertCard(shown.expert)
    name = expert.name if expert else _("general model")
    took = _("{seconds:.2f} s, {expert}").format(seconds=shown.seconds, expert=name)
    return shown.step.title, took


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


def _device(engine: Engine) -> str:
    device = str(engine.info.get("device", ""))
    return device.upper() if device in ("cpu", "mps") else device
