"""How fast are whole predictions beside those of the issue's 'today', commit 86b86cc?

python Testing/Benchmarks/race.py [--places 7] [--commit 86b86cc]

Each library runs in a process of its own with the model of its own commit, on one thread; they
take turns, object by object. Their masks are of different models and are not compared: how masks
of one model changed is in `embedded.py`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from checkout import REPOSITORY
from earlier import ISSUE_COMMIT, take_out
from timing import left_out, tell

CLICKS = {1: "first click", 2: "second click", 3: "later click"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, default=7)
    parser.add_argument("--commit", default=ISSUE_COMMIT)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    print(f"whole predictions, commit {options.commit[:7]} and now:")
    with tempfile.TemporaryDirectory() as folder:
        if not take_out(options.commit, Path(folder)):
            left_out("whole predictions", f"the history has no commit {options.commit[:7]}")
            return 0
        race({"then": Path(folder), "now": REPOSITORY}, options.places, options.threads)
    return 0


def race(libraries, places, threads):
    """Let libraries click in turns; print medians and their ratio."""
    runners = {
        name: subprocess.Popen(
            [sys.executable, __file__, "--runner", str(root), str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        for name, root in libraries.items()
    }
    seconds = {name: [] for name in libraries}
    for place in range(places + 1):  # the first warms up
        for name, runner in runners.items():
            runner.stdin.write(f"{place}\n")
            runner.stdin.flush()
            seconds[name].append(json.loads(runner.stdout.readline()))
    for runner in runners.values():
        runner.communicate()
    for index, what in enumerate(CLICKS.values()):
        then, now = (
            statistics.median(clicks[index] for clicks in seconds[name][1:]) * 1e3
            for name in ("then", "now")
        )
        tell(f"{what}, ms then", then, "ms", goal=1)
        tell(f"{what}, ms now", now, "ms", goal=1)
        tell(f"{what}, times faster as a whole prediction", then / now, goal=1)


def run(root, threads):
    """Click at the places whose numbers come in; only names that both libraries have are used."""
    sys.path[:] = [str(Path(root) / "SAMMoESlicer"), *sys.path]
    import time

    import numpy as np
    import torch

    from sammoe import PromptSet
    from sammoe.engine import Predictor
    from sammoe.geometry import transform_points
    from sammoe.phantom import make_phantom

    if os.environ.get("ATEN_CPU_CAPABILITY") == "avx2":
        # the earlier library asks the processor, not the environment, and would emulate bfloat16
        torch.cpu._is_avx512_bf16_supported = torch.cpu._is_amx_tile_supported = lambda: False
    torch.set_num_threads(threads)
    predictor = Predictor.from_bundle(Path(root) / "Resources" / "Models" / "demo", device="cpu")
    volume = make_phantom().volume
    predictor.set_volume(volume)
    inside = np.argwhere(volume.array_kji > 0)[:, ::-1]
    for line in sys.stdin:
        random = np.random.default_rng(int(line))
        offsets = np.vstack([np.zeros(3), random.normal(0, 4, (len(CLICKS) - 1, 3))])
        points_ijk = np.clip(random.choice(inside) + offsets, 0, volume.shape_ijk - 1)
        points_ras = transform_points(points_ijk, volume.ijk_to_ras)
        predictor.reset()
        took = []
        for count in CLICKS:
            start = time.perf_counter()
            predictor.predict(PromptSet(points_ras[:count], [1, 0, 1][:count]))
            took.append(time.perf_counter() - start)
        print(json.dumps(took), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--runner"]:
        run(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(main())
