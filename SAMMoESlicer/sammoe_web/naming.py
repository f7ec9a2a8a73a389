"""Names, colours and codes for segments: two letters and Enter, or the rows of a template."""

from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from SAMMoESlicerLib.StructureSources import StructureSources

from .experts import Experts
from .worklist import Worklist


class Naming:
    """The field and the menu under the list of segments.

    Attributes:
        found: What the typed letters may mean, the likeliest first.

    Args:
        session: Whose chosen segment is named.
        worklist: Makes a segment where none is chosen.
        experts: Their structures are known as well.
        sources: Finds structures.
    """

    def __init__(
        self,
        session: SegmentationSession,
        worklist: Worklist,
        experts: Experts,
        sources: StructureSources,
    ) -> None:
        self.found: list[str] = []
        self._session = session
        self._worklist = worklist
        self._experts = experts
        self._sources = sources

    @property
    def templates(self) -> list[str]:
        """What is on the menu."""
        return [f"{one.name} ({len(one.structures)})" for one in self._sources.templates]

    def search(self, text: str) -> None:
        """Look up what a few letters may mean."""
        self._sources.setExperts(self._experts.listed()[:-1])
        self.found = [structure.name for structure in self._sources.find(text)]

    def name(self, text: str) -> None:
        """Name, colour and code the chosen segment after the likeliest structure."""
        if not text.strip():
            return
        self.search(text)
        self._worklist.ensure_chosen()
        self._session.nameAs(self._sources.meant(text))
        self.found = []

    def use_template(self, index: int) -> None:
        """Add a template's structures as empty rows, and choose the first of them."""
        self._session.addStructures(self._worklist.node, self._sources.templates[index].structures)
        self._worklist.add()
