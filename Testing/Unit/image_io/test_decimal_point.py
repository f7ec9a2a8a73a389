"""A process whose locale has a decimal comma, as Qt makes it, reads and writes the same numbers."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from sammoe import Volume
from sammoe.image_io import read_volume, write_volume

SPACING_MM = (1.7, 1.9, 3.25)
SCRIPT = """
import locale, sys
from sammoe.image_io import read_volume, write_volume
locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
write_volume(sys.argv[2], read_volume(sys.argv[1]))
assert locale.localeconv()["decimal_point"] == ","
"""


@pytest.fixture(scope="module")
def german(tmp_path_factory):
    """Environment in which there is such a locale."""
    folder = tmp_path_factory.mktemp("locales")
    command = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")]
    made = shutil.which("localedef") and subprocess.run(command, capture_output=True, check=False)
    if not made or made.returncode != 0:
        pytest.skip("localedef cannot make a locale here")
    return {**os.environ, "LOCPATH": str(folder)}


@pytest.mark.parametrize("ending", [".nrrd", ".mha", ".nii.gz"])
def test_a_locale_with_a_comma_changes_no_spacing(tmp_path, german, ending):
    there, copy = tmp_path / f"there{ending}", tmp_path / f"copy{ending}"
    write_volume(there, Volume(np.zeros((3, 4, 5), np.int16), np.diag([*SPACING_MM, 1.0])))
    subprocess.run([sys.executable, "-c", SCRIPT, there, copy], env=german, check=True)
    np.testing.assert_allclose(read_volume(copy).spacing_mm, SPACING_MM, rtol=1e-6)
