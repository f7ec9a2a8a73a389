"""How the patches of a bundle's model are made."""

from dataclasses import dataclass

from ..errors import CheckpointError
from .card_checks import check_choice, is_number

NORMALISATIONS = ("z-positive", "window")
CROP_MODES = ("fixed", "auto-zoom")


@dataclass(frozen=True)
class InputCard:
    """How a patch must be prepared for the model.

    Attributes:
        patch_size: Voxels along each axis of the patch.
        spacing_mm: The spacing the model was trained at; None: any (the crop decides).
        normalisation: "z-positive" (mean and deviation over voxels > 0) or "window".
        crop: "fixed" (keep `spacing_mm` unless the object does not fit) or "auto-zoom".
    """

    patch_size: int = 128
    spacing_mm: float | None = 1.5
    normalisation: str = "z-positive"
    crop: str = "fixed"

    def __post_init__(self) -> None:
        if not isinstance(self.patch_size, int) or not 8 <= self.patch_size <= 256:
            raise CheckpointError(f"patch_size is 8 to 256 voxels, got {self.patch_size!r}")
        if self.spacing_mm is not None and not (is_number(self.spacing_mm) and self.spacing_mm > 0):
            raise CheckpointError(f"spacing_mm is above 0 or null, got {self.spacing_mm!r}")
        check_choice(self.normalisation, NORMALISATIONS, "normalisation")
        check_choice(self.crop, CROP_MODES, "crop")
