"""One look at one crop: encode (cached), gate, decode general and top-1, fuse."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..bundle.card import BundleCard
from ..crop import Crop
from ..model.backbone import UNKNOWN_LOGIT, DecodesFirst, ImageEmbedding, PromptEmbeddings
from ..model.sam_moe import SamMoE
from ..model.selector import Selection, fuse, select
from ..options import AUTO, NO_EXPERT, PredictOptions
from ..patch import patch_context, prepare_patch
from .bounded_cache import BoundedCache
from .curve_maps import curve_maps
from .device import DeviceLadder
from .patch_inputs import place_prompts
from .question import Question
from .stages import Cancelled, IsCancelled

Logits = NDArray[np.float32]
Drawn = Callable[[Logits, float], None]
T = TypeVar("T")

EMBEDDING_BYTES = 96 << 20
"""What is kept of image embeddings: an encoder runs once per place."""


class PromptTensors(TypedDict):
    """The prompts as the model's methods take them, one object on the device."""

    point_coords: Tensor
    point_labels: Tensor
    box: Tensor | None
    mask_logits: Tensor | None
    curves: Tensor | None


@dataclass(frozen=True, eq=False)
class Answer:
    """What a look saw.

    Attributes:
        logits: (d, h, w) fused logits.
        scores: Experts' and general's scores.
        selection: The expert used.
    """

    logits: Logits
    scores: tuple[float, ...]
    selection: Selection


class Decoding:
    """The model behind the stages of the figure; knows devices and caches, not histories.

    Args:
        model: Any family with its experts and gate.
        card: What the bundle says of inputs, prompts and thresholds.
        bundle_hash: Part of the embedding's key.
        device: Where to run first.
    """

    def __init__(
        self, model: SamMoE, card: BundleCard, *, bundle_hash: str, device: torch.device
    ) -> None:
        self._model = model.eval()
        self._card = card
        self._bundle_hash = bundle_hash
        self._embeddings: BoundedCache[ImageEmbedding] = BoundedCache(EMBEDDING_BYTES)
        self.ladder = DeviceLadder(
            model,
            device,
            forget=self._embeddings.clear,
            bfloat16=model.family.computes_in_bfloat16,
        )
        self._is_cancelled: IsCancelled = lambda: False
        self._listen_to(model)
        model.on_expert.append(self._listen_to)
        self._tau = [card.tau_of(expert_id) for expert_id in card.expert_ids]

    def look(
        self,
        question: Question,
        crop: Crop,
        previous: Logits | None,
        *,
        latched: tuple[tuple[float, ...], Selection] | None = None,
    ) -> Answer:
        """Segment one crop.

        Args:
            question: What is asked.
            crop: Where to look.
            previous: (d, h, w) logits the object had on this crop, or None.
            latched: Scores and selection decided earlier; None asks the gate.
        """
        return self._run(question, lambda: self._look(question, crop, previous, latched))

    def decode_one(
        self, question: Question, crop: Crop, previous: Logits | None, *, expert: str | None
    ) -> Logits:
        """Return the logits of a single decoder, shape (d, h, w); None is the general one."""

        def work() -> Logits:
            embedding = self._embed(question, crop)
            with question.stages("decode"), torch.inference_mode(), self.ladder.precision():
                prompts = self._prompt_tensors(question, crop, previous)
                return _to_numpy(self._model.decode(embedding, **prompts, expert=expert))

        return self._run(question, work)

    @property
    def logits_size(self) -> int:
        """Voxels along each axis of the logits."""
        return self._model.family.logits_size

    @property
    def predicts_extent(self) -> bool:
        """Say whether the weights guess how far an object reaches."""
        return self._model.family.predicts_extent

    @property
    def corrects_one_way(self) -> bool:
        """Say whether a click on the object should only add, one beside it only take away."""
        return self._model.family.corrects_one_way

    def extent(
        self, question: Question, crop: Crop, *, drawn: Drawn | None = None
    ) -> NDArray[np.float32]:
        """Return how far the general decoder believes the clicked object to reach.

        Args:
            question: What is asked.
            crop: Where to look.
            drawn: Called with the mask's logits (d, h, w) and the expected overlap with the truth,
                where the family says it.

        Returns:
            Logits (2, 3, BINS) of distances, as parts of the crop's sides; see `model.extent`.
        """

        def work() -> NDArray[np.float32]:
            embedding = self._embed(question, crop)
            with question.stages("decode"), torch.inference_mode(), self.ladder.precision():
                prompts = self._prompt_tensors(question, crop, None)
                family: Any = self._model.family
                encoded = family.encode_prompts(embedding, **prompts)
                if drawn is not None and isinstance(family, DecodesFirst):
                    first = family.decode_first(self._model.general, embedding, encoded)
                    logits = first.extent_logits
                    drawn(_to_numpy(first.mask_logits), float(first.quality[0]))
                else:
                    logits = family.decode_extent(self._model.general, embedding, encoded)
            extent: NDArray[np.float32] = logits[0].float().cpu().numpy()
            return extent

        return self._run(question, work)

    def _look(
        self,
        question: Question,
        crop: Crop,
        previous: Logits | None,
        latched: tuple[tuple[float, ...], Selection] | None,
    ) -> Answer:
        embedding = self._embed(question, crop)
        with torch.inference_mode(), self.ladder.precision():
            prompts = self._prompt_tensors(question, crop, previous)
            general = None
            with question.stages("decode"):
                encoded = self._model.family.encode_prompts(embedding, **prompts)
                if latched is None:
                    (general,) = self._model.decode_together(embedding, encoded, [None])
            if general is not None:
                with question.stages("gate"):
                    latched = self._gate(embedding, prompts, encoded, general, question.options)
            assert latched is not None
            scores, selection = latched
            general, top = self._decoded(question, embedding, encoded, general, selection)
            with question.stages("fuse"):
                logits = fuse(general, top, selection, fusion=question.options.fusion)
        return Answer(_to_numpy(logits), scores, selection)

    def _decoded(
        self,
        question: Question,
        embedding: ImageEmbedding,
        encoded: PromptEmbeddings,
        general: Tensor | None,
        selection: Selection,
    ) -> tuple[Tensor, Tensor | None]:
        """Return what the general decoder drew, once, and what the chosen expert did, if any."""
        ids: list[str | None] = [] if general is not None else [None]
        if selection.expert is not None:
            ids.append(self._model.expert_ids[selection.expert])
        decoded = []
        if ids:
            with question.stages("decode"):
                decoded = self._model.decode_together(embedding, encoded, ids)
        drawn = decoded.pop(0) if general is None else general
        return drawn, decoded[0] if decoded else None

    def _embed(self, question: Question, crop: Crop) -> ImageEmbedding:
        window = question.window.name if question.window else "z-positive"
        key = (question.volume.content_hash, crop.key, window, self._bundle_hash)
        embedding = self._embeddings.get(key)
        if embedding is not None:
            return embedding
        with question.stages("extract"):
            patch = prepare_patch(question.volume, crop, question.window)
        with question.stages("encode"), torch.inference_mode(), self.ladder.precision():
            tensor = torch.from_numpy(patch)[None, None].to(self.ladder.device)
            context = torch.from_numpy(patch_context(crop, question.window))[None].to(tensor.device)
            embedding = self._model.encode_image(tensor, context)
        self._embeddings.put(key, embedding)
        return embedding

    def _run(self, question: Question, work: Callable[[], T]) -> T:
        """Work on whichever device has the memory, until nobody wants the answer any more."""
        self._is_cancelled = question.stages.is_cancelled
        return self.ladder.run(work)

    def _listen_to(self, part: torch.nn.Module) -> None:
        """Be asked before each layer whether it is still wanted."""
        for module in part.modules():
            if next(module.children(), None) is None:
                module.register_forward_pre_hook(self._check_wanted)

    def _check_wanted(self, *_: object) -> None:
        """Leave between two layers; an encoder takes too long to wait for its end."""
        if self._is_cancelled():
            raise Cancelled("the prediction was cancelled")

    def _gate(
        self,
        embedding: ImageEmbedding,
        prompts: PromptTensors,
        encoded: PromptEmbeddings,
        general_logits: Tensor,
        options: PredictOptions,
    ) -> tuple[tuple[float, ...], Selection]:
        (scores,) = self._model.gate(
            embedding, **prompts, general_logits=general_logits, prompt_embeddings=encoded
        )
        scores = scores.float().cpu()
        ids = self._model.expert_ids
        general = float(scores[-1])
        if options.expert == NO_EXPERT:
            selection = Selection(None, 0.0, general)
        elif options.expert != AUTO:
            selection = Selection(ids.index(options.expert), 1.0, general)
        else:
            tau = self._tau if options.tau is None else [options.tau] * len(ids)
            muted = frozenset(ids.index(expert) for expert in options.muted)
            selection = select(scores, tau, muted=muted)
        return tuple(scores.tolist()), selection

    def _prompt_tensors(
        self, question: Question, crop: Crop, previous: Logits | None
    ) -> PromptTensors:
        placed = place_prompts(
            question.prompts, crop, boxes_trained="box" in self._card.prompt_kinds
        )
        device = self.ladder.device
        if previous is None and self._model.family.starts_with_zero_logits:
            previous = np.zeros((self._model.family.logits_size,) * 3, np.float32)
        if previous is not None and not self._model.family.takes_unknown_parts:
            previous = np.nan_to_num(previous, nan=UNKNOWN_LOGIT)
        box = None if placed.box is None else torch.from_numpy(placed.box)[None].to(device)
        mask = None if previous is None else torch.from_numpy(previous)[None, None].to(device)
        curves = None
        if question.prompts.curves:
            maps = curve_maps(question.prompts.curves, crop)
            curves = torch.from_numpy(maps)[None].to(device)
        return {
            "point_coords": torch.from_numpy(placed.point_coords)[None].to(device),
            "point_labels": torch.from_numpy(placed.point_labels)[None].to(device),
            "box": box,
            "mask_logits": mask,
            "curves": curves,
        }

    def deciding_tau(
        self, selection: Selection, scores: tuple[float, ...], tau: float | None
    ) -> float:
        """Return the threshold that decided: of the chosen expert, or of the best scored one."""
        if tau is not None or not self._tau:
            return self._card.tau if tau is None else tau
        best = selection.expert
        if best is None:
            best = max(range(len(self._tau)), key=scores.__getitem__)
        return self._tau[best]


def _to_numpy(logits: Tensor) -> Logits:
    return logits[0, 0].float().cpu().numpy()
