"""The convolutions of inference against PyTorch's own."""

import pytest
import torch
from torch import nn

from sammoe.model import winograd
from sammoe.model.onednn_conv import OneDnnConv, convolve_by_onednn, has_onednn
from sammoe.model.winograd import Winograd

ONEDNN_ONLY = pytest.mark.skipif(not has_onednn(), reason="this PyTorch has no oneDNN")


@ONEDNN_ONLY
@pytest.mark.parametrize(
    ("kernel", "stride", "padding"), [(3, 1, 1), (2, 2, 0), (1, 1, 0), ((3, 1, 2), 1, (1, 0, 0))]
)
def test_any_convolution_gives_what_pytorch_gives(kernel, stride, padding):
    torch.manual_seed(0)
    conv = nn.Conv3d(12, 20, kernel, stride=stride, padding=padding)
    features = torch.randn(2, 12, 8, 10, 6)
    with torch.inference_mode():
        torch.testing.assert_close(OneDnnConv(conv)(features), conv(features), rtol=0, atol=1e-5)


@ONEDNN_ONLY
@pytest.mark.parametrize("shape", [(8, 5, 6), (9, 4, 4), (1, 3, 3), (6, 7, 2)])
def test_winograd_gives_what_pytorch_gives_whatever_the_depth(shape):
    torch.manual_seed(0)
    conv = nn.Conv3d(16, 24, 3, padding=1)
    features = torch.randn(1, 16, *shape).contiguous(memory_format=torch.channels_last_3d)
    with torch.inference_mode():
        found = Winograd(conv.weight.detach())(features, conv.bias)
        torch.testing.assert_close(found, conv(features), rtol=0, atol=1e-4)
        assert found.is_contiguous(memory_format=torch.channels_last_3d)


@ONEDNN_ONLY
def test_a_large_convolution_takes_winograd_s_way_where_avx512_is_missing(monkeypatch):
    torch.manual_seed(0)
    conv = nn.Conv3d(32, 32, 3, padding=1)
    features = torch.randn(1, 32, 16, 16, 16)
    ways = []
    monkeypatch.setattr(
        Winograd, "__call__", lambda self, inputs, bias: ways.append("winograd") or inputs
    )
    for capability in ("AVX512", "AVX2"):
        monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda c=capability: c)
        made = OneDnnConv(conv)
        with torch.inference_mode():
            made(features)
            made(features[:, :, :8])
        assert len(ways) == (capability in winograd.WITHOUT_AVX512)


def test_what_is_no_plain_convolution_stays_as_it_is():
    odd = nn.Sequential(
        nn.Conv3d(16, 16, 3, groups=2),
        nn.Conv3d(16, 16, 3, dilation=2),
        nn.Conv3d(16, 16, 3, padding="same"),
        nn.Conv3d(16, 16, 3, padding_mode="circular"),
    )
    assert convolve_by_onednn(odd) == 0


def test_without_onednn_nothing_is_replaced(monkeypatch):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    has_onednn.cache_clear()
    block = nn.Sequential(nn.Conv3d(16, 16, 3))
    try:
        assert convolve_by_onednn(block) == 0
    finally:
        has_onednn.cache_clear()
    assert type(block[0]) is nn.Conv3d
