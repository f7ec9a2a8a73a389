"""What the processor can do decides what is computed, and the environment may say it can less."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from sammoe.engine.device import computes_in
from sammoe.errors import WorkerError
from sammoe.processor import ONEDNN_LIMITS, cpu_has_bfloat16, cpu_has_tiles, why_no_bfloat16

SOURCES = Path(__file__).parents[2] / "SAMMoESlicer"
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
PACK_AND_TRAIN = """
import torch
from types import SimpleNamespace
from sammoe.model.packed_linear import PackedLinear, pack_linears
from sammoe.processor import why_no_bfloat16
from sammoe.training.loop.precision import precision

layers = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.Linear(128, 64))
features = torch.linspace(-1, 1, 256).view(4, 64)
with torch.no_grad():
    expected = layers(features)
    assert pack_linears(layers, bfloat16=True) == 2
    assert torch.allclose(layers(features), expected, atol=1e-5)
with precision(SimpleNamespace(computes_in_bfloat16=True), torch.device("cpu")):
    assert torch.nn.Linear(4, 4)(torch.ones(1, 4)).dtype == torch.float32
print(why_no_bfloat16())
"""


def test_a_processor_without_avx_512_packs_and_trains_in_float32():
    environment = {**os.environ, **AVX2, "PYTHONPATH": str(SOURCES)}
    done = subprocess.run(
        [sys.executable, "-c", PACK_AND_TRAIN],
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "bfloat16 needs AVX-512" in done.stdout or "DEFAULT" in done.stdout


@pytest.mark.parametrize("name", ONEDNN_LIMITS)
@pytest.mark.parametrize("limit", ["AVX2", "avx512_core_vnni"])
def test_a_limit_of_onednn_leaves_bfloat16_out_and_says_so(monkeypatch, name, limit):
    monkeypatch.setenv(name, limit)
    assert not cpu_has_bfloat16()
    assert "bfloat16" in why_no_bfloat16()


@pytest.mark.parametrize("limit", ["AVX2", "avx512_core_bf16"])
def test_a_limit_below_tiles_leaves_them_out(monkeypatch, limit):
    """Whatever the processor has; without tiles there never are any."""
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True, raising=False)
    monkeypatch.delenv(ONEDNN_LIMITS[1], raising=False)
    monkeypatch.delenv(ONEDNN_LIMITS[0], raising=False)
    assert cpu_has_tiles() == torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    monkeypatch.setenv(ONEDNN_LIMITS[0], limit)
    assert not cpu_has_tiles()


def test_what_the_processor_has_is_used_where_nothing_limits_it(monkeypatch):
    """On a processor with bfloat16 this fails where a limit is seen that is not set."""
    for name in ONEDNN_LIMITS:
        monkeypatch.setenv(name, "DEFAULT")
    assert cpu_has_bfloat16() == (why_no_bfloat16() is None)
    assert "MAX_CPU_ISA" not in (why_no_bfloat16() or "")


def test_bfloat16_is_taken_where_it_is_native_and_never_emulated(monkeypatch):
    for name in ONEDNN_LIMITS:
        monkeypatch.delenv(name, raising=False)
    best = "bfloat16" if cpu_has_bfloat16() else "float32"
    assert [computes_in(wish) for wish in ("auto", "bfloat16", "float32")] == [
        best,
        best,
        "float32",
    ]
    monkeypatch.setenv(ONEDNN_LIMITS[0], "AVX2")
    assert {computes_in(wish) for wish in ("auto", "bfloat16", "float32")} == {"float32"}


def test_another_precision_is_refused_by_name():
    with pytest.raises(WorkerError, match="float16"):
        computes_in("float16")
