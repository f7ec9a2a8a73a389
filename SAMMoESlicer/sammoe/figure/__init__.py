"""A picture of one segmentation; needs matplotlib, which is imported when one is drawn."""

from .figure import Caption, check_can_draw, save_figure

__all__ = ["Caption", "check_can_draw", "save_figure"]
