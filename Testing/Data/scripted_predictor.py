"""A worker process as it is, with a predictor that does what a test asks for and needs no torch.

The option `expert` is the script; `muted` holds its arguments.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from sammoe import PredictOptions, PromptError, PromptSet, Result, Volume
from sammoe.geometry import bounding_box, box_slices_kji
from sammoe.worker.main import main

RADIUS_VOXELS = 3.0
ODD_CARDS = {
    "dollars": {"training": {"$array": [0], "$Volume": {"$": 1}}},
    "huge": {"license": "x" * (5 << 20)},
    "deep": {"training": json.loads("[" * 500 + "]" * 500)},
    "strange": {"training": {1: object()}},
}
"""What a bundle of that name adds to its description."""


class ScriptedPredictor:
    """Segments a ball around every click; on the way it is slow, dies or fails as it is told."""

    def __init__(self, bundle, *, device, threads, precision="auto"):
        if bundle is not None and not Path(bundle).is_dir():
            raise PromptError(f"no bundle at {bundle}")
        self._about = {"bundle": bundle, "device": device}
        self._about |= {"threads": threads, "precision": precision}
        self._about |= ODD_CARDS.get(Path(bundle or "").name, {})
        self._volume = None

    def describe(self):
        return self._about

    def set_volume(self, volume: Volume):
        self._volume = volume

    def reset(self):
        print("reset", file=sys.stderr)

    def predict(
        self, prompts: PromptSet, options: PredictOptions, *, progress, cancelled, preview=None
    ):
        if self._volume is None:
            raise PromptError("no volume: call set_volume first")
        if options.expert == "early" and preview is not None:
            preview(ball_result(self._volume, prompts.first(1)))
            return ball_result(self._volume, prompts)
        getattr(self, f"_{options.expert}")(*options.muted, progress=progress, cancelled=cancelled)
        return ball_result(self._volume, prompts)

    def look_ahead(self, prompts: PromptSet, options: PredictOptions, *, cancelled):
        self.predict(prompts, options, progress=lambda stage: None, cancelled=cancelled)

    def _auto(self, *, progress, cancelled):
        progress("encode")
        print("a stray print on standard output")
        os.write(1, b"and one that goes around Python\n")

    def _slow(self, num_steps="200", *, progress, cancelled):
        for step in range(int(num_steps)):
            if cancelled():
                raise PromptError("cancelled")
            progress(f"step {step}")
            time.sleep(0.02)

    def _quiet(self, seconds, *, progress, cancelled):
        progress("quiet")
        end_s = time.monotonic() + float(seconds)
        while time.monotonic() < end_s:
            np.sqrt(np.arange(1e6))

    def _hang(self, *, progress, cancelled):
        progress("hang")
        numbers = np.arange(1.0, 1e6)
        while True:
            numbers = np.sqrt(numbers)

    def _die_once(self, marker, *, progress, cancelled):
        if not Path(marker).exists():
            Path(marker).touch()
            self._die(progress=progress, cancelled=cancelled)

    def _die(self, *, progress, cancelled):
        print("about to die", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

    def _bug(self, *, progress, cancelled):
        return 1 // 0

    def _too_large(self, *, progress, cancelled):
        np.empty(1 << 60, dtype=np.uint8)

    def _unfit(self, *, progress, cancelled):
        raise PromptError("the point lies outside the volume")

    def _grandchild(self, pid_file, *, progress, cancelled):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(pid_file).write_text(str(child.pid))


def ball_result(volume: Volume, prompts: PromptSet) -> Result:
    """Return balls around the clicks of `prompts`, and the sum of the volume as a score."""
    grid_ijk = np.moveaxis(np.indices(volume.array_kji.shape)[::-1], 0, -1)
    mask = np.zeros(volume.array_kji.shape, dtype=bool)
    for point in volume.points_ijk(prompts.points_ras):
        mask |= np.linalg.norm(grid_ijk - point, axis=-1) <= RADIUS_VOXELS
    box = bounding_box(mask)
    return Result(
        mask_box_kji=mask[box_slices_kji(box)],
        box_ijk=box,
        shape_kji=mask.shape,
        scores={"rib": 0.25, "general": 0.75, "sum": float(volume.array_kji.sum())},
        expert=None,
        tau=0.5,
        crop_box_ijk=box,
        spacing_mm=(1.0, 1.0, 2.0),
        touches_border=False,
        window="soft tissue",
        timings_ms={"encode": 1.5},
        notes=("a note",),
    )


if __name__ == "__main__":
    main(load_predictor=ScriptedPredictor)
