"""One look at one crop: encode (cached), route, decode general and top-1, fuse."""

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..bundle.card import BundleCard
from ..crop import Crop
from ..model.backbone import DecodesFirst, FirstDecoded
from ..model.sam_moe import SamMoE, mean_logits
from ..model.selector import fuse
from .answers import Answer, FirstLook, Logits
from .decision import Decision
from .device import DeviceLadder
from .embeddings import Embeddings
from .patch_inputs import prompt_tensors
from .question import Question
from .routing import Routing
from .seen import Seen, asks_both
from .stages import Cancelled, IsCancelled

Drawn = Callable[[Logits, float], None]
T = TypeVar("T")


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
        self._embeddings = Embeddings(model, bundle_hash)
        self.ladder = DeviceLadder(
            model,
            device,
            forget=self._embeddings.clear,
            bfloat16=model.family.computes_in_bfloat16,
        )
        self._routing = Routing(model, card, self.ladder)
        self._is_cancelled: IsCancelled = lambda: False
        self._listen_to(model)
        model.on_expert.append(self._listen_to)

    def look(
        self,
        question: Question,
        crop: Crop,
        previous: Logits | None,
        *,
        latched: Decision | None = None,
        is_first: bool = False,
    ) -> Answer:
        """Segment one crop.

        Args:
            question: What is asked.
            crop: Where to look.
            previous: (d, h, w) logits the object had on this crop, or None.
            latched: What was decided earlier; None asks the gate.
            is_first: It was decided just now, and no expert has drawn yet.
        """
        return self._run(question, lambda: self._look(question, crop, previous, latched, is_first))

    def decode_one(
        self, question: Question, crop: Crop, previous: Logits | None, *, expert: str | None
    ) -> Logits:
        """Return the logits of a single decoder, shape (d, h, w); None is the general one."""

        def work() -> Logits:
            seen = self._see(question, crop, previous)
            (logits,) = self._decoded(question, seen, [expert])
            return _to_numpy(logits)

        return self._run(question, work)

    def expert_id(self, decision: Decision) -> str | None:
        """Return the id of the expert that was chosen, if one was."""
        return self._routing.expert_id(decision)

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

    def first_look(
        self, question: Question, crop: Crop, *, drawn: Drawn | None = None
    ) -> FirstLook:
        """Return whose prompts these seem to be, and how far whoever is chosen sees them reach.

        Args:
            question: What is asked, with one foreground click.
            crop: Where to look.
            drawn: Called with the general decoder's logits (d, h, w) and the overlap with the truth
                it expects.
        """

        def work() -> FirstLook:
            seen = self._see(question, crop, None)
            first = self._decode_first(question, seen, None, drawn)
            decision = self._routing.decide(question, seen, [first.mask_logits])
            expert = self.expert_id(decision)
            if expert is not None:
                first = self._decode_first(question, seen, expert)
            return FirstLook(_extent(first), decision)

        return self._run(question, work)

    def extent(
        self,
        question: Question,
        crop: Crop,
        *,
        expert: str | None = None,
        drawn: Drawn | None = None,
    ) -> NDArray[np.float32]:
        """Return how far one decoder believes the clicked object to reach, (2, 3, BINS).

        Args:
            question: As for `first_look`.
            crop: Where to look.
            expert: Whose decoder; None is the general one.
            drawn: As for `first_look`, of this decoder.
        """

        def work() -> NDArray[np.float32]:
            seen = self._see(question, crop, None)
            return _extent(self._decode_first(question, seen, expert, drawn))

        return self._run(question, work)

    def _look(
        self,
        question: Question,
        crop: Crop,
        previous: Logits | None,
        latched: Decision | None,
        is_first: bool,
    ) -> Answer:
        seen = self._see(question, crop, previous)
        drawn, decision = [], latched
        if decision is None or self._routing.reconsiders(question, decision):
            parts = self._decoded_general(question, seen)
            asked = self._routing.decide(question, seen, parts)
            if decision is None or self._routing.gives_up(decision, asked):
                drawn, decision, is_first = [mean_logits(parts)], asked, True
            else:
                drawn = parts[-1:]  # beside an expert the last one draws alone
        expert = self.expert_id(decision)
        wanted: list[str | None] = [None] if expert is None else [None, expert]
        if len(drawn) < len(wanted):
            drawn += self._decoded(question, seen, wanted[len(drawn) :])
        if is_first and not self._routing.believes(question, seen, decision, drawn):
            decision, drawn = decision.without_expert, drawn[:1]
        general, top = drawn[0], drawn[1] if len(drawn) > 1 else None
        with question.stages("fuse"), torch.inference_mode():
            selection = self._routing.weighed(question, decision)
            logits = fuse(general, top, selection, fusion=question.options.fusion)
        return Answer(_to_numpy(logits), decision)

    def _see(self, question: Question, crop: Crop, previous: Logits | None) -> Seen:
        embedding = self._embeddings.of(question, crop, self.ladder)
        with question.stages("decode"), torch.inference_mode(), self.ladder.precision():
            prompts = prompt_tensors(
                question.prompts,
                crop,
                previous,
                family=self._model.family,
                boxes_trained="box" in self._card.prompt_kinds,
                device=self.ladder.device,
            )
            encoded = self._model.family.encode_prompts(embedding, **prompts)
        both = asks_both(question.prompts, corrects=previous is not None)
        return Seen(embedding, prompts, encoded, both)

    def _decoded(self, question: Question, seen: Seen, experts: list[str | None]) -> list[Tensor]:
        """Return what decoders drew, (1, 1, d, h, w) each; None is the general one."""
        with question.stages("decode"), torch.inference_mode(), self.ladder.precision():
            return self._model.decode_together(
                seen.embedding, seen.encoded, experts, both=seen.both
            )

    def _decoded_general(self, question: Question, seen: Seen) -> list[Tensor]:
        """Return what each general decoder that takes part drew, (1, 1, d, h, w)."""
        with question.stages("decode"), torch.inference_mode(), self.ladder.precision():
            return self._model.decode_general(seen.embedding, seen.encoded, both=seen.both)

    def _decode_first(
        self, question: Question, seen: Seen, expert: str | None, drawn: Drawn | None = None
    ) -> FirstDecoded:
        with question.stages("decode"), torch.inference_mode(), self.ladder.precision():
            family = cast(DecodesFirst, self._model.family)
            first = family.decode_first(self._model.decoder(expert), seen.embedding, seen.encoded)
        if drawn is not None:
            drawn(_to_numpy(first.mask_logits), float(first.quality[0]))
        return first

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


def _to_numpy(logits: Tensor) -> Logits:
    return logits[0, 0].float().cpu().numpy()


def _extent(first: FirstDecoded) -> NDArray[np.float32]:
    extent: NDArray[np.float32] = first.extent_logits[0].float().cpu().numpy()
    return extent
