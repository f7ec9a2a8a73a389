"""How much memory does a worker take at most, with the published model and a whole-body CT?

python Testing/Benchmarks/memory.py [--bundle FOLDER]

A real worker process loads a `vit_b_ori` bundle of random weights (or FOLDER) and a
512 x 512 x 300 volume and answers three clicks; the peak is what Linux says in VmHWM. Pages of
mapped files and shared memory count in it.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import checkout  # noqa: F401
import numpy as np
from timing import verdict
from vit_b_bundle import write_vit_b_bundle

from sammoe import PromptSet, Volume
from sammoe.worker import WorkerClient

LIMIT_GB = 1.5
PATIENCE_S = 3600.0
CLICKS_RAS = np.array([[0.0, 0.0, 0.0], [6.0, 3.0, 0.0], [-60.0, 30.0, 45.0]])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=None)
    options = parser.parse_args()
    if not Path("/proc/self/status").exists():
        print("memory: /proc is needed to read a process's peak; skipped here")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        bundle = options.bundle or write_vit_b_bundle(Path(folder) / "vit_b").path
        return 0 if measure(bundle) else 1


def measure(bundle: Path) -> bool:
    stages = {}
    with WorkerClient(bundle=bundle, device="cpu") as client:
        client.wait(client.start(), timeout_s=PATIENCE_S)
        pid = client.describe()["pid"]
        stages["bundle loaded"] = peak_gb(pid)
        client.wait(client.set_volume(a_volume()), timeout_s=PATIENCE_S)
        stages["volume set"] = peak_gb(pid)
        for count in range(1, len(CLICKS_RAS) + 1):
            prompts = PromptSet(CLICKS_RAS[:count], np.ones(count, np.int64))
            client.wait(client.predict(prompts), timeout_s=PATIENCE_S)
            stages[f"click {count}"] = peak_gb(pid)
    print("memory of the worker, 512 x 512 x 300 volume:")
    print("  peak after " + ", ".join(f"{name} {value:.2f} GB" for name, value in stages.items()))
    return verdict("peak, GB", max(stages.values()), LIMIT_GB, at_least=False)


def a_volume() -> Volume:
    """Return noise on a CT's grid, the world's origin in its middle."""
    noise = np.random.default_rng(0).integers(-1000, 1000, (60, 512, 512), dtype=np.int16)
    ijk_to_ras = np.diag([0.8, 0.8, 1.5, 1.0])
    ijk_to_ras[:3, 3] = (-0.8 * 256, -0.8 * 256, -1.5 * 150)
    return Volume(np.tile(noise, (5, 1, 1)), ijk_to_ras)


def peak_gb(pid: int) -> float:
    """Return the largest resident size a process ever had, in 10^9 bytes."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e9


if __name__ == "__main__":
    sys.exit(main())
