"""Whose prompts these are, on sight of what was drawn, and how much an expert counts."""

import torch
from torch import Tensor

from ..bundle.card import BundleCard
from ..model.sam_moe import SamMoE
from ..model.selector import Selection
from ..options import AUTO, Fusion
from .decision import Decision, decide
from .device import DeviceLadder
from .expert_check import SURE, far_worse, least_own
from .question import Question
from .seen import Seen, experts_share

RECONSIDERED = 2
"""At this click in a box the gate is asked again about an expert that was chosen from the box."""
LEAST_LATCHED = 0.3
"""An expert it gives less than this then is given up."""


class Routing:
    """Asks the gate, and believes it or not.

    Args:
        model: Its gate, and which experts there are.
        card: Their thresholds.
        ladder: In which precision to compute.
    """

    def __init__(self, model: SamMoE, card: BundleCard, ladder: DeviceLadder) -> None:
        self._model = model
        self._card = card
        self._ladder = ladder

    def expert_id(self, decision: Decision) -> str | None:
        """Return the id of the expert that was chosen, if one was."""
        chosen = decision.selection.expert
        return None if chosen is None else self._model.expert_ids[chosen]

    def decide(self, question: Question, seen: Seen, general: list[Tensor]) -> Decision:
        """Return whose prompts these are, on sight of what the general decoders drew.

        The gate has learnt from the first one's masks. It is shown the next one's as well as long
        as it sees no expert's task.
        """
        decision = None
        for drawn in general:
            decision = decide(self._scores(question, seen, drawn), self._card, question.options)
            if decision.selection.expert is not None:
                break
        assert decision is not None
        return decision

    def reconsiders(self, question: Question, decision: Decision) -> bool:
        """Say whether it is time to ask about the chosen expert again: a box alone tells little.

        Not about one that was pinned or found with the user's own threshold.
        """
        prompts, options = question.prompts, question.options
        from_box = prompts.box_ijk is not None and prompts.mask is None
        is_usual = options.expert == AUTO and options.tau is None
        chosen = decision.selection.expert is not None
        return chosen and from_box and is_usual and len(prompts) == RECONSIDERED

    def gives_up(self, decision: Decision, asked: Decision) -> bool:
        """Say whether what the gate is asked now speaks against the expert chosen earlier."""
        chosen = decision.selection.expert
        return chosen is not None and float(asked.scores[chosen]) < LEAST_LATCHED

    def believes(
        self, question: Question, seen: Seen, decision: Decision, drawn: list[Tensor]
    ) -> bool:
        """Say whether what the chosen expert drew, if one was chosen, looks like its task.

        Whoever pins an expert or sets a threshold wants to see what comes of it.
        """
        chosen, options = decision.selection.expert, question.options
        if chosen is None or options.expert != AUTO or options.tau is not None:
            return True
        general, top = drawn
        unsure = decision.scores[chosen] < SURE
        if unsure and self._scores(question, seen, top)[chosen] < least_own(top, general):
            return False
        box = seen.prompts["box"]
        scale = self._model.family.patch_size / self._model.family.logits_size
        return box is None or not far_worse(top, general, box, scale=scale)

    def weighed(self, question: Question, decision: Decision) -> Selection:
        """Return what was decided with the weight it has now.

        A pinned expert keeps its own, and so do other ways to fuse than the product's.
        """
        selection, options = decision.selection, question.options
        is_usual = options.expert == AUTO and options.fusion is Fusion.WEIGHTED
        if self._model.second_decoder is None or not is_usual:
            return selection
        return selection._replace(weight=selection.weight * experts_share(question.prompts))

    def _scores(self, question: Question, seen: Seen, logits: Tensor) -> Tensor:
        """Return whose prompts the gate takes these for, (m + 1,), on sight of what was drawn."""
        with question.stages("gate"), torch.inference_mode(), self._ladder.precision():
            (scores,) = self._model.gate(
                seen.embedding,
                **seen.prompts,
                general_logits=logits,
                prompt_embeddings=seen.encoded,
            )
        return scores
