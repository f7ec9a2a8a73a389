"""Importing this first makes the checkout importable, in the environment the worker has."""

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / name) for name in ("SAMMoESlicer", "Testing/Data")]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy comes; see worker/process.py
