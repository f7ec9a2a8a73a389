"""Each decoder's own mask of the chosen segment's prompts, fetched only while somebody looks."""

from sammoe import Result, Volume

from .SegmentationSession import SegmentationSession
from .Signal import Signal


class DecoderMasks:
    """Asks for wanted masks one after the other, and again after every click.

    Signals:
        changed(): A mask came, or those that were there are out of date.

    Args:
        session: What predicts; a user's click always goes before a look.
    """

    def __init__(self, session: SegmentationSession) -> None:
        self.changed = Signal()
        self._session = session
        self._wanted: tuple[str, ...] = ()
        self._masks: dict[str, tuple[Volume, Result]] = {}
        session.resultWritten.connect(lambda *_: self.forget())
        session.decoderMaskReady.connect(self._take)

    def want(self, decoders: tuple[str, ...]) -> None:
        """Choose whose masks are wanted, expert ids and 'general'; none stops fetching."""
        if decoders != self._wanted:
            self._wanted = decoders
            self._masks = {id: mask for id, mask in self._masks.items() if id in decoders}
            self.changed.emit()
            self._fetchNext()

    def forget(self) -> None:
        """Drop what is out of date; the session asks again by itself after a click."""
        if self._masks:
            self._masks.clear()
            self.changed.emit()

    def mask(self, decoder: str) -> tuple[Volume, Result] | None:
        """Return a decoder's mask with its volume, or None where it has not come yet."""
        return self._masks.get(decoder)

    def _take(self, decoder: str, volume: Volume, result: Result) -> None:
        if decoder in self._wanted:
            self._masks[decoder] = (volume, result)
            self.changed.emit()
            self._fetchNext()

    def _fetchNext(self) -> None:
        missing = [decoder for decoder in self._wanted if decoder not in self._masks]
        if missing:
            self._session.wantDecoderMask(missing[0])
        elif not self._wanted:
            self._session.wantDecoderMask(None)
