"""What a markups node says about its segment."""

from enum import Enum

from sammoe.prompts import BACKGROUND, FOREGROUND


class PromptRole(Enum):
    """The roles; `POINTS` is one list whose points carry their own labels."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    POINTS = "points"
    BOX = "box"

    @property
    def nodeClass(self) -> str:
        """The MRML class of a node with this role."""
        return "vtkMRMLMarkups" + ("ROINode" if self is PromptRole.BOX else "FiducialNode")

    @property
    def listLabel(self) -> int:
        """The label of a point that does not carry its own."""
        return BACKGROUND if self is PromptRole.NEGATIVE else FOREGROUND
