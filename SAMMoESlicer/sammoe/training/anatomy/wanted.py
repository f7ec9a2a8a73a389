"""What is asked for of the bodies, and how it is shown."""

from dataclasses import dataclass, replace

from ..samples.framing import AS_SHOWN, Framing
from ..synthetic.canvas import Kind

WITH_BOXES = {**AS_SHOWN, Framing.FITTED: 0.3, Framing.BOXED: 0.2}
"""Shares of framings where the product is imitated, and it is known what box somebody drew."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for, and how it is shown.

    Attributes:
        kinds: Sorts that are asked for; None: any.
        without: Sorts that are not.
        lesions: Share of views that lesions are put into.
        only_lesions: Nothing else is asked for.
        modalities: Shares of CT, MR and views without meaning.
        framing: Share of each framing; None: as usual for the size.
        upright: Views lie along the patient's axes, as the product's do; otherwise they are turned
            a little, mirrored, and now and then lie anyhow.
    """

    kinds: tuple[Kind, ...] | None = None
    without: tuple[Kind, ...] = ()
    lesions: float = 0.25
    only_lesions: bool = False
    modalities: tuple[float, float, float] = (0.52, 0.25, 0.23)
    framing: dict[Framing, float] | None = None
    upright: bool = False


def as_shown(wanted: Wanted | None = None) -> Wanted:
    """Return the same as the product looks at it, to route and to measure."""
    return replace(wanted or Wanted(), framing=WITH_BOXES, upright=True)
