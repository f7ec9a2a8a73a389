"""The views of Slicer's present layout, as far as the mouse is concerned."""

from collections.abc import Iterator
from typing import Any

import slicer


def viewInteractors() -> Iterator[Any]:
    """Yield the interactor of every slice view and 3-D view."""
    layout = slicer.app.layoutManager()
    if layout is None:  # Slicer without a window
        return
    for name in layout.sliceViewNames():
        yield layout.sliceWidget(name).sliceView().interactor()
    for index in range(layout.threeDViewCount):
        yield layout.threeDWidget(index).threeDView().interactor()


def sliceViews() -> Iterator[tuple[Any, Any]]:
    """Yield the interactor and the slice node of every slice view."""
    layout = slicer.app.layoutManager()
    for name in layout.sliceViewNames() if layout is not None else ():
        widget = layout.sliceWidget(name)
        yield widget.sliceView().interactor(), widget.mrmlSliceNode()
