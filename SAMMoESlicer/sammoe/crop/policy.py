"""How the weights of a bundle want to look: one policy for the product and for training."""

from typing import Protocol

from .plan import CropPolicy

FIRST_LOOK_MM = 112.0


class PatchInput(Protocol):
    """What a bundle's card says of its patches."""

    @property
    def patch_size(self) -> int:
        """Voxels along each axis."""

    @property
    def spacing_mm(self) -> float | None:
        """Their size, where the weights know one only."""

    @property
    def crop(self) -> str:
        """`fixed` or `auto-zoom`."""


def crop_policy(patch: PatchInput, *, size: int | None = None) -> CropPolicy:
    """Return how weights want to look.

    Args:
        patch: As the bundle's card says.
        size: Voxels along each axis of a patch of the same width; None: as the card says.
    """
    size = size or patch.patch_size
    width_mm = FIRST_LOOK_MM if patch.spacing_mm is None else patch.spacing_mm * patch.patch_size
    return CropPolicy(size=size, auto_zoom=patch.crop == "auto-zoom", spacing_mm=width_mm / size)
