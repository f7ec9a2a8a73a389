"""SAM-Med3D (Wang et al., 2023) with upstream's parameter names, its slow parts made short."""

from .backbone import SamMed3dBackbone
from .build import build_sam_med3d, sizes_from_state_dict

__all__ = ["SamMed3dBackbone", "build_sam_med3d", "sizes_from_state_dict"]
