"""Importing this makes the checkout's packages and test data importable, as pytest does."""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / name) for name in ("SAMMoESlicer", "Testing/Data")]
