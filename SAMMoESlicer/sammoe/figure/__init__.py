"""A picture of one segmentation; needs matplotlib, which is imported when one is drawn."""

from .figure import Caption, save_figure

__all__ = ["Caption", "save_figure"]
