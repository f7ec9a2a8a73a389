"""What does a click cost beside an encode, and does the volume's size matter?

python Testing/Benchmarks/click.py [--rounds 15] [--threads N]

A click is what the user waits for once the crop is encoded: gate, general and one expert decoder,
fuse, paste into the volume. The model has the published size and random weights.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import checkout  # noqa: F401
import numpy as np
import torch
from timing import interleaved_medians, verdict
from vit_b_bundle import write_vit_b_bundle

from sammoe import PromptSet, Volume
from sammoe.engine import Predictor

SPACING_MM = 1.5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=None, help="None: PyTorch's default")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        bundle = write_vit_b_bundle(Path(folder) / "vit_b")
        return 0 if measure(bundle.path, options.rounds) else 1


def measure(bundle: Path, rounds: int) -> bool:
    predictors, encodes = {}, []
    for size in (128, 512):
        predictors[size] = Predictor.from_bundle(bundle, device="cpu")
        predictors[size].set_volume(a_volume(size))
        encodes.append(click(predictors[size]).timings_ms["encode"])
    clicks = {str(size): lambda p=predictor: click(p) for size, predictor in predictors.items()}
    seconds = interleaved_medians(clicks, rounds=rounds)
    last = click(predictors[512])
    assert last.expert == "organ"
    assert "encode" not in last.timings_ms
    encode_ms = fresh_encodes(predictors[128])

    print(f"click, vit_b_ori, {torch.get_num_threads()} thread(s):")
    print(
        f"  one encode {encode_ms:.0f} ms; click {seconds['512'] * 1e3:.1f} ms in 512^3, ", end=""
    )
    print(f"{seconds['128'] * 1e3:.1f} ms in 128^3")
    print("  of which " + ", ".join(f"{k} {v:.1f} ms" for k, v in last.timings_ms.items()))
    share = seconds["512"] * 1e3 / encode_ms
    growth = seconds["512"] / seconds["128"] - 1
    return all(
        [
            verdict("click / encode", share, 0.1, at_least=False),
            verdict("512^3 against 128^3, more", growth, 0.2, at_least=False),
        ]
    )


def click(predictor: Predictor):
    """Make the first click of a new object in the middle: its crop stays encoded, the gate runs."""
    predictor.reset()
    return predictor.predict(PromptSet([[0.0, 0.0, 0.0]], [1]))


def fresh_encodes(predictor: Predictor, *, count: int = 5) -> float:
    """Return the median milliseconds of an encode, each in another crop."""
    encode_ms = []
    for index in range(1, count + 1):
        predictor.reset()
        result = predictor.predict(PromptSet([[3.0 * index, 0.0, 0.0]], [1]))
        encode_ms.append(result.timings_ms["encode"])
    return float(np.median(encode_ms))


def a_volume(size: int) -> Volume:
    """Return a cube of noise centred on the world's origin."""
    noise = np.random.default_rng(0).integers(0, 400, (size, size, 64), dtype=np.int16)
    array = np.tile(noise, (1, 1, size // 64))
    ijk_to_ras = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
    ijk_to_ras[:3, 3] = -SPACING_MM * (size // 2)
    return Volume(array, ijk_to_ras)


if __name__ == "__main__":
    sys.exit(main())
