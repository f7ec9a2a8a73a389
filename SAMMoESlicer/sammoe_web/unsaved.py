"""Whether there is work in the scene that no file holds."""

from .worklist import SegmentContent, Worklist


class Unsaved:
    """Compares the segments with what they were when they were last saved.

    Whatever changes a segment or its prompts is noticed, because nothing has to say so.

    Args:
        worklist: The segments.
    """

    def __init__(self, worklist: Worklist) -> None:
        self._worklist = worklist
        self._saved: tuple[SegmentContent, ...] = ()
        self._given_up: tuple[SegmentContent, ...] = ()

    @property
    def exists(self) -> bool:
        """Say whether a segment was changed since the last saving."""
        return self._worklist.content() not in ((), self._saved)

    @property
    def is_given_up(self) -> bool:
        """Say whether the user has agreed to lose exactly what there is."""
        return self._worklist.content() == self._given_up

    def content(self) -> tuple[SegmentContent, ...]:
        """Return what there is now, for `mark_saved`."""
        return self._worklist.content()

    def mark_saved(self, content: tuple[SegmentContent, ...]) -> None:
        """Take for saved what there was when a file was made that the user has got by now."""
        self._saved = content

    def give_up(self) -> None:
        """Note that the user agrees to lose what there is now."""
        self._given_up = self._worklist.content()

    def keep(self) -> None:
        """Note that nothing may be lost: it was not, or not to be any more."""
        self._given_up = ()
