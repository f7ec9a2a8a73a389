"""A scan among labelled scans that cannot be used."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from tiny_scans import make_scan, to_image


def spoil(folder: Path, how: str) -> None:
    """Make case00 unusable."""
    image, labels = folder / "imagesTr" / "case00_0000.nii.gz", folder / "labelsTr/case00.nii.gz"
    grey, found = make_scan(0)
    if how == "size":
        sitk.WriteImage(to_image(found[:-1]), str(labels))
    elif how == "origin":
        moved = to_image(found)
        moved.SetOrigin((21.0, -35.0, 12.0))
        sitk.WriteImage(moved, str(labels))
    elif how == "spacing":
        sitk.WriteImage(to_image(found, spacing=(1.5, 1.5, 2.6)), str(labels))
    elif how == "empty":
        sitk.WriteImage(to_image(np.zeros_like(found)), str(labels))
    elif how == "without the label":
        sitk.WriteImage(to_image(np.where(found == 1, 2, 0).astype(np.uint8)), str(labels))
    elif how == "tiny":
        dot = np.zeros_like(found)
        dot[5, 5, 5] = 1
        sitk.WriteImage(to_image(dot), str(labels))
    elif how == "fractions":
        sitk.WriteImage(to_image(found * 0.5), str(labels))
    elif how == "negative":
        sitk.WriteImage(to_image(-found.astype(np.int16)), str(labels))
    elif how == "NaN":
        broken = grey.astype(np.float32)
        broken[3, 4, 5] = np.nan
        sitk.WriteImage(to_image(broken), str(image))
    elif how == "NaN in the label map":
        broken = found.astype(np.float64)
        broken[3, 4, 5] = np.nan
        sitk.WriteImage(to_image(broken), str(labels))
    elif how == "infinity":
        broken = grey.astype(np.float64)
        broken[3, 4, 5] = np.inf
        image.unlink()
        sitk.WriteImage(to_image(broken), str(image.with_name("case00_0000.mha")))
    elif how == "constant":
        sitk.WriteImage(to_image(np.full_like(grey, 7)), str(image))
    elif how == "unreadable scan":
        image.write_bytes(b"not an image")
    elif how == "unreadable labels":
        labels.write_bytes(labels.read_bytes()[:40])
    elif how == "no label map":
        labels.unlink()
    elif how == "no scan":
        image.unlink()
    elif how == "colour":
        grey8 = sitk.Cast(to_image(grey), sitk.sitkUInt8)
        sitk.WriteImage(sitk.Compose(grey8, grey8, grey8), str(image))
