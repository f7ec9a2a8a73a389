"""Folders of small labelled scans: bright balls (label 1) and dim boxes (label 2) in noise."""

import json
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

SHAPE_KJI = (20, 30, 26)


def make_scan(seed: int) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """Return grey values like Hounsfield units and a label map, (k, j, i)."""
    rng = np.random.default_rng(seed)
    k, j, i = np.indices(SHAPE_KJI)
    ck, cj, ci = 7 + rng.integers(3), 10 + rng.integers(4), 9 + rng.integers(3)
    labels = np.zeros(SHAPE_KJI, np.uint8)
    labels[(i - ci) ** 2 + (j - cj) ** 2 + (1.5 * (k - ck)) ** 2 < 30] = 1
    labels[12:17, 20:26, 16:22] = 2
    grey = np.array([-80, 180, 60])[labels] + rng.normal(0, 12, SHAPE_KJI)
    grey[:, :3] = -1000
    return grey.astype(np.int16), labels


def to_image(array: NDArray, *, spacing: tuple[float, ...] = (1.5, 1.5, 2.5)) -> sitk.Image:
    """Return an oblique, flipped, anisotropic image."""
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    turn = np.array(sitk.Euler3DTransform((0, 0, 0), 0.1, -0.2, 0.3).GetMatrix()).reshape(3, 3)
    image.SetDirection((turn @ np.diag([-1.0, 1.0, 1.0])).ravel().tolist())
    image.SetOrigin((20.0, -35.0, 12.0))
    return image


def write_nnunet(folder: Path, *, scans: int = 4, first: int = 0) -> Path:
    """Write a dataset in nnU-Net's layout."""
    for name in ("imagesTr", "labelsTr"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for seed in range(first, first + scans):
        grey, labels = make_scan(seed)
        sitk.WriteImage(to_image(grey), str(folder / "imagesTr" / f"case{seed:02d}_0000.nii.gz"))
        sitk.WriteImage(to_image(labels), str(folder / "labelsTr" / f"case{seed:02d}.nii.gz"))
    names = {"background": 0, "ball": 1, "box": 2}
    (folder / "dataset.json").write_text(json.dumps({"labels": names, "file_ending": ".nii.gz"}))
    return folder
