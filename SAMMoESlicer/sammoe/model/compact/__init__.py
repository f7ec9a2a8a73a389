"""The compact family: small enough to learn and to answer on a CPU."""

from .backbone import CompactBackbone
from .build import build_compact
from .image_encoder import CompactEmbedding

__all__ = ["CompactBackbone", "CompactEmbedding", "build_compact"]
