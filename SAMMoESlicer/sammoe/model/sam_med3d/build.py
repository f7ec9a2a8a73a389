"""Where numbers meet classes: SAM-Med3D of any size, and its sizes from its weights."""

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ...errors import CheckpointError
from .backbone import SamMed3dBackbone
from .image_encoder import ImageEncoder
from .mask_decoder import MaskDecoder
from .prompt_encoder import PromptEncoder


def build_sam_med3d(
    *,
    patch_size: int = 128,
    stride: int = 16,
    width: int = 768,
    num_heads: int = 12,
    windows: tuple[int, ...] = (14, 14, 8) * 4,
    mlp_width: int = 3072,
    out_channels: int = 384,
    mask_channels: int = 16,
    decoder: Mapping[str, Any] | None = None,
) -> tuple[SamMed3dBackbone, MaskDecoder]:
    """Return a freshly initialised backbone and general decoder; the defaults are `vit_b_ori`.

    Args:
        patch_size: Voxels of the patch along each axis.
        stride: Voxels of an image token along each axis.
        width: Channels of the encoder's tokens.
        num_heads: Attention heads of the encoder.
        windows: Attention window of each block in tokens; the token grid's edge: global.
        mlp_width: Hidden channels of the encoder's MLPs.
        out_channels: Channels of the image embedding and of prompt tokens.
        mask_channels: Channels in the mask prompt's path.
        decoder: Further keyword arguments of `MaskDecoder`.

    Raises:
        ValueError: Sizes that do not divide one another.
    """
    if patch_size % stride or width % num_heads or out_channels % 24 or mask_channels % 4:
        raise ValueError("the patch must be a multiple of the stride, the width of the heads")
    grid = patch_size // stride
    decoder_sizes = {"width": out_channels, **(decoder or {})}
    backbone = SamMed3dBackbone(
        ImageEncoder(
            grid=grid,
            stride=stride,
            width=width,
            num_heads=num_heads,
            windows=tuple(windows),
            mlp_width=mlp_width,
            out_channels=out_channels,
        ),
        PromptEncoder(
            width=out_channels, grid=grid, patch_size=patch_size, mask_channels=mask_channels
        ),
        decoder_sizes=decoder_sizes,
    )
    return backbone, backbone.new_decoder()


def sizes_from_state_dict(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return the keyword arguments of `build_sam_med3d` that fit upstream's weights.

    Heads of the decoder are not visible in its weights; upstream always has eight.

    Raises:
        CheckpointError: The names or shapes are not those of SAM-Med3D.
    """
    try:
        return _infer_sizes(state)
    except (KeyError, ValueError, IndexError, ZeroDivisionError) as error:
        raise CheckpointError(
            f"these are not the weights of a SAM-Med3D model (missing or odd: {error}); "
            "SAM-Med3D, sizes of any kind, is what can be imported"
        ) from error


def _infer_sizes(state: Mapping[str, Tensor]) -> dict[str, Any]:
    encoder, prompts, decoder = "image_encoder.", "prompt_encoder.", "mask_decoder."
    width, _, stride, *_ = state[f"{encoder}patch_embed.proj.weight"].shape
    grid = state[f"{encoder}pos_embed"].shape[1]
    windows, head_width = [], 1
    for block in range(_count(state, r"image_encoder\.blocks\.(\d+)\.norm1\.weight")):
        rows, head_width = state[f"{encoder}blocks.{block}.attn.rel_pos_d"].shape
        windows.append((rows + 1) // 2)
    layer = f"{decoder}transformer.layers.0."
    upscaling = f"{decoder}output_upscaling."
    iou = f"{decoder}iou_prediction_head.layers."
    return {
        "patch_size": grid * stride,
        "stride": stride,
        "width": width,
        "num_heads": width // head_width,
        "windows": windows,
        "mlp_width": state[f"{encoder}blocks.0.mlp.lin1.weight"].shape[0],
        "out_channels": state[f"{encoder}neck.0.weight"].shape[0],
        "mask_channels": state[f"{prompts}mask_downscaling.3.weight"].shape[0],
        "decoder": {
            "depth": _count(state, r"mask_decoder\.transformer\.layers\.(\d+)\.norm1\.weight"),
            "inner_width": state[f"{layer}cross_attn_token_to_image.q_proj.weight"].shape[0],
            "mlp_width": state[f"{layer}mlp.lin1.weight"].shape[0],
            "num_mask_tokens": state[f"{decoder}mask_tokens.weight"].shape[0],
            "upscale_channels": [state[f"{upscaling}{i}.weight"].shape[1] for i in (0, 3)],
            "iou_width": state[f"{iou}0.weight"].shape[0],
            "iou_depth": _count(state, r"mask_decoder\.iou_prediction_head\.layers\.(\d+)\.weight"),
        },
    }


def _count(state: Mapping[str, Tensor], pattern: str) -> int:
    """Return how many numbered members match."""
    return len({match[1] for name in state if (match := re.fullmatch(pattern, name))})
