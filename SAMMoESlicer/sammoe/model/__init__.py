"""SAM-Med3D-MoE: a promptable backbone, a general decoder, experts, a gate and a selector."""

from .backbone import Backbone, ImageEmbedding, PromptEmbeddings
from .checkpoint import load_sam_med3d
from .gate import Gate
from .sam_moe import SamMoE
from .selector import Selection, fuse, select

__all__ = [
    "Backbone",
    "Gate",
    "ImageEmbedding",
    "PromptEmbeddings",
    "SamMoE",
    "Selection",
    "fuse",
    "load_sam_med3d",
    "select",
]
