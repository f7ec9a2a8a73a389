"""The experts of the embedded default: what each is for, and which samples are its own."""

from dataclasses import dataclass, replace
from typing import Any

from ..synthetic.canvas import Kind
from ..synthetic.views import Wanted


def _sct(value: str, meaning: str) -> dict[str, str]:
    return {"scheme": "SCT", "value": value, "meaning": meaning}


_ANATOMY = _sct("123037004", "Anatomical Structure")
_LESION = _sct("49755003", "Morphologically Abnormal Structure")
SHOWN = (0.35, 0.05, 0.1, 0.0, 0.5)
"""Shares of framings as the product's crops have them."""


@dataclass(frozen=True)
class Task:
    """One expert's task.

    Attributes:
        id: The expert's id.
        name: Its name on the panel.
        description: For the panel's tool tip.
        wanted: The synthetic samples that are its own.
        terminology: DICOM codes of what it segments.
        color: Red, green, blue, 0 to 1.
        least_tau: The embedded default's threshold is no lower: real scans differ from the scenes
            it is calibrated on, and no prompt shall go to an expert by mistake.
    """

    id: str
    name: str
    description: str
    wanted: Wanted
    terminology: dict[str, Any]
    color: tuple[float, float, float]
    least_tau: float = 0.8


TASKS = (
    Task(
        id="vessel",
        name="Vessels",
        description="Long and branching tubes: arteries and veins, with or without contrast.",
        wanted=Wanted(kinds=(Kind.VESSEL,), torso_only=True, ct_share=1.0),
        terminology={"category": _ANATOMY, "type": _sct("59820001", "Blood vessel")},
        color=(0.85, 0.20, 0.20),
    ),
    Task(
        id="rib",
        name="Ribs",
        description="Thin, curved bone: one rib at a time, in CT.",
        wanted=Wanted(kinds=(Kind.RIB,), torso_only=True, ct_share=1.0),
        terminology={"category": _ANATOMY, "type": _sct("113197003", "Rib")},
        color=(0.95, 0.84, 0.57),
    ),
    Task(
        id="lesion",
        name="Low-contrast lesion",
        description="A small mass inside an organ that differs from it by little more than noise.",
        wanted=Wanted(kinds=(Kind.LESION,), torso_only=True, ct_share=1.0),
        terminology={"category": _LESION, "type": _sct("4147007", "Mass")},
        color=(0.56, 0.93, 0.56),
        least_tau=0.9,  # Organs without contrast look like one.
    ),
    Task(
        id="vertebra",
        name="Vertebrae",
        description="One vertebra, body and arch, apart from its neighbours, in CT.",
        wanted=Wanted(kinds=(Kind.VERTEBRA,), torso_only=True, ct_share=1.0),
        terminology={"category": _ANATOMY, "type": _sct("51282000", "Vertebra")},
        color=(0.55, 0.65, 0.95),
    ),
)


def general_wanted(tasks: tuple[Task, ...]) -> Wanted:
    """Return the samples that are nobody's task."""
    return Wanted(without=tuple(kind for task in tasks for kind in task.wanted.kinds or ()))


def as_shown(wanted: Wanted | None = None) -> Wanted:
    """Return the same samples as the product looks at them, to route and to measure.

    Training turns, mirrors and stretches its views; the product's crops lie along the patient's
    axes, and mostly are the first look around a click or the close one around a box. Bone is
    bright there: training also shows it hardly different from muscle.
    """
    return replace(wanted or Wanted(), framing=SHOWN, upright=True, lifelike=True)
