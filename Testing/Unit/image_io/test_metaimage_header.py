"""A damaged MetaImage header is a word about the file: ITK's reader would end the process."""

import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk

from grids import GRIDS, ellipsoid_volume
from sammoe.errors import GeometryError
from sammoe.image_io import read_volume, write_volume


@pytest.mark.parametrize("told", ["93", "11", "0", "-3", "many", "1" * 30])
def test_a_header_that_tells_of_impossible_axes_is_refused(told, tmp_path):
    path = written(tmp_path / "scan.mha", told)
    with pytest.raises(GeometryError, match="damaged: it tells of"):
        read_volume(path)


def test_a_process_that_reads_one_goes_on(tmp_path):
    path = written(tmp_path / "scan.MHA", "93")
    program = (
        "import sys; from pathlib import Path; from sammoe.errors import SAMMoEError\n"
        "from sammoe.image_io import read_volume\n"
        "try: read_volume(Path(sys.argv[1]))\n"
        "except SAMMoEError: print('refused')"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True)
    assert (ran.returncode, ran.stdout.split()) == (0, [b"refused"])


def test_voxels_that_read_like_a_header_are_voxels(tmp_path):
    array_kji = np.frombuffer(b"\nNDims = 93\n".ljust(64), np.uint8).reshape(4, 4, 4)
    path = tmp_path / "scan.mha"
    sitk.WriteImage(sitk.GetImageFromArray(array_kji), path, False)
    assert b"\nNDims = 93\n" in path.read_bytes()
    assert np.array_equal(read_volume(path).array_kji, array_kji)


def written(path, axes):
    """Write a volume whose header tells of so many axes."""
    volume, _, _ = ellipsoid_volume(GRIDS["aligned"])
    sound = path.with_name("sound.mha")
    write_volume(sound, volume)
    head, axis, rest = sound.read_bytes().partition(b"NDims = 3")
    assert axis
    path.write_bytes(head + b"NDims = " + axes.encode() + rest)
    return path
