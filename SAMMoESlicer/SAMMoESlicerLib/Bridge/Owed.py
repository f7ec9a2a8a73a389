"""What segments took from others, to be given back."""

from typing import Any

from sammoe.geometry import Matrix

from .OrientedImages import movedImage

Owed = dict[tuple[str, str], Any]
"""Voxels, as vtkOrientedImageData, by who took them and whose they are."""


def movedOwed(owed: Owed, move: Matrix) -> Owed:
    """Return what is owed in other coordinates of the node, `move` of those before."""
    return {pair: movedImage(image, move) for pair, image in owed.items()}
