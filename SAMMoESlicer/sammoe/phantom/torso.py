"""A generated torso CT: a scan nobody has to be asked for, with its truth.

Shapes are implicit functions of RAS mm, made less regular by a smooth warp of space, painted from
the skin inwards, then blurred and made noisy as a scanner would. The same seed gives the same
voxels.
"""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..errors import PromptError
from ..geometry import bounding_box, box_slices_kji, transform_points
from ..volume import Volume
from .anatomy import paint_torso

SHAPE_KJI = (112, 136, 184)
SPACING_MM = np.array([2.0, 2.0, 2.5])
NOISE_HU = 22.0


@dataclass(frozen=True, eq=False)
class Phantom:
    """A volume in HU with its labels.

    Attributes:
        volume: int16 HU, patient supine, 368 x 272 x 280 mm.
        labels_kji: uint8, the volume's grid; 0 is everything without a name.
        names: Label value to structure, e.g. `liver`.
    """

    volume: Volume
    labels_kji: NDArray[np.uint8]
    names: dict[int, str]

    def mask_of(self, name: str) -> NDArray[np.bool_]:
        """Return the voxels of one structure, the volume's grid.

        Raises:
            PromptError: No structure of that name.
        """
        values = [value for value, known in self.names.items() if known == name]
        if not values:
            raise PromptError(f"the phantom has no {name}; it has {', '.join(self.names.values())}")
        return self.labels_kji == values[0]

    def centre_of(self, name: str) -> NDArray[np.float64]:
        """Return the position deepest inside a structure, RAS mm, shape (3,)."""
        mask = self.mask_of(name)
        box = bounding_box(mask)
        part = np.pad(mask[box_slices_kji(box)], 1).astype(np.uint8)
        image = sitk.GetImageFromArray(part)
        image.SetSpacing(self.volume.spacing_mm.tolist())
        depth_mm = sitk.GetArrayFromImage(
            sitk.SignedMaurerDistanceMap(image, insideIsPositive=True, useImageSpacing=True)
        )
        deepest_kji = np.unravel_index(int(np.argmax(depth_mm)), depth_mm.shape)
        centre_ijk = np.array(deepest_kji[::-1]) - 1 + box[0]
        return transform_points(centre_ijk, self.volume.ijk_to_ras)[0]


def make_phantom(*, seed: int = 7) -> Phantom:
    """Return the torso phantom; about two seconds on one core."""
    random = np.random.default_rng(seed)
    ijk_to_ras = _supine_affine()
    k, j, i = (np.arange(n, dtype=np.float32) for n in SHAPE_KJI)
    right, anterior, superior = (
        axis * float(ijk_to_ras[n, n]) + float(ijk_to_ras[n, 3]) for n, axis in enumerate((i, j, k))
    )
    hu, labels, names = paint_torso(
        right[None, None, :], anterior[None, :, None], superior[:, None, None], random
    )
    return Phantom(Volume(_scanned(hu, random), ijk_to_ras), labels, names)


def _supine_affine() -> NDArray[np.float64]:
    """Let i run to the left, j to the back, k to the head, with 0 in the middle."""
    step = np.array([-1.0, -1.0, 1.0]) * SPACING_MM
    affine = np.diag([*step, 1.0])
    affine[:3, 3] = -step * (np.array(SHAPE_KJI[::-1]) - 1) / 2
    return affine


def _scanned(hu: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.int16]:
    """Blur to the scanner's resolution and add noise with a short correlation, as CT has."""
    sharp = sitk.GetImageFromArray(hu)
    blurred = sitk.GetArrayFromImage(sitk.SmoothingRecursiveGaussian(sharp, 0.55))
    noise = random.standard_normal(hu.shape, dtype=np.float32)
    smooth = sitk.GetArrayFromImage(
        sitk.SmoothingRecursiveGaussian(sitk.GetImageFromArray(noise), 0.7)
    )
    noisy = blurred + NOISE_HU * smooth / smooth.std()
    return np.clip(noisy, -1024, 3071).round().astype(np.int16)
