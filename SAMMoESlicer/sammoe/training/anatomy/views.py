"""Views of bodies as the product would look at them, painted on the device they are used on."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ...errors import SAMMoEError
from ..samples.framing import COARSE_SIZE, IN_COARSE_TRAINING, IN_TRAINING, draw_framing
from ..view_batch import NO_TISSUE, ViewBatch
from .asked import FEWEST_VOXELS, Asked, Asking, kinds_of
from .atlas import OUTSIDE, Atlas, kind_of
from .bounds import drawn_boxes, whole_bounds
from .contrast import dress_lesions, fade
from .crops import crop_labels, scan_voxels, septa
from .framing import Frame, draw_frame
from .lesions import add_lesions
from .painter import paint
from .palette import Modality, Palette, draw_palette
from .tissues import Tissue
from .wanted import Wanted

TRIES = 40


class AnatomyViews:
    """A source of views.

    Args:
        atlas: The bodies, on the device views are made on.
        wanted: What is asked for; None: anything.
    """

    def __init__(self, atlas: Atlas, wanted: Wanted | None = None) -> None:
        self._atlas = atlas
        self._wanted = wanted or Wanted()
        self._asking = Asking(atlas, self._wanted)

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return views with `objects` objects each on average; a state always gives the same.

        Where fewer are seen, some are asked for again.

        Raises:
            SAMMoEError: Nothing that is asked for is large enough to be seen.
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
        targets = rng.choice(len(self._asking.chances), size=views, p=self._asking.chances)
        samples_mm = [atlas.samples_mm[target] for target in targets]
        frames = [self._frame(inside, size, rng) for inside in samples_mm]
        sides_mm = np.stack([frame.sides_mm for frame in frames])
        maps = atlas.map_of[targets]
        tissues = torch.as_tensor(atlas.tissues[maps].astype(np.int64), device=atlas.device)

        fine = size * (2 if size <= COARSE_SIZE else 1)
        labels = crop_labels(atlas, maps, frames, fine, rng, generator)
        labels, hosts = add_lesions(
            labels, tissues, sides_mm, share=wanted.lesions, rng=rng, generator=generator
        )
        asked = self._asking.choose(labels, targets, hosts, objects=objects, rng=rng)
        palettes = self._palettes(targets, maps, hosts, rng)
        fade(palettes, labels, asked, rng)
        patches = paint(
            labels,
            palettes,
            scan_voxels=scan_voxels(frames, atlas.spacing_mm[maps], fine, rng, atlas.device),
            septa=septa(labels, tissues),
            rng=rng,
            generator=generator,
        )
        kinds = kinds_of(asked, labels, tissues)
        patches, masks, labels = _as_coarse_as(size, patches, asked.masks, labels)
        visible = torch.nonzero(masks.flatten(1).sum(1) >= FEWEST_VOXELS // 2).flatten()
        if len(visible) == 0:
            return None
        visible = visible[torch.arange(views * objects, device=atlas.device) % len(visible)]
        bounds = whole_bounds(masks, asked.is_target, asked.rows, samples_mm, frames)
        return ViewBatch(
            patches=patches[:, None],
            masks=masks[visible],
            rows=asked.rows[visible],
            kinds=kinds[visible].cpu().numpy(),
            tissue=_sorts(labels, tissues),
            objects=labels.clamp(min=0).to(torch.int16),
            context=self._context(palettes, sides_mm / size),
            bounds=bounds[visible],
            boxes=drawn_boxes(masks[visible], asked.rows[visible], frames),
            at_click=_at_click(asked, frames)[visible],
        )

    def _frame(self, samples_mm: NDArray[np.float32], size: int, rng: np.random.Generator) -> Frame:
        usual = IN_COARSE_TRAINING if size <= COARSE_SIZE else IN_TRAINING
        framing = draw_framing(self._wanted.framing or usual, rng)
        return draw_frame(samples_mm.astype(np.float64), framing, rng, upright=self._wanted.upright)

    def _palettes(
        self,
        targets: NDArray[np.int64],
        maps: NDArray[np.int64],
        hosts: Tensor,
        rng: np.random.Generator,
    ) -> list[Palette]:
        atlas = self._atlas
        modalities = rng.choice(len(Modality), size=len(targets), p=self._wanted.modalities)
        palettes = []
        for target, number, modality, lies_in in zip(
            targets, maps, modalities, hosts.tolist(), strict=True
        ):
            palette = draw_palette(
                atlas.tissues[number],
                int(atlas.first_labels[target]),
                rng,
                modality=list(Modality)[modality],
            )
            dress_lesions(palette.means, lies_in, rng)
            palettes.append(palette)
        return palettes

    def _context(self, palettes: Sequence[Palette], spacing_mm: NDArray[np.float64]) -> Tensor:
        is_ct = [[float(palette.modality is Modality.CT)] for palette in palettes]
        context = np.concatenate([spacing_mm, is_ct], axis=1)
        return torch.as_tensor(context, dtype=torch.float32, device=self._atlas.device)


def _as_coarse_as(
    size: int, patches: Tensor, masks: Tensor, labels: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return coarse views as a scan is averaged to them; they were drawn twice as fine."""
    if patches.shape[1] == size:
        return patches, masks, labels
    return (
        F.avg_pool3d(patches[:, None], 2)[:, 0],
        F.avg_pool3d(masks[:, None].float(), 2)[:, 0] > 0.5,
        labels[:, ::2, ::2, ::2],
    )


def _sorts(labels: Tensor, tissues: Tensor) -> Tensor:
    """Return the `Kind` of every voxel (B, n, n, n) uint8, `NO_TISSUE` beyond the volume."""
    table = torch.tensor([int(kind_of(t)) for t in range(len(Tissue))], device=labels.device)
    sorts = table[tissues].gather(1, labels.clamp(min=0).flatten(1)).reshape(labels.shape)
    return torch.where(labels == OUTSIDE, NO_TISSUE, sorts).to(torch.uint8)


def _at_click(asked: Asked, frames: Sequence[Frame]) -> Tensor:
    """Say of which objects (R,) the first click lies in the middle of the view."""
    cut_there = torch.tensor([frame.at_click for frame in frames], device=asked.rows.device)
    return asked.is_target & cut_there[asked.rows]
