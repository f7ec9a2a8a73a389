"""The way from prompts to a mask; reads like the figure in the paper."""

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch

from ..bundle import Bundle, build_model, default_bundle_path, read_bundle
from ..bundle.card import BundleCard
from ..errors import PromptError
from ..model.packed_linear import pack_for_cpu
from ..model.sam_moe import SamMoE
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
from .edges import Edges
from .make_result import make_result
from .memo import state_key
from .prompts_ijk import resolve
from .question import Question
from .stages import IsCancelled, Progress, Stages
from .steps import Steps

logger = logging.getLogger(__name__)

RESULT_BYTES = 32 << 20
"""What is kept of answers."""


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
        self._edges = Edges()
        self._steps = Steps(self._decoding, card, self._edges)
        self._results: BoundedCache[Result] = BoundedCache(RESULT_BYTES)
        self._volume: Volume | None = None

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
        self._steps.set_volume(volume)
        self._results.clear()

    def reset(self) -> None:
        """Forget every click; the volume and its embeddings stay."""
        self._steps.clear()
        self._results.clear()

    @property
    def model(self) -> SamMoE:
        """The model that is asked."""
        return self._model

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
        return self._answer(prompts, options, Stages(progress, cancelled), preview=preview)

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
        try:
            self._answer(prompts, options, Stages(None, cancelled), is_ahead=True)
        finally:
            torch.set_num_threads(threads)

    def _answer(
        self,
        prompts: PromptSet,
        options: PredictOptions | None,
        stages: Stages,
        *,
        preview: Callable[[Result], None] | None = None,
        is_ahead: bool = False,
    ) -> Result:
        options = options or PredictOptions()
        if self._volume is None:
            raise PromptError("no volume: call set_volume first")
        check_options(options, self._model)
        check_prompts(prompts, self._volume)
        question = replace(
            self._resolved(prompts, options, self._volume, stages),
            preview=preview,
            is_ahead=is_ahead,
        )
        decided_by = state_key(question.prompts, question.options)
        key = (decided_by, options.follow, options.decoder, question.prompts.curves_as_clicks)
        known = self._results.get(key)
        if known is not None:
            return replace(known, timings_ms={})
        state = self._steps.after(question)
        question = replace(question, window=state.window)
        result = make_result(self._decoding, self.card, question, state, edges=self._edges)
        self._results.put(key, result)
        return result

    def _resolved(
        self, prompts: PromptSet, options: PredictOptions, volume: Volume, stages: Stages
    ) -> Question:
        """Return the question in the volume's frame; without curves for weights that know none."""
        maps = "curve" in self.card.prompt_kinds
        if not maps:
            options = in_clicks(options, prompts, volume)
        return Question(volume, resolve(prompts, volume, maps=maps), options, None, stages)
