"""The gating network (paper 2.2): which expert do these prompts on this image ask for?"""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .drawn_mask import SHAPE

IMAGE_SIDE = 2
"""Image tokens are averaged to this many along each axis, so that a bank of samples with which
the gate is trained again fits into a bundle; what decides are the local features."""
MOST_SPREADS = 4.0
"""Standardised features are cut here: another scanner must not shout the others down."""
DROPPED_FEATURES, DROPPED_TOKENS, DROPPED_HIDDEN = 0.2, 0.5, 0.5
"""Parts of local features, of prompt and image tokens, and of the head's hidden layer left out at
random while training: samples are few, features many."""


class Gate(nn.Module):
    """Score the experts, and 'general', from prompt and image tokens.

    The paper's order: prompt tokens attend to themselves, then as query to the image tokens, pass
    an MLP, and become key and value for the image tokens; two fully connected layers give the
    scores. Residual and normalisation after each attention and the MLP.

    Departures, because the published form sends general prompts to experts: a class 'general'
    stands beside the m experts; the prompt tokens are joined by fine local features at the
    clicks and by three tokens of what the general decoder drew (`drawn_mask`), and the head sees
    both sides' means.

    Args:
        embed_dim: Width of prompt and image tokens.
        local_dim: Width of the local features.
        num_experts: m; the answer has m + 1 columns.
        width: Width inside.
        heads: Attention heads.
        hidden: Units of the head's hidden layer; None: as many as the width. Each expert that
            joined a trained gate brought some of its own.
    """

    local_mean: Tensor
    local_spread: Tensor

    def __init__(
        self,
        *,
        embed_dim: int,
        local_dim: int,
        num_experts: int,
        width: int = 128,
        heads: int = 4,
        hidden: int | None = None,
    ) -> None:
        super().__init__()
        self.prompt_projection = nn.Linear(embed_dim, width)
        self.image_projection = nn.Linear(embed_dim, width)
        self.local_projection = nn.Linear(local_dim, width)
        self.shape_projection = nn.Linear(local_dim, width)
        self.register_buffer("local_mean", torch.zeros(SHAPE + 1, local_dim))
        self.register_buffer("local_spread", torch.ones(SHAPE + 1, local_dim))
        self.label_embedding = nn.Embedding(SHAPE + 1, width)
        self.self_attention = _Attention(width, heads)
        self.prompt_to_image = _Attention(width, heads)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.mlp_norm = nn.LayerNorm(width)
        self.image_to_prompt = _Attention(width, heads)
        self.hidden = nn.Linear(2 * width, hidden or width)
        self.head = nn.Linear(hidden or width, num_experts + 1)
        self.drop_features = nn.Dropout(DROPPED_FEATURES)
        self.drop_tokens = nn.Dropout(DROPPED_TOKENS)
        self.drop_hidden = nn.Dropout(DROPPED_HIDDEN)

    @property
    def num_experts(self) -> int:
        """Number of experts m."""
        return self.head.out_features - 1

    def forward(
        self,
        sparse_prompt_embeddings: Tensor,
        image_tokens: Tensor,
        local_features: Tensor,
        point_labels: Tensor,
    ) -> Tensor:
        """Return logits (B, m + 1), 'general' last.

        Args:
            sparse_prompt_embeddings: (B, N', C), the points' first; N' may be 0.
            image_tokens: (B, T, C), averaged to `IMAGE_SIDE`^3 tokens first.
            local_features: (B, N, F) at the clicks, then those of what was drawn.
            point_labels: (B, N) 1, 0, or -1 for padding; `drawn_mask`'s for its tokens.
        """
        return self.score(
            self.summary(sparse_prompt_embeddings, image_tokens, local_features, point_labels)
        )

    def summary(
        self,
        sparse_prompt_embeddings: Tensor,
        image_tokens: Tensor,
        local_features: Tensor,
        point_labels: Tensor,
    ) -> Tensor:
        """Return what the head sees of prompts and image, (B, 2 * width); arguments as above."""
        local = self._projected(local_features, point_labels.clamp(min=0))
        sparse = self.prompt_projection(self.drop_tokens(sparse_prompt_embeddings))
        prompts = torch.cat([sparse, local], dim=1)
        image = self.image_projection(self.drop_tokens(pool_tokens(image_tokens)))
        ignored = _ignored(sparse_prompt_embeddings.shape[1], point_labels)

        prompts = self.self_attention(prompts, prompts, ignored)
        prompts = self.prompt_to_image(prompts, image)
        prompts = self.mlp_norm(prompts + self.mlp(prompts))
        image = self.image_to_prompt(image, prompts, ignored)

        kept = (~ignored).unsqueeze(-1).to(prompts.dtype)
        prompt_mean = (prompts * kept).sum(dim=1) / kept.sum(dim=1).clamp(min=1)
        return torch.cat([image.mean(dim=1), prompt_mean], dim=-1)

    def score(self, summary: Tensor) -> Tensor:
        """Return the logits (B, m + 1) of what `summary` returned."""
        logits: Tensor = self.head(self.drop_hidden(self.units(summary)))
        return logits

    def units(self, summary: Tensor) -> Tensor:
        """Return the head's hidden units (B, hidden) of what `summary` returned."""
        return torch.relu(self.hidden(summary))

    @torch.no_grad()
    def standardise_by(self, local_features: Tensor, point_labels: Tensor) -> None:
        """Bring all local features to one scale, as they are spread in some samples.

        A probability and a grey value otherwise drown among the encoder's features.

        Args:
            local_features: (S, N, F) of all sorts of prompts.
            point_labels: (S, N).
        """
        for label in range(SHAPE + 1):
            found = local_features[point_labels == label].float()
            if len(found) > 1:
                self.local_mean[label] = found.mean(dim=0)
                self.local_spread[label] = found.std(dim=0).clamp(min=1e-3)

    def _projected(self, local_features: Tensor, labels: Tensor) -> Tensor:
        """Return local tokens (B, N, width); what describes a shape is projected apart."""
        features = (local_features - self.local_mean[labels]) / self.local_spread[labels]
        features = self.drop_features(features.clamp(-MOST_SPREADS, MOST_SPREADS))
        is_shape = (labels == SHAPE)[..., None]
        projected = torch.where(
            is_shape, self.shape_projection(features), self.local_projection(features)
        )
        return projected + self.label_embedding(labels)

    def with_column(self, column: int, units: nn.Linear, row: nn.Linear) -> "Gate":
        """Return a copy with one more column; every other one answers as before.

        Args:
            column: Its index; those from there on move on.
            units: (2 * width -> U) hidden units that only this column looks at.
            row: (hidden + U -> 1) what it makes of the old units and of these.
        """
        extra = units.out_features
        rows = list(F.pad(self.head.weight, (0, extra)))
        biases = list(self.head.bias)
        rows.insert(column, row.weight[0])
        biases.insert(column, row.bias[0])
        return self._with_head(
            torch.cat([self.hidden.weight, units.weight]),
            torch.cat([self.hidden.bias, units.bias]),
            torch.stack(rows),
            torch.stack(biases),
        )

    def without_column(self, column: int) -> "Gate":
        """Return a copy without one column, nor the hidden units that only it looked at."""
        kept = torch.arange(len(self.head.bias)) != column
        used = self.head.weight[kept].ne(0).any(dim=0)
        return self._with_head(
            self.hidden.weight[used],
            self.hidden.bias[used],
            self.head.weight[kept][:, used],
            self.head.bias[kept],
        )

    @torch.no_grad()
    def _with_head(self, *values: Tensor) -> "Gate":
        """Return a copy with other weights and biases of hidden layer and head."""
        other = copy.deepcopy(self)
        columns, hidden = values[2].shape
        other.hidden = nn.Linear(values[0].shape[1], hidden).to(values[0])
        other.head = nn.Linear(hidden, columns).to(values[0])
        layers = (other.hidden.weight, other.hidden.bias, other.head.weight, other.head.bias)
        for layer, value in zip(layers, values, strict=True):
            layer.copy_(value)
        return other


def pool_tokens(image_tokens: Tensor) -> Tensor:
    """Return image tokens (B, g^3, C) averaged to (B, `IMAGE_SIDE`^3, C), if they are more."""
    count, tokens, width = image_tokens.shape
    side = round(tokens ** (1 / 3))
    if side <= IMAGE_SIDE or side**3 != tokens:
        return image_tokens
    grid = image_tokens.transpose(1, 2).reshape(count, width, side, side, side)
    return F.adaptive_avg_pool3d(grid, IMAGE_SIDE).flatten(2).transpose(1, 2)


def _ignored(sparse_tokens: int, point_labels: Tensor) -> Tensor:
    """Return which prompt tokens (B, N' + N) stand for padding, both sparse and local ones.

    A row of nothing but padding keeps all, because attention needs something to look at.
    """
    padding = point_labels < 0
    sparse = torch.zeros(len(padding), sparse_tokens, dtype=torch.bool, device=padding.device)
    shared = min(sparse_tokens, padding.shape[1])
    sparse[:, :shared] = padding[:, :shared]
    ignored = torch.cat([sparse, padding], dim=1)
    return ignored & ~ignored.all(dim=1, keepdim=True)


class _Attention(nn.Module):
    """Attention, residual, normalisation."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm = nn.LayerNorm(width)

    def forward(self, query: Tensor, key: Tensor, ignored: Tensor | None = None) -> Tensor:
        """Return (B, Q, C) for queries (B, Q, C) and keys (B, K, C); `ignored` (B, K)."""
        mask = None
        if ignored is not None:
            # key_padding_mask would do, but makes PyTorch import sympy at the first click: 0.5 s.
            mask = ignored[:, None].expand(-1, query.shape[1], -1)
            mask = mask.repeat_interleave(self.attention.num_heads, dim=0)
        attended, _ = self.attention(query, key, key, attn_mask=mask, need_weights=False)
        normed: Tensor = self.norm(query + attended)
        return normed
