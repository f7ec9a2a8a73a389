"""Packages that are not there, in the place of Slicer's own."""

from SAMMoESlicerLib.Ui.Dependencies import Dependencies


class Missing(Dependencies):
    """Packages as a fresh Slicer has them."""

    def __init__(self, names):
        super().__init__()
        self.names = list(names)

    def missing(self):
        return self.names
