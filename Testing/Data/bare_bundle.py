"""Small bundles without experts, of either family, to which training adds some."""

from pathlib import Path

import torch

from random_sam_med3d import TINY, random_sam_med3d
from sammoe.bundle import Bundle, BundleCard, InputCard, write_bundle
from sammoe.model import families
from sammoe.model.sam_med3d import sizes_from_state_dict
from sammoe.model.sam_moe import SamMoE
from tiny_bundle import GATE_SIZES, SIZES


def write_bare_bundle(path: Path, *, seed: int = 0) -> Bundle:
    """Write a compact bundle of 0.2 MB with random weights."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        backbone, general = families.build("compact", **SIZES)
    card = BundleCard(
        name="Bare",
        architecture="compact",
        sizes=SIZES,
        gate_sizes=GATE_SIZES,
        input=InputCard(patch_size=32, spacing_mm=None, normalisation="window", crop="auto-zoom"),
        prompt_kinds=("points", "box", "mask"),
    )
    return write_bundle(path, card, general=SamMoE(backbone, general=general).general_state_dict())


def write_bare_sam_med3d(path: Path) -> Bundle:
    """Write a SAM-Med3D bundle of tiny sizes with random weights, trained on points only."""
    _, _, state = random_sam_med3d(**TINY)
    card = BundleCard(
        name="Bare SAM-Med3D",
        architecture="sam_med3d",
        sizes=sizes_from_state_dict(state),
        gate_sizes=GATE_SIZES,
        input=InputCard(patch_size=32, spacing_mm=1.5),
        prompt_kinds=("points", "mask"),
    )
    return write_bundle(path, card, general=state, half=False)
