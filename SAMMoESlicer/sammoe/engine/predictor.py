"""The way from prompts to a mask; reads like the figure in the paper."""

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..bundle import Bundle, build_model, default_bundle_path, read_bundle
from ..bundle.card import BundleCard
from ..crop import Crop, crop_policy, plan_next, policy_for, transfer
from ..errors import PromptError
from ..intensity import IntensityWindow, choose_window, sample_values
from ..model.packed_linear import pack_for_cpu
from ..model.sam_moe import SamMoE
from ..model.selector import Selection
from ..options import PredictOptions
from ..prompt_checks import check_prompts
from ..prompts import PromptSet
from ..result import Result
from ..volume import Volume
from .bounded_cache import BoundedCache
from .checks import check_options
from .curve_clicks import in_clicks
from .decode import Decoding
from .device import choose_device, computes_in
from .find_crop import (
    clicked_value,
    first_count,
    first_crop,
    fit,
)
from .look_ahead import LookAhead
from .make_result import make_result
from .memo import Memo, State, state_key
from .objects import certainty, faces_touched, object_bounds
from .passes import passes
from .patch_inputs import mask_to_logits
from .prompts_ijk import resolve
from .question import Question
from .stages import IsCancelled, Progress, Stages
from .steady import corrected, same_object

logger = logging.getLogger(__name__)

RESULT_BYTES = 32 << 20
"""What is kept of answers."""

SURE = 0.22
"""The overlap a first look must expect of itself to be shown before the answer is there."""
CERTAIN = 0.68
"""And the overlap its own chances must say; see `certainty`."""


def as_it_is(_decoder: object) -> None:
    """Do nothing to a decoder that is used for the first time."""


class Predictor:
    """`set_volume` once, `predict` many times.

    A call with the same clicks and curves and one more is the next step of the same object;
    anything else is answered from the memo of earlier ones as far as it reaches and computed from
    there. So undo and redo run no model, and a moved click replays from itself on. Many that come
    at once are taken in a few passes; see `passes`.

    Args:
        model: The model and its experts.
        card: What its bundle says of inputs, prompts and thresholds.
        bundle_hash: Identity of the weights.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        precision: What a CPU computes in, to be told: "float32" or "bfloat16".
    """

    def __init__(
        self,
        model: SamMoE,
        card: BundleCard,
        *,
        bundle_hash: str,
        device: str = "auto",
        precision: str = "float32",
    ) -> None:
        self._precision = precision
        self.card = card
        self.bundle_hash = bundle_hash
        self._model = model
        self._decoding = Decoding(
            model, card, bundle_hash=bundle_hash, device=choose_device(device)
        )
        self._usual_policy = self._policy = crop_policy(card.input)
        self._memo = Memo()
        self._results: BoundedCache[Result] = BoundedCache(RESULT_BYTES)
        self._volume: Volume | None = None
        self._grey_values: NDArray[np.float64] | None = None
        self._ahead: LookAhead | None = None
        self._is_ahead = False
        self._preview: Callable[[Result], None] | None = None

    @classmethod
    def from_bundle(
        cls,
        path: str | os.PathLike[str] | None = None,
        device: str = "auto",
        *,
        precision: str = "auto",
    ) -> "Predictor":
        """Return a predictor for a bundle's folder; None takes the embedded default.

        Args:
            path: The folder.
            device: "auto", "cpu", "cuda", "cuda:N" or "mps".
            precision: Of a CPU: "auto", "float32" or "bfloat16"; see `device.computes_in`.

        Raises:
            CheckpointError: The bundle cannot be used.
            WorkerError: There is no such device or precision.
        """
        precision = computes_in(precision)
        pack = partial(pack_for_cpu, bfloat16=precision == "bfloat16")
        bundle: Bundle = read_bundle(default_bundle_path() if path is None else path)
        on_cpu = choose_device(device).type == "cpu"
        model = build_model(bundle, when_used=pack if on_cpu else as_it_is)
        if on_cpu:
            pack(model)
        precision = precision if on_cpu else "float32"
        return cls(model, bundle.card, bundle_hash=bundle.hash, device=device, precision=precision)

    def set_volume(self, volume: Volume) -> None:
        """Choose the volume that prompts are about; embeddings of earlier ones stay cached.

        Its voxels are read once here, for their hash and grey values, not at the first click.
        """
        logger.info("volume %s", volume.content_hash)
        self._volume = volume
        self._policy = policy_for(self._usual_policy, volume)
        self._grey_values = sample_values(volume)
        self._ahead = None
        self.reset()

    def reset(self) -> None:
        """Forget every click; the volume and its embeddings stay."""
        self._memo.clear()
        self._results.clear()

    @property
    def device(self) -> str:
        """Where the model runs now."""
        return self._decoding.ladder.name

    def describe(self) -> dict[str, Any]:
        """Return what a user may want to know of bundle and device; `bundle` is its card."""
        return {
            "bundle": self.card,
            "bundle_hash": self.bundle_hash,
            "device": self.device,
            "precision": self._precision,
            "torch": torch.__version__,
        }

    def predict(
        self,
        prompts: PromptSet,
        options: PredictOptions | None = None,
        *,
        progress: Progress | None = None,
        cancelled: IsCancelled | None = None,
        preview: Callable[[Result], None] | None = None,
    ) -> Result:
        """Segment the object the prompts describe.

        Args:
            prompts: All clicks and curves so far in order, a box, an earlier mask; RAS mm.
            options: Expert, threshold, follow; None for the defaults.
            progress: Called with the name of each stage.
            cancelled: Asked before each stage.
            preview: Called with what the first look at a new object drew, if that is sure enough,
                while the fitted look is still to come.

        Raises:
            PromptError: No volume, nothing to start from, a prompt outside the volume, or an
                unknown expert.
            OutOfMemoryError: No device has the memory.
            Cancelled: `cancelled` said so; nothing is lost.
        """
        options = options or PredictOptions()
        if self._volume is None:
            raise PromptError("no volume: call set_volume first")
        check_options(options, self._model)
        check_prompts(prompts, self._volume)
        stages = Stages(progress, cancelled)
        self._preview = preview
        question = self._resolved(prompts, options, self._volume, stages)
        decided_by = state_key(question.prompts, question.options)
        key = (decided_by, options.follow, options.decoder, question.prompts.curves_as_clicks)
        known = self._results.get(key)
        if known is not None:
            return replace(known, timings_ms={})
        state = self._replay(question)
        question = replace(question, window=state.window)
        result = make_result(self._decoding, self.card, question, state)
        self._results.put(key, result)
        return result

    def look_ahead(
        self,
        prompts: PromptSet,
        options: PredictOptions | None = None,
        *,
        cancelled: IsCancelled | None = None,
    ) -> None:
        """Compute what `predict` may be asked soon, on half the processor.

        The answer is kept, and the crop: the first click of an object within a voxel of the place
        looks at the same one.

        Args:
            prompts: As for `predict`.
            options: Likewise.
            cancelled: Asked before each stage and each layer.

        Raises:
            SAMMoEError: As `predict` does.
        """
        threads = torch.get_num_threads()
        torch.set_num_threads(max(1, threads // 2))
        self._is_ahead = True
        try:
            self.predict(prompts, options, cancelled=cancelled)
        finally:
            self._is_ahead = False
            torch.set_num_threads(threads)

    def _resolved(
        self, prompts: PromptSet, options: PredictOptions, volume: Volume, stages: Stages
    ) -> Question:
        """Return the question in the volume's frame; without curves for weights that know none."""
        maps = "curve" in self.card.prompt_kinds
        if not maps:
            options = in_clicks(options, prompts, volume)
        return Question(volume, resolve(prompts, volume, maps=maps), options, None, stages)

    def _replay(self, question: Question) -> State:
        """Return the state after all prompts, starting from the longest remembered prefix."""
        prompts, options = question.prompts, question.options
        first = first_count(prompts)
        done, state = first - 1, None
        for count in range(len(prompts), first - 1, -1):
            state = self._memo.get(prompts.first(count), options)
            if state is not None:
                done = count
                break
        decides = (options.gate_click, self._policy.refit_click)
        for count in passes(done, len(prompts), also=(first, *decides)):
            part, alone = replace(question, prompts=prompts.first(count)), count == done + 1
            state = self._first(part) if state is None else self._next(part, state, alone=alone)
            self._memo.put(part.prompts, options, state)
            done = count
        assert state is not None
        return state

    def _first(self, question: Question) -> State:
        """Return the state after the first prompt: choose the window, find the crop, look."""
        question = replace(question, window=self._choose_window(question))
        crop = first_crop(question, self._policy)
        mask = question.prompts.mask
        if mask is not None:
            size = self._model.family.logits_size
            previous = mask_to_logits(mask, question.volume, crop, size)
            return self._look(question, crop, previous, None)
        if question.prompts.box_ijk is None:
            crop = self._fitted(question, crop)
        return self._look(question, crop, None, None)

    def _fitted(self, question: Question, crop: Crop) -> Crop:
        """Return the crop fitted to the clicked object: found now, or ahead of the click."""
        clicks_ijk = question.prompts.object_ijk
        alone = len(clicks_ijk) == 1 and not question.prompts.curves
        ahead = self._ahead
        if alone and ahead is not None and ahead.serves(clicks_ijk[0], question.window):
            return ahead.crop
        drawn = None if self._preview is None else partial(self._show_first, question)
        crop = fit(self._decoding, question, crop, self._policy, drawn=drawn)
        if alone and self._is_ahead:
            self._ahead = LookAhead(clicks_ijk[0], question.window, crop)
        return crop

    def _show_first(
        self, question: Question, crop: Crop, logits: NDArray[np.float32], quality: float
    ) -> None:
        """Show what a first look drew, where it is sure to be the object and holds all of it."""
        if self._preview is None or quality < SURE or certainty(logits) < CERTAIN:
            return
        if faces_touched(logits, crop, question.volume):
            return
        nobody = Selection(None, 0.0, 1.0)
        scores = (*(0.0 for _ in self.card.experts), 1.0)
        state = State(crop, question.window, logits, None, scores, nobody)
        plain = replace(question, options=PredictOptions())
        result = make_result(self._decoding, self.card, plain, state)
        if result.mask_box_kji.any():
            self._preview(result)

    def _next(self, question: Question, before: State, *, alone: bool) -> State:
        """Return the state after one more click or curve; not `alone`: after several."""
        question = replace(question, window=before.window)
        prompts = question.prompts
        if len(prompts) == self._policy.refit_click and prompts.box_ijk is None:
            crop = self._next_crop(question, before, fit=True)
            state = self._look_from(before, question, crop, alone=alone)
            if crop is before.crop or same_object(before, state):
                return state
        crop = self._next_crop(question, before, fit=False)
        return self._look_from(before, question, crop, alone=alone)

    def _next_crop(self, question: Question, before: State, *, fit: bool) -> Crop:
        prompts = question.prompts
        return plan_next(
            question.volume,
            before.crop,
            prompts.object_ijk,
            object_bounds_ijk=object_bounds(before.mask_logits, before.crop, prompts.inside_ijk),
            policy=self._policy,
            fit=fit,
        )

    def _look_from(self, before: State, question: Question, crop: Crop, *, alone: bool) -> State:
        """Return the state after a look that knows the mask before."""
        previous = before.mask_logits
        if crop is not before.crop:
            size = previous.shape[0]
            previous = transfer(previous, before.crop, crop, size=size, outside=np.nan)
        return self._look(question, crop, previous, before, alone=alone)

    def _look(
        self,
        question: Question,
        crop: Crop,
        previous: NDArray[np.float32] | None,
        before: State | None,
        *,
        alone: bool = True,
    ) -> State:
        gate_click = question.options.gate_click
        asked_again = gate_click > 1 and gate_click == len(question.prompts)
        latched = None
        if before is not None and not asked_again:
            latched = (before.scores, before.selection)
        look = self._decoding.look(question, crop, previous, latched=latched)
        stayed = alone and latched is not None and before is not None and crop is before.crop
        one_way = self._decoding.corrects_one_way and question.prompts.box_ijk is None
        state = State(
            crop, question.window, look.logits, previous, look.scores, look.selection,
            corrects=stayed and one_way,
        )  # fmt: skip
        return replace(state, mask_logits=corrected(look.logits, state, question.prompts))

    def _choose_window(self, question: Question) -> IntensityWindow | None:
        if self.card.input.normalisation == "z-positive":
            return None
        assert self._grey_values is not None
        return choose_window(self._grey_values, clicked_value(question.prompts, question.volume))
