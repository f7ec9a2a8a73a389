"""A small, exact model of the family protocol: what resembles the clicked voxels is foreground.

It stands in for the networks where a test asks whether crops, frames and histories are right:
its answer on a uniform object is known. It counts what the engine asks of it.
"""

import torch
from torch import nn
from torch.nn import functional as F

from sammoe.model.backbone import FirstDecoded, PromptEmbeddings
from sammoe.model.extent import BINS, extent_bins


class SimilarGrey(nn.Module):
    """A backbone whose embedding is the patch itself, at half its resolution."""

    architecture = "similar-grey"
    embed_dim = 4
    local_dim = 1
    starts_with_zero_logits = False
    takes_unknown_parts = False
    takes_curves = False
    predicts_extent = False
    corrects_one_way = False
    computes_in_bfloat16 = False

    def __init__(self, patch_size=32):
        super().__init__()
        self.patch_size = patch_size
        self.logits_size = patch_size // 2
        self.encoded = self.decoded = 0
        self.fed_masks = []
        self.fed_curves = []
        self.fed_points = []
        self.contexts = []

    def encode_image(self, patch, context=None):
        self.encoded += 1
        self.contexts.append(context)
        return patch

    def encode_prompts(
        self,
        image_embedding,
        *,
        point_coords,
        point_labels,
        box=None,
        mask_logits=None,
        curves=None,
    ):
        self.fed_masks.append(mask_logits)
        self.fed_curves.append(curves)
        self.fed_points.append((point_coords, point_labels))
        labels = point_labels.float()[..., None]
        sparse = torch.cat([point_coords, labels], dim=-1)
        value = self.local_features(image_embedding, point_coords)
        positive = (point_labels == 1).float()[..., None]
        if box is not None and positive.sum() == 0:
            middle = box.mean(dim=1, keepdim=True)
            wanted = self.local_features(image_embedding, middle)[:, 0]
        else:
            wanted = (value * positive).sum(1) / positive.sum(1).clamp(min=1)
        pooled = F.avg_pool3d(image_embedding, 2)
        closeness = 1.0 - (pooled - wanted[:, :, None, None, None]).abs()
        return PromptEmbeddings(sparse, closeness * 10)

    def new_decoder(self):
        return Scaled(1.0)

    def decode(self, decoder, image_embedding, prompt_embeddings):
        self.decoded += 1
        return decoder(prompt_embeddings.dense)

    def image_tokens(self, image_embedding):
        return image_embedding.new_zeros(len(image_embedding), 8, self.embed_dim)

    def encoded_patch(self, image_embedding):
        return image_embedding

    def local_features(self, image_embedding, point_coords):
        at = point_coords.round().long().clamp(0, image_embedding.shape[-1] - 1)
        return image_embedding[0, 0][at[..., 0], at[..., 1], at[..., 2]][..., None]


class SimilarGreyWithExtent(SimilarGrey):
    """The same, which also says how far what it draws reaches from the click."""

    predicts_extent = True

    def encode_prompts(self, image_embedding, *, point_coords, point_labels, **others):
        self.click = point_coords[0, 0] if point_coords.shape[1] else None
        return super().encode_prompts(
            image_embedding, point_coords=point_coords, point_labels=point_labels, **others
        )

    def decode_first(self, decoder, image_embedding, prompt_embeddings):
        decoded = self.decode(decoder, image_embedding, prompt_embeddings)
        return FirstDecoded(self._extent(decoded), decoded, torch.zeros(1))

    def _extent(self, decoded):
        size = torch.tensor(decoded.shape[2:])
        inside = torch.nonzero(decoded[0, 0] > 0).float()
        if len(inside) == 0:
            return torch.zeros(1, 2, 3, BINS)
        faces = torch.stack([inside.amin(0) - 0.5, inside.amax(0) + 0.5]) + 0.5
        click = (self.click + 0.5) * (size / self.patch_size)
        away = ((faces - click).abs() / size).clamp(min=1e-3)
        bins = torch.as_tensor(extent_bins()).float()
        return -40.0 * (away.log()[None, ..., None] - bins.log()).abs()


class Scaled(nn.Module):
    """A decoder that shifts the logits, so that each decoder's answer can be told."""

    def __init__(self, factor, shift=0.0):
        super().__init__()
        self.factor, self.shift = factor, shift

    def forward(self, dense):
        return dense * self.factor + self.shift


class FixedGate(nn.Module):
    """A gate that answers the same logits and counts how often it was asked."""

    def __init__(self, *logits):
        super().__init__()
        self.logits = torch.tensor([logits])
        self.asked = 0

    def forward(self, sparse, image_tokens, local_features, point_labels):
        self.asked += 1
        return self.logits


class ChangingGate(nn.Module):
    """A gate that gives its one expert a chance each time it is asked, the last one from then on.

    Args:
        chances: In the order of the questions.
    """

    def __init__(self, *chances):
        super().__init__()
        self.chances = chances
        self.asked = 0

    def forward(self, sparse, image_tokens, local_features, point_labels):
        chance = torch.tensor(self.chances[min(self.asked, len(self.chances) - 1)])
        self.asked += 1
        return torch.stack([chance, 1 - chance]).log()[None]
