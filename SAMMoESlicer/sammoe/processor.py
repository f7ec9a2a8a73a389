"""What this machine's processor can do: the one place where model, training and engine ask.

The environment may say less than the processor can, so that one machine can imitate another:
`ATEN_CPU_CAPABILITY=avx2` and `ONEDNN_MAX_CPU_ISA=AVX2` give what a processor without AVX-512 has.
PyTorch's own questions (`torch.cpu._is_avx512_bf16_supported`) read the processor and not these.
"""

import os

WITHOUT_BFLOAT16 = {
    "sse41", "avx", "avx2", "avx2_vnni", "avx2_vnni_2", "avx512_core", "avx512_core_vnni",
}  # fmt: skip
"""Limits of oneDNN, in small letters, below which it multiplies no bfloat16 by itself."""
WITHOUT_TILES = WITHOUT_BFLOAT16 | {"avx512_core_bf16", "avx512_core_fp16", "avx10_1_512"}
"""Limits of oneDNN, in small letters, below which it multiplies no tiles (AMX) by itself."""
TILES = "_is_amx_tile_supported"
ONEDNN_LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")


def cpu_has_bfloat16() -> bool:
    """Say whether the CPU multiplies bfloat16 natively; emulated, it is slower than float32."""
    return why_no_bfloat16() is None


def why_no_bfloat16() -> str | None:
    """Return why nothing is computed in bfloat16 on this CPU; None: it is."""
    import torch

    capability = torch.backends.cpu.get_cpu_capability()
    if not capability.startswith("AVX512"):
        return f"PyTorch computes with {capability} here: bfloat16 needs AVX-512"
    if limit := _limit(WITHOUT_BFLOAT16):
        return f"{limit} leaves out bfloat16"
    if not (_processor_has("_is_avx512_bf16_supported") or _processor_has(TILES)):
        return "this processor has no bfloat16 multiplication"
    return None


def cpu_has_tiles() -> bool:
    """Say whether the CPU multiplies whole tiles of bfloat16 at once (AMX)."""
    return cpu_has_bfloat16() and _limit(WITHOUT_TILES) is None and _processor_has(TILES)


def _limit(too_low: set[str]) -> str | None:
    """Return which limit of oneDNN is among some, as it was set."""
    for name in ONEDNN_LIMITS:
        if (limit := os.environ.get(name, "")).lower() in too_low:
            return f"{name}={limit}"
    return None


def _processor_has(question: str) -> bool:
    """Ask PyTorch, which has each question only since some version."""
    import torch

    return bool(getattr(torch.cpu, question, lambda: False)())
