from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from command_line import CENTRE_LPS
from tiny_bundle import write_tiny_bundle


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with a bundle, an oblique CT of a bright ball, and what is not a CT."""
    folder = tmp_path_factory.mktemp("cli")
    write_tiny_bundle(folder / "bundle")
    k, j, i = np.indices((24, 40, 36))
    ball = (i - 18) ** 2 + (j - 20) ** 2 + (2 * (k - 12)) ** 2 < 90
    image = sitk.GetImageFromArray((np.where(ball, 150, -90)).astype(np.int16))
    image.SetSpacing((1.0, 1.0, 2.0))
    image.SetDirection(sitk.Euler3DTransform((0, 0, 0), 0.2, 0.1, -0.3).GetMatrix())
    middle = np.array(image.TransformContinuousIndexToPhysicalPoint((18.0, 20.0, 12.0)))
    image.SetOrigin((CENTRE_LPS - middle).tolist())
    sitk.WriteImage(image, str(folder / "ct.nii.gz"))
    sitk.WriteImage(sitk.JoinSeries([image, image]), str(folder / "series.nii.gz"))
    colour = sitk.Cast(image, sitk.sitkUInt8)
    sitk.WriteImage(sitk.Compose(colour, colour, colour), str(folder / "colour.nrrd"))
    (folder / "text.nrrd").write_text("no image")
    (folder / "empty").mkdir()
    damaged = write_tiny_bundle(folder / "damaged")
    (damaged.path / "gate.safetensors").write_bytes(b"0" * 100)
    return folder
