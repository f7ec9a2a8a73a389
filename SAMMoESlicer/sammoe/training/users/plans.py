"""What simulated users do in one batch: how many clicks, with a box, curves, an earlier mask."""

from dataclasses import dataclass

import numpy as np

MAX_CLICKS = 6
CLICK_SHARES = (0.36, 0.2, 0.16, 0.12, 0.09, 0.07)
LATE_SHARE = 0.3
EARLIER_CLICKS = (4, 12)
BOX_BATCHES = 0.6
BOXED_SHARE = 0.35
"""Of batches of the second general decoder; in the others users correct what was drawn."""
BOXED_CLICKS = (1, 2, 3, 4, 6)
BOXED_SHARES = (0.5, 0.2, 0.15, 0.1, 0.05)
"""How often users who begin with a box alone stop after that many masks."""
CORRECTIONS = (4, 5, 6, 7, 8, 9, 10)
CORRECTIONS_SHARES = (0.2, 0.18, 0.16, 0.14, 0.12, 0.1, 0.1)
"""How often users who correct stop after that many clicks."""
CURVE_SHARE = 0.2
FORGET_MASK_SHARE = 0.08
FIRST_CLICK_SHARE = 0.5
NEW_CROP_SHARE = 0.25


@dataclass(frozen=True)
class Plan:
    """What the simulated users of one batch do.

    Attributes:
        clicks: How many clicks each makes.
        box: Whether some rows start from a box.
        boxed: All rows start from the box of their view and nothing else, which counts as a click.
        late: How many clicks each made before, which led to a mask with local errors; 0: none.
        curves: Whether some rows also draw scribbles or lassos.
        forget: Whether the earlier mask is withheld from the last click.
        learn_first: Whether the first click's mask is learned from as well as the last one's.
        one_way: Masks change as the product lets them: a foreground click only adds, a background
            click only takes away.
        new_crop: Share of rows whose earlier mask is from another crop and known in part only.
    """

    clicks: int
    box: bool = False
    boxed: bool = False
    late: int = 0
    curves: bool = False
    forget: bool = False
    learn_first: bool = False
    one_way: bool = False
    new_crop: float = 0.0


def draw_plan(rng: np.random.Generator) -> Plan:
    """Return a random plan."""
    curves = bool(rng.random() < CURVE_SHARE)
    if rng.random() < LATE_SHARE:
        earlier = int(rng.integers(EARLIER_CLICKS[0], EARLIER_CLICKS[1] + 1))
        return Plan(2, late=earlier, curves=curves, learn_first=True, new_crop=NEW_CROP_SHARE)
    clicks = int(rng.choice(np.arange(1, MAX_CLICKS + 1), p=CLICK_SHARES))
    return Plan(
        clicks=clicks,
        box=bool(rng.random() < BOX_BATCHES),
        curves=curves,
        forget=bool(rng.random() < FORGET_MASK_SHARE),
        learn_first=bool(clicks > 1 and rng.random() < FIRST_CLICK_SHARE),
        new_crop=NEW_CROP_SHARE,
    )


def draw_second_plan(rng: np.random.Generator) -> Plan:
    """Return a random plan of users whom the second general decoder answers as well."""
    if rng.random() >= BOXED_SHARE:
        clicks = int(rng.choice(CORRECTIONS, p=CORRECTIONS_SHARES))
        return Plan(clicks, one_way=True, new_crop=NEW_CROP_SHARE)
    clicks = int(rng.choice(BOXED_CLICKS, p=BOXED_SHARES))
    return Plan(
        clicks, boxed=True, learn_first=bool(clicks > 1 and rng.random() < FIRST_CLICK_SHARE)
    )


def exact_user(clicks: int) -> Plan:
    """Return the plan of a user who only clicks."""
    return Plan(clicks)
