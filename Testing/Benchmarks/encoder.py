"""How much faster is the encoder than the literal padded-window encoder, and how equal?

python Testing/Benchmarks/encoder.py [--rounds 3] [--threads N]

Both run in one process, in turns, `vit_b_ori` size, once under the default memory allocator and
once under one that keeps its pages (half of the literal encoder's time is the kernel zeroing
pages of its 361 MB temporaries). The quotients are what counts: absolute times are the machine's.
"""

import argparse
import copy
import os
import subprocess
import sys

import checkout  # noqa: F401
import torch
from timing import interleaved_medians, verdict

import literal_sam_med3d as literal
from random_sam_med3d import random_sam_med3d
from sammoe.model.packed_linear import pack_for_cpu
from sammoe.processor import why_no_bfloat16

TUNED = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "20000000000"}
TARGETS = {"default": 10.0, "tuned": 5.0}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=None, help="None: PyTorch's default")
    parser.add_argument("--allocator", choices=TARGETS, default=None, help="measure one only")
    options = parser.parse_args()
    if options.allocator:
        return 0 if measure(options.allocator, options.rounds, options.threads) else 1
    return max(in_child(allocator) for allocator in TARGETS)


def in_child(allocator: str) -> int:
    """Measure under an allocator, which only the start of a process can choose."""
    environment = {name: value for name, value in os.environ.items() if name not in TUNED}
    environment |= TUNED if allocator == "tuned" else {}
    command = [sys.executable, __file__, *sys.argv[1:], "--allocator", allocator]
    return subprocess.run(command, env=environment, check=False).returncode


def measure(allocator: str, rounds: int, threads: int | None) -> bool:
    if threads:
        torch.set_num_threads(threads)
    plain, _, state = random_sam_med3d()
    encoder_state = literal.part(state, "image_encoder.")
    packed = copy.deepcopy(plain)
    pack_for_cpu(packed)
    patch = torch.randn(1, 1, 128, 128, 128)
    outputs = {}

    def keep(name, value):
        outputs[name] = value

    ways = {
        "literal": lambda: keep(
            "literal", literal.encode_image(encoder_state, patch, num_heads=12)
        ),
        "real tokens": lambda: keep("real tokens", plain.encode_image(patch)),
        "packed": lambda: keep("packed", packed.encode_image(patch)),
    }
    no_bfloat16 = why_no_bfloat16()
    if no_bfloat16 is None:
        rounded = copy.deepcopy(plain)
        pack_for_cpu(rounded, bfloat16=True)
        ways["packed bfloat16"] = lambda: keep("packed bfloat16", rounded.encode_image(patch))
    with torch.inference_mode():
        seconds = interleaved_medians(ways, rounds=rounds)
    print(f"encoder, vit_b_ori, {allocator} allocator, {torch.get_num_threads()} thread(s):")
    for name, value in seconds.items():
        error = (outputs[name] - outputs["literal"]).abs().max().item()
        ratio = seconds["literal"] / value
        print(f"  {name:16s} {value:7.3f} s  {ratio:5.1f} x  largest difference {error:.1e}")
    if no_bfloat16 is not None:
        print(f"  packed bfloat16  left out: {no_bfloat16}")
    error = (outputs["packed"] - outputs["literal"]).abs().max().item()
    fast = verdict(
        f"times faster, {allocator} allocator",
        seconds["literal"] / seconds["packed"],
        TARGETS[allocator],
        at_least=True,
    )
    return fast and error <= 1e-4


if __name__ == "__main__":
    sys.exit(main())
