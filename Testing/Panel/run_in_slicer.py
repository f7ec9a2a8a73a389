"""Runs these tests inside Slicer: `Slicer --testing --python-script .../run_in_slicer.py`.

pytest must be in Slicer's Python (`PythonSlicer -m pip install pytest pytest-timeout`), and torch
(PyTorch extension). The layer is not installed there: qt, ctk and slicer are Slicer's own.
"""

import sys
from pathlib import Path

import slicer

ROOT = Path(__file__).resolve().parents[2]


def main():
    import pytest

    sys.path[:0] = [str(ROOT / "SAMMoESlicer"), str(ROOT / "Testing" / "Data")]
    return pytest.main(["-q", "-p", "no:cacheprovider", str(ROOT / "Testing" / "Panel")])


slicer.util.exit(int(main()))
