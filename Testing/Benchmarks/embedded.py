"""How much faster are clicks with the embedded model than before?

python Testing/Benchmarks/embedded.py [--places 8] [--threads 1] [--data FOLDER]

The reference is the library of the commit in `earlier.py` with the model of its time, in the same
process, click by click in turns, with the same prompts in the phantom (or on the structures of
FOLDER, whose Dice is compared as well). Then what a first click costs where the mouse had rested,
and how soon a click is served that comes while something is computed ahead.
"""

import argparse
import statistics
import sys
import threading
import time
from pathlib import Path

import checkout
import numpy as np
import torch
from earlier import COMMIT, earlier, earlier_bundle
from timing import left_out, tell, verdict

from sammoe import PromptSet
from sammoe.engine import Cancelled, Predictor
from sammoe.engine import preview as preview_module
from sammoe.geometry import transform_points
from sammoe.overlap import dice
from sammoe.phantom import make_phantom

CLICKS = 4
BUNDLE = checkout.REPOSITORY / "Resources" / "Models" / "demo"
WORD = {1: "first click", 2: "second click", 3: "third click", 4: "fourth click (fits the crop)"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data", type=Path, default=None, help="real scans with their labels")
    parser.add_argument("--every", type=int, default=8, help="every Nth structure of --data")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    capability = torch.backends.cpu.get_cpu_capability()
    print(f"embedded model, {capability}, {options.threads} thread(s):")
    today = Predictor.from_bundle(BUNDLE, device="cpu")
    ahead(today, options.places, before(today, options))
    early(today, options.places)
    return 0


def before(today, options):
    """Compare with the earlier library; returns the seconds of its first click, or None."""
    engine = earlier("engine")
    if engine is None:
        left_out("ratios to the earlier library", f"the history has no commit {COMMIT[:7]}")
        return None
    pair = Pair(engine.Predictor.from_bundle(earlier_bundle(), device="cpu"), today)
    if options.data is None:
        volume = make_phantom().volume
        pair.choose(volume)
        for place_ijk in places(volume, options.places + 1):
            pair.click_around(volume, place_ijk)
    else:
        on_real_scans(pair, options.data, options.every)
    pair.say()
    return pair.first_s


class Pair:
    """The earlier library and today's, with the same prompts."""

    def __init__(self, old, new):
        self._old, self._new = old, new
        self._seconds, self._masks, self._truths = {}, [], []
        self._results = earlier("prompts").PromptSet, earlier("volume").Volume

    def choose(self, volume):
        """Choose the volume for both."""
        self._old.set_volume(self._results[1](volume.array_kji, volume.ijk_to_ras))
        self._new.set_volume(volume)

    @property
    def first_s(self):
        """The earlier library's seconds for a first click."""
        return statistics.median(old for old, _new in self._seconds[1][1:])

    def reset(self):
        """Begin another object."""
        self._old.reset()
        self._new.reset()

    def __getattr__(self, name):
        return getattr(self._new, name)

    def predict(self, prompts, options=None):
        """Ask both, the earlier one's answer counts."""
        old = self._timed(self._old, self._results[0](prompts.points_ras, prompts.point_labels))
        new = self._timed(self._new, prompts)
        seconds = self._seconds.setdefault(len(prompts), [])
        seconds.append((old[1], new[1]))
        self._masks.append((len(prompts), old[0].mask_kji, new[0].mask_kji))
        return old[0]

    def _timed(self, predictor, prompts):
        start = time.perf_counter()
        result = predictor.predict(prompts)
        return result, time.perf_counter() - start

    def click_around(self, volume, place_ijk):
        """Click at a place and then beside it, inside and outside in turns."""
        self.reset()
        random = np.random.default_rng(int(place_ijk.sum()))
        offsets = np.vstack([np.zeros(3), random.normal(0, 4, (CLICKS - 1, 3))])
        points_ijk = np.clip(place_ijk + offsets, 0, volume.shape_ijk - 1)
        points_ras = transform_points(points_ijk, volume.ijk_to_ras)
        for count in range(1, CLICKS + 1):
            self.predict(PromptSet(points_ras[:count], ([1, 0] * CLICKS)[:count]))

    def judge(self, truth_kji):
        """Compare the masks made since the last call with the truth."""
        for count, old, new in self._masks[sum(map(len, self._truths)) :]:
            pair = (count, dice(old, truth_kji), dice(new, truth_kji))
            self._truths.append([pair])

    def say(self):
        """Print ratios and differences."""
        for count, pairs in sorted(self._seconds.items()):
            pairs = pairs[1:]  # the first object warms up
            ratio = statistics.median(old / new for old, new in pairs)
            new_ms = statistics.median(new for _old, new in pairs) * 1e3
            what = WORD.get(count, f"click {count}")
            verdict(
                f"{what}, times faster", ratio, 4.0 if count == 1 else 3.0, at_least=True, goal=1
            )
            tell(f"{what} now", new_ms, "ms", goal=1)
        if self._truths:
            old, new = np.mean([pair[0][1:] for pair in self._truths], axis=0)
            verdict("Dice to the truth, change", new - old, -0.003, at_least=True, goal=1)


def on_real_scans(pair, folder, every):
    """Click as the exact user does, on real structures."""
    from itertools import groupby

    from sammoe.evaluation.cases import find_cases
    from sammoe.evaluation.click_loop import click_through
    from sammoe.evaluation.plan import Series
    from sammoe.labelled_scans import LeftOut

    cases = find_cases([folder], LeftOut())[::every]
    for _name, of_scan in groupby(cases, key=lambda case: case.entry.name):
        of_scan = list(of_scan)
        scan = of_scan[0].read_scan()
        pair.choose(scan.volume)
        for case in of_scan:
            pair.reset()
            truth_kji = scan.mask_kji(case.label)
            list(click_through(pair, scan.volume, truth_kji, Series("points", CLICKS)))
            pair.judge(truth_kji)


def ahead(predictor, count, earlier_s):
    """Compare first clicks where the mouse rested with later ones, and measure the interruption."""
    volume = make_phantom().volume
    predictor.set_volume(volume)
    first, near, later, freed = [], [], [], []
    for place_ijk in places(volume, count + 1, seed=1):
        click = click_at(volume, place_ijk)
        predictor.reset()
        predictor.look_ahead(click)
        near.append(seconds_of(predictor, click_at(volume, place_ijk + 0.05)))
        both = PromptSet(
            np.vstack([click.points_ras, click_at(volume, place_ijk + 2).points_ras]), [1, 1]
        )
        predictor.predict(click)
        later.append(seconds_of(predictor, both))
        predictor.reset()
        first.append(seconds_of(predictor, click_at(volume, place_ijk - 1.5)))
        freed.append(seconds_to_give_up(predictor, click_at(volume, place_ijk + 4)))
    near, later, first = (statistics.median(values[1:]) for values in (near, later, first))
    tell("first click where the mouse rested", near * 1e3, "ms", goal=2)
    tell("times faster than a first click elsewhere", first / near, goal=2)
    if earlier_s is not None:
        what = "first click where the mouse rested, times faster than an earlier first click"
        verdict(what, earlier_s / near, 4.0, at_least=True, goal=2)
    verdict(
        "first click where the mouse rested / later click",
        near / later,
        1.5,
        at_least=False,
        goal=2,
    )
    verdict("giving a look ahead up, ms", max(freed) * 1e3, 50.0, at_least=False, goal=2)


def early(predictor, count):
    """Measure when the first look's mask is there, sure or not, and when the answer."""
    volume = make_phantom().volume
    predictor.set_volume(volume)
    seconds, usual = [], (preview_module.SURE, preview_module.CERTAIN)
    preview_module.SURE = preview_module.CERTAIN = -1.0
    for place_ijk in places(volume, 2 * count, seed=2):
        predictor.reset()
        shown, start = [], time.process_time()
        predictor.predict(
            click_at(volume, place_ijk), preview=lambda _r, s=shown: s.append(time.process_time())
        )
        seconds += [at - start for at in shown[:1]]
    preview_module.SURE, preview_module.CERTAIN = usual
    if len(seconds) < 2:
        left_out("preview", "no first look held a whole object")
        return
    preview_ms = statistics.median(seconds[1:]) * 1e3
    verdict(
        "preview of a first click, ms of processor time", preview_ms, 100.0, at_least=False, goal=3
    )


def seconds_of(predictor, prompts):
    start = time.perf_counter()
    predictor.predict(prompts)
    return time.perf_counter() - start


def seconds_to_give_up(predictor, prompts):
    """Return how long a look ahead goes on after something else was asked."""
    asked, at = threading.Event(), []

    def ask():
        time.sleep(0.03)
        at.append(time.perf_counter())
        asked.set()

    threading.Thread(target=ask).start()
    try:
        predictor.look_ahead(prompts, cancelled=asked.is_set)
    except Cancelled:
        return time.perf_counter() - at[0]
    return 0.0


def places(volume, count, *, seed=0):
    """Return places in the phantom's body, IJK."""
    inside = np.argwhere(volume.array_kji > 0)[:, ::-1]
    return np.random.default_rng(seed).choice(inside, count).astype(float)


def click_at(volume, place_ijk):
    return PromptSet(transform_points(place_ijk[None], volume.ijk_to_ras), [1])


if __name__ == "__main__":
    sys.exit(main())
