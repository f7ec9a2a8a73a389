"""Prompts as the product asks its gate of them: a user's first ones, in labelled scans.

What the gate is shown of an object depends on how the product looks at it first, which views made
for a training only resemble.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from ...engine import Predictor
from ...engine.stages import Cancelled
from ...evaluation import Case
from ...evaluation.plan import seed_of
from ...geometry import transform_points
from ...labelled_scans import LabelledScan
from ...model.drawn_mask import INSIDE
from ...model.gate import pool_tokens
from ...options import GENERAL
from ...prompts import FOREGROUND, PADDING, PromptSet
from ...simulated_user import first_voxel, jittered_box
from ...volume import Volume
from ..gate.bank import GateBank
from ..gate.embed import MOST_CLICKS

IN_ONE_PIECE = 0.9
"""Nobody draws a box around what lies in several places: so much of it has to be in one."""
BESIDE_MM = 12.0
"""So far from everything labelled a place beside it is at least."""
IN_THE_BODY = 40
"""Such places are brighter than so many percent of a scan: nobody segments air."""


def prompts_asked(
    predictor: Predictor,
    cases: Sequence[Case],
    *,
    users: int,
    beside: Callable[[str], bool],
    on_case: Callable[[int, int], None],
) -> GateBank:
    """Return what the gate is asked of the first prompts of some users.

    Each user clicks in every object and draws a box around every one that is in one piece, and
    clicks beside them in the scans where that is nobody's.

    Args:
        predictor: The product, with a gate.
        cases: Objects, those of a scan one after the other; `expert` says whose task each is.
        users: How many.
        beside: Says of a scan's name whether places without a label are nobody's.
        on_case: Called before each object with the number of those done and of all; what it
            raises ends the asking.
    """
    columns = (*predictor.model.expert_ids, GENERAL)
    scans = [list(group) for _, group in groupby(cases, key=lambda case: case.entry)]
    parts = []
    done = 0
    for own in scans:
        scan = own[0].read_scan()
        predictor.set_volume(scan.volume)
        for case in own:
            on_case(done, len(cases))
            done += 1
            column = columns.index(case.expert or GENERAL)
            mask = scan.mask_kji(case.label)
            parts += [_asked(predictor, p, column) for p in _first_prompts(case, scan, mask, users)]
        if beside(own[0].entry.name):
            places = _places_beside(own[0].entry.name, scan, users)
            parts += [_asked(predictor, p, columns.index(GENERAL)) for p in places]
    on_case(done, len(cases))
    return GateBank.joined(parts)


def _first_prompts(
    case: Case, scan: LabelledScan, mask: NDArray[np.bool_], users: int
) -> Iterator[PromptSet]:
    """Yield each user's click in an object and, if it is in one piece, box around it."""
    spacing = tuple(scan.volume.spacing_mm[::-1].tolist())
    pieces, count = ndimage.label(mask)
    sizes = np.bincount(pieces.ravel(), minlength=2)[1:]
    in_one_piece = count == 1 or sizes.max() >= IN_ONE_PIECE * sizes.sum()
    for user in range(users):
        seed = seed_of(case.name, user)
        voxel = first_voxel(mask, seed, exact=user == 0, spacing=spacing)
        yield _click(scan.volume, voxel)
        if in_one_piece:
            yield PromptSet(box_ras=jittered_box(scan.volume, mask, seed))


def _places_beside(name: str, scan: LabelledScan, users: int) -> Iterator[PromptSet]:
    """Yield a click of each user that is in the body and not near anything that has a label."""
    grey = scan.volume.array_kji
    labelled = scan.labels_kji != 0
    spacing = tuple(scan.volume.spacing_mm[::-1].tolist())
    far = ndimage.distance_transform_edt(~labelled, sampling=spacing) > BESIDE_MM
    places = np.argwhere(far & (grey > np.percentile(grey, IN_THE_BODY)))
    if len(places) == 0:
        return
    for user in range(users):
        rng = np.random.default_rng(seed_of(name, user))
        yield _click(scan.volume, places[rng.integers(len(places))])


def _click(volume: Volume, voxel_kji: NDArray[np.int64]) -> PromptSet:
    place_ras = transform_points(voxel_kji[::-1].astype(np.float64), volume.ijk_to_ras)[0]
    return PromptSet().with_point(place_ras, FOREGROUND)


def _asked(predictor: Predictor, prompts: PromptSet, column: int) -> GateBank:
    """Return what the gate is asked first of some prompts; the prediction ends there."""
    asked: list[tuple[Tensor, ...]] = []

    def stop(_gate: torch.nn.Module, inputs: tuple[Tensor, ...]) -> None:
        asked.append(inputs)
        raise Cancelled("it was asked")

    gate = predictor.model.gate_network
    assert gate is not None
    handle = gate.register_forward_pre_hook(stop)
    try:
        predictor.reset()
        predictor.predict(prompts)
    except Cancelled:
        pass
    finally:
        handle.remove()
    return _in_a_bank(asked[0], column)


def _in_a_bank(inputs: Iterable[Tensor], column: int) -> GateBank:
    """Return one prompt as a bank keeps it: with room for the most clicks."""
    sparse, tokens, local, labels = inputs
    clicks = int((labels < INSIDE).sum())
    room = MOST_CLICKS - clicks
    local, shape = local[:, :clicks], local[:, clicks:]
    labels, kinds = labels[:, :clicks], labels[:, clicks:]
    return GateBank(
        sparse=F.pad(sparse[:, :clicks], (0, 0, 0, room)).half().cpu(),
        tokens=pool_tokens(tokens.float()).half().cpu(),
        local=torch.cat([F.pad(local, (0, 0, 0, room)), shape], dim=1).half().cpu(),
        point_labels=torch.cat([F.pad(labels, (0, room), value=PADDING), kinds], dim=1).cpu(),
        classes=torch.tensor([column]),
    )
