"""Where to look: plan a crop, cut the patch out, paste logits back."""

from .crop import Crop, make_crop
from .extract import extract_patch
from .paste import honour_clicks, paste, transfer
from .plan import CropPolicy, fill, plan_around_bounds, plan_around_points, plan_next
from .policy import crop_policy

__all__ = [
    "Crop",
    "CropPolicy",
    "crop_policy",
    "extract_patch",
    "fill",
    "honour_clicks",
    "make_crop",
    "paste",
    "plan_around_bounds",
    "plan_around_points",
    "plan_next",
    "transfer",
]
