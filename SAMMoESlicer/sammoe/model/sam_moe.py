"""SAM-Med3D-MoE (Wang et al., MICCAI 2024, figure 1): one backbone, many mask decoders, a gate."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import cast

import torch
from torch import Tensor, nn

from ..errors import CheckpointError, PromptError
from ..options import GENERAL
from .backbone import Backbone, DecodesTogether, ImageEmbedding, PromptEmbeddings
from .drawn_mask import local_tokens
from .gate import Gate

GENERAL_PREFIX = "mask_decoder."


class SamMoE(nn.Module):
    """A general promptable model and its experts.

    The encoders and the general decoder are the foundation model; an expert is a second mask
    decoder on the same frozen encoders, so that adding one changes nothing else.

    Args:
        backbone: Image and prompt encoder of any family.
        general: The general mask decoder.
        second_decoder: A second general one: where it takes part, the two are averaged; None:
            there is none.
        experts: Expert id to mask decoder, in the order of the gate's columns.
        gate: Scores experts and 'general'; None gives 'general' everything.

    Attributes:
        on_expert: Called with every decoder that is made at its first use.
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        general: nn.Module,
        second_decoder: nn.Module | None = None,
        experts: Mapping[str, nn.Module | Callable[[], nn.Module]] | None = None,
        gate: Gate | None = None,
    ) -> None:
        super().__init__()
        self._expert_ids: list[str] = []
        self._later: dict[str, Callable[[], nn.Module]] = {}
        self.on_expert: list[Callable[[nn.Module], object]] = []
        self.backbone = cast(nn.Module, backbone)
        self.general = general
        self.second_decoder = second_decoder
        self.expert_decoders = nn.ModuleList()
        self.gate_network = gate
        for expert_id, decoder in (experts or {}).items():
            self.add_expert(expert_id, decoder)

    @property
    def family(self) -> Backbone:
        """The backbone as the protocol it fulfils."""
        return cast(Backbone, self.backbone)

    @property
    def expert_ids(self) -> tuple[str, ...]:
        """Ids of the experts; the gate's columns are these and 'general' last."""
        return tuple(self._expert_ids)

    def add_expert(self, expert_id: str, decoder: nn.Module | Callable[[], nn.Module]) -> None:
        """Append an expert; the gate must be given a column for it before it can be chosen.

        Args:
            expert_id: Its id.
            decoder: Its mask decoder, or what makes it at its first use.
        """
        if expert_id == GENERAL or expert_id in self._expert_ids:
            raise CheckpointError(f"an expert '{expert_id}' exists already; choose another id")
        self._expert_ids.append(expert_id)
        if not isinstance(decoder, nn.Module):
            self._later[expert_id] = decoder
            decoder = nn.Identity()
        self.expert_decoders.append(decoder)

    def decoder(self, expert: str | None) -> nn.Module:
        """Return an expert's mask decoder, or the general one for None or 'general'.

        Raises:
            PromptError: No such expert.
            CheckpointError: Its weights, which are read now, cannot be.
        """
        if expert is None or expert == GENERAL:
            return self.general
        if expert not in self._expert_ids:
            known = ", ".join(self._expert_ids) or "none"
            raise PromptError(f"there is no expert '{expert}' in this bundle; pin one of: {known}")
        place = self._expert_ids.index(expert)
        if expert in self._later:
            self.expert_decoders[place] = self._made(expert)
        return self.expert_decoders[place]

    def _made(self, expert: str) -> nn.Module:
        """Return a decoder that is made now, where the others are."""
        decoder = self._later[expert]()
        ours = next(iter((*self.backbone.parameters(), *self.backbone.buffers())))
        decoder = decoder.to(ours.device).train(self.training)
        del self._later[expert]
        for heard in self.on_expert:
            heard(decoder)
        return decoder

    def encode_image(self, patch: Tensor, context: Tensor | None = None) -> ImageEmbedding:
        """Encode a normalised patch (B, 1, D, H, W) of a context (B, 4); slow, once per crop."""
        return self.family.encode_image(patch, context)

    def decode(
        self,
        image_embedding: ImageEmbedding,
        *,
        point_coords: Tensor,
        point_labels: Tensor,
        box: Tensor | None = None,
        mask_logits: Tensor | None = None,
        curves: Tensor | None = None,
        expert: str | None = None,
        both: bool = False,
    ) -> Tensor:
        """Return mask logits (B, 1, d, h, w) of one decoder.

        Args:
            image_embedding: From `encode_image`.
            point_coords: (B, N, 3) patch ijk.
            point_labels: (B, N) 1 foreground, 0 background, -1 padding.
            box: (B, 2, 3) patch ijk, low and high corner, or None.
            mask_logits: (B, 1, d, h, w) the previous logits; None: there are none.
            curves: (B, 4, D, H, W) maps of scribbles and lassos; None: there are none.
            expert: An expert's id; None is the general decoder.
            both: As for `decode_together`.
        """
        prompt_embeddings = self.family.encode_prompts(
            image_embedding,
            point_coords=point_coords,
            point_labels=point_labels,
            box=box,
            mask_logits=mask_logits,
            curves=curves,
        )
        (logits,) = self.decode_together(image_embedding, prompt_embeddings, [expert], both=both)
        return logits

    def decode_together(
        self,
        image_embedding: ImageEmbedding,
        prompt_embeddings: PromptEmbeddings,
        experts: Sequence[str | None],
        *,
        both: bool,
    ) -> list[Tensor]:
        """Return what several decoders make of the same prompts, each (B, 1, d, h, w).

        Args:
            image_embedding: From `encode_image`.
            prompt_embeddings: From the family's `encode_prompts`; what decoders make of them alike
                is made once.
            experts: Experts' ids; None is the general decoder.
            both: A second general decoder takes part, if there is one; beside an expert it draws in
                the place of both, which is as good and saves a decoder.
        """
        general = self._general_decoders(both)
        if len(experts) > 1:
            general = general[-1:]
        decoders = [general if expert is None else [self.decoder(expert)] for expert in experts]
        drawn = iter(self._decoded(image_embedding, prompt_embeddings, list(chain(*decoders))))
        return [mean_logits([next(drawn) for _ in some]) for some in decoders]

    def decode_general(
        self,
        image_embedding: ImageEmbedding,
        prompt_embeddings: PromptEmbeddings,
        *,
        both: bool,
    ) -> list[Tensor]:
        """Return what each general decoder draws, (B, 1, d, h, w); `mean_logits` is what counts.

        Args:
            image_embedding: From `encode_image`.
            prompt_embeddings: From the family's `encode_prompts`.
            both: As for `decode_together`.
        """
        decoders = self._general_decoders(both)
        return self._decoded(image_embedding, prompt_embeddings, decoders)

    def _general_decoders(self, both: bool) -> list[nn.Module]:
        """Return those that draw, the second one last."""
        if both and self.second_decoder is not None:
            return [self.general, self.second_decoder]
        return [self.general]

    def _decoded(
        self,
        image_embedding: ImageEmbedding,
        prompt_embeddings: PromptEmbeddings,
        decoders: Sequence[nn.Module],
    ) -> list[Tensor]:
        family = self.family
        if isinstance(family, DecodesTogether):
            return family.decode_together(decoders, image_embedding, prompt_embeddings)
        return [family.decode(d, image_embedding, prompt_embeddings) for d in decoders]

    def gate(
        self,
        image_embedding: ImageEmbedding,
        *,
        point_coords: Tensor,
        point_labels: Tensor,
        box: Tensor | None = None,
        mask_logits: Tensor | None = None,
        curves: Tensor | None = None,
        general_logits: Tensor | None = None,
        prompt_embeddings: PromptEmbeddings | None = None,
    ) -> Tensor:
        """Return the gate's softmax over experts and 'general' (last), shape (B, m + 1).

        Args:
            image_embedding: From `encode_image`.
            point_coords: (B, N, 3) patch ijk.
            point_labels: (B, N) 1 foreground, 0 background, -1 padding.
            box: (B, 2, 3) patch ijk; the gate sees it through what the general decoder drew.
            mask_logits: (B, 1, d, h, w) the previous logits; None: there are none.
            curves: (B, 4, D, H, W) maps of scribbles and lassos, seen as a box is.
            general_logits: What the general decoder drew for these prompts, if it is known.
            prompt_embeddings: Of these prompts, if they are known.
        """
        if self.gate_network is None or not self._expert_ids:
            scores = point_coords.new_zeros(len(point_coords), len(self._expert_ids) + 1)
            scores[:, -1] = 1.0
            return scores
        if general_logits is None:
            with torch.no_grad():
                encoded = self.family.encode_prompts(
                    image_embedding,
                    point_coords=point_coords,
                    point_labels=point_labels,
                    box=box,
                    mask_logits=mask_logits,
                    curves=curves,
                )
                general_logits = self.family.decode(self.general, image_embedding, encoded)
        inputs = self.gate_inputs(
            image_embedding,
            general_logits,
            point_coords=point_coords,
            point_labels=point_labels,
            prompt_embeddings=None if box is not None else prompt_embeddings,
        )
        return torch.softmax(self.gate_network(*inputs).float(), dim=-1)

    def gate_inputs(
        self,
        image_embedding: ImageEmbedding,
        general_logits: Tensor,
        *,
        point_coords: Tensor,
        point_labels: Tensor,
        prompt_embeddings: PromptEmbeddings | None = None,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return what the gate network takes: sparse, image tokens, local features, labels.

        Args:
            image_embedding: From `encode_image`.
            general_logits: (B, 1, d, h, w) of the general decoder.
            point_coords: (B, N, 3) patch ijk.
            point_labels: (B, N) 1 foreground, 0 background, -1 padding.
            prompt_embeddings: Of these points without a box, if they are known: the points' tokens
                depend on nothing else.
        """
        family = self.family
        encoded = prompt_embeddings or family.encode_prompts(
            image_embedding, point_coords=point_coords, point_labels=point_labels
        )
        local, labels = local_tokens(
            family,
            image_embedding,
            general_logits,
            point_coords=point_coords,
            point_labels=point_labels,
        )
        tokens = family.image_tokens(image_embedding)
        return encoded.sparse[:, : point_coords.shape[1]], tokens, local, labels

    def general_state_dict(self) -> dict[str, Tensor]:
        """Return backbone and general decoder under upstream's names, as bundles store them."""
        state = dict(self.backbone.state_dict())
        decoder = self.general.state_dict()
        return state | {f"{GENERAL_PREFIX}{name}": value for name, value in decoder.items()}


def mean_logits(drawn: Sequence[Tensor]) -> Tensor:
    """Return the mean of logits (B, 1, d, h, w) of several decoders, or the only ones."""
    return drawn[0] if len(drawn) == 1 else torch.stack(list(drawn)).mean(dim=0)
