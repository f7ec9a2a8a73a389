"""Image embeddings by volume content, crop and bundle: an encoder runs once per place."""

from collections.abc import Hashable
from typing import Any

import torch

from ..model.backbone import ImageEmbedding
from .bounded_cache import BoundedCache

MOST_BYTES = 96 << 20


def embedding_cache(most_bytes: int = MOST_BYTES) -> BoundedCache[ImageEmbedding]:
    """Return an empty cache for image embeddings of any family."""
    return BoundedCache(most_bytes, size_of=embedding_bytes)


def embedding_key(volume_hash: str, crop_key: Hashable, window: str, bundle: str) -> Hashable:
    """Return what makes two embeddings the same."""
    return volume_hash, crop_key, window, bundle


def embedding_bytes(embedding: Any) -> int:
    """Return the bytes of all tensors in an embedding (a tensor, or a tuple or dict of them)."""
    if isinstance(embedding, torch.Tensor):
        return embedding.numel() * embedding.element_size()
    if isinstance(embedding, dict):
        return sum(embedding_bytes(value) for value in embedding.values())
    if isinstance(embedding, tuple | list):
        return sum(embedding_bytes(value) for value in embedding)
    return 0
