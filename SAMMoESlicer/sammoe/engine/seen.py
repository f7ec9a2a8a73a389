"""A crop and the prompts on it, as decoders and the gate take them."""

from typing import NamedTuple

from ..model.backbone import ImageEmbedding, PromptEmbeddings
from .patch_inputs import PromptTensors

BOX_DECODER_CLICKS = 3
"""Up to so many clicks the decoder for boxes takes part: it knows what fills a box, and with more
clicks the usual one is better at the border."""


class Seen(NamedTuple):
    """What is known of one object on one crop.

    Attributes:
        embedding: Of the crop.
        prompts: In the crop's frame.
        encoded: The same, encoded.
    """

    embedding: ImageEmbedding
    prompts: PromptTensors
    encoded: PromptEmbeddings

    @property
    def boxed(self) -> bool:
        """Say whether the object is known by a box rather than by clicks."""
        few = self.prompts["point_coords"].shape[1] <= BOX_DECODER_CLICKS
        return few and self.prompts["box"] is not None
