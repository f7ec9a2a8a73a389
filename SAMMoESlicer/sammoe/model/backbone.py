"""The protocol a foundation model fulfils; gate, selector, engine and training know only this.

A family is a folder beside this file with its image encoder, prompt encoder, mask decoder and
`build.py`. Positions are `patch ijk`: index n of a position counts along spatial axis n of the
patch tensor, integer at the voxel's centre.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from torch import Tensor, nn

ImageEmbedding = Any
"""What `encode_image` returns: the family's own, opaque to everyone else, cacheable."""

UNKNOWN_LOGIT = -8.0
"""What stands for an earlier mask where none is known, for a family that must be told."""


class PromptEmbeddings(NamedTuple):
    """What the prompt encoder says of the prompts.

    Attributes:
        sparse: (B, N', C) `sparse_prompt_embeddings`, C = `Backbone.embed_dim`.
        dense: `dense_prompt_embeddings`, (B, C', d, h, w), the family's own resolution.
    """

    sparse: Tensor
    dense: Tensor


@runtime_checkable
class Backbone(Protocol):
    """One promptable 3-D foundation model: an image encoder, a prompt encoder, a kind of decoder.

    Attributes:
        architecture: The family's name, as `bundle.json` spells it.
        patch_size: Voxels along each axis of the patch it is fed by default.
        logits_size: Voxels along each axis of the logits it returns for that patch.
        embed_dim: Width of prompt tokens and of `image_tokens`.
        local_dim: Width of `local_features`.
        starts_with_zero_logits: The first click of an object is given mask logits of zero, as
            SAM-Med3D's inference does, instead of no mask.
        takes_unknown_parts: Earlier logits may be NaN where nothing is known of them.
        takes_curves: `encode_prompts` takes maps of scribbles and lassos; otherwise there are none.
        predicts_extent: It also says how far a clicked object reaches, by `decode_first`.
        corrects_one_way: Masks get better where a foreground click only adds to the mask before
            and a background click only takes away from it.
        computes_in_bfloat16: Its arithmetic may run under bfloat16 autocast where the CPU has the
            instructions; it was trained so.
    """

    architecture: str
    patch_size: int
    logits_size: int
    embed_dim: int
    local_dim: int
    starts_with_zero_logits: bool
    takes_unknown_parts: bool
    takes_curves: bool
    predicts_extent: bool
    corrects_one_way: bool
    computes_in_bfloat16: bool

    def encode_image(self, patch: Tensor, context: Tensor | None = None) -> ImageEmbedding:
        """Encode a normalised patch (B, 1, D, H, W).

        Args:
            patch: What is looked at.
            context: (B, 4) mm between voxels along each axis and 1 for CT, 0 for others; NaN or
                None: not known. A family that was trained at one voxel size takes no notice.
        """

    def encode_prompts(
        self,
        image_embedding: ImageEmbedding,
        *,
        point_coords: Tensor,
        point_labels: Tensor,
        box: Tensor | None = None,
        mask_logits: Tensor | None = None,
        curves: Tensor | None = None,
    ) -> PromptEmbeddings:
        """Encode prompts of one object.

        Args:
            image_embedding: What `encode_image` returned.
            point_coords: (B, N, 3) patch ijk; N may be 0.
            point_labels: (B, N) 1 foreground, 0 background, -1 padding.
            box: (B, 2, 3) patch ijk corners, low then high; or None.
            mask_logits: (B, 1, d, h, w) previous logits, NaN where they are not
                known; None: no earlier mask.
            curves: (B, 4, D, H, W) 0 to 1, where scribbles run on the object and beside it, and
                what lassos hold and cut away; None: there are none.

        Raises:
            PromptError: A kind of prompt the weights were never trained on.
        """

    def new_decoder(self) -> nn.Module:
        """Return a freshly initialised mask decoder of this family."""

    def decode(
        self,
        decoder: nn.Module,
        image_embedding: ImageEmbedding,
        prompt_embeddings: PromptEmbeddings,
    ) -> Tensor:
        """Return mask logits (B, 1, d, h, w) of one decoder."""

    def image_tokens(self, image_embedding: ImageEmbedding) -> Tensor:
        """Return the coarse image tokens (B, T, embed_dim) the gate attends to."""

    def encoded_patch(self, image_embedding: ImageEmbedding) -> Tensor | None:
        """Return the normalised patch (B, 1, D, H, W) itself, where the embedding keeps it."""

    def local_features(self, image_embedding: ImageEmbedding, point_coords: Tensor) -> Tensor:
        """Return fine features around positions (B, N, 3) patch ijk, shape (B, N, local_dim)."""


@runtime_checkable
class DecodesTogether(Protocol):
    """A family that decodes the same prompts with several decoders for less than one by one."""

    def decode_together(
        self,
        decoders: Sequence[nn.Module],
        image_embedding: ImageEmbedding,
        prompt_embeddings: PromptEmbeddings,
    ) -> list[Tensor]:
        """Return what `decode` returns of each decoder."""


class FirstDecoded(NamedTuple):
    """What a first look says of a clicked object.

    Attributes:
        extent_logits: (B, 2, 3, BINS) how far it reaches; see `model.extent`.
        mask_logits: (B, 1, d, h, w).
        quality: (B,) the intersection over union the decoder expects of it, 0 to 1.
    """

    extent_logits: Tensor
    mask_logits: Tensor
    quality: Tensor


class DecodesFirst(Protocol):
    """A family that predicts extents."""

    def decode_first(
        self,
        decoder: nn.Module,
        image_embedding: ImageEmbedding,
        prompt_embeddings: PromptEmbeddings,
    ) -> FirstDecoded:
        """Return how far an object with one foreground click reaches, by any of the decoders."""
