"""Masks that were given up for another segment's: whoever is fast loses none."""

from .Phase import Phase
from .PredictionRequest import PredictionRequest
from .PredictionWorker import PredictionWorker
from .PromptedSegment import PromptedSegment


class PassedOver:
    """Remembers what was under way when another segment's mask was asked for, one a segment.

    A request is asked again as it was, with its own volume; what was painted meanwhile is newer
    than it, as if it had been under way all the time.

    Args:
        worker: Asked again once it is free.
    """

    def __init__(self, worker: PredictionWorker) -> None:
        self._worker = worker
        self._requests: list[PredictionRequest] = []

    def makeWayFor(self, target: PromptedSegment) -> None:
        """Remember the request under way if another segment's mask will be asked for now.

        What was remembered of this segment is out of date.
        """
        self.forget(target)
        request = self._worker.request
        if request is not None and request.target is not target and request.options.decoder is None:
            self._requests.append(request)

    def forget(self, target: PromptedSegment) -> None:
        """Ask no more for a segment's mask."""
        self._requests = [request for request in self._requests if request.target is not target]

    def forgetAll(self) -> None:
        """Ask for nothing any more, e.g. when the scene closes."""
        self._requests = []

    def catchUp(self) -> None:
        """Ask an idle worker for the oldest mask of a segment that is still there.

        Raises:
            WorkerError: The worker may not be started.
        """
        self._requests = [r for r in self._requests if r.target.segment is not None]
        if self._requests and self._worker.phase is Phase.READY:
            request = self._requests.pop(0)
            self._worker.ask(request.target, request.prompts, request.options, request.volume)
