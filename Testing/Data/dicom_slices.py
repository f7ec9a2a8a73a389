"""A DICOM series as a scanner would leave it in a folder."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk


def write_dicom(folder: Path, image: sitk.Image, *, series: str = "1.2.3.1") -> None:
    """Write one file a slice; the files' names run against the slices' order."""
    folder.mkdir(parents=True, exist_ok=True)
    cosines = np.reshape(image.GetDirection(), (3, 3))
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    for number in range(image.GetSize()[2]):
        pixels = image[:, :, number : number + 1]
        tags = {
            "0008|0018": [f"{series}.{number + 1}"],
            "0008|0060": ["CT"],
            "0020|000d": ["1.2.3"],
            "0020|000e": [series],
            "0020|0013": [number + 1],
            "0020|0032": np.round(image.TransformIndexToPhysicalPoint((0, 0, number)), 6).tolist(),
            "0020|0052": ["1.2.3.0"],
            "0020|0037": cosines.T[:2].ravel().round(9).tolist(),
        }
        for key, values in tags.items():
            pixels.SetMetaData(key, "\\".join(str(value) for value in values))
        writer.SetFileName(str(folder / f"{series}-{999 - number}.dcm"))
        writer.Execute(pixels)
