"""What the general decoder drew, as three more tokens for the gate: inside, around it, its shape.

The features at a click say what tissue it is in; whose task it is shows in the whole object: a
rib is long and thin, a lesion is surrounded by one organ. Its shape goes with the grey values
inside, around, and in the whole patch, which tell the window it is seen through. The tokens have
the width of a family's `local_features`, whatever the family.
"""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .backbone import Backbone, ImageEmbedding

INSIDE, AROUND, SHAPE = 2, 3, 4
"""Labels of the three tokens; 0 and 1 are background and foreground clicks."""
SAMPLES = 64
"""Positions at which a region's features are taken and averaged."""
DEPTHS = (1, 2, 4, 8)
"""Voxels of the logits below the surface: how much of a region is as thick as that."""
SHAPE_NUMBERS = 9 + len(DEPTHS)
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
RIM_VOXELS = 4
"""How far the surroundings reach, in voxels of the logits."""


def local_tokens(
    backbone: Backbone,
    image_embedding: ImageEmbedding,
    mask_logits: Tensor,
    *,
    point_coords: Tensor,
    point_labels: Tensor,
) -> tuple[Tensor, Tensor]:
    """Return the features at the clicks, then the tokens of what was drawn, and their labels.

    A family is asked for features once, at all places together: some run a network for them.

    Args:
        backbone: Whose features.
        image_embedding: One image for each row.
        mask_logits: (B, 1, d, h, w) of the general decoder.
        point_coords: (B, N, 3) patch ijk.
        point_labels: (B, N) 1 foreground, 0 background, -1 padding.

    Returns:
        (B, N + 3, local_dim) and (B, N + 3); a token of an empty region is zero.
    """
    drawn = mask_logits.float() > 0
    grown = _grown(drawn, RIM_VOXELS)
    scale = backbone.patch_size / backbone.logits_size
    rows, columns = len(drawn), backbone.local_dim
    patch = backbone.encoded_patch(image_embedding)
    tokens = mask_logits.new_zeros(rows, 3, columns, dtype=torch.float32)
    places, empty = zip(*(_spread_positions(r[:, 0]) for r in (drawn, grown & ~drawn)), strict=True)
    at = (torch.cat(places, dim=1) + 0.5) * scale - 0.5
    everywhere = torch.cat([point_coords.to(at.dtype), at], dim=1)
    features = backbone.local_features(image_embedding, everywhere).float()
    clicks, features = features.split([point_coords.shape[1], at.shape[1]], dim=1)
    means = features.unflatten(1, (2, SAMPLES)).mean(dim=2)
    tokens[:, :2] = means.masked_fill(torch.stack(empty, dim=1)[..., None], 0.0)
    for row in range(rows):
        numbers = _shape_numbers(drawn[row, 0], grown[row, 0])
        if patch is not None:
            grey = patch[row, 0].float()
            numbers = torch.cat([numbers, _grey_numbers(grey, drawn[row, 0], grown[row, 0])])
        numbers = numbers[:columns]
        tokens[row, 2, : len(numbers)] = numbers
    labels = torch.tensor([INSIDE, AROUND, SHAPE], device=mask_logits.device)
    labels = torch.cat([point_labels.long(), labels.expand(rows, -1)], dim=1)
    return torch.cat([clicks, tokens], dim=1), labels


def drawn_mask_tokens(
    backbone: Backbone, image_embedding: ImageEmbedding, mask_logits: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the tokens of what was drawn, (B, 3, local_dim), and their labels (B, 3)."""
    nowhere = mask_logits.new_zeros(len(mask_logits), 0, 3, dtype=torch.float32)
    none = nowhere[..., 0].long()
    return local_tokens(
        backbone, image_embedding, mask_logits, point_coords=nowhere, point_labels=none
    )


def _grown(drawn: Tensor, voxels: int) -> Tensor:
    """Return masks (B, 1, d, h, w) with some voxels more on each side, axis by axis.

    By shifts that double, on bytes: pooling takes twenty times as long.
    """
    for axis in (2, 3, 4):
        reached = 0
        while reached < voxels:
            shift = min(reached + 1, voxels - reached, drawn.shape[axis])
            drawn = _shifted_or(drawn, axis, shift)
            reached += shift
    return drawn


def _shifted_or(drawn: Tensor, axis: int, shift: int) -> Tensor:
    """Return masks joined with themselves moved by `shift` both ways along an axis."""
    kept = drawn.shape[axis] - shift
    grown = drawn.clone()
    grown.narrow(axis, shift, kept).logical_or_(drawn.narrow(axis, 0, kept))
    grown.narrow(axis, 0, kept).logical_or_(drawn.narrow(axis, shift, kept))
    return grown


def _deeper(drawn: Tensor) -> list[Tensor]:
    """Return what of a mask (d, h, w) lies more than each of `DEPTHS` below its surface.

    A face of the volume is no surface.
    """
    left, parts = drawn[None, None], []
    for depth, before in zip(DEPTHS, (0, *DEPTHS), strict=False):
        left = ~_grown(~left, depth - before)
        parts.append(left[0, 0])
    return parts


def _tight(drawn: Tensor, voxels: Tensor) -> Tensor:
    """Return a mask (d, h, w) cut to its voxels (n, 3) and one more on each side, where there is.

    Nothing farther away says more of how deep a voxel lies.
    """
    low = (voxels.amin(dim=0).long() - 1).clamp(min=0).tolist()
    high = (voxels.amax(dim=0).long() + 2).tolist()
    return drawn[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]


def _spread_positions(regions: Tensor) -> tuple[Tensor, Tensor]:
    """Return evenly spread voxels (B, SAMPLES, 3) of every region, and which regions are empty."""
    positions = regions.new_zeros(len(regions), SAMPLES, 3, dtype=torch.float32)
    empty = torch.zeros(len(regions), dtype=torch.bool, device=regions.device)
    for row, region in enumerate(regions):
        voxels = torch.nonzero(region)
        empty[row] = len(voxels) == 0
        if len(voxels):
            steps = torch.linspace(0, len(voxels) - 1, SAMPLES, device=voxels.device)
            positions[row] = voxels[steps.round().long()].float()
    return positions, empty


def _shape_numbers(drawn: Tensor, grown: Tensor) -> Tensor:
    """Return what describes a region's size and form, about -1 to 2 each; (SHAPE_NUMBERS,)."""
    voxels = torch.nonzero(drawn).float()
    side = float(max(drawn.shape))
    if len(voxels) < 2:
        return torch.eye(1, SHAPE_NUMBERS, device=drawn.device)[0]
    on_cpu = voxels.T.cpu().double()  # Apple's GPU has neither float64 nor eigenvalues
    spread = torch.linalg.eigvalsh(torch.cov(on_cpu)).clamp(min=0.05).sqrt()
    extent = voxels.amax(dim=0) - voxels.amin(dim=0) + 1
    volume = float(len(voxels))
    rim = float(grown.sum()) - volume
    at_border = (voxels == 0) | (voxels == torch.tensor(drawn.shape, device=voxels.device) - 1)
    thin, middle, long = spread.tolist()
    numbers = [
        1.0,
        4 * long / side,
        math.log(middle / long),
        math.log(thin / middle),
        2 * volume ** (1 / 3) / side,
        volume / float(extent.prod()),
        rim / volume ** (2 / 3) / 20,
        float(extent.max()) / side,
        math.sqrt(float(at_border.any(dim=1).float().mean())),
        *(float(part.sum()) / volume for part in _deeper(_tight(drawn, voxels))),
    ]
    return torch.tensor(numbers, device=drawn.device)


def _grey_numbers(patch: Tensor, drawn: Tensor, grown: Tensor) -> Tensor:
    """Return grey values inside, around and overall: (11,), in the patch's units of -1 to 1."""
    if patch.shape != drawn.shape:
        size = patch.shape
        drawn, grown = (
            F.interpolate(m[None, None].float(), size=size)[0, 0] > 0 for m in (drawn, grown)
        )
    regions = []
    for region in (patch[drawn], patch[grown & ~drawn]):
        known = region if len(region) > 1 else patch.flatten()
        regions += [known.mean(), known.std()]
    levels = _levels(patch.flatten())
    ends = torch.stack([(patch <= -0.99).float().mean(), (patch >= 0.99).float().mean()])
    return torch.cat([torch.stack(regions), levels, ends])


def _levels(values: Tensor) -> Tensor:
    """Return `QUANTILES` of values (n,); on a CPU without sorting all of them."""
    if values.device.type != "cpu" or values.requires_grad:
        return values.quantile(values.new_tensor(QUANTILES))
    ranks = np.asarray(QUANTILES, np.float32) * np.float32(len(values) - 1)
    low = np.floor(ranks).astype(np.int64)
    high = np.ceil(ranks).astype(np.int64)
    ordered = np.partition(values.numpy(), np.union1d(low, high))
    below, above = torch.from_numpy(ordered[low]), torch.from_numpy(ordered[high])
    return torch.lerp(below, above, torch.from_numpy(ranks - low.astype(np.float32)))
