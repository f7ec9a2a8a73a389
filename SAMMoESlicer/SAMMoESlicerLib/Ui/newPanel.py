"""The one place where the panel meets the running application."""

from pathlib import Path
from typing import Any

import slicer

from ..BundleChoice import BundleChoice
from ..SegmentationSession import SegmentationSession
from .Dependencies import Dependencies
from .Panel import Panel


def newPanel(ui: Any, root: Any, *, iconFolder: str) -> Panel:
    """Return a panel on Slicer's scene, with the user's own settings.

    Args:
        ui: The widgets of `SAMMoESlicer.ui` by name.
        root: The outermost of them.
        iconFolder: The panel's icons.
    """
    library = Path(slicer.app.slicerUserSettingsFilePath).parent / "SAMMoE" / "Models"
    choice = BundleChoice(slicer.app.userSettings(), library)
    return Panel(
        ui,
        SegmentationSession(slicer.mrmlScene, choice.settings.newClient()),
        scene=slicer.mrmlScene,
        root=root,
        window=slicer.util.mainWindow() or root,
        iconFolder=Path(iconFolder),
        bundleChoice=choice,
        dependencies=Dependencies(),
    )
