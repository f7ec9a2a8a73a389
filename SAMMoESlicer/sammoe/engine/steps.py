"""The state after each prompt: where to look first, when to look elsewhere, what is kept."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..bundle.card import BundleCard
from ..crop import Crop, crop_policy, plan_next, policy_for, transfer
from ..intensity import IntensityWindow, choose_window, sample_values
from ..result import Result
from ..volume import Volume
from .box_reading import counts_anew, first_in_box, halfway, misread
from .decision import Decision
from .decode import Decoding
from .edges import Edges
from .find_crop import clicked_value, first_count, first_crop, fit
from .follow import Tile
from .look_ahead import LookAhead
from .memo import Memo, State
from .objects import object_bounds
from .passes import passes
from .patch_inputs import mask_to_logits
from .preview import preview_of
from .prompts_ijk import PromptsIJK
from .question import Question
from .steady import as_one_object, corrected, same_object


class Steps:
    """Takes prompts one after the other, each from the state before, and remembers the states.

    Args:
        decoding: The model.
        card: What its bundle says of inputs and prompts.
        edges: Say what was shown of what the model drew.
    """

    def __init__(self, decoding: Decoding, card: BundleCard, edges: Edges) -> None:
        self._decoding = decoding
        self._card = card
        self._edges = edges
        self._memo = Memo()
        self.policy = self._usual_policy = crop_policy(card.input)
        self._grey_values: NDArray[np.float64] | None = None
        self._ahead: LookAhead | None = None

    def set_volume(self, volume: Volume) -> None:
        """Take another volume: its voxels are read once, and what was known is forgotten."""
        self.policy = policy_for(self._usual_policy, volume)
        self._grey_values = sample_values(volume)
        self._ahead = None
        self.clear()

    def clear(self) -> None:
        """Forget every state."""
        self._memo.clear()

    def after(self, question: Question) -> State:
        """Return the state after all prompts, starting from the longest remembered prefix."""
        prompts, options = question.prompts, question.options
        first = first_count(prompts)
        done, state = first - 1, None
        for count in range(len(prompts), first - 1, -1):
            state = self._memo.get(prompts.first(count), options)
            if state is not None:
                done = count
                break
        decides = (options.gate_click, self.policy.refit_click)
        for count in passes(done, len(prompts), also=(first, *decides)):
            part = replace(question, prompts=prompts.first(count))
            state = self._first(part) if state is None else self._next(part, state, since=done)
            self._memo.put(part.prompts, options, state)
            done = count
        assert state is not None
        return state

    def _first(self, question: Question) -> State:
        """Return the state after the first prompt: choose the window, find the crop, look."""
        question = replace(question, window=self._choose_window(question))
        crop = first_crop(question, self.policy)
        mask = question.prompts.mask
        if mask is not None:
            size = self._decoding.logits_size
            previous = mask_to_logits(mask, question.volume, crop, size)
            return self._look(question, crop, previous, None, since=0)
        if question.prompts.box_ijk is not None:
            return self._look(question, crop, None, None, since=0)
        fitted, decided = self._fitted(question, crop)
        state = self._look(question, fitted, None, None, since=0, decided=decided)
        if decided is None or state.decision.selection.expert == decided.selection.expert:
            return state
        # An expert that is not believed has not seen how far the object reaches either.
        fitted, decided = fit(self._decoding, question, crop, self.policy, decided=state.decision)
        return self._look(question, fitted, None, None, since=0, decided=decided)

    def _fitted(self, question: Question, crop: Crop) -> tuple[Crop, Decision | None]:
        """Return the crop fitted to the clicked object, and whose it is if that is decided.

        They are found now, or were ahead of the click.
        """
        clicks_ijk = question.prompts.object_ijk
        alone = len(clicks_ijk) == 1 and not question.prompts.curves
        ahead = self._ahead
        asked = question.window, question.options
        if alone and ahead is not None and ahead.serves(clicks_ijk[0], *asked):
            return ahead.crop, ahead.decision
        show = question.preview
        drawn = None if show is None else partial(self._show, show, question)
        fitted = fit(self._decoding, question, crop, self.policy, drawn=drawn)
        if alone and question.is_ahead:
            self._ahead = LookAhead(clicks_ijk[0], *asked, *fitted)
        return fitted

    def _show(
        self,
        show: Callable[[Result], None],
        question: Question,
        crop: Crop,
        logits: NDArray[np.float32],
        quality: float,
    ) -> None:
        shown = preview_of(self._decoding, self._card, question, crop, logits, quality)
        if shown is not None:
            show(shown)

    def _next(self, question: Question, before: State, *, since: int) -> State:
        """Return the state after one or more clicks or curves, that before is after `since`."""
        question = replace(question, window=before.window)
        prompts = question.prompts
        crop = self._next_crop(question, before, fit=False)
        refits = len(prompts) == self.policy.refit_click and prompts.box_ijk is None
        if refits and crop is before.crop:
            fitted = self._next_crop(question, before, fit=True)
            if fitted is not crop:
                state = self._look_from(before, question, fitted, since=since)
                if same_object(before, state):
                    return state
        return self._look_from(before, question, crop, since=since)

    def _next_crop(self, question: Question, before: State, *, fit: bool) -> Crop:
        prompts = question.prompts
        return plan_next(
            question.volume,
            before.crop,
            prompts.object_ijk,
            object_bounds_ijk=partial(
                object_bounds, before.mask_logits, before.crop, prompts.inside_ijk
            ),
            policy=self.policy,
            fit=fit,
        )

    def _look_from(self, before: State, question: Question, crop: Crop, *, since: int) -> State:
        """Return the state after a look that knows the mask before."""
        previous = self._edges.told(Tile(before.crop, before.mask_logits), question)
        if crop is not before.crop:
            size = previous.shape[0]
            previous = transfer(previous, before.crop, crop, shape=previous.shape, outside=np.nan)
            mask = question.prompts.mask
            if mask is not None:
                earlier = mask_to_logits(mask, question.volume, crop, size)
                previous = np.where(np.isnan(previous), earlier, previous)
        state = self._look(question, crop, previous, before, since=since)
        return self._begun_anew(state, question, since=since)

    def _begun_anew(self, state: State, question: Question, *, since: int) -> State:
        """Return the state halfway to what box and first click say alone, if that counts."""
        if not (self._decoding.corrects_one_way and first_in_box(question.prompts)):
            return state
        if state.fed_logits is None:  # the box was misread, and has been read again
            return state
        question = replace(question, window=self._choose_window(question))
        anew = self._look(question, state.crop, None, None, since=since)
        if not counts_anew(anew.mask_logits, state, question.prompts):
            return state
        logits = halfway(state.mask_logits, anew.mask_logits)
        return replace(state, mask_logits=logits, halfway_in=anew.window)

    def _look(
        self,
        question: Question,
        crop: Crop,
        previous: NDArray[np.float32] | None,
        before: State | None,
        *,
        since: int,
        decided: Decision | None = None,
    ) -> State:
        prompts = question.prompts
        gate_click = question.options.gate_click
        asked_again = gate_click > 1 and gate_click == len(prompts)
        latched = decided if before is None else before.decision
        look = self._decoding.look(
            question,
            crop,
            previous,
            latched=None if asked_again else latched,
            is_first=decided is not None,
        )
        if before is not None and misread(previous, look.logits, prompts):
            return self._look(question, crop, None, None, since=since)
        one_way = self._decoding.corrects_one_way
        of_a_mask = one_way and prompts.mask is not None and len(prompts) > since
        stayed = of_a_mask or (not asked_again and (before is None or crop is before.crop))
        was = before.mask_logits if before is not None and crop is before.crop else previous
        state = State(
            crop, question.window, look.logits, previous, was, look.decision,
            corrects=one_way and stayed and len(prompts) == since + 1,
            without=prompts.first(since) if of_a_mask else None,
        )  # fmt: skip

        def drawn(others: PromptsIJK) -> NDArray[np.float32]:
            asked = replace(question, prompts=others)
            return self._decoding.look(asked, crop, previous, latched=look.decision).logits

        logits = corrected(look.logits, state, prompts, drawn=drawn)
        if one_way:
            logits = as_one_object(logits, state, prompts)
        return replace(state, mask_logits=logits)

    def _choose_window(self, question: Question) -> IntensityWindow | None:
        if self._card.input.normalisation == "z-positive":
            return None
        assert self._grey_values is not None
        return choose_window(self._grey_values, clicked_value(question.prompts, question.volume))
