"""Where to look: plan a crop, cut the patch out, paste logits back."""

from .crop import Crop, make_crop, voxel_grid
from .extract import extract_patch
from .paste import honour_clicks, paste, transfer
from .plan import CropPolicy, plan_around_bounds, plan_around_points, plan_next, similar
from .policy import crop_policy, policy_for, quick_look, sees_all, wide_look

__all__ = [
    "Crop",
    "CropPolicy",
    "crop_policy",
    "extract_patch",
    "honour_clicks",
    "make_crop",
    "paste",
    "plan_around_bounds",
    "plan_around_points",
    "plan_next",
    "policy_for",
    "quick_look",
    "sees_all",
    "similar",
    "transfer",
    "voxel_grid",
    "wide_look",
]
