"""The only place where the compact family's sizes meet its classes."""

from .backbone import CompactBackbone
from .mask_decoder import MaskDecoder


def build_compact(**sizes: int) -> tuple[CompactBackbone, MaskDecoder]:
    """Return a fresh backbone and its general decoder.

    Args:
        **sizes: Keyword arguments of `CompactBackbone`; left out ones keep the defaults.
    """
    backbone = CompactBackbone(**sizes)
    return backbone, backbone.new_decoder()
