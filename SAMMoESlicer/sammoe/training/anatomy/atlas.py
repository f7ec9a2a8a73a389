"""Label maps on a device, so that a whole batch of views is looked up at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import SAMMoEError
from ..synthetic.canvas import Kind
from .label_maps import SAMPLES, LabelMap
from .tissues import KIND_OF, Tissue

LESIONS = 3
"""Labels beyond a map's own, for lesions that a view adds."""
OUTSIDE = -1
"""Label of places beyond a map."""


class Atlas:
    """Several label maps as one lookup.

    Args:
        maps: The bodies and scenes.
        shares: How often each is looked at, against the others.
        device: Where views are made.

    Attributes:
        labels_per_map: K, the most instances a map has, lesions included.
        tissues: (M, K) `Tissue` of every instance.
        map_of: (T,) the map of every target.
        target_tissues: (T,) what it is made of.
        target_kinds: (T,) its sort for the gate.
        samples_mm: (T, S, 3) positions inside, the deepest first.
        first_labels: (T,) one label of every target.
        chances: (T,) how often each target is asked for.
    """

    def __init__(
        self, maps: Sequence[LabelMap], shares: Sequence[float], *, device: torch.device
    ) -> None:
        self.device = device
        self.names = [body.name for body in maps]
        self.target_names = [target.name for body in maps for target in body.targets]
        self.spacing_mm = np.stack([body.spacing_mm for body in maps])
        self.shapes = np.array([body.labels.shape for body in maps])
        self.labels_per_map = max(len(body.tissues) for body in maps) + LESIONS
        self.tissues = np.full((len(maps), self.labels_per_map), int(Tissue.LESION), np.uint8)
        for n, body in enumerate(maps):
            self.tissues[n, : len(body.tissues)] = body.tissues
        self.map_of = np.concatenate([np.full(len(b.targets), n) for n, b in enumerate(maps)])
        targets = [target for body in maps for target in body.targets]
        self.target_tissues = np.array([int(target.tissue) for target in targets])
        self.target_kinds = np.array([int(kind_of(t)) for t in self.target_tissues])
        self.samples_mm = np.stack([t.samples_mm for t in targets]).reshape(-1, SAMPLES, 3)
        self.chances = np.concatenate([_chances(b, s) for b, s in zip(maps, shares, strict=True)])
        self.members = torch.zeros(len(targets), self.labels_per_map, dtype=torch.bool)
        for n, target in enumerate(targets):
            self.members[n, list(target.labels)] = True
        self.members = self.members.to(device)
        self.first_labels = np.array([target.labels[0] for target in targets])
        self._flat = torch.cat([torch.from_numpy(b.labels.reshape(-1)) for b in maps]).to(device)
        starts = np.cumsum([0, *(b.labels.size for b in maps[:-1])])
        self._starts = torch.as_tensor(starts, dtype=torch.long, device=device)
        self._sizes = torch.as_tensor(self.shapes, device=device)
        self._spacing = torch.as_tensor(self.spacing_mm, dtype=torch.float32, device=device)

    def __getstate__(self) -> dict[str, Any]:
        """Return everything, tensors on the CPU: another process may have no such device open."""
        return {
            name: value.cpu() if isinstance(value, Tensor) else value
            for name, value in vars(self).items()
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        device = state["device"]
        for name, value in state.items():
            setattr(self, name, value.to(device) if isinstance(value, Tensor) else value)

    def lookup(self, maps: Tensor, positions_mm: Tensor) -> Tensor:
        """Return the labels (B, m, m, m) int64 at positions (B, m, m, m, 3) of each view's map."""
        shape = (-1, 1, 1, 1, 3)
        sizes = self._sizes[maps].reshape(shape)
        index = (positions_mm / self._spacing[maps].reshape(shape)).floor().long()
        inside = ((index >= 0) & (index < sizes)).all(dim=-1)
        index = torch.minimum(index.clamp(min=0), sizes - 1)
        x, y, z = index.unbind(-1)
        size_y, size_z = sizes[..., 1], sizes[..., 2]
        at = self._starts[maps].reshape(-1, 1, 1, 1) + (x * size_y + y) * size_z + z
        found = self._flat[at.flatten()].reshape(at.shape).long()
        return torch.where(inside, found, OUTSIDE)

    def chances_of(
        self, kinds: Sequence[Kind] | None, without: Sequence[Kind]
    ) -> NDArray[np.float64]:
        """Return the chance of every target (T,) among those of some kinds; they add up to 1.

        Raises:
            SAMMoEError: No map has any.
        """
        wanted = np.ones(len(self.target_kinds), bool)
        if kinds is not None:
            wanted = np.isin(self.target_kinds, [int(kind) for kind in kinds])
        wanted &= ~np.isin(self.target_kinds, [int(kind) for kind in without])
        chances = np.where(wanted, self.chances, 0.0)
        if not chances.any():
            names = "anything" if kinds is None else ", ".join(kind.name.lower() for kind in kinds)
            raise SAMMoEError(f"none of the label maps shows {names}")
        return chances / chances.sum()


def kind_of(tissue: int) -> Kind:
    """Return the sort of a tissue for the gate."""
    return KIND_OF.get(Tissue(tissue), Kind.ORGAN)


def _chances(body: LabelMap, share: float) -> NDArray[np.float64]:
    weights = np.array([target.weight for target in body.targets])
    return share * weights / weights.sum() if len(weights) else weights
