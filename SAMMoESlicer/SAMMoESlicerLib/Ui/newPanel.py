"""The one place where the panel meets the running application."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import slicer

from ..Bridge import Structure
from ..Bridge.SlicerTerminologies import terminologyStructures
from ..BundleChoice import BundleChoice
from ..ExpertTraining import ExpertTraining
from ..ModelInstaller import Checkpoint, ModelInstaller
from ..PublicTorso import PublicTorso
from ..SegmentationSession import SegmentationSession
from ..StructureSources import StructureSources
from .Dependencies import TRAINING_PACKAGES, Dependencies
from .Panel import Panel


def newPanel(ui: Any, root: Any, *, resources: str) -> Panel:
    """Return a panel on Slicer's scene, with the user's own settings.

    Args:
        ui: The widgets of `SAMMoESlicer.ui` by name.
        root: The outermost of them.
        resources: The folder with `Icons` and `Checkpoints.json`.
    """
    own = Path(slicer.app.slicerUserSettingsFilePath).parent / "SAMMoE"
    store = slicer.app.userSettings()
    choice = BundleChoice(store, own / "Models", startup=slicer.util.startupEnvironment())
    return Panel(
        ui,
        SegmentationSession(slicer.mrmlScene, choice.newClient()),
        scene=slicer.mrmlScene,
        root=root,
        window=slicer.util.mainWindow() or root,
        iconFolder=Path(resources) / "Icons",
        bundleChoice=choice,
        installer=ModelInstaller(own / "Models", own / "Downloads"),
        checkpoint=Checkpoint.readAll(Path(resources) / "Checkpoints.json")["sam_med3d_turbo"],
        dependencies=Dependencies(),
        training=ExpertTraining(own / "Training"),
        trainingDependencies=Dependencies(TRAINING_PACKAGES),
        store=store,
        torso=PublicTorso(own / "Samples", _download),
        structureSources=StructureSources(Path(resources) / "Templates", _terminologies),
    )


def _download(url: str, folder: str, name: str, checksum: str) -> object:
    """Get a file the way Slicer's Sample Data does; it checks the checksum."""
    import SampleData

    return SampleData.SampleDataLogic().downloadFile(url, folder, name, checksum)


def _terminologies() -> Iterable[Structure]:
    """Return what Slicer's terminologies know, where that module is there."""
    module = getattr(slicer.modules, "terminologies", None)
    return () if module is None else terminologyStructures(module.logic())
