"""How soon is a worker ready, what does a request cost beside the model, how does memory grow?

python Testing/Benchmarks/worker.py [--clicks 300] [--threads 1]

A real worker process with the embedded model and the phantom. A request that was asked before runs
no model: what is left is the way there and back.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import checkout
import numpy as np
from memory import PATIENCE_S, peak_gb
from timing import left_out, tell, verdict

from sammoe import PromptSet
from sammoe.phantom import make_phantom
from sammoe.worker import WorkerClient

BUNDLE = checkout.REPOSITORY / "Resources" / "Models" / "demo"
BUDGET_MB = 350.0
"""What embeddings, masks and answers may keep: caches of 96, 96 and 32 MB, and what the allocator
holds back."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clicks", type=int, default=300)
    parser.add_argument("--threads", type=int, default=None)
    options = parser.parse_args()
    print("worker, embedded model:")
    verdict("import sammoe, s", import_seconds(), 0.15, at_least=False, goal=5)
    if not Path("/proc/self/status").exists():
        left_out("memory", "/proc is needed to read a process's")
        return 0
    start = time.perf_counter()
    with WorkerClient(bundle=BUNDLE, device="cpu", threads=options.threads) as client:
        client.wait(client.start(), timeout_s=PATIENCE_S)
        verdict("worker ready, s", time.perf_counter() - start, 2.0, at_least=False, goal=5)
        measure(client, options.clicks)
    return 0


def measure(client, clicks):
    volume = make_phantom().volume
    client.wait(client.set_volume(volume), timeout_s=PATIENCE_S)
    pid = client.describe()["pid"]
    inside = np.argwhere(volume.array_kji > 0)[:, ::-1]
    places_ijk = np.random.default_rng(0).choice(inside, clicks).astype(float)
    ask(client, volume, places_ijk[:1])
    first_mb = resident_mb(pid)
    verdict("memory after the first click, MB", first_mb, 450.0, at_least=False, goal=5)
    asked = []
    for number in range(clicks):
        count = number % 5 + 1
        ask(client, volume, places_ijk[number - count + 1 : number + 1])
        asked.append(resident_mb(pid))
    last = places_ijk[clicks - (clicks - 1) % 5 - 1 :]
    known = [ask(client, volume, last) for _ in range(20)]
    verdict("request and reply, ms", statistics.median(known), 5.0, at_least=False, goal=6)
    growth = asked[-1] - first_mb
    verdict(f"growth over {clicks} clicks, MB", growth, BUDGET_MB, at_least=False, goal=5)
    tell("the last half of it", asked[-1] - asked[len(asked) // 2], "MB", goal=5)
    tell("peak", peak_gb(pid) * 1e3, "MB", goal=5)


def ask(client, volume, points_ijk):
    """Return the milliseconds until the answer is there."""
    from sammoe.geometry import transform_points

    points_ras = transform_points(points_ijk, volume.ijk_to_ras)
    start = time.perf_counter()
    prompts = PromptSet(points_ras, ([1, 0] * 3)[: len(points_ras)])
    client.wait(client.predict(prompts), timeout_s=PATIENCE_S)
    return (time.perf_counter() - start) * 1e3


def resident_mb(pid):
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6


def import_seconds():
    """Return the median seconds of `import sammoe` in a fresh process, without Python's start."""
    program = "import time; t = time.perf_counter(); import sammoe; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path[:2]!r}; {program}"]
    said = [
        subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8")
        for _ in range(5)
    ]
    return statistics.median(float(one.stdout) for one in said)


if __name__ == "__main__":
    sys.exit(main())
