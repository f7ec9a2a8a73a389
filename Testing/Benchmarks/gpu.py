"""What a graphics card gives, in at most eight minutes; --short on a CPU shows that it works.

python Testing/Benchmarks/gpu.py [--device cuda] [--out FOLDER] [--short]

Encode, first and later click, and memory of both families, in float32 and under autocast; the
encoder's share of what a large matrix product reaches; a CUDA graph of the embedded decoder beside
calling it. Writes `gpu.json` with the card's name.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

import checkout  # noqa: F401
import numpy as np
import torch
from embedded import BUNDLE, click_at, places
from vit_b_bundle import write_vit_b_bundle

from sammoe import PromptSet
from sammoe.bundle import build_model, read_bundle
from sammoe.engine import Predictor
from sammoe.phantom import make_phantom

LIMIT_S = 480.0
ENCODER_GFLOP = {"compact": 14.8, "sam_med3d": 104.6}
"""Multiplications and additions of one encode, times 1e-9."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--out", type=Path, default=Path("."))
    parser.add_argument("--short", action="store_true", help="the embedded model, few rounds")
    options = parser.parse_args()
    bench = Bench(options.device, rounds=2 if options.short else 20)
    about = {"device": bench.name, "torch": torch.__version__, "families": {}}
    with tempfile.TemporaryDirectory() as folder:
        bundles = {"compact": BUNDLE}
        if not options.short:
            bundles["sam_med3d"] = write_vit_b_bundle(Path(folder) / "vit_b").path
        about["peak_gflops"] = bench.peaks()
        for family, bundle in bundles.items():
            if bench.seconds_left < 60:
                about["families"][family] = "left out: the time was over"
                continue
            about["families"][family] = bench.measure(family, bundle)
    options.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(about, indent=1)
    (options.out / "gpu.json").write_text(text + "\n")
    print(text)
    return 0


class Bench:
    """Times on one device, each ending with everything it was asked for."""

    def __init__(self, device, *, rounds):
        self.device = torch.device(device)
        self._rounds = rounds
        self._end_s = time.monotonic() + LIMIT_S
        cuda = self.device.type == "cuda"
        self.name = torch.cuda.get_device_name(self.device) if cuda else f"{device} (no card)"

    @property
    def seconds_left(self):
        return self._end_s - time.monotonic()

    def median_ms(self, work):
        values = []
        for turn in range(self._rounds + 2):
            self._wait()
            start = time.perf_counter()
            work()
            self._wait()
            if turn > 1:
                values.append((time.perf_counter() - start) * 1e3)
        return statistics.median(values) if values else float("nan")

    def peaks(self):
        """Return what a large product reaches, GFLOP/s by type."""
        size = 4096 if self.device.type == "cuda" else 512
        found = {}
        for kind in (torch.float32, torch.float16, torch.bfloat16):
            a = torch.randn(size, size, device=self.device).to(kind)
            found[str(kind)[6:]] = 2e-6 * size**3 / self.median_ms(lambda a=a: a @ a)
        return found

    def measure(self, family, bundle):
        """Return the milliseconds of a family's steps, and its memory in MB."""
        model = build_model(read_bundle(bundle), self.device)
        said = {"clicks": self._clicks(bundle)}
        for name, precision in (("float32", None), ("autocast", torch.float16)):
            if name == "autocast" and self.device.type != "cuda":
                precision = torch.bfloat16
            said[name] = self._steps(model, family, precision)
        if self.device.type == "cuda":
            said["peak_mb"] = torch.cuda.max_memory_allocated(self.device) / 1e6
            said["graph"] = self._graph(model)
        return said

    def _steps(self, model, family, precision):
        patch = self._patch(model)
        click = self._click(model)
        with torch.inference_mode(), self._precision(precision):
            embedding = model.encode_image(patch)
            general = model.decode(embedding, **click)
            encode = self.median_ms(lambda: model.encode_image(patch))
            return {
                "encode_ms": encode,
                "encoder_gflops": ENCODER_GFLOP[family] / encode * 1e3,
                "decode_ms": self.median_ms(lambda: model.decode(embedding, **click)),
                "gate_ms": self.median_ms(
                    lambda: model.gate(embedding, **click, general_logits=general)
                ),
            }

    def _clicks(self, bundle):
        """Return what the user waits for, patch, mask and all, with the product's own precision."""
        predictor, volume = Predictor.from_bundle(bundle, device=str(self.device)), make_phantom()
        predictor.set_volume(volume.volume)
        first, later = [], []
        for place in places(volume.volume, self._rounds + 1):
            predictor.reset()
            click = click_at(volume.volume, place)
            first.append(self._seconds(predictor, click))
            beside = click_at(volume.volume, place + 2)
            both = PromptSet(np.vstack([click.points_ras, beside.points_ras]), [1, 0])
            later.append(self._seconds(predictor, both))
        medians = {"first_ms": first[1:], "later_ms": later[1:]}
        return {name: statistics.median(values) * 1e3 for name, values in medians.items()}

    def _graph(self, model):
        """Return a decoder's milliseconds as a CUDA graph, or why there is none."""
        with torch.inference_mode():
            embedding, click = model.encode_image(self._patch(model)), self._click(model)
            encoded = model.family.encode_prompts(embedding, **click)
            try:
                for _ in range(3):
                    model.family.decode(model.general, embedding, encoded)
                graph = torch.cuda.CUDAGraph()
                with torch.cuda.graph(graph):
                    model.family.decode(model.general, embedding, encoded)
            except RuntimeError as error:
                return str(error).splitlines()[0]
            return {
                "decode_ms": self.median_ms(graph.replay),
                "called_ms": self.median_ms(
                    lambda: model.family.decode(model.general, embedding, encoded)
                ),
            }

    def _precision(self, precision):
        if precision is None:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=precision)

    def _patch(self, model):
        return torch.rand(1, 1, *[model.family.patch_size] * 3, device=self.device) * 2 - 1

    def _click(self, model):
        middle = torch.full((1, 1, 3), model.family.patch_size / 2.0, device=self.device)
        labels = torch.ones(1, 1, dtype=torch.long, device=self.device)
        size = model.family.logits_size
        mask = torch.zeros(1, 1, size, size, size, device=self.device)
        return {"point_coords": middle, "point_labels": labels, "mask_logits": mask}

    def _seconds(self, predictor, prompts):
        start = time.perf_counter()
        predictor.predict(prompts)
        return time.perf_counter() - start

    def _wait(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


if __name__ == "__main__":
    sys.exit(main())
