"""The encoder's attention over real tokens against the padded windows of upstream."""

import pytest
import torch
from torch import nn

import literal_sam_med3d as literal
from random_sam_med3d import draw_weights
from sammoe.model.sam_med3d.attention import Attention

WINDOWS = {
    "one padded window": ((4, 4, 4), 7),
    "a cubic window without padding": ((4, 4, 4), 4),
    "a window padded along one axis": ((3, 5, 5), 5),
    "a window padded along the last axis": ((5, 5, 2), 5),
    "one window, each axis different": ((2, 4, 3), 5),
    "several windows, the last ones padded": ((5, 5, 5), 3),
    "several whole windows": ((4, 4, 4), 2),
    "several windows, each axis different": ((3, 4, 7), 3),
}


def an_attention(*, width: int, heads: int, window: int, dtype: torch.dtype) -> Attention:
    torch.manual_seed(window)
    attention = Attention(width, num_heads=heads, window=window)
    draw_weights(attention)
    return attention.to(dtype).eval()


@pytest.mark.parametrize(("grid", "window"), WINDOWS.values(), ids=WINDOWS.keys())
@pytest.mark.parametrize("with_gradient", [False, True])
def test_real_tokens_attend_as_if_padded_tokens_were_computed(grid, window, with_gradient):
    attention = an_attention(width=12, heads=2, window=window, dtype=torch.float64)
    tokens = torch.randn(2, *grid, 12, dtype=torch.float64)
    expected = literal.windowed_attention(attention.state_dict(), tokens, num_heads=2)
    with torch.set_grad_enabled(with_gradient):
        assert torch.allclose(attention(tokens), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("width", "heads"), [(21, 3), (8, 1), (80, 2)])
def test_any_width_of_a_head_works(width, heads):
    attention = an_attention(width=width, heads=heads, window=5, dtype=torch.float64)
    tokens = torch.randn(1, 3, 3, 3, width, dtype=torch.float64)
    expected = literal.windowed_attention(attention.state_dict(), tokens, num_heads=heads)
    with torch.no_grad():
        assert torch.allclose(attention(tokens), expected, rtol=0, atol=1e-9)


def test_attention_of_upstreams_width_is_equal_in_single_precision():
    attention = an_attention(width=768, heads=12, window=10, dtype=torch.float32)
    tokens = torch.randn(1, 6, 6, 6, 768)
    with torch.no_grad():
        expected = literal.windowed_attention(attention.state_dict(), tokens, num_heads=12)
        assert torch.allclose(attention(tokens), expected, rtol=0, atol=1e-4)


def test_gradients_of_padded_windows_are_those_of_the_padded_computation():
    attention = an_attention(width=8, heads=2, window=3, dtype=torch.float64)
    tokens = torch.randn(1, 2, 4, 3, 8, dtype=torch.float64)
    state = {name: p.detach().clone().requires_grad_() for name, p in attention.named_parameters()}
    literal.windowed_attention(state, tokens, num_heads=2).square().sum().backward()
    attention(tokens).square().sum().backward()
    for name, parameter in attention.named_parameters():
        assert torch.allclose(parameter.grad, state[name].grad, rtol=1e-9, atol=1e-9), name


def test_the_literal_attention_itself_follows_upstreams_formula_element_by_element():
    size, head_width = 2, 3
    attention = an_attention(width=head_width, heads=1, window=size, dtype=torch.float64)
    tokens = torch.randn(1, size, size, size, head_width, dtype=torch.float64)
    nn.init.eye_(attention.proj.weight)
    nn.init.zeros_(attention.proj.bias)
    q, k, v = attention.qkv(tokens[0]).chunk(3, dim=-1)
    places = [(d, h, w) for d in range(size) for h in range(size) for w in range(size)]

    def term(table, place, axis, key):
        return q[place] @ table[place[axis] - key + size - 1]

    expected = torch.zeros_like(tokens[0])
    for d, h, w in places:
        logits = torch.stack(
            [
                q[d, h, w] @ k[kd, kh, kw] / head_width**0.5
                + term(attention.rel_pos_d, (d, h, w), 0, kw)
                + term(attention.rel_pos_h, (d, h, kd), 1, kw)
                + term(attention.rel_pos_w, (d, h, kh), 2, kw)
                for kd, kh, kw in places
            ]
        )
        expected[d, h, w] = logits.softmax(0) @ torch.stack([v[place] for place in places])
    found = literal.windowed_attention(attention.state_dict(), tokens, num_heads=1)[0]
    assert torch.allclose(found, expected, rtol=0, atol=1e-12)
