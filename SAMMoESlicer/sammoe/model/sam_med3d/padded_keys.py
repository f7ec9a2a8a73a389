"""Attention with one extra key that stands for many: two ways to the same values."""

import torch
from torch import Tensor
from torch.nn import functional as F

_FLASH = getattr(torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu", None)


def attend_with_padded_key(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    *,
    bias: Tensor,
    padded_key: Tensor,
    padded_value: Tensor,
    log_weight: Tensor,
) -> Tensor:
    """Return the attention (B, n, Q, c) over K keys and one that counts exp(log_weight) times.

    Args:
        queries: (B, n, Q, c).
        keys: (B, n, K, c).
        values: (B, n, K, c).
        bias: (B, n, Q, K) added to the logits.
        padded_key: (n, 1, c).
        padded_value: (n, 1, c).
        log_weight: (B, n, Q) added to the logit of the padded key.
    """
    if _FLASH is not None and queries.device.type == "cpu" and not torch.is_grad_enabled():
        return _by_flash_kernel(queries, keys, values, bias, padded_key, padded_value, log_weight)
    keys = torch.cat([keys, padded_key.expand(len(keys), -1, -1, -1)], dim=2)
    values = torch.cat([values, padded_value.expand(len(values), -1, -1, -1)], dim=2)
    bias = torch.cat([bias, log_weight[..., None]], dim=-1)
    return F.scaled_dot_product_attention(queries, keys, values, attn_mask=bias)


def _by_flash_kernel(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    bias: Tensor,
    padded_key: Tensor,
    padded_value: Tensor,
    log_weight: Tensor,
) -> Tensor:
    """Attend to the real keys, then mix the padded value in by its share of the weight.

    The CPU's flash kernel also returns log(sum of exp) of the real keys' logits, so the padded
    key's share is sigmoid(its logit - that), and no (Q, K + 1) copies are made.
    """
    assert _FLASH is not None
    mixed, real_weight = _FLASH(queries, keys, values, attn_mask=bias)
    scale = queries.shape[-1] ** -0.5
    padded_logit = (queries @ padded_key.transpose(-1, -2)).squeeze(-1) * scale + log_weight
    share = torch.sigmoid(padded_logit - real_weight)
    out: Tensor = torch.lerp(mixed, padded_value, share[..., None])
    return out
