"""SAM-Med3D spelled out step by step, slow and plain: what the fast code must be equal to.

Every function works on a state dict with upstream's names and computes what upstream computes,
padding included: grids are filled with zero tokens up to whole windows, all tokens of a window
attend to all, all four masks are made. Nothing here is shared with `sammoe.model.sam_med3d`.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

State = dict[str, Tensor]


def part(state: State, prefix: str) -> State:
    """Return the members below a prefix, without it."""
    return {name[len(prefix) :]: value for name, value in state.items() if name.startswith(prefix)}


def encode_image(state: State, patch: Tensor, *, num_heads: int) -> Tensor:
    """Return the image embedding (B, C, g, g, g) of a patch (B, 1, D, H, W)."""
    kernel = state["patch_embed.proj.weight"]
    tokens = F.conv3d(patch, kernel, state["patch_embed.proj.bias"], stride=kernel.shape[-1])
    tokens = tokens.permute(0, 2, 3, 4, 1) + state["pos_embed"]
    depth = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("blocks."))
    for index in range(depth):
        tokens = encoder_block(part(state, f"blocks.{index}."), tokens, num_heads=num_heads)
    features = F.conv3d(tokens.permute(0, 4, 1, 2, 3), state["neck.0.weight"])
    features = channel_norm(features, state["neck.1.weight"], state["neck.1.bias"])
    features = F.conv3d(features, state["neck.2.weight"], padding=1)
    return channel_norm(features, state["neck.3.weight"], state["neck.3.bias"])


def encoder_block(state: State, tokens: Tensor, *, num_heads: int) -> Tensor:
    """Windowed attention and MLP with residuals on tokens (B, D, H, W, C)."""
    normed = layer_norm(tokens, part(state, "norm1."), eps=1e-6)
    tokens = tokens + windowed_attention(part(state, "attn."), normed, num_heads=num_heads)
    normed = layer_norm(tokens, part(state, "norm2."), eps=1e-6)
    hidden = F.gelu(linear(normed, part(state, "mlp.lin1.")))
    return tokens + linear(hidden, part(state, "mlp.lin2."))


def windowed_attention(state: State, tokens: Tensor, *, num_heads: int) -> Tensor:
    """Pad to whole windows, attend within each over every token of it, cut the padding off."""
    batch, *grid, channels = tokens.shape
    window = (len(state["rel_pos_d"]) + 1) // 2
    counts = [math.ceil(size / window) for size in grid]
    padded = tokens.new_zeros(batch, *(count * window for count in counts), channels)
    padded[:, : grid[0], : grid[1], : grid[2]] = tokens
    mixed = torch.empty_like(padded)
    for d in range(0, padded.shape[1], window):
        for h in range(0, padded.shape[2], window):
            for w in range(0, padded.shape[3], window):
                here = (slice(None), *(slice(a, a + window) for a in (d, h, w)))
                mixed[here] = attention(state, padded[here], num_heads=num_heads)
    return mixed[:, : grid[0], : grid[1], : grid[2]]


def attention(state: State, tokens: Tensor, *, num_heads: int) -> Tensor:
    """Attend over all tokens of a cube (B, s, s, s, C), with upstream's relative positions.

    Upstream lays the three terms over the logits (qd, qh, qw, kd, kh, kw) so that the key axis of
    each falls on kw and the query axis w of the last two falls on kd and kh.
    """
    batch, size = tokens.shape[:2]
    count = size**3
    qkv = linear(tokens, part(state, "qkv.")).view(batch, count, 3, num_heads, -1)
    queries, keys, values = (x.transpose(1, 2).flatten(0, 1) for x in qkv.unbind(2))
    logits = (queries * queries.shape[-1] ** -0.5) @ keys.transpose(1, 2)

    placed = queries.view(-1, size, size, size, queries.shape[-1])
    index = torch.arange(size)[:, None] - torch.arange(size)[None, :] + size - 1
    along_d = torch.einsum("bdhwc,dkc->bdhwk", placed, state["rel_pos_d"][index])
    along_h = torch.einsum("bdhwc,hkc->bdhwk", placed, state["rel_pos_h"][index])
    along_w = torch.einsum("bdhwc,wkc->bdhwk", placed, state["rel_pos_w"][index])
    logits = (
        logits.view(-1, *[size] * 6)
        + along_d[:, :, :, :, None, None, :]
        + along_h[:, :, :, None, :, None, :]
        + along_w[:, :, :, None, None, :, :]
    ).view(-1, count, count)

    mixed = logits.softmax(dim=-1) @ values
    mixed = mixed.view(batch, num_heads, count, -1).transpose(1, 2).reshape(tokens.shape)
    return linear(mixed, part(state, "proj."))


def encode_points(state: State, points: Tensor, labels: Tensor, *, patch_size: int) -> Tensor:
    """Return the tokens (B, N + 1, C) of points (B, N, 3) patch ijk and labels (B, N)."""
    rows = []
    for one, one_labels in zip(points, labels.tolist(), strict=True):
        tokens = []
        for position, label in zip(one, one_labels, strict=True):
            if label == -1:
                tokens.append(state["not_a_point_embed.weight"][0])
            else:
                kind = state[f"point_embeddings.{label}.weight"][0]
                tokens.append(encode_position(state, (position + 0.5) / patch_size) + kind)
        rows.append(torch.stack([*tokens, state["not_a_point_embed.weight"][0]]))
    return torch.stack(rows)


def encode_position(state: State, position: Tensor) -> Tensor:
    """Return the encoding (C,) of a position (3,) in 0..1."""
    phase = (
        2 * math.pi * ((2 * position - 1) @ state["pe_layer.positional_encoding_gaussian_matrix"])
    )
    return torch.cat([phase.sin(), phase.cos(), phase.sin()])


def grid_positions(state: State, grid: int) -> Tensor:
    """Return the encoded positions (C, g, g, g); the first two axes are exchanged."""
    matrix = state["pe_layer.positional_encoding_gaussian_matrix"]
    encoded = matrix.new_empty(3 * matrix.shape[1], grid, grid, grid)
    for d in range(grid):
        for h in range(grid):
            for w in range(grid):
                position = (matrix.new_tensor([h, d, w]) + 0.5) / grid
                encoded[:, d, h, w] = encode_position(state, position)
    return encoded


def encode_mask(state: State, mask_logits: Tensor | None, *, grid: int, batch: int) -> Tensor:
    """Return the dense embedding (B, C, g, g, g) of previous logits (B, 1, 4 g, 4 g, 4 g)."""
    if mask_logits is None:
        embed = state["no_mask_embed.weight"].view(1, -1, 1, 1, 1)
        return embed.repeat(batch, 1, grid, grid, grid)
    features, path = mask_logits, part(state, "mask_downscaling.")
    for conv, norm in ((0, 1), (3, 4)):
        features = F.conv3d(features, path[f"{conv}.weight"], path[f"{conv}.bias"], stride=2)
        features = channel_norm(features, path[f"{norm}.weight"], path[f"{norm}.bias"])
        features = F.gelu(features)
    return F.conv3d(features, path["6.weight"], path["6.bias"])


def decode(
    state: State, embedding: Tensor, positions: Tensor, sparse: Tensor, dense: Tensor
) -> Tensor:
    """Return the logits (B, 4, 4 g, 4 g, 4 g) of all four masks."""
    batch = len(sparse)
    own = torch.cat([state["iou_token.weight"], state["mask_tokens.weight"]])
    prompt = torch.cat([own.repeat(batch, 1, 1), sparse], dim=1)
    image = (embedding + dense).flatten(2).transpose(1, 2)
    place = positions.flatten(1).T[None]
    tokens = prompt
    for index in range(2):
        layer = part(state, f"transformer.layers.{index}.")
        if index == 0:
            tokens = mix(part(layer, "self_attn."), tokens, tokens, tokens)
        else:
            asking = tokens + prompt
            tokens = tokens + mix(part(layer, "self_attn."), asking, asking, tokens)
        tokens = layer_norm(tokens, part(layer, "norm1."))
        to_image = part(layer, "cross_attn_token_to_image.")
        tokens = tokens + mix(to_image, tokens + prompt, image + place, image)
        tokens = layer_norm(tokens, part(layer, "norm2."))
        hidden = linear(tokens, part(layer, "mlp.lin1.")).relu()
        tokens = layer_norm(
            tokens + linear(hidden, part(layer, "mlp.lin2.")), part(layer, "norm3.")
        )
        to_token = part(layer, "cross_attn_image_to_token.")
        image = image + mix(to_token, image + place, tokens + prompt, tokens)
        image = layer_norm(image, part(layer, "norm4."))
    last = part(state, "transformer.final_attn_token_to_image.")
    tokens = tokens + mix(last, tokens + prompt, image + place, image)
    tokens = layer_norm(tokens, part(state, "transformer.norm_final_attn."))

    volume = image.transpose(1, 2).reshape(batch, -1, *embedding.shape[2:])
    path = part(state, "output_upscaling.")
    volume = F.conv_transpose3d(volume, path["0.weight"], path["0.bias"], stride=2)
    volume = F.gelu(channel_norm(volume, path["1.weight"], path["1.bias"]))
    volume = F.gelu(F.conv_transpose3d(volume, path["3.weight"], path["3.bias"], stride=2))
    masks = []
    for index in range(len(state["mask_tokens.weight"])):
        kernel = tokens[:, 1 + index]
        layers = part(state, f"output_hypernetworks_mlps.{index}.layers.")
        kernel = linear(kernel, part(layers, "0.")).relu()
        kernel = linear(linear(kernel, part(layers, "1.")).relu(), part(layers, "2."))
        masks.append(torch.einsum("bc,bcdhw->bdhw", kernel, volume))
    return torch.stack(masks, dim=1)


def mix(
    state: State, queries: Tensor, keys: Tensor, values: Tensor, *, num_heads: int = 8
) -> Tensor:
    """Multi-head attention of the decoder."""
    heads = []
    projected = (
        linear(x, part(state, f"{name}_proj.")).chunk(num_heads, dim=-1)
        for name, x in (("q", queries), ("k", keys), ("v", values))
    )
    for q, k, v in zip(*projected, strict=True):
        heads.append((q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(dim=-1) @ v)
    return linear(torch.cat(heads, dim=-1), part(state, "out_proj."))


def linear(features: Tensor, state: State) -> Tensor:
    """Apply a linear layer."""
    return F.linear(features, state["weight"], state["bias"])


def layer_norm(features: Tensor, state: State, *, eps: float = 1e-5) -> Tensor:
    """Normalise over the last axis."""
    return F.layer_norm(features, state["weight"].shape, state["weight"], state["bias"], eps)


def channel_norm(features: Tensor, weight: Tensor, bias: Tensor, *, eps: float = 1e-6) -> Tensor:
    """Normalise (B, C, d, h, w) over C."""
    centred = features - features.mean(dim=1, keepdim=True)
    normed = centred / (centred.pow(2).mean(dim=1, keepdim=True) + eps).sqrt()
    return normed * weight[:, None, None, None] + bias[:, None, None, None]
