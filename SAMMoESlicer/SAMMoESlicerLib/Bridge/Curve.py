"""A scribble or a lasso: a line that was drawn by hand."""

from dataclasses import dataclass

from sammoe.prompts import CurvePrompt

FEWEST_LASSO_POINTS = 3


@dataclass(frozen=True)
class Curve:
    """One stroke.

    Attributes:
        number: Its place in the order of clicks, curves and edits; stays with it for life.
        label: 1 foreground, 0 background.
        isClosed: A lasso, which means its inside; otherwise a scribble, which means its line.
        pointsRas: World RAS mm, in the order in which they were drawn.
    """

    number: int
    label: int
    isClosed: bool
    pointsRas: tuple[tuple[float, float, float], ...]

    def toPrompt(self, clicksBefore: int) -> CurvePrompt:
        """Return what the worker takes; a lasso of two points is a line.

        Args:
            clicksBefore: How many clicks were made before it was drawn.
        """
        closed = self.isClosed and len(self.pointsRas) >= FEWEST_LASSO_POINTS
        return CurvePrompt(self.pointsRas, self.label, closed, clicksBefore)
