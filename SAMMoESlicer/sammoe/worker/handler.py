"""What each request does to the predictor; the only part of the worker that meets the model."""

import contextlib
import os
import platform
import time
from collections.abc import Callable
from typing import Any, Protocol

from .. import __version__
from ..errors import ProtocolError, SAMMoEError, WorkerError
from ..options import PredictOptions
from ..prompts import PromptSet
from ..result import Result
from ..volume import Volume
from .kept_volumes import KeptVolumes
from .protocol import PROTOCOL_VERSION, Kind, Message
from .stdio import peak_memory_mb


class Predictor(Protocol):
    """What the worker needs of `engine.Predictor`."""

    def set_volume(self, volume: Volume) -> None:
        """Choose the volume that prompts are about."""

    def predict(
        self,
        prompts: PromptSet,
        options: PredictOptions | None = None,
        *,
        progress: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        preview: Callable[[Result], None] | None = None,
    ) -> Result:
        """Segment the object the prompts describe."""

    def look_ahead(
        self,
        prompts: PromptSet,
        options: PredictOptions | None = None,
        *,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        """Compute what `predict` may be asked soon, and keep it."""

    def reset(self) -> None:
        """Forget every click."""

    def describe(self) -> dict[str, Any]:
        """Return what a user may want to know of bundle and device."""


LoadPredictor = Callable[..., Predictor]
"""Called with a bundle's path (None: the default), `device=`, `threads=` (None: as it is)
and `precision=`."""


class Handler:
    """Carries out requests, one at a time.

    Args:
        load_predictor: Makes a predictor of a bundle.
        report: Called with the name of each stage of the running request.
        preview: Called with what may be shown before the answer is there.
        cancelled: Asked between stages whether anybody still wants the answer.
    """

    def __init__(
        self,
        load_predictor: LoadPredictor,
        *,
        report: Callable[[str], None],
        preview: Callable[[Result], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._load_predictor = load_predictor
        self._report = report
        self._preview = preview
        self._cancelled = cancelled
        self._predictor: Predictor | None = None
        self._volume: Volume | None = None
        self._kept = KeptVolumes()

    def handle(self, request: Message) -> tuple[Kind, dict[str, Any]] | None:
        """Carry out a request; returns kind and body of the answer, or None: it has none.

        Raises:
            SAMMoEError: What is wrong with the request, or with what it asks for.
        """
        if request.kind == Kind.LOAD:
            return Kind.READY, {"info": self._load(request.body)}
        if request.kind == Kind.SET_VOLUME:
            self._set_volume(self._volume_of(request))
            return Kind.VOLUME_SET, {"kept": self._kept.describe()}
        if request.kind == Kind.PREDICT:
            result = self._predict(request)
            return Kind.PREDICTED, {"result": result, "peak_memory_mb": peak_memory_mb()}
        if request.kind == Kind.LOOK_AHEAD:
            self._look_ahead(request)
            return None
        if request.kind == Kind.RESET:
            if self._predictor is not None:
                self._predictor.reset()
            return None
        raise ProtocolError(f"a worker does not answer {request.kind.value!r}")

    def _load(self, body: dict[str, Any]) -> dict[str, Any]:
        """Load a bundle and give it the volume; the loaded one stays if that fails."""
        start = time.perf_counter()
        self._report("load")
        predictor = self._load_predictor(
            body.get("bundle"),
            device=body.get("device", "auto"),
            threads=body.get("threads"),
            precision=body.get("precision", "auto"),
        )
        if self._volume is not None:
            predictor.set_volume(self._volume)
        self._predictor = predictor
        return {
            **predictor.describe(),
            "load_ms": (time.perf_counter() - start) * 1e3,
            "peak_memory_mb": peak_memory_mb(),
            "pid": os.getpid(),
            "protocol": PROTOCOL_VERSION,
            "python": platform.python_version(),
            "sammoe": __version__,
        }

    def _volume_of(self, request: Message) -> Volume:
        content_hash = request.body.get("content_hash")
        if isinstance(content_hash, str):
            return self._kept.get(content_hash)
        volume: Volume = _argument(request, "volume", Volume)
        return volume

    def _set_volume(self, volume: Volume) -> None:
        self._report("volume")
        self._kept.choose(volume)
        self._volume = volume
        if self._predictor is not None:
            self._predictor.set_volume(volume)

    def _predict(self, request: Message) -> Result:
        prompts = _argument(request, "prompts", PromptSet)
        options = _argument(request, "options", PredictOptions)
        if self._predictor is None:
            raise WorkerError("no bundle is loaded; choose one that can be")
        return self._predictor.predict(
            prompts,
            options,
            progress=self._report,
            cancelled=self._cancelled,
            preview=self._preview,
        )

    def _look_ahead(self, request: Message) -> None:
        """Let the predictor remember an answer that may be asked for; a failure is nobody's."""
        prompts = _argument(request, "prompts", PromptSet)
        options = _argument(request, "options", PredictOptions)
        if self._predictor is not None and self._volume is not None:
            with contextlib.suppress(SAMMoEError):
                self._predictor.look_ahead(prompts, options, cancelled=self._cancelled)


def _argument(request: Message, name: str, wanted: type) -> Any:
    value = request.body.get(name)
    if not isinstance(value, wanted):
        raise ProtocolError(f"{request.kind.value!r} comes without its {name}")
    return value
