"""Labelled scans made ready for training."""

import json
from pathlib import Path

import numpy as np

from sammoe.bundle import InputCard
from sammoe.labelled_scans import LeftOut, ScanFolder
from sammoe.training.samples.prepare import prepare
from sammoe.training.samples.scan_views import ScanViews

WINDOWED = InputCard(patch_size=32, spacing_mm=None, normalisation="window", crop="auto-zoom")
FIXED = InputCard(patch_size=32, spacing_mm=1.5, normalisation="z-positive", crop="fixed")


def prepared(folder: Path, cache: Path, card: InputCard = WINDOWED, **which):
    left_out = LeftOut()
    data = prepare(ScanFolder(folder, **which), card, left_out=left_out, cache=cache)
    return data, left_out


def with_labels(folder: Path, labels: dict) -> Path:
    (folder / "dataset.json").write_text(json.dumps({"labels": labels, "file_ending": ".nii.gz"}))
    return folder


def sample(objects, card, *, seed=0, as_shown=True, views=6):
    source = ScanViews(objects, card, as_shown=as_shown)
    return source.sample(np.random.default_rng(seed), views=views, objects=2, size=32)
