"""A volume: an array that never travels without its matrix."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import GeometryError
from .geometry import Matrix, as_affine, spacing_of, transform_points


@dataclass(frozen=True, eq=False)
class Volume:
    """One scalar 3-D image.

    Attributes:
        array_kji: Shape (K, J, I), any integer or floating type; read, never written. NaN and
            infinite voxels are allowed (they count as background) unless all of them are.
        ijk_to_ras: (4, 4) affine from continuous IJK to RAS mm; oblique, sheared, flipped and
            left-handed matrices are fine.

    Raises:
        GeometryError: Not three axes, empty, not real numbers, no finite voxel, or a bad matrix.
    """

    array_kji: NDArray
    ijk_to_ras: Matrix

    def __post_init__(self) -> None:
        array = np.asarray(self.array_kji)
        if array.ndim != 3:
            raise GeometryError(
                f"a volume has three axes (one grey value a voxel), got shape {array.shape}; "
                "choose one component or one time point"
            )
        if array.size == 0:
            raise GeometryError(f"the volume is empty: shape {array.shape}")
        if array.dtype == bool:
            array = array.astype(np.uint8)
        if not (np.issubdtype(array.dtype, np.integer) or np.issubdtype(array.dtype, np.floating)):
            raise GeometryError(f"a volume holds integers or floats, got {array.dtype}")
        if np.issubdtype(array.dtype, np.floating) and not np.isfinite(array).any():
            raise GeometryError("the volume holds no finite voxel: every value is NaN or infinite")
        object.__setattr__(self, "array_kji", array)
        object.__setattr__(self, "ijk_to_ras", as_affine(self.ijk_to_ras))

    @property
    def shape_ijk(self) -> NDArray[np.int64]:
        """Number of voxels along i, j, k."""
        return np.array(self.array_kji.shape[::-1], dtype=np.int64)

    @property
    def spacing_mm(self) -> NDArray[np.float64]:
        """Voxel spacing along i, j, k."""
        return spacing_of(self.ijk_to_ras)

    @cached_property
    def ras_to_ijk(self) -> Matrix:
        """The inverse of `ijk_to_ras`."""
        return np.asarray(np.linalg.inv(self.ijk_to_ras), dtype=np.float64)

    def points_ijk(self, points_ras: ArrayLike) -> NDArray[np.float64]:
        """Return RAS mm positions (N, 3) as continuous IJK, shape (N, 3)."""
        return transform_points(points_ras, self.ras_to_ijk)

    def contains(self, points_ijk: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say which positions (N, 3) lie in a voxel of the volume."""
        inside = (points_ijk >= -0.5) & (points_ijk <= self.shape_ijk - 0.5)
        return np.asarray(inside.all(axis=1))

    @cached_property
    def content_hash(self) -> str:
        """Hex digest of voxels, type, shape and matrix; read once, a second for a gigabyte."""
        digest = hashlib.blake2b(digest_size=16)
        digest.update(f"{self.array_kji.dtype.str}{self.array_kji.shape}".encode())
        digest.update(self.ijk_to_ras.tobytes())
        digest.update(np.ascontiguousarray(self.array_kji).data)
        return digest.hexdigest()
