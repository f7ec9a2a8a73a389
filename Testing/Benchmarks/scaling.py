"""Does a click stay as cheap where everything around it grows?

python Testing/Benchmarks/scaling.py [--quick | --evaluation] [--threads 1]

Volume from 64^3 to 1024^3 voxels (mapped from a file), 1 to 200 points in one call, 1 to 64
experts in a bundle, following over 1 to 20 crops, evaluation by 1 to 8 processes. Medians; what is
compared runs in turns.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import checkout
import numpy as np
import torch
from embedded import BUNDLE, click_at
from timing import interleaved_medians, left_out, series, verdict

from sammoe import PredictOptions, PromptSet, Volume
from sammoe.bundle import ExpertCard, build_model, read_bundle, write_bundle
from sammoe.engine import Predictor
from sammoe.engine import follow as following
from sammoe.geometry import transform_points
from sammoe.model.gate import Gate
from sammoe.phantom import make_phantom
from sammoe.worker.stdio import peak_memory_mb
from tiny_scans import write_nnunet

SPACING_MM = 1.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--evaluation", action="store_true", help="evaluation by processes alone")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"cost as work grows, {options.threads} thread(s):")
    with tempfile.TemporaryDirectory() as folder:
        if options.evaluation:
            by_processes(Path(folder), (1, 2, 8))
            return 0
        by_volume(Path(folder), (64, 256, 512) if options.quick else (64, 128, 256, 512, 1024))
        by_points((1, 8, 40) if options.quick else (1, 2, 4, 8, 20, 50, 100, 200))
        by_experts(Path(folder), (1, 16) if options.quick else (1, 4, 16, 64))
        by_crops((1, 4) if options.quick else (1, 2, 5, 10, 20))
    return 0


def by_volume(folder, sizes):
    """Click in volumes of growing size; only a crop of each is ever resampled."""
    predictors, handed_over = {}, []
    for size in sizes:
        predictors[size] = Predictor.from_bundle(BUNDLE, device="cpu")
        volume = mapped_volume(folder, size)
        start = time.perf_counter()
        predictors[size].set_volume(volume)
        handed_over.append(time.perf_counter() - start)
    clicks = {str(size): lambda p=p: later_click(p) for size, p in predictors.items()}
    first = {str(size): lambda p=p: first_click(p) for size, p in predictors.items()}
    later = interleaved_medians(clicks, rounds=7)
    started = interleaved_medians(first, rounds=2)
    series("later click", "voxels along an axis", sizes, [1e3 * s for s in later.values()], "ms")
    series("first click", "voxels along an axis", sizes, [1e3 * s for s in started.values()], "ms")
    series("handing a volume over", "voxels along an axis", sizes, handed_over, "s")
    growth = later[str(sizes[-1])] / later[str(sizes[0])]
    verdict("later click, largest / smallest volume", growth, 1.2, at_least=False, goal=8)
    growth = started[str(sizes[-1])] / started["256"]  # smaller ones are seen whole in one look
    verdict("first click, largest volume / 256^3", growth, 1.5, at_least=False, goal=8)


_turn = 0


def first_click(predictor):
    """Click where nobody looked before."""
    global _turn
    _turn += 1
    predictor.reset()
    predictor.predict(PromptSet([[0.37 * (_turn % 20), 0.61 * (_turn % 13), 0.0]], [1]))


def later_click(predictor):
    """Click a second time; the first click is remembered, the second is always another one."""
    global _turn
    _turn += 1
    points_ras = [[0.0, 0.0, 0.0], [0.1 * (_turn % 50), 3.0, 0.1 * (_turn // 50)]]
    predictor.predict(PromptSet(points_ras, [1, 0]))


def mapped_volume(folder, size):
    """Return a cube in a file: soft tissue with a ball in the world's origin, air around it."""
    shape = (size, size, size)
    array = np.memmap(folder / f"{size}.raw", dtype=np.int16, mode="w+", shape=shape)
    middle, reach = size // 2, min(size // 2, 96)
    part = slice(middle - reach, middle + reach)
    grid = np.indices((2 * reach,) * 3, dtype=np.float32) - reach
    noise = np.random.default_rng(0).normal(0, 10, grid.shape[1:])
    array[part, part, part] = noise + 60.0 * ((grid**2).sum(axis=0) < 20**2)
    ijk_to_ras = np.diag([SPACING_MM] * 3 + [1.0])
    ijk_to_ras[:3, 3] = -SPACING_MM * middle
    return Volume(array, ijk_to_ras)


def by_points(counts):
    """Give many points in one call."""
    predictor, volume = Predictor.from_bundle(BUNDLE, device="cpu"), make_phantom().volume
    predictor.set_volume(volume)
    random = np.random.default_rng(0)
    middle = volume.shape_ijk / 2
    points_ras = transform_points(middle + random.normal(0, 5, (max(counts), 3)), volume.ijk_to_ras)

    def ask(count):
        predictor.reset()
        predictor.predict(PromptSet(points_ras[:count], [1] * count))

    seconds = interleaved_medians({str(n): lambda n=n: ask(n) for n in counts}, rounds=1)
    values = [1e3 * s for s in seconds.values()]
    series("points in one call", "points", counts, values, "ms")
    a_point = (values[-1] - values[0]) / (counts[-1] - counts[0])
    verdict("one point more / the first point", a_point / values[0], 0.1, at_least=False, goal=8)


def by_experts(folder, counts):
    """Load bundles of many experts and let one of them draw."""
    loads, peaks, clicks = [], [], []
    for count in counts:
        bundle = bundle_of(folder / f"experts_{count}", count)
        command = [sys.executable, __file__, "--load", str(bundle)]
        said = subprocess.run(
            command, capture_output=True, check=True, text=True, encoding="utf-8"
        ).stdout.split()
        for values, value in zip((loads, peaks, clicks), map(float, said), strict=True):
            values.append(value)
    series("start with a bundle", "experts", counts, loads, "s")
    series("memory with a bundle", "experts", counts, peaks, "MB")
    series("later click with a bundle", "experts", counts, clicks, "ms")
    more_mb = (peaks[-1] - peaks[0]) / (counts[-1] - counts[0])
    verdict("memory for one expert more, MB", more_mb, 1.0, at_least=False, goal=8)


def bundle_of(path, count):
    """Write the embedded bundle with copies of its first expert."""
    embedded = read_bundle(BUNDLE)
    card, expert = embedded.card, embedded.card.experts[0]
    weights = embedded.expert(expert.id)
    general = embedded.general
    family = build_model(embedded).family
    gate = Gate(embed_dim=family.embed_dim, local_dim=family.local_dim, num_experts=count)
    names = [f"expert{n}" for n in range(count)]
    experts = tuple(ExpertCard(name, name, tau=0.5) for name in names)
    card = replace(card, experts=experts, gate_sizes={}, files={})
    write_bundle(
        path, card, general=general, experts=dict.fromkeys(names, weights), gate=gate.state_dict()
    )
    return path


def load(path):
    """Load a bundle, click with its last expert pinned; print seconds, MB and ms."""
    torch.set_num_threads(1)
    start = time.perf_counter()
    predictor = Predictor.from_bundle(path, device="cpu")
    loaded = time.perf_counter() - start
    volume = make_phantom().volume
    predictor.set_volume(volume)
    pinned = PredictOptions(expert=predictor.card.expert_ids[-1])
    place = volume.shape_ijk / 2
    click = click_at(volume, place)
    predictor.predict(click, pinned)
    start = time.perf_counter()
    both = np.vstack([click.points_ras, click_at(volume, place + 3).points_ras])
    predictor.predict(PromptSet(both, [1, 0]), pinned)
    print(loaded, peak_memory_mb(), (time.perf_counter() - start) * 1e3)


def by_crops(counts):
    """Follow a tube that is longer than a crop; it ends where the mask no longer meets a border."""
    grid = np.indices((1200, 96, 96), dtype=np.float32)
    tube = (grid[1] - 48) ** 2 + (grid[2] - 48) ** 2 < 16**2
    noise = np.random.default_rng(0).normal(0, 4, tube.shape)
    volume = Volume((noise + 200 * tube).astype(np.int16), np.eye(4))
    clicks = PromptSet([[48.0, 48.0, k] for k in (600.0, 640.0, 560.0)], [1, 1, 1])
    options = PredictOptions(follow=True, expert="none")
    usual, seconds = following.follow.__kwdefaults__, {}
    for count in counts:
        following.follow.__kwdefaults__ = {"most": count}
        looks = []
        fresh = Predictor.from_bundle(BUNDLE, device="cpu")
        fresh.set_volume(volume)
        fresh.predict(clicks, PredictOptions(expert="none"))
        start = time.perf_counter()
        fresh.predict(clicks, options, progress=looks.append)
        seconds.setdefault(looks.count("encode"), time.perf_counter() - start)
    following.follow.__kwdefaults__ = usual
    values = [1e3 * s for s in seconds.values()]
    series("following beyond the first crop", "further crops", list(seconds), values, "ms")


def by_processes(folder, counts):
    """Evaluate eight small cases by more and more processes, one click each."""
    data = write_nnunet(folder / "scans", scans=4)
    seconds = []
    for count in counts:
        out = folder / f"evaluated{count}"
        command = [sys.executable, "-m", "sammoe.cli", "evaluate", "--data", str(data)]
        command += ["--prompts", "points:1", "--modes", "mixture", "--no-ablations"]
        command += ["--worst", "0", "--processes", str(count), "--out", str(out)]
        start = time.perf_counter()
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", env=environment()
        )
        if done.returncode:
            left_out("evaluation by processes", (done.stderr.strip() or "it failed")[-200:])
            return
        seconds.append(time.perf_counter() - start)
    series(f"evaluation on {os.cpu_count()} cores", "processes", counts, seconds, "s")


def environment():
    path = str(checkout.REPOSITORY / "SAMMoESlicer")
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--load":
        load(sys.argv[2])
    else:
        sys.exit(main())
