"""What is shown to an audience in the torso phantom."""

from .Phantom import centreOf, phantom
from .PresentationStep import PresentationStep
from .TourSteps import Truth, clickStep, mendedStep


def phantomTour() -> list[PresentationStep]:
    """Return the steps: clicks, a wrong mask mended, a killed model."""
    wrong = _click("stomach")
    return [
        _click("spleen"),
        wrong,
        mendedStep(wrong, _truth("stomach"), phantom().volume.ijk_to_ras),
        clickStep(
            "liver, after the model was killed",
            centreOf("liver"),
            _truth("liver"),
            endsWorker=True,
        ),
        _click("vertebra L3"),
        _click("vertebra L2"),
    ]


def _click(name: str) -> PresentationStep:
    return clickStep(name, centreOf(name), _truth(name))


def _truth(name: str) -> Truth:
    return lambda: phantom().mask_of(name)
