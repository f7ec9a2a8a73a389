"""Is a scribble worth three clicks?

python Testing/Benchmarks/scribble.py --data ../shared/data [--bundle DIR] [--every N]

An exact user clicks on every real structure three times; another draws one scribble instead: along
the middle of the structure in its largest slice across the third voxel axis, without its ends.
"""

import argparse
import sys
from itertools import groupby
from pathlib import Path

import checkout  # noqa: F401
import numpy as np

from sammoe import PromptSet
from sammoe.engine import Predictor
from sammoe.evaluation.cases import find_cases
from sammoe.evaluation.click_loop import click_through
from sammoe.evaluation.plan import Series
from sammoe.geometry import transform_points
from sammoe.labelled_scans import LeftOut
from sammoe.overlap import dice

CLICKS = 3
KEPT = (0.1, 0.9)
"""The part of the structure's length that the scribble runs along."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--bundle", help="default: the embedded one")
    parser.add_argument("--every", type=int, default=1, help="measure every Nth structure")
    options = parser.parse_args()
    predictor = Predictor.from_bundle(options.bundle, device="cpu")
    rows = []
    cases = find_cases([options.data], LeftOut())[:: options.every]
    for _, of_scan in groupby(cases, key=lambda case: case.entry.name):
        of_scan = list(of_scan)
        scan = of_scan[0].read_scan()
        predictor.set_volume(scan.volume)
        for case in of_scan:
            rows.append(measured(predictor, scan.volume, scan.mask_kji(case.label)))
            print(f"{case.name}: " + "  ".join(f"{value:.3f}" for value in rows[-1]), flush=True)
    clicks = [f"{count} click(s) {mean:.3f}" for count, mean in enumerate(np.mean(rows, 0)[:-1], 1)]
    print(f"{len(rows)} structures, Dice: {', '.join(clicks)}, scribble {np.mean(rows, 0)[-1]:.3f}")
    return 0


def measured(predictor, volume, truth_kji):
    """Return Dice after each click, and after a scribble alone."""
    steps = click_through(predictor, volume, truth_kji, Series("points", CLICKS))
    clicked = [dice(step.mask_kji, truth_kji) for step in steps]
    line_ras = transform_points(scribble_ijk(truth_kji), volume.ijk_to_ras)
    drawn = predictor.predict(PromptSet().with_curve(line_ras, 1, closed=False))
    return [*clicked, dice(drawn.mask_kji, truth_kji)]


def scribble_ijk(truth_kji):
    """Return the middle line (N, 3) of a structure's largest slice, along its longer side."""
    k = int(truth_kji.sum(axis=(1, 2)).argmax())
    area = truth_kji[k]
    along = 1 if np.ptp(np.nonzero(area)[1]) >= np.ptp(np.nonzero(area)[0]) else 0
    rows = area if along == 0 else area.T
    filled = np.flatnonzero(rows.any(axis=1))
    low, high = (int(part * (len(filled) - 1)) for part in KEPT)
    places = [(n, middle_of(rows[n])) for n in filled[low : high + 1]]
    return np.array([(b, a, k) if along == 0 else (a, b, k) for a, b in places], dtype=float)


def middle_of(row):
    """Return the middle of the longest run of a row (N,) that has one."""
    runs = np.split(np.flatnonzero(row), np.flatnonzero(np.diff(np.flatnonzero(row)) > 1) + 1)
    longest = max(runs, key=len)
    return longest[len(longest) // 2]


if __name__ == "__main__":
    sys.exit(main())
