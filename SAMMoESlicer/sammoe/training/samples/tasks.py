"""The experts of the embedded default: what each is for, and which samples are its own."""

from dataclasses import dataclass
from typing import Any

from ..anatomy.wanted import Wanted
from ..synthetic.canvas import Kind


def _sct(value: str, meaning: str) -> dict[str, str]:
    return {"scheme": "SCT", "value": value, "meaning": meaning}


_ANATOMY = _sct("123037004", "Anatomical Structure")


@dataclass(frozen=True)
class Task:
    """One expert's task.

    Attributes:
        id: The expert's id.
        name: Its name on the panel.
        description: For the panel's tool tip.
        wanted: The bodies' structures that are its own.
        terminology: DICOM codes of what it segments.
        color: Red, green, blue, 0 to 1.
        least_tau: The embedded default's threshold is no lower: real scans differ from what
            it is calibrated on, and no prompt shall go to an expert by mistake. Bone differs least,
            and tumours are learnt from real scans; what the vessels' expert was given there by
            mistake cost more than it brought.
    """

    id: str
    name: str
    description: str
    wanted: Wanted
    terminology: dict[str, Any]
    color: tuple[float, float, float]
    least_tau: float = 0.8


MOSTLY_CT, MOSTLY_MR = (0.8, 0.1, 0.1), (0.2, 0.6, 0.2)
"""Shares of CT, MR and views without meaning."""

TUMOUR = "tumour"
"""The task that is learnt from patients' scans as well; without them it gets no expert."""

TASKS = (
    Task(
        id="vessel",
        name="Vessels",
        description="Long and branching tubes: arteries and veins, with or without contrast.",
        wanted=Wanted(kinds=(Kind.VESSEL,), modalities=MOSTLY_CT),
        terminology={"category": _ANATOMY, "type": _sct("59820001", "Blood vessel")},
        color=(0.85, 0.20, 0.20),
        least_tau=0.97,
    ),
    Task(
        id="rib",
        name="Ribs",
        description="Thin, curved bone: one rib at a time, in CT.",
        wanted=Wanted(kinds=(Kind.RIB,), modalities=MOSTLY_CT),
        terminology={"category": _ANATOMY, "type": _sct("113197003", "Rib")},
        color=(0.95, 0.84, 0.57),
        least_tau=0.5,
    ),
    Task(
        id="vertebra",
        name="Vertebrae",
        description="One vertebra, body and arch, apart from its neighbours.",
        wanted=Wanted(kinds=(Kind.VERTEBRA,), modalities=MOSTLY_CT),
        terminology={"category": _ANATOMY, "type": _sct("51282000", "Vertebra")},
        color=(0.55, 0.65, 0.95),
        least_tau=0.4,
    ),
    Task(
        id="brain",
        name="Brain structures",
        description="A part of the brain: cortex, white matter, nuclei, cerebellum, in MR or CT.",
        wanted=Wanted(kinds=(Kind.BRAIN,), modalities=MOSTLY_MR),
        terminology={"category": _ANATOMY, "type": _sct("12738006", "Brain")},
        color=(0.93, 0.72, 0.78),
    ),
    Task(
        id=TUMOUR,
        name="Soft-tissue tumours",
        description="A mass in muscle, fat or bone, in CT or MR; learnt from real sarcomas.",
        wanted=Wanted(lesions=1.0, only_lesions=True, modalities=(0.45, 0.45, 0.1)),
        terminology={
            "category": _sct("49755003", "Morphologically Altered Structure"),
            "type": _sct("108369006", "Neoplasm"),
        },
        color=(0.56, 0.93, 0.56),
        least_tau=0.5,
    ),
)


def general_wanted(tasks: tuple[Task, ...]) -> Wanted:
    """Return what is nobody's task."""
    kinds = [kind for task in tasks for kind in task.wanted.kinds or ()]
    if any(task.wanted.only_lesions for task in tasks):
        kinds.append(Kind.LESION)
    return Wanted(without=tuple(kinds))
