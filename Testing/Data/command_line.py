"""The command line as a user meets it: real processes, a real worker."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

SOURCES = Path(__file__).parents[2] / "SAMMoESlicer"


CENTRE_LPS = np.array([10.0, 30.0, -44.0])


CENTRE = "-10,-30,-44"


PATIENCE_S = 600
"""Against hanging only."""


def sammoe(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "sammoe.cli", *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )


def segment(place: Path, *words: str, output: str = "out.nii.gz", bundle: str = "bundle"):
    return sammoe("segment", *words, "--bundle", bundle, "-o", output, cwd=place)
