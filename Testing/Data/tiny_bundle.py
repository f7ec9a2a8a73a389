"""A small bundle with random weights, for tests of everything around the model.

The first expert's gate column is raised, so that 'auto' fuses it; the numbers mean nothing.
"""

from pathlib import Path

import torch

from sammoe.bundle import Bundle, BundleCard, ExpertCard, InputCard, write_bundle
from sammoe.model import families
from sammoe.model.gate import Gate
from sammoe.model.sam_moe import SamMoE
from sammoe.training.gate.bank import GateBank, bank_state

SIZES = {
    "patch_size": 32,
    "embed_dim": 32,
    "quarter_dim": 16,
    "half_dim": 8,
    "encoder_width": 32,
    "encoder_depth": 1,
    "heads": 2,
    "decoder_quarter_dim": 8,
    "decoder_depth": 1,
    "decoder_heads": 2,
}
GATE_SIZES = {"width": 32, "heads": 2}
LIVER = {
    "category": {"scheme": "SCT", "value": "123037004", "meaning": "Anatomical Structure"},
    "type": {"scheme": "SCT", "value": "10200004", "meaning": "Liver"},
}
EXPERTS = (
    ExpertCard("liver", "Liver", "Whole liver", LIVER, (0.87, 0.51, 0.4), "nothing"),
    ExpertCard("vessels", "Vessels", "Tubes", None, (0.9, 0.3, 0.3), "nothing", tau=0.6),
)


def write_tiny_bundle(
    path: Path, *, seed: int = 0, prompt_kinds: tuple[str, ...] = (), cuts: float = 0.0
) -> Bundle:
    """Write a compact bundle of two experts and a gate, about 0.3 MB.

    Args:
        path: The bundle's folder.
        seed: Of the weights; two seeds give two different bundles.
        prompt_kinds: Empty: points, box and mask.
        cuts: Of every decoder's logits.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        backbone, general = families.build("compact", **SIZES)
        experts = {card.id: backbone.new_decoder() for card in EXPERTS}
        gate = Gate(
            embed_dim=backbone.embed_dim,
            local_dim=backbone.local_dim,
            num_experts=len(experts),
            **GATE_SIZES,
        )
    with torch.no_grad():
        gate.head.bias[0] += 3.0
        for decoder in (general, *experts.values()):
            decoder.cuts.fill_(cuts)
    model = SamMoE(backbone, general=general, experts=experts, gate=gate)
    card = BundleCard(
        name="Tiny",
        architecture="compact",
        sizes=SIZES,
        gate_sizes=GATE_SIZES,
        license="Apache-2.0",
        intended_use="Tests only.",
        input=InputCard(patch_size=32, spacing_mm=None, normalisation="window", crop="auto-zoom"),
        prompt_kinds=prompt_kinds or ("points", "box", "mask"),
        experts=EXPERTS,
    )
    return write_bundle(
        path,
        card,
        general=model.general_state_dict(),
        experts={name: decoder.state_dict() for name, decoder in experts.items()},
        gate=gate.state_dict(),
    )


def with_bank(bundle: Bundle, bank: GateBank) -> Bundle:
    """Return the bundle, written again with a bank of its gate's prompts."""
    return write_bundle(
        bundle.path,
        bundle.card,
        general=bundle.general,
        experts={expert_id: bundle.expert(expert_id) for expert_id in bundle.card.expert_ids},
        gate=bundle.gate,
        gate_bank=bank_state(bank),
    )
