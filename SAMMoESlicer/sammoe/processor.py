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
    for name in ONEDNN_LIMITS:
        if (limit := os.environ.get(name, "")).lower() in WITHOUT_BFLOAT16:
            return f"{name}={limit} leaves out bfloat16"
    natively = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    if not any(getattr(torch.cpu, name, lambda: False)() for name in natively):
        return "this processor has no bfloat16 multiplication"
    return None
