"""The real CT of the presentation, with its vertebrae as a reference; got once, checked, kept."""

import hashlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sammoe import Volume
from sammoe.errors import SAMMoEError

from .SampleSources import TORSO_CT, TORSO_SPINE, PublicFile

FILES = (TORSO_CT, TORSO_SPINE)
VERTEBRAE = {"S1": 26, "L5": 27, "L4": 28, "L3": 29, "L2": 30, "L1": 31, "T12": 32}
"""Label values in the reference."""


class PublicTorso:
    """Two files in a folder.

    Args:
        folder: Where they are kept.
        download: Gets a file: address, folder, name, checksum; Slicer's Sample Data does it.
    """

    def __init__(self, folder: Path, download: Callable[[str, str, str, str], object]) -> None:
        self._folder = folder
        self._download = download

    @property
    def isHere(self) -> bool:
        """Say whether both files are there and whole."""
        return all(self._isWhole(file) for file in FILES)

    def get(self) -> None:
        """Download what is missing.

        Raises:
            SAMMoEError: It did not arrive, or is not what it should be.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        for file in FILES:
            if self._isWhole(file):
                continue
            try:
                self._download(file.url, str(self._folder), file.fileName, f"SHA256:{file.sha256}")
            except Exception as error:  # whatever a download of Slicer's raises
                raise SAMMoEError(f"{file.fileName} did not arrive: {error}") from error
            if not self._isWhole(file):
                raise SAMMoEError(f"{file.fileName} did not arrive whole; try again")

    @property
    def path(self) -> Path:
        """The CT."""
        return self._folder / TORSO_CT.fileName

    @cached_property
    def reference(self) -> Volume:
        """The label map of the vertebrae, on the CT's grid."""
        from sammoe.image_io import read_volume

        return read_volume(self._folder / TORSO_SPINE.fileName)

    def maskOf(self, vertebra: str) -> NDArray[np.bool_]:
        """Return a vertebra, (k, j, i)."""
        mask: NDArray[np.bool_] = self.reference.array_kji == VERTEBRAE[vertebra]
        return mask

    def _isWhole(self, file: PublicFile) -> bool:
        path = self._folder / file.fileName
        if not path.is_file():
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
