"""What is said of a training: how long it takes, how far it is, what came of it."""

import html

from .Teaching import ADVISED_EXAMPLES
from .TrainingPace import TrainingPace
from .TrainingPlan import TrainingPlan
from .TrainingProgress import TrainingPhase, TrainingProgress
from .TrainingVerdict import TrainingVerdict
from .Translation import tr as _


def aboutTime(seconds: float) -> str:
    """Return a time in words, no more exact than it is known."""
    minutes = seconds / 60
    if minutes < 1.5:
        return _("about a minute")
    if minutes < 10:
        return _("about {n} minutes").format(n=round(minutes))
    if minutes < 90:
        return _("about {n} minutes").format(n=5 * round(minutes / 5))
    return _("about {n:g} hours").format(n=round(minutes / 30) / 2)


def offer(plan: TrainingPlan, pace: TrainingPace | None) -> str:
    """Return what would be trained and how long that takes here, before it begins."""
    time = aboutTime(pace.seconds(plan.steps)) if pace is not None else _("an unknown time")
    text = _(
        "Train an expert for <b>{name}</b> from {scans} scans: <b>{time}</b> on this computer, "
        "behind everything else. Segment on, pause it or close Slicer meanwhile; the model in use "
        "is not changed."
    ).format(name=html.escape(plan.name), scans=plan.scans, time=time)
    meaning = plan.code.rpartition("^")[2]
    text += " " + (
        _("Its code: {meaning}.").format(meaning=html.escape(meaning))
        if meaning
        else _("It has no code; a name from the list brings one.")
    )
    if plan.scans < ADVISED_EXAMPLES:
        text += " " + _("{count} scans are advised.").format(count=ADVISED_EXAMPLES)
    if plan.replaces:
        text += " " + _("The model's expert of this name is trained anew.")
    return text


def stateOf(
    plan: TrainingPlan,
    phase: TrainingPhase,
    progress: TrainingProgress | None,
    verdict: TrainingVerdict | None,
) -> str:
    """Return how far a training is, or its card once it has ended."""
    name = html.escape(plan.name)
    if phase is TrainingPhase.MEASURING:
        return _("<b>{name}</b>: measuring how long it takes on this computer …").format(name=name)
    if phase is TrainingPhase.DRAWING:
        return _("<b>{name}</b>: drawing its worst cases …").format(name=name)
    if phase in (TrainingPhase.DONE, TrainingPhase.USED):
        card = _unmeasured(plan) if verdict is None else _card(plan, verdict)
        return card + (_inUse() if phase is TrainingPhase.USED else "")
    if phase is TrainingPhase.PAUSED:
        return _("<b>{name}</b>: paused, nothing is lost").format(name=name)
    if phase is TrainingPhase.PAUSING:
        return _("<b>{name}</b>: writing its checkpoint …").format(name=name)
    words = _inWords(progress) if progress is not None else _("starting …")
    return f"<b>{name}</b>: {html.escape(words)}"


def reallyUse(verdict: TrainingVerdict) -> tuple[str, str]:
    """Return the two questions before an expert is used that makes general tasks forget."""
    lost = verdict.generalBefore - verdict.generalAfter
    first = _(
        "With this expert the model loses {lost:.2f} Dice on structures that are no expert's task. "
        "More examples usually mend that. Use it all the same?"
    ).format(lost=lost)
    second = _("Really use a model that is worse at everything else? The old one stays installed.")
    return first, second


def _inWords(progress: TrainingProgress) -> str:
    words = [f"{progress.stage} {progress.done}/{progress.total}"]
    if progress.dice is not None:
        words.append(_("Dice {dice:.2f}").format(dice=progress.dice))
    if progress.leftS is not None and progress.leftS >= 1:
        minutes, seconds = divmod(round(progress.leftS), 60)
        words.append(_("{minutes}:{seconds:02} left").format(minutes=minutes, seconds=seconds))
    return " · ".join(words)


def _inUse() -> str:
    return "<br>" + _("In use. The model from before stays in the list.")


def _unmeasured(plan: TrainingPlan) -> str:
    return _(
        "<b>{name}</b>, from {scans} scans, is trained. What was measured at its end is lost: "
        "nobody knows whether it is better than the model alone."
    ).format(name=html.escape(plan.name), scans=plan.scans)


def _card(plan: TrainingPlan, verdict: TrainingVerdict) -> str:
    text = _(
        "<b>{name}</b>, from {scans} scans. Dice on scans held out:<br>"
        "{name}: {taskBefore:.2f} before, <b>{taskAfter:.2f}</b> with the expert<br>"
        "Everything else: {generalBefore:.2f} before, <b>{generalAfter:.2f}</b> after"
    ).format(
        name=html.escape(plan.name),
        scans=plan.scans,
        taskBefore=verdict.taskBefore,
        taskAfter=verdict.taskAfter,
        generalBefore=verdict.generalBefore,
        generalAfter=verdict.generalAfter,
    )
    if verdict.forgets:
        text += "<br>" + _("<b>It makes the model worse at everything else.</b>")
    return text
