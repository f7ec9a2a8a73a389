"""Pinning and muting decoders: the user's word against the gate's."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sammoe.options import AUTO, GENERAL, GENERAL_COLOR, NO_EXPERT, PredictOptions

from .Confidence import Confidence
from .ExpertSummary import ExpertSummary
from .HexColor import hexColor
from .Translation import tr as _


def generalSummary() -> ExpertSummary:
    """Return how the general model appears beside the experts."""
    return ExpertSummary(
        id=GENERAL,
        name=_("General"),
        tip=_("The general model, used when no expert is sure enough."),
        color=hexColor(GENERAL_COLOR),
    )


def isPinned(options: PredictOptions, decoder: str) -> bool:
    """Say whether this decoder, an expert's id or 'general', is always used."""
    return options.expert == _asExpert(decoder)


def withPin(options: PredictOptions, decoder: str, on: bool) -> PredictOptions:
    """Return the options with a decoder pinned or not; a pinned one is not muted."""
    muted = tuple(id for id in options.muted if id != decoder)
    return replace(options, expert=_asExpert(decoder) if on else AUTO, muted=muted)


def withMute(options: PredictOptions, decoder: str, on: bool) -> PredictOptions:
    """Return the options with an expert muted or not; a muted one is not pinned."""
    muted = tuple(id for id in options.muted if id != decoder) + ((decoder,) if on else ())
    expert = AUTO if on and options.expert == decoder else options.expert
    return replace(options, muted=muted, expert=expert)


def withoutLostPin(options: PredictOptions, expertIds: Collection[str]) -> PredictOptions:
    """Return the options; where an expert is pinned that the model does not have, the gate decides.

    Args:
        options: As they were kept, perhaps by an earlier version of the model.
        expertIds: The model's.
    """
    isThere = options.expert in (AUTO, NO_EXPERT, *expertIds)
    return options if isThere else replace(options, expert=AUTO)


def canAskAgain(
    confidence: Confidence,
    experts: Sequence[ExpertSummary],
    *,
    clickCount: int,
    options: PredictOptions,
) -> bool:
    """Say whether the gate has decided, and there is a later click at which it could anew."""
    return bool(experts) and bool(confidence.scores) and clickCount > options.gate_click


def _asExpert(decoder: str) -> str:
    return NO_EXPERT if decoder == GENERAL else decoder
