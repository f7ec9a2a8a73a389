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
from .curve_clicks import ALONE, BESIDE_A_MAP, as_clicks, in_clicks
from .decode import Decoding, Request
from .device import choose_device
from .find_crop import (
    clicked_value,
    first_count,
    first_crop,
    fit,
    object_ijk,
    pointed_ijk,
)
from .history import History, State, state_key
from .look_ahead import LookAhead
from .make_result import make_result
from .objects import faces_touched, object_bounds
from .passes import passes
from .patch_inputs import mask_to_logits
from .stages import IsCancelled, Progress, Stages

logger = logging.getLogger(__name__)

SURE = 0.2
"""The overlap a first look must expect of itself to be shown before the fitted look is there: of 47
real structures 19 reached it, and none of these had less than .63 Dice to the answer (.86 the mean;
without it, .32 and .74)."""


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
    """

    def __init__(
        self, model: SamMoE, card: BundleCard, *, bundle_hash: str, device: str = "auto"
    ) -> None:
        self.card = card
        self.bundle_hash = bundle_hash
        self._model = model
        self._decoding = Decoding(
            model, card, bundle_hash=bundle_hash, device=choose_device(device)
        )
        self._usual_policy = self._policy = crop_policy(card.input)
        self._history = History()
        self._results: BoundedCache[Result] = BoundedCache(
            32 << 20, size_of=lambda result: result.mask_box_kji.nbytes + 1024
        )
        self._volume: Volume | None = None
        self._grey_values: NDArray[np.float64] | None = None
        self._ahead: LookAhead | None = None
        self._is_ahead = False
        self._preview: Callable[[Result], None] | None = None

    @classmethod
    def from_bundle(
        cls, path: str | os.PathLike[str] | None = None, device: str = "auto"
    ) -> "Predictor":
        """Return a predictor for a bundle's folder; None takes the embedded default.

        Raises:
            CheckpointError: The bundle cannot be used.
            WorkerError: There is no such device.
        """
        bundle: Bundle = read_bundle(default_bundle_path() if path is None else path)
        on_cpu = choose_device(device).type == "cpu"
        model = build_model(bundle, when_used=pack_for_cpu if on_cpu else as_it_is)
        if on_cpu:
            pack_for_cpu(model)
        return cls(model, bundle.card, bundle_hash=bundle.hash, device=device)

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
        self._history.clear()
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
        key = (state_key(prompts, options), options.follow, options.view)
        stages = Stages(progress, cancelled)
        self._preview = preview
        known = self._results.get(key)
        if known is not None:
            return replace(known, timings_ms={})
        request = Request(self._volume, prompts, options, None, stages)
        state = self._replay(self._in_known_kinds(request))
        shown = replace(self._told(request), window=state.window)
        result = make_result(self._decoding, self.card, shown, state)
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

    def _in_known_kinds(self, request: Request) -> Request:
        """Return the request without curves where the weights never saw any: as single clicks."""
        if "curve" in self.card.prompt_kinds:
            return request
        prompts, volume = request.prompts, request.volume
        return replace(
            request,
            prompts=as_clicks(prompts, volume, ALONE),
            options=in_clicks(request.options, prompts, volume),
        )

    def _told(self, request: Request) -> Request:
        """Return the request as one look takes it: clicks for each curve, and the curves beside."""
        prompts = request.prompts
        counts = BESIDE_A_MAP if "curve" in self.card.prompt_kinds else ALONE
        clicks = as_clicks(prompts, request.volume, counts)
        return replace(request, prompts=clicks, curves=prompts.curves, step=len(prompts))

    def _replay(self, request: Request) -> State:
        """Return the state after all prompts, starting from the longest remembered prefix."""
        prompts, options = request.prompts, request.options
        first = first_count(prompts)
        done, state = first - 1, None
        for count in range(len(prompts), first - 1, -1):
            state = self._history.get(prompts.first(count), options)
            if state is not None:
                done = count
                break
        decides = (options.gate_click, self._policy.refit_click)
        for count in passes(done, len(prompts), also=(first, *decides)):
            made = prompts.first(count)
            part = self._told(replace(request, prompts=made))
            state = self._first(part) if state is None else self._next(part, state)
            self._history.put(made, options, state)
        assert state is not None
        return state

    def _first(self, request: Request) -> State:
        """Return the state after the first prompt: choose the window, find the crop, look."""
        request = replace(request, window=self._choose_window(request))
        crop = first_crop(request, self._policy)
        mask = request.prompts.mask
        if mask is not None:
            size = self._model.family.low_res_size
            previous = mask_to_logits(mask, request.volume, crop, size)
            return self._look(request, crop, previous, None)
        if request.prompts.box_ras is None:
            crop = self._fitted(request, crop)
        return self._look(request, crop, None, None)

    def _fitted(self, request: Request, crop: Crop) -> Crop:
        """Return the crop fitted to the clicked object: found now, or ahead of the click."""
        clicks_ijk = object_ijk(request)
        alone = len(clicks_ijk) == 1 and not request.curves
        ahead = self._ahead
        if alone and ahead is not None and ahead.serves(clicks_ijk[0], request.window):
            return ahead.crop
        drawn = None if self._preview is None else partial(self._show_first, request, crop)
        crop = fit(self._decoding, request, crop, self._policy, drawn=drawn)
        if alone and self._is_ahead:
            self._ahead = LookAhead(clicks_ijk[0], request.window, crop)
        return crop

    def _show_first(
        self, request: Request, crop: Crop, logits: NDArray[np.float32], quality: float
    ) -> None:
        """Show what the first look drew, where it is sure to be the object and holds all of it."""
        if self._preview is None or quality < SURE or faces_touched(logits, crop, request.volume):
            return
        nobody = Selection(None, 0.0, 1.0)
        scores = (*(0.0 for _ in self.card.experts), 1.0)
        state = State(crop, request.window, logits, None, scores, nobody)
        plain = replace(request, options=PredictOptions())
        result = make_result(self._decoding, self.card, plain, state)
        if result.mask_box_kji.any():
            self._preview(result)

    def _next(self, request: Request, before: State) -> State:
        """Return the state after one more click or curve."""
        request = replace(request, window=before.window)
        prompts, volume = request.prompts, request.volume
        crop = plan_next(
            volume,
            before.crop,
            object_ijk(request),
            object_bounds_ijk=object_bounds(
                before.low_res_logits, before.crop, pointed_ijk(request)
            ),
            policy=self._policy,
            fit=request.step == self._policy.refit_click and prompts.box_ras is None,
        )
        previous = before.low_res_logits
        if crop is not before.crop:
            size = previous.shape[0]
            previous = transfer(previous, before.crop, crop, size=size, outside=np.nan)
        return self._look(request, crop, previous, before)

    def _look(
        self,
        request: Request,
        crop: Crop,
        previous: NDArray[np.float32] | None,
        before: State | None,
    ) -> State:
        gate_click = request.options.gate_click
        asked_again = gate_click > 1 and gate_click == request.step
        latched = None
        if before is not None and not asked_again:
            latched = (before.scores, before.selection)
        look = self._decoding.look(request, crop, previous, latched=latched)
        return State(crop, request.window, look.logits, previous, look.scores, look.selection)

    def _choose_window(self, request: Request) -> IntensityWindow | None:
        if self.card.input.normalisation == "z-positive":
            return None
        assert self._grey_values is not None
        return choose_window(self._grey_values, clicked_value(request.prompts, request.volume))
