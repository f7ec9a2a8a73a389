"""A bundle of the published model's size, with random weights, one expert and a gate."""

from pathlib import Path

from random_sam_med3d import random_sam_med3d
from sammoe.bundle import Bundle, BundleCard, ExpertCard, write_bundle
from sammoe.model.gate import Gate
from sammoe.model.sam_med3d import sizes_from_state_dict


def write_vit_b_bundle(path: Path) -> Bundle:
    """Write it in single precision, as `sammoe import` does; about 440 MB."""
    backbone, general, state = random_sam_med3d()
    gate = Gate(embed_dim=backbone.embed_dim, local_dim=backbone.local_dim, num_experts=1)
    card = BundleCard(
        "Random weights",
        "sam_med3d",
        sizes=sizes_from_state_dict(state),
        experts=(ExpertCard("organ", "Organ", tau=0.0),),
    )
    return write_bundle(
        path,
        card,
        general=state,
        experts={"organ": general.state_dict()},
        gate=gate.state_dict(),
        half=False,
    )
