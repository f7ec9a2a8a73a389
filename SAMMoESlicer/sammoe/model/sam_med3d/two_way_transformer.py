"""The decoder's transformer: prompt tokens attend to the image and the image to them."""

from torch import Tensor, nn
from torch.nn import functional as F

from .layers import Mlp


class TokenAttention(nn.Module):
    """Multi-head attention whose inner width is `width / reduction`."""

    def __init__(self, width: int, *, num_heads: int, inner_width: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.q_proj = nn.Linear(width, inner_width)
        self.k_proj = nn.Linear(width, inner_width)
        self.v_proj = nn.Linear(width, inner_width)
        self.out_proj = nn.Linear(inner_width, width)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Let queries (B, N, C) attend to keys and values (B, M, C); returns (B, N, C)."""
        projected = (self.q_proj(queries), self.k_proj(keys), self.v_proj(values))
        split = (x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for x in projected)
        mixed = F.scaled_dot_product_attention(*split)
        out: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return out


class TwoWayBlock(nn.Module):
    """Self-attention, tokens to image, MLP, image to tokens; each with residual and norm."""

    def __init__(
        self, width: int, *, num_heads: int, inner_width: int, mlp_width: int, is_first: bool
    ) -> None:
        super().__init__()
        self.self_attn = TokenAttention(width, num_heads=num_heads, inner_width=width)
        self.norm1 = nn.LayerNorm(width)
        self.cross_attn_token_to_image = TokenAttention(
            width, num_heads=num_heads, inner_width=inner_width
        )
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width, mlp_width, activation=nn.ReLU)
        self.norm3 = nn.LayerNorm(width)
        self.norm4 = nn.LayerNorm(width)
        self.cross_attn_image_to_token = TokenAttention(
            width, num_heads=num_heads, inner_width=inner_width
        )
        self.is_first = is_first

    def forward(
        self, tokens: Tensor, image: Tensor, *, token_positions: Tensor, image_positions: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Update prompt tokens (B, N, C) and image tokens (B, T, C).

        The first block's self-attention has neither positions nor a residual, as in SAM.
        """
        if self.is_first:
            tokens = self.self_attn(tokens, tokens, tokens)
        else:
            placed = tokens + token_positions
            tokens = tokens + self.self_attn(placed, placed, tokens)
        tokens = self.norm1(tokens)

        placed_image = image + image_positions
        placed = tokens + token_positions
        tokens = self.norm2(tokens + self.cross_attn_token_to_image(placed, placed_image, image))
        tokens = self.norm3(tokens + self.mlp(tokens))

        placed = tokens + token_positions
        image = self.norm4(image + self.cross_attn_image_to_token(placed_image, placed, tokens))
        return tokens, image


class TwoWayTransformer(nn.Module):
    """A few two-way blocks and a last look of the tokens at the image."""

    def __init__(
        self, width: int, *, depth: int, num_heads: int, inner_width: int, mlp_width: int
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            TwoWayBlock(
                width,
                num_heads=num_heads,
                inner_width=inner_width,
                mlp_width=mlp_width,
                is_first=index == 0,
            )
            for index in range(depth)
        )
        self.final_attn_token_to_image = TokenAttention(
            width, num_heads=num_heads, inner_width=inner_width
        )
        self.norm_final_attn = nn.LayerNorm(width)

    def forward(
        self, tokens: Tensor, image: Tensor, *, image_positions: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the updated tokens (B, N, C) and image tokens (B, T, C)."""
        token_positions = tokens
        for layer in self.layers:
            tokens, image = layer(
                tokens, image, token_positions=token_positions, image_positions=image_positions
            )
        placed, placed_image = tokens + token_positions, image + image_positions
        tokens = tokens + self.final_attn_token_to_image(placed, placed_image, image)
        return self.norm_final_attn(tokens), image
