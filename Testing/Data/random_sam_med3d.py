"""SAM-Med3D of any size with weights that leave nothing out: large relative positions, biases."""

from typing import Any

import torch
from torch import Tensor, nn

from sammoe.model.sam_med3d import SamMed3dBackbone, build_sam_med3d

TINY = {
    "patch_size": 32,
    "stride": 8,
    "width": 36,
    "num_heads": 3,
    "windows": (6, 4),
    "mlp_width": 48,
    "out_channels": 48,
    "mask_channels": 8,
    "decoder": {"mlp_width": 64, "iou_width": 16},
}


def random_sam_med3d(
    *, seed: int = 0, dtype: torch.dtype = torch.float32, **sizes: Any
) -> tuple[SamMed3dBackbone, nn.Module, dict[str, Tensor]]:
    """Return backbone, general decoder and their weights under upstream's names."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        backbone, decoder = build_sam_med3d(**sizes)
        for module in (backbone, decoder):
            draw_weights(module.to(dtype).eval())
    state = backbone.state_dict() | {
        f"mask_decoder.{k}": v for k, v in decoder.state_dict().items()
    }
    return backbone, decoder, state


def draw_weights(module: nn.Module) -> None:
    """Draw what starts at zero or one; relative positions with a deviation of 0.5."""
    for name, parameter in module.named_parameters():
        if "rel_pos" in name or "pos_embed" in name:
            nn.init.normal_(parameter, std=0.5)
        elif name.endswith("bias"):
            nn.init.normal_(parameter, std=0.2)
        elif "norm" in name:
            nn.init.normal_(parameter, mean=1.0, std=0.1)
