"""What the image encoder made of a place: it runs once for each."""

import torch

from ..crop import Crop
from ..model.backbone import ImageEmbedding
from ..model.sam_moe import SamMoE
from ..patch import patch_context, prepare_patch
from .bounded_cache import BoundedCache
from .device import DeviceLadder
from .question import Question

MOST_BYTES = 96 << 20


class Embeddings:
    """Encodes crops and keeps what came of the latest ones.

    Args:
        model: Its encoder.
        bundle_hash: Identity of the weights.
    """

    def __init__(self, model: SamMoE, bundle_hash: str) -> None:
        self._model = model
        self._bundle_hash = bundle_hash
        self._kept: BoundedCache[ImageEmbedding] = BoundedCache(MOST_BYTES)

    def clear(self) -> None:
        """Forget all of them: their device is left."""
        self._kept.clear()

    def of(self, question: Question, crop: Crop, ladder: DeviceLadder) -> ImageEmbedding:
        """Return what the encoder makes of a crop, on the device the model is on."""
        window = question.window.name if question.window else "z-positive"
        key = (question.volume.content_hash, crop.key, window, self._bundle_hash)
        embedding = self._kept.get(key)
        if embedding is not None:
            return embedding
        with question.stages("extract"):
            patch = prepare_patch(question.volume, crop, question.window)
        with question.stages("encode"), torch.inference_mode(), ladder.precision():
            tensor = torch.from_numpy(patch)[None, None].to(ladder.device)
            context = torch.from_numpy(patch_context(crop, question.window))[None].to(tensor.device)
            embedding = self._model.encode_image(tensor, context)
        self._kept.put(key, embedding)
        return embedding
