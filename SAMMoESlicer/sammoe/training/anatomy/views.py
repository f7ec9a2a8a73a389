"""Views of bodies as the product would look at them, painted on the device they are used on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ...errors import SAMMoEError
from ..synthetic.canvas import Kind
from ..view_batch import ViewBatch
from .atlas import LESIONS, OUTSIDE, Atlas, kind_of
from .framing import COARSE_SHARES, COARSE_SIZE, SHARES, Frame, Framing, draw_frame
from .lesions import add_lesions
from .painter import paint, smooth_field
from .palette import Modality, draw_palette
from .tissues import Tissue

FEWEST_VOXELS = 10
MOST_SHARE = 0.85
"""What is asked for fills at least so many voxels and at most this share of a view."""
TRIES = 40
CANDIDATES = 12
"""Places of a view at which something to ask for is looked for."""
FAINT_SHARE = 0.15
CUT_SHARE = 0.15
NO_TISSUE = 255
"""Sort of places beyond the volume."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for, and how it is shown.

    Attributes:
        kinds: Sorts that are asked for; None: any.
        without: Sorts that are not.
        lesions: Share of views with lesions.
        only_lesions: Nothing but lesions is asked for.
        modalities: Shares of CT, MR and free views.
        framing: Share of each framing; None: as usual for the size.
    """

    kinds: tuple[Kind, ...] | None = None
    without: tuple[Kind, ...] = ()
    lesions: float = 0.25
    only_lesions: bool = False
    modalities: tuple[float, float, float] = (0.52, 0.25, 0.23)
    framing: dict[Framing, float] | None = None


class AnatomyViews:
    """A source of views.

    Args:
        atlas: The bodies, on the device views are made on.
        wanted: What is asked for.
    """

    def __init__(self, atlas: Atlas, wanted: Wanted | None = None) -> None:
        self._atlas = atlas
        self._wanted = wanted or Wanted()
        self._chances = atlas.eligible(self._wanted.kinds, self._wanted.without)
        allowed = torch.as_tensor(self._chances > 0, device=atlas.device)
        self._allowed = atlas.members & allowed[:, None]

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return views with `objects` objects each on average; a state always gives the same.

        Where fewer are seen, some are asked for again.
        """
        for _ in range(TRIES):
            batch = self._sampled(rng, views=views, objects=objects, size=size)
            if batch is not None:
                return batch
        raise SAMMoEError("nothing that is asked for is large enough to be seen in these maps")

    def _sampled(
        self, rng: np.random.Generator, *, views: int, objects: int, size: int
    ) -> ViewBatch | None:
        atlas, wanted = self._atlas, self._wanted
        generator = torch.Generator(atlas.device).manual_seed(int(rng.integers(2**62)))
        targets = rng.choice(len(self._chances), size=views, p=self._chances)
        frames = [
            draw_frame(atlas.samples_mm[t].astype(np.float64), self._framing(size, rng), rng)
            for t in targets
        ]
        maps = atlas.map_of[targets]
        fine = size * (2 if size <= COARSE_SIZE else 1)
        labels = self._crops(maps, frames, fine, rng, generator)
        tissues = atlas.tissues[maps]
        on_device = torch.as_tensor(tissues.astype(np.int64), device=atlas.device)
        sides = np.stack([frame.sides_mm for frame in frames])
        labels, hosts = add_lesions(
            labels, on_device, sides, share=wanted.lesions, rng=rng, generator=generator
        )
        rows, masks, members, primary = self._objects(
            labels, torch.as_tensor(targets, device=atlas.device), maps, hosts, objects, rng
        )
        modalities = rng.choice(3, size=views, p=wanted.modalities)
        palettes = []
        for n, target in enumerate(targets):
            label = int(np.flatnonzero(atlas.members[target].cpu().numpy())[0])
            modality = list(Modality)[modalities[n]]
            palette = draw_palette(tissues[n], label, rng, modality=modality)
            _dress_lesions(palette.means, hosts[n].tolist(), rng)
            palettes.append(palette)
        _fade(palettes, labels, primary, masks, rows, atlas, rng)
        patches = paint(
            labels,
            palettes,
            scan_voxels=_scan_voxels(frames, atlas.spacing_mm[maps], fine, rng, atlas.device),
            septa=_septa(labels, on_device),
            rng=rng,
            generator=generator,
        )
        kinds = self._kinds(labels, masks, rows, on_device, members)
        if fine != size:
            patches = F.avg_pool3d(patches[:, None], 2)[:, 0]
            masks = F.avg_pool3d(masks[:, None].float(), 2)[:, 0] > 0.5
            labels = labels[:, ::2, ::2, ::2]
        known = labels.clamp(min=0).flatten(1)
        sorts = torch.as_tensor(_kind_table(tissues), device=atlas.device).gather(1, known)
        sorts = sorts.reshape(labels.shape)
        is_ct = (modalities == 0).astype(np.float32)[:, None]
        context = np.concatenate([sides / size, is_ct], axis=1).astype(np.float32)
        visible = torch.nonzero(masks.flatten(1).sum(1) >= FEWEST_VOXELS // 2).flatten()
        if len(visible) == 0:
            return None
        visible = visible[torch.arange(views * objects, device=atlas.device) % len(visible)]
        return ViewBatch(
            patches=patches[:, None],
            masks=masks[visible],
            rows=rows[visible],
            kinds=kinds[visible].cpu().numpy(),
            tissue=torch.where(labels == OUTSIDE, NO_TISSUE, sorts).to(torch.uint8),
            objects=labels.clamp(min=0).to(torch.int16),
            context=torch.as_tensor(context, device=atlas.device),
            bounds=self._bounds(masks, primary, targets, frames, rows, size)[visible],
            at_click=(
                primary & torch.tensor([f.at_click for f in frames], device=atlas.device)[rows]
            )[visible],
        )

    def _framing(self, size: int, rng: np.random.Generator) -> Framing:
        shares = self._wanted.framing or (COARSE_SHARES if size <= COARSE_SIZE else SHARES)
        return list(shares)[rng.choice(len(shares), p=list(shares.values()))]

    def _crops(
        self,
        maps: NDArray[np.int64],
        frames: Sequence[Frame],
        size: int,
        rng: np.random.Generator,
        generator: torch.Generator,
    ) -> Tensor:
        """Return the labels (B, size, size, size) of frames, smoothly deformed."""
        device = self._atlas.device
        unit = (torch.arange(size, device=device) + 0.5) / size - 0.5
        grid = torch.stack(torch.meshgrid(unit, unit, unit, indexing="ij"), dim=-1)
        views = len(frames)
        like = grid.new_zeros(views, size, size, size)
        coarse, small = rng.uniform(0.0, 0.035, views), rng.uniform(0.0, 0.008, views)
        shift = torch.stack(
            [
                _column(coarse, device) * smooth_field(like, 4, generator)
                + _column(small, device) * smooth_field(like, 12, generator)
                for _ in range(3)
            ],
            dim=-1,
        )
        middle = grid.norm(dim=-1, keepdim=True).clamp(max=0.25) * 4.0
        places = grid + shift * middle
        turns = np.stack([frame.axes * frame.sides_mm for frame in frames])
        centres = np.stack([frame.centre_mm for frame in frames])
        turns_t = torch.as_tensor(turns, dtype=torch.float32, device=device)
        centres_t = torch.as_tensor(centres, dtype=torch.float32, device=device)
        positions = torch.einsum("bxyzj,bij->bxyzi", places, turns_t)
        positions = positions + centres_t[:, None, None, None]
        labels = self._atlas.lookup(torch.as_tensor(maps, device=device), positions)
        return _cut(labels, rng)

    def _objects(
        self,
        labels: Tensor,
        targets: Tensor,
        maps: NDArray[np.int64],
        hosts: Tensor,
        objects: int,
        rng: np.random.Generator,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return what is asked for: views (R,), masks (R, m, m, m), members (R, K), primary (R,).

        The view's own target first, then others that are seen there; an organ includes the
        lesions that lie in it.
        """
        views, side, device = len(labels), labels.shape[1], labels.device
        at = torch.as_tensor(rng.integers(0, side, (views, CANDIDATES, 3)), device=device)
        view = torch.arange(views, device=device)
        found = labels[view[:, None], at[..., 0], at[..., 1], at[..., 2]]
        others = self._targets_of(found, torch.as_tensor(maps, device=device), rng)
        chosen = torch.cat([targets[:, None], others], dim=1)
        members = self._allowed[chosen.clamp(min=0)] & (chosen >= 0)[..., None]
        if self._wanted.only_lesions:
            members = torch.zeros_like(members[:, :1])
        members = torch.cat([members, self._lesion_members(members, hosts)], dim=1)
        members = _with_lesions(members, hosts)
        count = members.shape[1]
        sums = torch.zeros(views, members.shape[2], device=device)
        sums.scatter_add_(1, labels.clamp(min=0).flatten(1), (labels >= 0).float().flatten(1))
        sizes = torch.einsum("bck,bk->bc", members.float(), sums)
        good = (sizes >= FEWEST_VOXELS) & (sizes <= MOST_SHARE * side**3)
        order = torch.rand(views, count, device="cpu", generator=_seeded(rng)).to(device)
        order[:, 0] = 2.0
        order[:, -LESIONS:] += 0.6
        order = torch.where(good, order, -1.0)
        order = torch.where(_repeated(members), -1.0, order)
        best = order.topk(min(objects, count), dim=1)
        keep = best.values >= 0
        rows = view[:, None].expand_as(keep)[keep]
        picked = best.indices[keep]
        own = members[rows, picked]
        masks = own.gather(1, labels[rows].clamp(min=0).flatten(1)).reshape(-1, side, side, side)
        masks = masks & (labels[rows] >= 0)
        return rows, masks, own, picked == 0

    def _targets_of(self, labels: Tensor, maps: Tensor, rng: np.random.Generator) -> Tensor:
        """Return a target of each view's map that holds a label (B, C), or -1."""
        map_of = torch.as_tensor(self._atlas.map_of, device=labels.device)
        fits = self._allowed.T[labels.clamp(min=0)] & (map_of == maps[:, None, None])
        fits &= (labels > 0)[..., None]
        chance = torch.rand(fits.shape[-1], generator=_seeded(rng)).to(labels.device)
        best = torch.where(fits, chance, -1.0).max(dim=-1)
        return torch.where(best.values >= 0, best.indices, -1)

    def _lesion_members(self, members: Tensor, hosts: Tensor) -> Tensor:
        own = torch.zeros(
            len(members), LESIONS, members.shape[2], dtype=torch.bool, device=members.device
        )
        if Kind.LESION in self._wanted.without or not (
            self._wanted.kinds is None or Kind.LESION in self._wanted.kinds
        ):
            return own
        for number in range(LESIONS):
            own[:, number, members.shape[2] - LESIONS + number] = hosts[:, number] >= 0
        return own

    def _kinds(
        self, labels: Tensor, masks: Tensor, rows: Tensor, tissues: Tensor, members: Tensor
    ) -> Tensor:
        """Return the `Kind` of every object (R,), that of most of its voxels."""
        table = torch.tensor([int(kind_of(t)) for t in range(len(Tissue))], device=labels.device)
        kinds = table[tissues[rows].clamp(max=len(Tissue) - 1)]
        counts = torch.zeros(len(rows), len(Kind), device=labels.device)
        sizes = torch.zeros(members.shape, device=labels.device)
        sizes.scatter_add_(1, labels[rows].clamp(min=0).flatten(1), masks.float().flatten(1))
        counts.scatter_add_(1, kinds, sizes)
        return counts.argmax(dim=1)

    def _bounds(
        self,
        masks: Tensor,
        primary: Tensor,
        targets: NDArray[np.int64],
        frames: Sequence[Frame],
        rows: Tensor,
        size: int,
    ) -> Tensor:
        """Return the outer faces (R, 2, 3) of every object, patch ijk; NaN: leaves the view.

        Of a view's own target they are known beyond the view as well.
        """
        seen = _faces(masks)
        touches = (seen[:, 0] <= 0) | (seen[:, 1] >= size - 1)
        low = torch.where(touches.any(1, keepdim=True), torch.nan, seen[:, 0] - 0.5)
        high = torch.where(touches.any(1, keepdim=True), torch.nan, seen[:, 1] + 0.5)
        beyond = np.stack([_faces_beyond(self._atlas.samples_mm[t], f, size)
                           for t, f in zip(targets, frames, strict=True)])  # fmt: skip
        known = torch.as_tensor(beyond, dtype=torch.float32, device=masks.device)[rows]
        leaves = primary & touches.any(1)
        low = torch.where(leaves[:, None], torch.minimum(known[:, 0], seen[:, 0] - 0.5), low)
        high = torch.where(leaves[:, None], torch.maximum(known[:, 1], seen[:, 1] + 0.5), high)
        return torch.stack([low, high], dim=1)


def _faces(masks: Tensor) -> Tensor:
    """Return the first and last index of masks (R, n, n, n) along each axis, (R, 2, 3)."""
    low, high = [], []
    for axis in range(3):
        hit = masks.any(dim=tuple(a for a in (1, 2, 3) if a != axis + 1)).float()
        low.append(hit.argmax(dim=1).float())
        high.append(hit.shape[1] - 1 - hit.flip(1).argmax(dim=1).float())
    return torch.stack([torch.stack(low, 1), torch.stack(high, 1)], dim=1)


def _faces_beyond(samples_mm: NDArray[np.float32], frame: Frame, size: int) -> NDArray[np.float64]:
    along = (samples_mm - frame.centre_mm) @ frame.axes
    places = (along / frame.sides_mm + 0.5) * size - 0.5
    return np.stack([places.min(axis=0) - 0.5, places.max(axis=0) + 0.5])


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
    weights = torch.arange(1, members.shape[2] + 1, device=members.device).double().sqrt()
    keys = members.double() @ weights
    same = (keys[:, :, None] - keys[:, None, :]).abs() < 1e-9
    earlier = torch.ones(same.shape[1:], dtype=torch.bool, device=same.device).tril(-1)
    return (same & earlier).any(dim=2)


def _seeded(rng: np.random.Generator) -> torch.Generator:
    return torch.Generator().manual_seed(int(rng.integers(2**62)))


def _column(values: NDArray[np.float64], device: torch.device) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float32, device=device)[:, None, None, None]


def _cut(labels: Tensor, rng: np.random.Generator) -> Tensor:
    """End the volume somewhere inside some of the views."""
    size = labels.shape[1]
    for view in np.flatnonzero(rng.random(len(labels)) < CUT_SHARE):
        axis = int(rng.integers(3))
        along = labels[view].movedim(axis, 0)
        along[: int(size * rng.uniform(0.0, 0.35))] = OUTSIDE
        if rng.random() < 0.6:
            along[size - int(size * rng.uniform(0.0, 0.35)) :] = OUTSIDE
    return labels


def _scan_voxels(
    frames: Sequence[Frame],
    label_mm: NDArray[np.float64],
    size: int,
    rng: np.random.Generator,
    device: torch.device,
) -> Tensor:
    """Return a scan's voxels (B, 3) in voxels of the crop: slices are often thick.

    A scan is mostly no finer than the map's own voxels, so that close looks are as blurred as
    they are in a real scan.
    """
    voxels = []
    for frame, own_mm in zip(frames, label_mm, strict=True):
        scan_mm = np.full(3, np.exp(rng.uniform(np.log(0.6), np.log(3.2))))
        if rng.random() < 0.35:
            scan_mm[int(rng.choice(3, p=(0.15, 0.15, 0.7)))] *= rng.uniform(1.5, 6.0)
        finest_mm = np.abs(frame.axes.T) @ own_mm * rng.uniform(0.6, 1.1)
        voxels.append(np.maximum(scan_mm, finest_mm) / (frame.sides_mm / size))
    stacked = np.clip(np.stack(voxels), 1.0, size / 5)
    return torch.as_tensor(stacked, dtype=torch.float32, device=device)


def _septa(labels: Tensor, tissues: Tensor) -> Tensor:
    """Say where (B, m, m, m) muscles touch other muscles."""
    muscle = tissues.gather(1, labels.clamp(min=0).flatten(1)).reshape(labels.shape)
    muscle = muscle == int(Tissue.MUSCLE)
    edge = torch.zeros_like(muscle)
    for axis in (1, 2, 3):
        length = labels.shape[axis] - 1
        here, there = labels.narrow(axis, 0, length), labels.narrow(axis, 1, length)
        touch = (here != there) & muscle.narrow(axis, 0, length) & muscle.narrow(axis, 1, length)
        edge.narrow(axis, 0, length).logical_or_(touch)
    return edge


def _dress_lesions(
    means: NDArray[np.float64], hosts: Sequence[int], rng: np.random.Generator
) -> None:
    """Give lesions grey values that differ from their host's, often only a little."""
    for number, host in enumerate(hosts):
        if host < 0:
            continue
        contrast = np.exp(rng.uniform(np.log(0.06), np.log(0.7))) * rng.choice([-1.0, 1.0])
        means[len(means) - LESIONS + number] = np.clip(means[host], -1.0, 1.0) + contrast


def _fade(
    palettes: Sequence, labels: Tensor, primary: Tensor, masks: Tensor, rows: Tensor,
    atlas: Atlas, rng: np.random.Generator,
) -> None:  # fmt: skip
    """Make some views' own target hardly differ from what surrounds it."""
    faint = rng.random(len(palettes)) < FAINT_SHARE
    for row in torch.nonzero(primary).flatten().tolist():
        view = int(rows[row])
        if not faint[view]:
            continue
        mask = masks[row]
        ring = F.max_pool3d(mask[None, None].float(), 3, stride=1, padding=1)[0, 0] > 0
        around = labels[view][ring & ~mask & (labels[view] >= 0)]
        if len(around) == 0:
            continue
        beside = int(around.bincount().argmax())
        own = torch.unique(labels[view][mask]).tolist()
        palette = palettes[view]
        contrast = max(palette.noise * rng.uniform(0.6, 2.0), 0.04) * rng.choice([-1.0, 1.0])
        palette.means[own] = np.clip(palette.means[beside], -0.95, 0.95) + contrast
        palette.rim[own] = 0.0
        palette.content[own] = np.nan


def _kind_table(tissues: NDArray[np.uint8]) -> NDArray[np.int64]:
    table = np.array([int(kind_of(t)) for t in range(len(Tissue))])
    return table[tissues]
