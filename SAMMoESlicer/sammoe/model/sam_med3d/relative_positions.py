"""Upstream's relative positions, and the exact weight of padded keys under them.

For a query (d, h, w) and a key (kd, kh, kw) of one window upstream adds to the logit

    rd[d, h, w; kw] + rh[d, h, kd; kw] + rw[d, h, kh; kw]

with rX[d, h, w; k] = q(d, h, w) . RX[(index of the query along X) - k]. The textbook form has
rh[d, h, w; kh] and rw[d, h, w; kw]; the published weights were trained with the one above.

Windows larger than the grid are filled with zero tokens after the norm, so a padded query, key
and value is the qkv bias's part (b_q, b_k, b_v). All padded keys of a window share b_k and b_v:
together they are ONE key whose logit is s q.b_k + lse(what is added to each of them). Only
positive terms are summed (log-sum-exp), nothing is subtracted, so the short form is exact.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class RelativeTerms(NamedTuple):
    """Query-table products of one window shape; a padded query fills index w up to the window.

    Attributes:
        rd: (B, n, d, h, w, W): real queries only.
        rh: (B, n, d, h, W, W): third index 0..W-1 of the (real or padded) query, then kw.
        rw: (B, n, d, h, W, W).
    """

    rd: Tensor
    rh: Tensor
    rw: Tensor


def relative_terms(
    queries: Tensor, padded_query: Tensor, tables: tuple[Tensor, Tensor, Tensor]
) -> RelativeTerms:
    """Return the products of queries and relative position tables.

    Args:
        queries: (B, n, d, h, w, c) unscaled queries of the real tokens, n heads.
        padded_query: (n, c) query of a padded token.
        tables: Each (2 W - 1, c): along d, h, w.
    """
    table_d, table_h, table_w = (_table_by_pair(table) for table in tables)
    d, h, w = queries.shape[2:5]
    window = table_d.shape[0]
    rd = torch.einsum("bndhwc,dkc->bndhwk", queries, table_d[:d])
    rh = torch.einsum("bndhwc,hkc->bndhwk", queries, table_h[:h])
    rw = torch.einsum("bndhwc,wkc->bndhwk", queries, table_w[:w])
    if w < window:
        pad_h = torch.einsum("nc,hkc->nhk", padded_query, table_h[:h])[None, :, None, :, None]
        pad_w = torch.einsum("nc,wkc->nwk", padded_query, table_w[w:])[None, :, None, None]
        shape = (*rh.shape[:4], window - w, window)
        rh = torch.cat([rh, pad_h.expand(shape)], dim=4)
        rw = torch.cat([rw, pad_w.expand(shape)], dim=4)
    return RelativeTerms(rd, rh, rw)


def key_bias(terms: RelativeTerms) -> Tensor:
    """Return what is added to the logits of real keys, (B, n, d, h, w, kd, kh, kw)."""
    d, h, w = terms.rd.shape[2:5]
    of_rows = terms.rh[..., :d, None, :w] + terms.rw[..., None, :h, :w]
    return terms.rd[..., None, None, :w] + of_rows[..., None, :, :, :]


def padded_log_weight(terms: RelativeTerms) -> Tensor | None:
    """Return log(sum of exp) of what is added to the padded keys' logits, (B, n, d, h, w).

    None where the window has no padded key.
    """
    (d, h, w), window = terms.rd.shape[2:5], terms.rd.shape[-1]
    along_d, along_h = terms.rh, terms.rw
    whole_h = along_h.logsumexp(dim=-2)
    parts: list[Tensor] = []
    beside: list[Tensor] = []
    if d < window:
        beside.append(along_d[..., d:, :w].logsumexp(dim=-2) + whole_h[..., :w])
    if h < window:
        real_d = along_d[..., :d, :w].logsumexp(dim=-2)
        beside.append(real_d + along_h[..., h:, :w].logsumexp(dim=-2))
    if beside:
        parts.append(torch.stack(beside).logsumexp(dim=0))
    if w < window:
        parts.append(along_d[..., w:].logsumexp(dim=-2) + whole_h[..., w:])
    if not parts:
        return None
    reach = torch.cat(parts, dim=-1)
    rd = terms.rd[..., : reach.shape[-1]] if beside else terms.rd[..., w:]
    return (rd + reach[..., None, :]).logsumexp(dim=-1)


def _table_by_pair(table: Tensor) -> Tensor:
    """Return the table's rows by query and key index, (W, W, c)."""
    window = (table.shape[0] + 1) // 2
    index = torch.arange(window, device=table.device)
    return table[index[:, None] - index[None, :] + window - 1]
