"""Which objects of a view are asked for: its own target, others that are seen, lesions."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..synthetic.canvas import Kind
from .atlas import LESIONS, Atlas, kind_of
from .tissues import Tissue
from .wanted import Wanted

FEWEST_VOXELS = 10
MOST_SHARE = 0.85
"""What is asked for fills at least so many voxels and at most this share of a view."""
CANDIDATES = 12
"""Places of a view at which something to ask for is looked for."""
LESIONS_FIRST = 0.6
"""What a lesion's chance is raised by, against anything else that is seen."""


@dataclass(frozen=True, eq=False)
class Asked:
    """Objects to segment.

    Attributes:
        rows: (R,) the view of every object.
        masks: (R, m, m, m) bool.
        members: (R, K) bool, the labels it is made of.
        is_target: (R,) bool, it is the view's own target.
    """

    rows: Tensor
    masks: Tensor
    members: Tensor
    is_target: Tensor


class Asking:
    """Chooses objects of one kind of question in one atlas.

    Args:
        atlas: The bodies.
        wanted: What is asked for.
    """

    def __init__(self, atlas: Atlas, wanted: Wanted) -> None:
        self._atlas = atlas
        self._wanted = wanted
        self.chances = atlas.chances_of(wanted.kinds, wanted.without)
        allowed = torch.as_tensor(self.chances > 0, device=atlas.device)
        self._allowed = atlas.members & allowed[:, None]
        self._map_of = torch.as_tensor(atlas.map_of, device=atlas.device)
        self._lesions = Kind.LESION not in wanted.without and (
            wanted.kinds is None or Kind.LESION in wanted.kinds
        )

    def __reduce__(self) -> tuple[type["Asking"], tuple[Atlas, Wanted]]:
        return Asking, (self._atlas, self._wanted)

    def choose(
        self,
        labels: Tensor,
        targets: NDArray[np.int64],
        hosts: Tensor,
        *,
        objects: int,
        rng: np.random.Generator,
    ) -> Asked:
        """Return up to `objects` objects of every view.

        The view's own target first, then others that are seen there; an organ includes the
        lesions that lie in it.

        Args:
            labels: (B, m, m, m) int64.
            targets: (B,) each view's own.
            hosts: (B, LESIONS) the label each lesion lies in, -1 for none.
            objects: How many of a view.
            rng: Decides.
        """
        members = self._candidates(labels, targets, hosts, rng)
        views, side, device = len(labels), labels.shape[1], labels.device
        sums = torch.zeros(views, members.shape[2], device=device)
        sums.scatter_add_(1, labels.clamp(min=0).flatten(1), (labels >= 0).float().flatten(1))
        sizes = torch.einsum("bck,bk->bc", members.float(), sums)
        good = (sizes >= FEWEST_VOXELS) & (sizes <= MOST_SHARE * side**3) & ~_repeated(members)
        count = members.shape[1]
        order = torch.rand(views, count, generator=_seeded(rng)).to(device)
        order[:, 0] = 2.0
        order[:, -LESIONS:] += LESIONS_FIRST
        best = torch.where(good, order, -1.0).topk(min(objects, count), dim=1)
        keep = best.values >= 0
        rows = torch.arange(views, device=device)[:, None].expand_as(keep)[keep]
        picked = best.indices[keep]
        own = members[rows, picked]
        shown = labels[rows]
        masks = own.gather(1, shown.clamp(min=0).flatten(1)).reshape(shown.shape)
        return Asked(rows, masks & (shown >= 0), own, picked == 0)

    def _candidates(
        self,
        labels: Tensor,
        targets: NDArray[np.int64],
        hosts: Tensor,
        rng: np.random.Generator,
    ) -> Tensor:
        """Return the labels of what might be asked for, (B, 1 + CANDIDATES + LESIONS, K)."""
        views, side, device = len(labels), labels.shape[1], labels.device
        own = torch.as_tensor(targets, device=device)
        at = torch.as_tensor(rng.integers(0, side, (views, CANDIDATES, 3)), device=device)
        view = torch.arange(views, device=device)[:, None]
        found = labels[view, at[..., 0], at[..., 1], at[..., 2]]
        chosen = torch.cat([own[:, None], self._targets_at(found, self._map_of[own], rng)], dim=1)
        members = self._allowed[chosen.clamp(min=0)] & (chosen >= 0)[..., None]
        if self._wanted.only_lesions:
            members = torch.zeros_like(members[:, :1])
        lesions = torch.zeros_like(members[:, :1]).expand(-1, LESIONS, -1).clone()
        if self._lesions:
            for number in range(LESIONS):
                lesions[:, number, number - LESIONS] = hosts[:, number] >= 0
        return _with_lesions(torch.cat([members, lesions], dim=1), hosts)

    def _targets_at(self, labels: Tensor, maps: Tensor, rng: np.random.Generator) -> Tensor:
        """Return a target of each view's map that holds a label (B, C), or -1."""
        fits = self._allowed.T[labels.clamp(min=0)] & (self._map_of == maps[:, None, None])
        fits &= (labels > 0)[..., None]
        chance = torch.rand(fits.shape[-1], generator=_seeded(rng)).to(labels.device)
        best = torch.where(fits, chance, -1.0).max(dim=-1)
        return torch.where(best.values >= 0, best.indices, -1)


def kinds_of(asked: Asked, labels: Tensor, tissues: Tensor) -> Tensor:
    """Return the `Kind` of every object (R,), that of most of its voxels.

    Args:
        asked: The objects.
        labels: (B, m, m, m) int64.
        tissues: (B, K) the `Tissue` of every label.
    """
    table = torch.tensor([int(kind_of(t)) for t in range(len(Tissue))], device=labels.device)
    kinds = table[tissues[asked.rows]]
    counts = torch.zeros(len(asked.rows), len(Kind), device=labels.device)
    sizes = torch.zeros(asked.members.shape, device=labels.device)
    shown = labels[asked.rows].clamp(min=0).flatten(1)
    sizes.scatter_add_(1, shown, asked.masks.float().flatten(1))
    counts.scatter_add_(1, kinds, sizes)
    return counts.argmax(dim=1)


def _with_lesions(members: Tensor, hosts: Tensor) -> Tensor:
    """Return members (B, C, K) that also hold the lesions in them."""
    members = members.clone()
    for number in range(LESIONS):
        host = hosts[:, number]
        held = members.gather(2, host.clamp(min=0)[:, None, None].expand(-1, members.shape[1], 1))
        column = members.shape[2] - LESIONS + number
        members[:, :, column] |= held[..., 0] & (host >= 0)[:, None]
    return members


def _repeated(members: Tensor) -> Tensor:
    """Say which candidates (B, C) are the same as an earlier one of their view."""
    weights = torch.arange(1, members.shape[2] + 1).double().sqrt()
    keys = members.cpu().double() @ weights  # Apple's GPU has no float64
    same = (keys[:, :, None] - keys[:, None, :]).abs() < 1e-9
    earlier = torch.ones(same.shape[1:], dtype=torch.bool, device=same.device).tril(-1)
    return (same & earlier).any(dim=2).to(members.device)


def _seeded(rng: np.random.Generator) -> torch.Generator:
    return torch.Generator().manual_seed(int(rng.integers(2**62)))
