"""What is shown to an audience in the real torso CT."""

from .PresentationStep import PresentationStep
from .PublicTorso import PublicTorso
from .TourSteps import Truth, clickStep, mendedStep

POINTS_RAS = {
    "spleen": (-112.0, 110.3, 403.3),
    "left kidney": (-85.0, 110.3, 364.3),
    "L3": (-4.0, 146.3, 316.3),
    "T12": (5.0, 110.3, 415.3),
    "S1": (-1.0, 107.3, 217.3),
}
"""Deep inside each structure, RAS mm; vertebrae have a reference."""


def torsoTour(torso: PublicTorso) -> list[PresentationStep]:
    """Return the steps: clicks, a wrong mask mended, a killed model."""

    def vertebra(name: str, title: str, *, endsWorker: bool = False) -> PresentationStep:
        return clickStep(title, POINTS_RAS[name], truth(name), endsWorker=endsWorker)

    def truth(name: str) -> Truth:
        return lambda: torso.maskOf(name)

    wrong = vertebra("L3", "vertebra L3")
    return [
        clickStep("spleen", POINTS_RAS["spleen"]),
        clickStep("left kidney", POINTS_RAS["left kidney"]),
        wrong,
        mendedStep(wrong, truth("L3"), torso.reference.ijk_to_ras),
        vertebra("T12", "vertebra T12, after the model was killed", endsWorker=True),
        vertebra("S1", "vertebra S1"),
    ]
